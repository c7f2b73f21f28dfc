package endtoend_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/esc/esctest"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

// Whatever is declared and whatever people did to the accounts: after one
// apply nothing is left to do, the tokens of the environments open their
// roles, and what belongs to others is as it was.
func TestAfterOneApplyNothingIsLeftToDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "endtoend")
		check(t, err)
		defer os.RemoveAll(dir)
		w := open(t, dir, sandbox.Options{Quotas: sandbox.Quotas{TrustPolicySize: 8192}})
		defer w.close()
		accounts := []string{prod, dev}
		var free []adoptable
		for _, account := range accounts {
			free = append(free, w.hand(t, account).strangers()...)
		}
		configuration := generate(t, free)
		w.goesWell(t, configuration)
		for range rapid.IntRange(1, 2).Draw(t, "rounds") {
			for _, account := range accounts {
				w.hand(t, account).driftAll()
			}
			driftFiles(t, w)
			configuration = configuration.edited(t)
			w.goesWell(t, configuration)
		}
	})
}

// driftAll edits the declared roles and the provider of an account.
func (h *hand) driftAll() {
	for _, role := range h.w.load().State.Roles {
		if string(role.Account) != h.account {
			continue
		}
		for range rapid.IntRange(0, 2).Draw(h.t, "drifts of "+role.Name) {
			h.drift(role.Name)
		}
	}
	for range rapid.IntRange(0, 2).Draw(h.t, "drifts of the provider") {
		h.driftProvider()
	}
}

// goesWell applies a configuration and looks at everything afterwards.
func (w *world) goesWell(t *rapid.T, configuration *written) {
	text := configuration.String()
	w.configure(text)
	accounts := []string{prod, dev}
	var unchanged []func() error
	for _, account := range accounts {
		unchanged = append(unchanged, w.hand(t, account).watch(configuration.taken))
	}

	r := w.compute(func(o *plan.Options) { o.MaxDeletes = -1 })
	if r.plan.Errored() {
		t.Fatalf("the plan has errors:\n%s\nof:\n%s", r.text(), text)
	}
	r.apply()
	w.settled(r)

	for i, account := range accounts {
		if err := unchanged[i](); err != nil {
			t.Fatalf("in account %s: %v\nby:\n%s", account, err, r.text())
		}
	}
	w.judged(t, r.config)
	for _, role := range r.config.State.Roles {
		w.opens(t, r.config, role)
	}
}

// watch notes what strangers have in an account; the function it returns says
// what became otherwise since.
func (h *hand) watch(taken map[string]bool) func() error {
	doors := h.doors(taken) // first: a role remembers when it was last used
	strangers, shared := h.stranger(taken), h.shared()
	return func() error {
		if diff := cmp.Diff(strangers, h.stranger(taken)); diff != "" {
			return fmt.Errorf("strangers changed (-before +after):\n%s", diff)
		}
		if err := keptOfStrangers(shared, h.shared()); err != nil {
			return fmt.Errorf("the shared provider: %w", err)
		}
		after := h.doors(taken)
		for _, door := range doors {
			if !slices.Contains(after, door) {
				return fmt.Errorf("%s opened before and does not now", door)
			}
		}
		return nil
	}
}

// judged demands that Pulumi takes every declared file, and that each is there.
func (w *world) judged(t *rapid.T, config *spec.Config) {
	tree := w.tree()
	for _, f := range config.State.Files {
		content, ok := tree["esc/"+f.Path]
		if !ok {
			t.Fatalf("the file %s is not there", f.Path)
		}
		env, _, err := esctest.Evaluate(f.Environment, []byte(content))
		if err != nil {
			t.Fatalf("ESC refuses %s: %v\n%s", f.Environment, err, content)
		}
		if env["AWS_ACCESS_KEY_ID"] != esctest.AccessKeyID {
			t.Fatalf("%s does not log in: %v", f.Environment, env)
		}
	}
}

// opens demands that the environment's own token opens its role, unless its
// trust is left to others, and that a stranger's does not, whatever it says.
func (w *world) opens(t *rapid.T, config *spec.Config, role trust.Role) {
	env, err := subject.ParseEnvironment(role.Environment)
	check(t, err)
	i := slices.IndexFunc(config.State.Files, func(f trust.EnvironmentFile) bool { return f.Environment == role.Environment })
	if i < 0 || slices.Contains(role.Lifecycle.IgnoreChanges, "trust") {
		return
	}
	var attrs []subject.Attribute
	for _, a := range config.State.Files[i].Document.Login.SubjectAttributes {
		attrs = append(attrs, subject.Attribute(a))
	}
	arn := trust.RoleARN("aws", role.Account, role.Path, role.Name)
	for _, sub := range env.Subjects(attrs, subject.Claims{User: "ada"}) {
		if err := w.assume(arn, env.Audience(), sub); err != nil {
			t.Fatalf("%s with %s does not open %s: %v\nits trust: %s", env.Audience(), sub, arn, err, role.Trust)
		}
		if role.Lifecycle.Overlap { // its live trust may admit anybody
			continue
		}
		for _, audience := range []string{"aws:evil", "evil", "stranger"} {
			if err := w.assume(arn, audience, sub); err == nil {
				t.Fatalf("a token for %s opens %s", audience, arn)
			}
		}
	}
}

// assume asks for a session with a token.
func (w *world) assume(role trust.ARN, audience, sub string) error {
	part := func(v any) string {
		text, err := json.Marshal(v)
		check(w.t, err)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	now := time.Now().Unix()
	token := fmt.Sprintf("%s.%s.c2ln", part(map[string]any{"alg": "RS256"}),
		part(map[string]any{"iss": "https://" + issuer, "aud": audience, "sub": sub, "iat": now, "exp": now + 600}))
	client := sts.New(sts.Options{Region: "us-east-1", BaseEndpoint: &w.url, HTTPClient: w.client})
	_, err := client.AssumeRoleWithWebIdentity(context.Background(), &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String(string(role)), RoleSessionName: aws.String("test"), WebIdentityToken: &token})
	return err
}
