package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// share is a part of a limit, or under TRUSTCTL_FULL=1 all of it.
func share(limit int) int {
	if os.Getenv("TRUSTCTL_FULL") != "" {
		return limit
	}
	return limit / 8
}

// repeated is a text too large to have in hand: a unit many times, between a
// head and a tail.
type repeated struct {
	head, unit string
	n          int
	tail       string
}

// write writes it, after it what end makes of its digest, and counts where a
// unit has a place for a number. Only after is part of the digest and not of
// the file.
func (r repeated) write(t *testing.T, path, after string, end func(sum []byte) string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, sum := bufio.NewWriter(f), sha256.New()
	both := io.MultiWriter(out, sum)
	fmt.Fprint(both, r.head)
	for i := range r.n {
		if strings.Contains(r.unit, "%") {
			fmt.Fprintf(both, r.unit, i)
		} else {
			fmt.Fprint(both, r.unit)
		}
	}
	fmt.Fprint(both, r.tail)
	fmt.Fprint(sum, after)
	fmt.Fprint(out, end(sum.Sum(nil)))
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
}

// TestAHostilePlanFileIsShownInOneGibibyte makes plan files as large as they
// may be, with the digest that they must have.
func TestAHostilePlanFileIsShownInOneGibibyte(t *testing.T) {
	for name, c := range map[string]repeated{
		"changes":  {`{"changes":[`, "{},", share(990_000), "{}]}"},
		"roles":    {`{"changes":[`, `{"after":{"role":{"description":"` + strings.Repeat("x", 300) + `"}}},`, share(330_000), "{}]}"},
		"names":    {`{"changes":[{"opens":[`, `"",`, share(2_900_000), `""]}]}`},
		"a text":   {`{"stack":"`, strings.Repeat("x", 1<<10), share(127 << 10), `"}`},
		"too much": {`{"changes":[`, "{},", 2_000_000, "{}]}"},
		"depth":    {`{"stack":`, strings.Repeat("[", 1<<10), share(60 << 10), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := hostileRun{dir: t.TempDir()}
			c.head = `{"format_version":"1","trustctl_version":"1","config_digest":"1","plan":` + c.head
			c.write(t, filepath.Join(w.dir, "p.plan"), "}", func(sum []byte) string { return fmt.Sprintf(`,"digest":"sha256:%x"}`, sum) })
			w.run(t, "show", "-concise", "p.plan")
			w.inOrder(t)
			if strings.Contains(w.said, "was changed") {
				t.Errorf("the digest is wrong: %s", w.said)
			}
		})
	}
}

// TestAHostileSnapshotIsReadInOneGibibyte likewise makes snapshots.
func TestAHostileSnapshotIsReadInOneGibibyte(t *testing.T) {
	const head = `{"snapshot":{"format_version":"1","trustctl_version":"1","taken":"2020-01-01T00:00:00Z","stack":"s","issuers":[]}}
{"account":{"id":"111122223333","name":"a","partition":"aws","complete":true}}
{"policy":"{}"}
`
	const role = `{"role":{"account":"111122223333","path":"/","name":"r%08d","trust":0,"max_session_duration":3600,"id":"","arn":""`
	tags := strings.TrimSuffix(numbered(990, `"%d":"",`), ",")
	for name, c := range map[string]repeated{
		"tags":     {head, role + `,"tags":{` + tags + "}}}\n", share((62 << 20) / (len(tags) + len(role))), ""},
		"roles":    {head, role + "}}\n", share(390_000), ""},
		"policies": {head, `{"policy":"{\"Statement\":[{},{},{},{},{},{},{},{}],\"Version\":\"%d\"}"}` + "\n", share(390_000), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := hostileRun{dir: t.TempDir()}
			hostile{}.write(t, w.dir)
			c.write(t, filepath.Join(w.dir, "h.snapshot"), "", func(sum []byte) string { return fmt.Sprintf("{\"digest\":\"sha256:%x\"}\n", sum) })
			w.run(t, "plan", "-snapshot=h.snapshot")
			w.inOrder(t)
		})
	}
}

// inOrder holds the end of a process to what holds for all of them.
func (w *hostileRun) inOrder(t *testing.T) {
	t.Helper()
	t.Logf("exit code %d, %s of CPU, %d MiB, %d bytes printed: %.200s", w.code, w.cpu, w.mib, w.printed, w.said)
	if w.code != 0 && w.code != 1 || w.mib >= 1024 || w.printed > 4<<20 {
		t.Errorf("exit code %d, %d MiB, %d bytes printed: %s", w.code, w.mib, w.printed, w.said)
	}
}
