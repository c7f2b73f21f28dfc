package endtoend_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/esc"
	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

// Whatever the accounts hold and whatever is declared after the snapshot was
// taken: the plan that is made of it is the one that is made of the accounts.
func TestAPlanFromASnapshotIsThePlanOfTheAccounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "endtoend")
		check(t, err)
		defer os.RemoveAll(dir)
		w := open(t, dir, sandbox.Options{Quotas: sandbox.Quotas{TrustPolicySize: 8192}})
		defer w.close()
		var free []adoptable
		for _, account := range []string{prod, dev} {
			free = append(free, w.hand(t, account).strangers()...)
		}
		configuration := generate(t, free)
		w.configure(configuration.String())
		if r := w.compute(func(o *plan.Options) { o.MaxDeletes = -1 }); !r.plan.Errored() {
			r.apply()
		}
		for _, account := range []string{prod, dev} {
			w.hand(t, account).driftAll()
		}
		s := w.takeSnapshot(w.load())
		configuration = configuration.edited(t)
		w.configure(configuration.String())
		config := w.load()
		destroy := seldom(t, "destroy")
		change := func(o *plan.Options) {
			o.MaxDeletes = -1
			if destroy {
				o.Mode = plan.ModeDestroy
			}
		}

		accounts := w.computeFor(config, change)
		before := len(w.wire.log())
		offline := w.computeFrom(s, config, destroy, change)
		if seen := w.wire.log()[before:]; len(seen) > 0 {
			t.Fatalf("planning from a snapshot made the calls %v", seen)
		}
		if slices.ContainsFunc(offline.plan.Changes, func(ch plan.Change) bool { return ch.Unread }) {
			return // of which the snapshot cannot know enough
		}
		for _, form := range []struct{ accounts, offline string }{{accounts.text(), offline.text()}, {accounts.json(), offline.json()}} {
			if diff := cmp.Diff(unread(form.accounts), unread(form.offline)); diff != "" {
				t.Fatalf("the plan of the accounts and that from the snapshot (-accounts +snapshot):\n%s", diff)
			}
		}
	})
}

// unread is a plan without what says where it was read.
func unread(text string) string {
	return regexp.MustCompile(`(?m)^Reads: .*\. Writes|^ *"reads": .*$|^ *"snapshot": \{[^}]*\},\n`).ReplaceAllString(text, "")
}

// takeSnapshot reads the accounts for a snapshot, which goes through its text.
func (w *world) takeSnapshot(config *spec.Config) *live.Snapshot {
	w.t.Helper()
	r := w.computeFor(config) // for its sessions
	want := wanted(config)
	want.Snapshot = true
	state, err := live.Read(context.Background(), r.sessions, want)
	check(w.t, err)
	var issuers []string
	for _, i := range want.Issuers {
		issuers = append(issuers, i.URL)
	}
	text, err := live.NewSnapshot(state, time.Unix(1_700_000_000, 0), "test", config.Stack, true, issuers).Encode()
	check(w.t, err)
	s, err := live.DecodeSnapshot(bytes.NewReader(text))
	check(w.t, err)
	return s
}

// computeFrom plans with a snapshot in the place of the accounts.
func (w *world) computeFrom(s *live.Snapshot, config *spec.Config, everyProvider bool, change func(*plan.Options)) *run {
	w.t.Helper()
	var accounts []trust.Account
	for _, a := range config.Accounts {
		accounts = append(accounts, a.Account)
	}
	want := wanted(config)
	want.EveryProvider = everyProvider
	current := s.State(accounts, want)
	folder, err := esc.Open(w.root, config.ESCDir)
	check(w.t, err)
	current.Files, err = folder.Read(config.Stack, config.State.Files)
	check(w.t, err)
	o := optionsFor(config)
	o.Snapshot = &plan.Snapshot{Taken: s.Taken, Digest: s.Digest}
	change(&o)
	return &run{w: w, config: config, sessions: &live.Sessions{}, folder: &files{Folder: folder}, plan: plan.Compute(config.State, current, o)}
}

// declares is a configuration with more in it.
func declares(issuer, environment string) string {
	return fmt.Sprintf("trustctl {\n  stack = \"named\"\n}\naccount \"prod\" {\n  id = %q\n}\nissuer \"pulumi\" {\n  url = %q\n}\norg \"acme\" {\n  account = account.prod\n  emit    = false\n  environment \"web/prod\" {}\n%s}\n", prod, issuer, environment)
}

func TestWhatASnapshotHasByNameAloneIsKnownOnlyLive(t *testing.T) {
	const pulumi = "https://api.pulumi.com/oidc"
	w := newWorld(t, sandbox.Options{})
	w.configure(declares(pulumi, ""))
	w.apply()
	name, policy := "theirs", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	_, err := w.iam(prod).CreateRole(context.Background(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &policy})
	check(t, err)
	s := w.takeSnapshot(w.load())
	for _, test := range []struct{ name, configuration, kind string }{
		{"a role to adopt", declares(pulumi, "  environment \"web/theirs\" {\n    role { name = \"theirs\" }\n    lifecycle { adopt = true }\n  }\n"), string(trust.KindRole)},
		{"another issuer", declares("https://other.example/oidc", ""), string(trust.KindProvider)},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.configure(test.configuration)
			r := w.computeFrom(s, w.load(), false, func(o *plan.Options) {})
			found := false
			for _, ch := range r.plan.Changes {
				if ch.Unread {
					found = true
					if string(ch.Address.Kind) != test.kind || len(ch.Steps()) > 0 {
						t.Errorf("%s is known only live, with the steps %v", ch.Resource, ch.Steps())
					}
				}
			}
			if !found || len(r.plan.Fails(plan.GateWider)) == 0 || !strings.Contains(r.text(), "known only live") {
				t.Errorf("want a change that is known only live, and counts as wider:\n%s", r.text())
			}
			encoded, _, err := plan.Encode(r.plan, plan.Meta{})
			check(t, err)
			saved, _, err := plan.Decode(encoded)
			check(t, err)
			if _, err := saved.Remaining(w.compute().plan, trust.State{}); err == nil || !strings.Contains(err.Error(), "no more than the name") {
				t.Errorf("carrying it out: %v", err)
			}
		})
	}
}
