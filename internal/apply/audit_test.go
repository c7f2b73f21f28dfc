package apply

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/trustctl/trustctl/internal/plan"
)

// ledger is an audit log that does not take its first lines.
type ledger struct {
	refuses int
	taken   []string
}

func (l *ledger) Write(line []byte) (int, error) {
	if l.refuses > 0 {
		l.refuses--
		return 0, errors.New("no space left on device")
	}
	l.taken = append(l.taken, string(line))
	return len(line), nil
}

// What is under way when the log fails comes to its end, and is told of: in
// the log if it takes lines again, else to whoever listens. Nothing new begins.
func TestWhatIsUnderWayWhenTheAuditLogFailsIsStillToldOf(t *testing.T) {
	const underWay = 3
	for name, test := range map[string]struct{ refuses, taken int }{
		"for good": {1 << 20, 0},
		"once":     {1, underWay - 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must(t, createProvider())
			var together sync.WaitGroup
			together.Add(underWay)
			w.wire.on = first(underWay, "CreateRole", fault{wait: func(*http.Request) error {
				together.Done()
				together.Wait()
				return nil
			}})
			l := &ledger{refuses: test.refuses}
			var lacks []string
			o := Options{Parallelism: underWay, Audit: l, Unlogged: func(line []byte) { lacks = append(lacks, string(line)) }}
			var changes [][]plan.Step
			for _, role := range []string{"a", "b", "c", "d", "e"} {
				changes = append(changes, []plan.Step{createRole(t, role), plan.AttachRolePolicy{RoleName: role, Policy: readOnly}})
			}
			r := w.run(t, o, changes...)
			var failed *AuditError
			if !errors.As(r.Unaudited, &failed) || w.wire.seen["CreateRole"] != underWay || w.wire.seen["AttachRolePolicy"] != 0 {
				t.Errorf("%v after %v, want no call after those that were under way", r.Unaudited, w.wire.seen)
			}
			if len(r.Failed) != underWay || len(r.NotTried) != len(changes)-underWay {
				t.Errorf("got %+v, want %d stopped half-way and the rest not tried", r, underWay)
			}
			if len(l.taken) != test.taken || len(lacks) != underWay-test.taken {
				t.Errorf("the log took %q and lacks %q, want %d of %d in it", l.taken, lacks, test.taken, underWay)
			}
			for _, line := range append(l.taken, lacks...) {
				if !json.Valid([]byte(line)) || !strings.Contains(line, `"call":"CreateRole"`) || !strings.Contains(line, `"result":"ok"`) {
					t.Errorf("a line is %q", line)
				}
			}
		})
	}
}
