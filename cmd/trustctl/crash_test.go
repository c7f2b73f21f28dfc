package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/esc"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/term"
)

// A process that is killed at any moment loses nothing. For each of the plans,
// trustctl is killed (SIGKILL) after each single request has reached IAM and
// before its answer, and at each moment of a file's change; the call that was
// under way is then carried out, or it is not. From each of those places one
// more apply, of the configuration or of the same plan file, reaches what a run
// that nobody killed reaches.
func TestARunThatWasKilledAnywhereIsFinishedByOneMore(t *testing.T) {
	at, plans := map[string]bool{}, 0 // steps at which one of the plans is killed
	for _, c := range crashPlans {
		t.Run(c.name, func(t *testing.T) {
			m := newCrashMatrix(t, c)
			plans++
			for _, k := range m.kills {
				at[k.step()] = true
				t.Run(k.String(), func(t *testing.T) {
					t.Parallel()
					m.kill(t, k)
				})
			}
		})
	}
	if plans < len(crashPlans) {
		return // -run chose some
	}
	var never []string
	for _, step := range sealedSteps(t) {
		if !at[step] {
			never = append(never, step)
		}
	}
	if len(never) > 0 && !t.Failed() {
		t.Errorf("no plan is killed at %v", never)
	}
}

// sealedSteps are the types of plan.Step, from its source.
func sealedSteps(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../internal/plan/step.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "step" {
			all = append(all, f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d types of steps were found", len(all))
	}
	return all
}

// kill is where a process is killed: at a call, the nth of its kind on its
// object, or at a moment of a file's change.
type kill struct {
	action, resource string
	nth              int
	moment           esc.Moment
	path             string
}

func (k kill) String() string {
	if k.moment != "" {
		return fmt.Sprintf("%s %s", k.moment, k.path)
	}
	_, resource, _ := strings.Cut(k.resource, ":oidc-provider/")
	if resource == "" {
		resource = k.resource
	}
	return fmt.Sprintf("%s %s %d", k.action, resource, k.nth)
}

// step is the type of the step that is under way.
func (k kill) step() string {
	switch k.moment {
	case "":
		return k.action
	case esc.Writing, esc.Written, esc.Placed:
		return "WriteEnvironmentFile"
	}
	return "RemoveEnvironmentFile"
}

// place is an account and the folder of the configuration, which a test may
// copy.
type place struct {
	state []byte
	dir   string
}

// copied is the same place, to be changed.
func (p place) copied(t *testing.T) place {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "c")
	must(t, os.CopyFS(dir, os.DirFS(p.dir)))
	return place{p.state, dir}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// crashMatrix is a plan, and what it is held to.
type crashMatrix struct {
	plan  crashPlan
	start place  // with the configuration that is planned
	file  string // the saved plan
	goal  crashState
	kills []kill
}

// crashState is all that there is, but for ids and dates of the stack's roles.
type crashState struct {
	Account map[string]any
	Files   map[string]string
}

func newCrashMatrix(t *testing.T, c crashPlan) *crashMatrix {
	t.Helper()
	m := &crashMatrix{plan: c, start: place{dir: filepath.Join(t.TempDir(), "c")}}
	must(t, os.Mkdir(m.start.dir, 0o755))
	s := newSandboxed(t, place{dir: m.start.dir})
	client := iamClient(s.url, sandbox.KeyPrefix+crashAccount)
	for _, edit := range slices.Concat(strangers, c.seed) {
		must(t, handEdit(t.Context(), client, edit[0], edit[1:]))
	}
	if c.before != "" {
		s.configure(t, c.before)
		s.succeed(t, "apply", "-auto-approve")
	}
	if c.after != "" {
		s.configure(t, c.after)
	}
	m.file = filepath.Join(t.TempDir(), "p.plan")
	s.succeed(t, append([]string{"plan", "-out=" + m.file}, c.flags...)...)
	m.start.state = s.state(t)

	// The run that nobody kills says what there is to kill at.
	s = newSandboxed(t, m.start.copied(t))
	s.pause = func(moment esc.Moment, path string) { m.kills = append(m.kills, kill{moment: moment, path: path}) }
	s.succeed(t, "apply", "-parallelism=1", m.file)
	nth := map[kill]int{}
	for _, call := range s.server.Log() {
		k := kill{action: call.Action, resource: call.Resource}
		nth[k]++
		k.nth = nth[k]
		m.kills = append(m.kills, k)
	}
	s.pause = nil
	m.settled(t, s)
	m.goal = s.all(t)
	before, after := untouched(t, m.start.state), untouched(t, s.state(t))
	if diff := cmp.Diff(before, after); diff != "" {
		t.Fatalf("what is not the stack's changed (-before +after):\n%s", diff)
	}
	return m
}

// kill kills a run and finishes it, in each way.
func (m *crashMatrix) kill(t *testing.T, k kill) {
	s := newSandboxed(t, m.start.copied(t))
	ends := map[string]place{}
	if k.moment != "" {
		killAtFile(t, s, m.file, k)
		ends["killed"] = place{s.state(t), s.dir}
	} else {
		number := killAtCall(t, s, m.file, k)
		ends["not carried out"] = place{s.state(t), s.dir}
		must(t, s.server.Release(number))
		ends["carried out"] = place{s.state(t), s.dir}
	}
	for _, how := range slices.Sorted(maps.Keys(ends)) {
		live := newSandboxed(t, ends[how].copied(t))
		live.succeed(t, append([]string{"apply", "-auto-approve"}, m.plan.flags...)...)
		m.reached(t, how+", then the configuration", live)

		again := newSandboxed(t, ends[how].copied(t))
		code, out := again.trustctl("apply", m.file)
		if done := strings.Contains(out, "the plan was applied already"); code != exitFine && !done {
			t.Errorf("%s: the same plan file ended with exit code %d:\n%s", how, code, out)
		}
		m.reached(t, how+", then the plan file", again)
	}
}

// reached demands all that a run which nobody killed leaves, and an empty plan.
func (m *crashMatrix) reached(t *testing.T, how string, s *sandboxed) {
	t.Helper()
	if diff := cmp.Diff(m.goal, s.all(t)); diff != "" {
		t.Errorf("%s: it did not reach what was declared (-want +got):\n%s", how, diff)
	}
	if diff := cmp.Diff(untouched(t, m.start.state), untouched(t, s.state(t))); diff != "" {
		t.Errorf("%s: what is not the stack's changed (-before +after):\n%s", how, diff)
	}
	m.settled(t, s)
}

func (m *crashMatrix) settled(t *testing.T, s *sandboxed) {
	t.Helper()
	if code, out := s.trustctl(append([]string{"plan", "-detailed-exitcode"}, m.plan.flags...)...); code != exitFine {
		t.Errorf("the next plan ended with exit code %d:\n%s", code, out)
	}
}

// killAtCall kills a run of the plan file at a call, and gives the call's
// number: it waits to be let go.
func killAtCall(t *testing.T, s *sandboxed, file string, k kill) int {
	t.Helper()
	must(t, s.server.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{
		Fault: sandbox.Hold, Match: sandbox.Match{Actions: []string{k.action}, Resource: k.resource}, Calls: []int{k.nth},
	}}}))
	cmd, _ := s.process(t, "trustctl", file)
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	must(t, cmd.Start())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	held, err := s.server.Held(ctx)
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	if err != nil {
		t.Fatalf("%v: %v\n%s", k, err, out)
	}
	return held[0].Number
}

// killAtFile kills a run of the plan file at a moment of a file's change.
func killAtFile(t *testing.T, s *sandboxed, file string, k kill) {
	t.Helper()
	cmd, stdout := s.process(t, "trustctl-stops", file)
	cmd.Env = append(cmd.Env, stopVariable+"="+k.String())
	must(t, cmd.Start())
	watchdog := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer watchdog.Stop()
	said := bufio.NewScanner(stdout)
	stopped := false
	for !stopped && said.Scan() {
		stopped = said.Text() == stoppedLine
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	if !stopped {
		t.Fatalf("it did not come to %v", k)
	}
}

const (
	stopVariable = "TRUSTCTL_TEST_STOP"
	stoppedLine  = "STOPPED"
)

// stopsMain is trustctl, but for a moment of a file's change at which it stops
// until it is killed.
func stopsMain() {
	a := &app{Streams: term.System(), env: os.Environ(), now: time.Now, log: slog.New(slog.DiscardHandler)}
	a.pause = func(moment esc.Moment, path string) {
		if (kill{moment: moment, path: path}).String() == os.Getenv(stopVariable) {
			fmt.Println("\n" + stoppedLine)
			time.Sleep(time.Hour)
		}
	}
	os.Exit(a.guard(func() error { return a.execute(context.Background(), os.Args[1:]) }))
}

// process is a run of the plan file as a process of its own.
func (s *sandboxed) process(t *testing.T, name, file string) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd, err := program("apply", "-parallelism=1", "-config="+s.dir, file)
	must(t, err)
	cmd.Args[0] = name
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+s.url, "AWS_ACCESS_KEY_ID="+sandbox.KeyPrefix+crashAccount, "AWS_SECRET_ACCESS_KEY=x",
		"AWS_REGION=us-east-1", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
	if name == "trustctl" {
		return cmd, nil
	}
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	return cmd, stdout
}
