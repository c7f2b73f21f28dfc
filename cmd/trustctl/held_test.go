package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/term"
)

// exitBeyond is the exit code of a run that called what its policy does not
// allow.
const exitBeyond = 97

// heldMain is trustctl as the scripts, and the tests that start it, run it. What
// reaches a sandbox is held to the policies that `trustctl iam-policy` prints
// for that very run: while it lasts they are all that the accounts' callers may
// do. A call beyond them is AccessDenied, and ends the run with exitBeyond even
// where trustctl itself goes on without it. Whoever edits an account between
// two runs, the program iam of the scripts or a test's own client, is not held.
//
// Not held are: runs of hundreds of roles (see mostRead), and those that a test
// makes in its own process by command, since it edits the account while they
// ask.
func heldMain() {
	a := &app{Streams: term.System(), env: os.Environ(), now: time.Now, log: slog.New(slog.DiscardHandler)}
	h := holding(a, os.Args[1:])
	if len(h.policies) == 0 {
		main()
	}
	a.opened = func(server *sandbox.Server) func() { return h.over(server) }
	release := func() {}
	if box, ok := remoteBox(a.getenv("AWS_ENDPOINT_URL")); ok {
		release = h.over(box)
	}
	code := a.run(context.Background(), os.Args[1:])
	release()
	os.Exit(h.code(a.Err, code))
}

// held is what a run may do, and what it did beyond that.
type held struct {
	policies map[string]string // by account; none: everything
	beyond   []sandbox.Call
	failed   error // setting a policy
}

// box is a sandbox whose callers can be held.
type box interface {
	SetPolicy(account, document string) error
	Log() []sandbox.Call
}

// over holds the callers of a sandbox's accounts until release.
func (h *held) over(b box) (release func()) {
	before := 0
	if log := b.Log(); len(log) > 0 {
		before = log[len(log)-1].Number
	}
	set := func(document func(string) string) {
		for account := range h.policies {
			if err := b.SetPolicy(account, document(account)); err != nil {
				h.failed = err
			}
		}
	}
	set(func(account string) string { return h.policies[account] })
	return func() {
		set(func(string) string { return "" })
		for _, c := range b.Log() {
			// What a fault refuses, and a role's own trust policy, is no policy's fault.
			if c.Number > before && c.Code == "AccessDenied" && len(c.Faults) == 0 && c.Action != "AssumeRole" {
				h.beyond = append(h.beyond, c)
			}
		}
	}
}

// code is what a run ends with.
func (h *held) code(talk io.Writer, code int) int {
	switch {
	case h.failed != nil:
		fmt.Fprintf(talk, "HELD: %v\n", h.failed)
	case len(h.beyond) > 0:
		fmt.Fprintf(talk, "HELD: the policy that iam-policy prints does not allow %s on %q\n", h.beyond[0].Action, h.beyond[0].Resource)
	default:
		return code
	}
	return exitBeyond
}

func TestARunThatCallsBeyondItsPolicyEndsWithItsOwnExitCode(t *testing.T) {
	s := newSandboxed(t, place{dir: t.TempDir()})
	s.configure(t, threeRoles)
	s.succeed(t, "plan")
	h := holding(&app{now: time.Now, log: slog.New(slog.DiscardHandler)}, []string{"plan", "-config=" + s.dir})
	for account, document := range h.policies { // a plan goes on without the quotas
		h.policies[account] = strings.Replace(document, `"iam:GetAccountSummary",`, "", 1)
	}
	release := h.over(s.server)
	client := iamClient(s.url, sandbox.KeyPrefix+"111122223333")
	_, err := client.GetAccountSummary(t.Context(), &iam.GetAccountSummaryInput{})
	release()
	if code := h.code(io.Discard, exitFine); err == nil || code != exitBeyond {
		t.Errorf("the call ended with %v, the run with exit code %d", err, code)
	}
	if _, err := client.GetAccountSummary(t.Context(), &iam.GetAccountSummaryInput{}); err != nil {
		t.Errorf("after the run its policy holds still: %v", err)
	}
}

func TestEveryRunIsHeldToThePolicyOfItsCommand(t *testing.T) {
	a := &app{now: time.Now, log: slog.New(slog.DiscardHandler)}
	root := a.rootCommand()
	for _, x := range []struct{ run, want string }{
		{"plan -config=c -target=x", "iam-policy plan --config=c"},
		{"plan -destroy", "iam-policy plan --destroy"},
		{"-chdir=d apply -sandbox -auto-approve -max-deletes 3 -var a=b", "iam-policy apply --chdir=d --max-deletes=3 --var=a=b"},
		{"destroy -account a", "iam-policy destroy --account=a"},
		{"transfer -from=s -to=t", "iam-policy transfer --from=s --to=t"},
		{"snapshot -out=f", "iam-policy snapshot"},
		{"lint -live", "iam-policy plan"},
		{"apply -snapshot-out=f", "iam-policy apply, iam-policy snapshot"},
	} {
		arranged, err := arrange(root, strings.Fields(x.run), func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, asked := range asks(root, arranged) {
			got = append(got, strings.Replace(strings.Join(asked, " "), " -json -input=false", "", 1))
		}
		if strings.Join(got, ", ") != x.want {
			t.Errorf("%s: %q, want %q", x.run, got, x.want)
		}
	}
}
