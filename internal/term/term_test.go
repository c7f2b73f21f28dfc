package term

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vbauerster/mpb/v8/decor"
)

func TestColorFollowsTheFlagThenTheEnvironmentThenTheTerminal(t *testing.T) {
	for _, c := range []struct {
		name     string
		noColor  bool
		env      map[string]string
		terminal bool
		want     bool
	}{
		{"a terminal gets colour", false, nil, true, true},
		{"a pipe gets none", false, nil, false, false},
		{"the flag beats everything", true, map[string]string{"CLICOLOR_FORCE": "1"}, true, false},
		{"NO_COLOR beats force", false, map[string]string{"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, true, false},
		{"an empty NO_COLOR says nothing", false, map[string]string{"NO_COLOR": ""}, true, true},
		{"CLICOLOR_FORCE colours a pipe", false, map[string]string{"CLICOLOR_FORCE": "1"}, false, true},
		{"FORCE_COLOR colours a pipe", false, map[string]string{"FORCE_COLOR": "true"}, false, true},
		{"FORCE_COLOR=0 forces nothing", false, map[string]string{"FORCE_COLOR": "0"}, false, false},
		{"force beats a dumb terminal", false, map[string]string{"FORCE_COLOR": "1", "TERM": "dumb"}, true, true},
		{"a dumb terminal gets none", false, map[string]string{"TERM": "dumb"}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Color(c.noColor, func(k string) string { return c.env[k] }, c.terminal); got != c.want {
				t.Errorf("Color() = %v, want %v", got, c.want)
			}
		})
	}
}

func TestWidthIsTheTerminalsOrEighty(t *testing.T) {
	for columns, want := range map[int]int{0: 80, 10: 40, 132: 132} {
		if got := (Streams{Columns: columns}).Width(); got != want {
			t.Errorf("Width() of %d columns = %d, want %d", columns, got, want)
		}
	}
}

func TestConfirmTakesOneWordOnly(t *testing.T) {
	for in, want := range map[string]bool{
		"yes\n": true, "yes\r\n": true, "yes": true,
		"y\n": false, "YES\n": false, " yes\n": false, "yes \n": false, "\n": false,
	} {
		var talk bytes.Buffer
		got, err := Confirm(context.Background(), Streams{In: strings.NewReader(in), Err: &talk, InTerminal: true}, "Apply?", `"yes"`, "yes")
		if err != nil || got != want {
			t.Errorf("Confirm with %q = %v, %v, want %v", in, got, err, want)
		}
		if !strings.Contains(talk.String(), "Apply?") {
			t.Errorf("the question was not asked: %q", talk.String())
		}
	}
}

func TestConfirmWithoutATerminalAsksNobody(t *testing.T) {
	var talk bytes.Buffer
	got, err := Confirm(context.Background(), Streams{In: strings.NewReader("yes\n"), Err: &talk}, "Apply?", `"yes"`, "yes")
	if got || !errors.Is(err, ErrNoTerminal) || talk.Len() != 0 {
		t.Errorf("Confirm = %v, %v, wrote %q", got, err, talk.String())
	}
}

func TestAnInterruptEndsAQuestion(t *testing.T) {
	in, _ := io.Pipe() // nobody ever answers
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	got, err := Confirm(ctx, Streams{In: in, Err: io.Discard, InTerminal: true}, "Apply?", `"yes"`, "yes")
	if got || !errors.Is(err, context.Canceled) {
		t.Errorf("Confirm = %v, %v, want the context's error", got, err)
	}
}

func TestTwoQuestionsReadTwoLines(t *testing.T) {
	s := Streams{In: iotest.OneByteReader(strings.NewReader("one\ntwo\n")), Err: io.Discard, InTerminal: true}
	var got []string
	for range 2 {
		text, err := Ask(context.Background(), s, "region", "Where.", false)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, text)
	}
	if diff := cmp.Diff([]string{"one", "two"}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

func TestAnAnswerHasALimit(t *testing.T) {
	s := Streams{In: strings.NewReader(strings.Repeat("x", maxAnswer+1)), Err: io.Discard, InTerminal: true}
	if _, err := Ask(context.Background(), s, "region", "", false); err == nil {
		t.Error("a line without end was taken")
	}
}

func TestProgressWithoutATerminalIsALinePerStartAndEnd(t *testing.T) {
	var talk bytes.Buffer
	p := NewProgress(Streams{Err: &talk}, 2, time.Now)
	p.Start("a", "a: Creating...")
	p.Start("b\x1b", "b\x1b: Creating...")
	p.End("a", "a: Creation complete", false)
	p.End("b\x1b", "b\x1b: failed", true)
	p.Close()
	want := "a: Creating...\nb\\x1b: Creating...\na: Creation complete\nb\\x1b: failed\n"
	if diff := cmp.Diff(want, talk.String()); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

func TestProgressOnATerminalShowsFailuresAndEnds(t *testing.T) {
	var talk bytes.Buffer
	p := NewProgress(Streams{Err: &talk, ErrTerminal: true}, 3, time.Now)
	p.Start("a", "a: Creating...")
	p.End("a", "a: no such thing", true)
	p.Start("b", "b: Creating...")
	p.Close() // before all are done: an interrupted run
	if !strings.Contains(talk.String(), "a: no such thing") {
		t.Errorf("the failure is not shown: %q", talk.String())
	}
}

func TestProgressShowsWhatTakesItsTime(t *testing.T) {
	var talk bytes.Buffer
	p := NewProgress(Streams{Err: &talk}, 1, time.Now)
	p.Start("a", "a: Creating...")
	p.Still("a", "a: Still creating... [30s elapsed]", "30s elapsed")
	p.Say("Interrupt received")
	p.Close()
	want := "a: Creating...\na: Still creating... [30s elapsed]\nInterrupt received\n"
	if diff := cmp.Diff(want, talk.String()); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}

}

var update = flag.Bool("update", false, "rewrite testdata")

// A run of forty things, ten at a time, as its line reads behind the bar.
func TestTheLineBehindTheBarAtSixtyAndAtAHundredAndTwentyColumns(t *testing.T) {
	for _, columns := range []int{60, 120} {
		var talk, lines bytes.Buffer
		now := time.Unix(0, 0)
		p := NewProgress(Streams{Err: &talk, Columns: columns}, 40, func() time.Time { return now })
		say := func(when string) { fmt.Fprintf(&lines, "%-28s %s\n", when+":", p.current(columns)) }
		name := func(i int) string { return fmt.Sprintf("aws_iam_role.acme[\"payments/e%02d\"]", i) }
		say("nothing has started")
		for i := range 10 {
			p.Start(name(i), "")
			p.Call()
		}
		say("ten have")
		now = now.Add(2 * time.Second)
		for i := range 9 {
			p.End(name(i), "", false)
		}
		say("nine of them are done")
		now = now.Add(28 * time.Second)
		p.Still(name(9), "", "30s elapsed, 2 retries")
		p.Still("unheard of", "", "30s elapsed")
		p.Start("hostile\x1b[2J", "")
		say("the tenth takes its time")
		p.End(name(9), "", false)
		p.End("hostile\x1b[2J", "", false)
		say("nothing is in flight")

		file := fmt.Sprintf("testdata/progress-%d.txt", columns)
		if *update {
			if err := os.WriteFile(file, lines.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), lines.String()); diff != "" {
			t.Errorf("at %d columns (-want +got):\n%s", columns, diff)
		}
	}
}

func TestTheBarTakesAwayTheLastOneOfATerminalThatBecameNarrower(t *testing.T) {
	r := &row{bar: 30}
	var got []string
	for _, width := range []int{200, 200, 60, 60, 200} {
		text, room := r.Decor(decor.Statistics{AvailableWidth: width})
		if room != 0 {
			t.Errorf("it takes %d columns", room)
		}
		got = append(got, text)
		r.fill(strings.Repeat("x", width-60))
	}
	// The second line filled 183 columns: four lines of sixty.
	if diff := cmp.Diff([]string{"\r\x1b[J", "\r\x1b[J", "\x1b[3A\r\x1b[J", "\r\x1b[J", "\r\x1b[J"}, got); diff != "" {
		t.Errorf("erasing (-want +got):\n%s", diff)
	}
}
