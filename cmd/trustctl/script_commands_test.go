package main

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/trustctl/trustctl/internal/render/schematest"
)

// scriptCommands are what scripts can say besides testscript's own words.
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"code":   code,
	"repeat": repeat,
	"serve":  serve,
	"end":    end,
	"counts": counted,
	"fault":  faulty,
	"schema": schema,
}

// code runs a program and wants exactly this exit code: code 3 trustctl fmt -check
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code CODE PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("running %s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("%s ended with exit code %d, want %d", args[1], got, want)
	}
}

// repeat replaces the mark @@ in a file by a text, many times: repeat FILE TEXT N
func repeat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: repeat FILE TEXT N")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	text := strings.ReplaceAll(ts.ReadFile(args[0]), "@@", strings.Repeat(args[1], n))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// program is trustctl as a process: the test binary under a name of it. Under
// the name trustctl it would be held to a policy, which takes time.
func program(args ...string) (*exec.Cmd, error) {
	path, err := os.Executable()
	return &exec.Cmd{Path: path, Args: append([]string{"trustctl-itself"}, args...)}, err
}

// served is a `trustctl sandbox` that a script started.
type served struct {
	cmd    *exec.Cmd
	output *bufio.Reader
}

type servedKey struct{}

// serve starts `trustctl sandbox -state FILE` and points AWS_ENDPOINT_URL, and
// a key of an account, at it: serve FILE ACCOUNT
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: serve FILE ACCOUNT")
	}
	cmd, err := program("sandbox", "-state", ts.MkAbs(args[0]))
	ts.Check(err)
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	s := &served{cmd: cmd, output: bufio.NewReader(stdout)}
	ts.Value(servedKey{}).(map[string]*served)[args[0]] = s
	ts.Defer(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	line, err := s.output.ReadString('\n')
	ts.Check(err)
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "SANDBOX ")
	if !ok {
		ts.Fatalf("the first line is %q", line)
	}
	ts.Setenv("AWS_ENDPOINT_URL", url)
	ts.Setenv("AWS_ACCESS_KEY_ID", "SANDBOX"+args[1])
	ts.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	ts.Setenv("AWS_REGION", "us-east-1")
}

// end ends a served sandbox with a signal and wants exit code 0: end FILE INT|TERM
func end(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: end FILE INT|TERM")
	}
	s := ts.Value(servedKey{}).(map[string]*served)[args[0]]
	ts.Check(s.cmd.Process.Signal(map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}[args[1]]))
	_, _ = io.Copy(io.Discard, s.output)
	ts.Check(s.cmd.Wait())
}

// faulty sets what goes wrong at the served sandbox, which counts anew: fault JSON...
func faulty(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fault JSON")
	}
	request, err := http.NewRequest(http.MethodPut, ts.Getenv("AWS_ENDPOINT_URL")+"/_sandbox/faults", strings.NewReader(strings.Join(args, " ")))
	ts.Check(err)
	answer, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		text, _ := io.ReadAll(answer.Body)
		ts.Fatalf("the faults were refused: %s", text)
	}
}

// counted prints how many calls of each action the served sandbox had, for
// stdout, and counts anew.
func counted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: counts")
	}
	url := ts.Getenv("AWS_ENDPOINT_URL") + "/_sandbox/counts"
	answer, err := http.Get(url)
	ts.Check(err)
	defer answer.Body.Close()
	_, err = io.Copy(ts.Stdout(), answer.Body)
	ts.Check(err)
	request, err := http.NewRequest(http.MethodDelete, url, nil)
	ts.Check(err)
	anew, err := http.DefaultClient.Do(request)
	ts.Check(err)
	ts.Check(anew.Body.Close())
}

// schema holds what was printed last, or each line of it, to one of the
// project's schemas: schema NAME [lines]
func schema(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 2 || len(args) == 2 && args[1] != "lines" {
		ts.Fatalf("usage: schema NAME [lines]")
	}
	s, err := schematest.Named(args[0])
	ts.Check(err)
	texts := []string{ts.ReadFile("stdout")}
	if len(args) == 2 {
		texts = slices.Collect(strings.Lines(texts[0]))
	}
	for _, text := range texts {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		ts.Check(err)
		ts.Check(s.Validate(v))
	}
	if len(texts) == 0 {
		ts.Fatalf("nothing was printed")
	}
}
