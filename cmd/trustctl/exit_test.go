package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/term"
)

func TestAnErrorBeatsAGateBeatsPendingChanges(t *testing.T) {
	failed := errors.New("failed")
	for _, c := range []struct {
		err           error
		gate, changes bool
		want          int
	}{
		{nil, false, false, 0}, {nil, false, true, 2}, {nil, true, false, 3}, {nil, true, true, 3},
		{failed, false, false, 1}, {failed, false, true, 1}, {failed, true, false, 1}, {failed, true, true, 1},
	} {
		if got := exitCode(c.err, verdict{changes: c.changes, gate: c.gate}); got != c.want {
			t.Errorf("exitCode(%v, gate %v, changes %v) = %d, want %d", c.err, c.gate, c.changes, got, c.want)
		}
	}
}

func TestAPanicEndsAsOneWithAMessage(t *testing.T) {
	var out, talk bytes.Buffer
	clock := func() time.Time { panic("the clock\x1b stopped") }
	a := &app{Streams: term.Streams{Out: &out, Err: &talk}, now: clock}
	if code := a.guard(func() error { a.now(); return nil }); code != exitError {
		t.Errorf("the code is %d, want %d", code, exitError)
	}
	if got := talk.String(); !strings.HasPrefix(got, "Error: trustctl stopped at a bug") || strings.Contains(got, "\x1b") {
		t.Errorf("it said %q", got)
	}
}

func TestAPanicInABackgroundGoroutineEndsAsOne(t *testing.T) {
	var talk bytes.Buffer
	a := &app{Streams: term.Streams{Err: &talk}}
	code := make(chan int, 1)
	a.background(func(c int) { code <- c }, func() { panic("in the background") })
	if got := <-code; got != exitError {
		t.Errorf("the code is %d, want %d", got, exitError)
	}
	if !strings.Contains(talk.String(), "in the background") {
		t.Errorf("it said %q", talk.String())
	}
}

func TestExitCodesAreListedInOrder(t *testing.T) {
	text := exitCodesText()
	at := -1
	for i, row := range exitCodes {
		if row.code != i {
			t.Errorf("row %d is code %d", i, row.code)
		}
		next := strings.Index(text, fmt.Sprintf("\n  %d  %s\n", row.code, row.means))
		if next <= at {
			t.Errorf("code %d is not in its place in:\n%s", row.code, text)
		}
		at = next
	}
}

func TestRunGivesTheCodeOfAnUnknownCommand(t *testing.T) {
	var out, talk bytes.Buffer
	code := run(context.Background(), []string{"aply"}, nil, term.Streams{Out: &out, Err: &talk}, time.Now)
	if code != exitError || out.Len() != 0 || !strings.HasPrefix(talk.String(), "Error: ") {
		t.Errorf("code %d, stdout %q, stderr %q", code, out.String(), talk.String())
	}
}
