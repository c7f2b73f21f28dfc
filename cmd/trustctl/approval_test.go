package main

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/term"
	"github.com/trustctl/trustctl/internal/trust"
)

// atIAM is a configuration of three roles, in the current folder, and an IAM
// for it. edit is a hand edit there.
func atIAM(t *testing.T) (edit func(operation string, args ...string)) {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(func() {
		listener.Close()
		_ = server.Close()
	})
	t.Chdir(t.TempDir())
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": listener.URL, "AWS_ACCESS_KEY_ID": "SANDBOX111122223333", "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_REGION": "us-east-1", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	if err := os.WriteFile("main.trust.hcl", []byte(threeRoles), 0o600); err != nil {
		t.Fatal(err)
	}
	client := iamClient(listener.URL, "SANDBOX111122223333")
	return func(operation string, args ...string) {
		if err := handEdit(context.Background(), client, operation, args); err != nil {
			t.Error(err)
		}
	}
}

// whileAsked is a person who answers yes once something else has happened.
type whileAsked struct {
	happens func()
	answer  *strings.Reader
}

func (w *whileAsked) Read(b []byte) (int, error) {
	if w.happens != nil {
		w.happens()
		w.happens = nil
	}
	return w.answer.Read(b)
}

func TestWhatMovesWhileTheQuestionStandsIsNotWrittenOver(t *testing.T) {
	edit := atIAM(t)
	succeed(t, "apply", "-auto-approve")
	edit("describe", "esc-acme--p--one", "drifted")
	for _, tt := range []struct {
		name    string
		happens func()
		code    int
		want    string
	}{
		{"a role of the plan is edited", func() { edit("describe", "esc-acme--p--one", "by somebody else") }, exitError, `aws_iam_role.acme["p/one"]`},
		{"somebody else does the same", func() { edit("describe", "esc-acme--p--one", "") }, exitError, "was applied already"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out, err bytes.Buffer
			in := &whileAsked{tt.happens, strings.NewReader("yes\n")}
			code := run(context.Background(), []string{"apply"}, nil, term.Streams{In: in, InTerminal: true, Out: &out, Err: &err}, time.Now)
			if code != tt.code || !strings.Contains(err.String(), tt.want) || strings.Contains(out.String(), "Apply complete!") {
				t.Errorf("it ended with exit code %d\n%s\n%s", code, &out, &err)
			}
		})
	}
	edit("describe", "esc-acme--p--one", "drifted")
	var out, err bytes.Buffer
	in := &whileAsked{func() { edit("describe", "esc-acme--p--two", "of no concern") }, strings.NewReader("yes\n")}
	if code := run(context.Background(), []string{"apply", "-target=acme/p/one"}, nil, term.Streams{In: in, InTerminal: true, Out: &out, Err: &err}, time.Now); code != exitFine {
		t.Errorf("a role that the plan does not touch stopped it: exit code %d\n%s\n%s", code, &out, &err)
	}
}

func TestAPlanFileThatSomebodyMadeUpIsRefusedByName(t *testing.T) {
	atIAM(t)
	succeed(t, "plan", "-out=p.plan")
	p, meta, err := readPlan("p.plan")
	if err != nil {
		t.Fatal(err)
	}
	for i, ch := range p.Changes {
		if ch.Address.Kind == trust.KindRole && strings.HasSuffix(ch.Address.Name, "one") {
			p.Changes[i].After.Role.Managed = append(ch.After.Role.Managed, "arn:aws:iam::aws:policy/AdministratorAccess")
		}
	}
	text, _, err := plan.Encode(p, meta)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("forged.plan", text, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := command(t, nil, "apply", "forged.plan")
	if code != exitError || !strings.Contains(errs, `  aws_iam_role.acme["p/one"]`) || strings.Contains(errs, `"p/two"`) {
		t.Errorf("it ended with exit code %d\n%s%s", code, out, errs)
	}
	// Nothing was written.
	succeed(t, "apply", "-plan-digest="+meta.Digest, "p.plan")
	code, _, errs = command(t, nil, "apply", "-plan-digest="+meta.Digest, "forged.plan")
	if code != exitError || !strings.Contains(errs, "forged.plan is not the plan of -plan-digest") || strings.Contains(errs, "sha256:") {
		t.Errorf("another file: exit code %d\n%s", code, errs)
	}
}

// What show says is accepted must be: else a made-up file would hide a finding
// from whoever approves it.
func TestAPlanFileThatAcceptsWhatTheConfigurationDoesNotIsRefused(t *testing.T) {
	atIAM(t)
	succeed(t, "plan", "-out=p.plan")
	p, meta, err := readPlan("p.plan")
	must(t, err)
	p.Declared.Accepts = append(p.Declared.Accepts, plan.Accept{Code: "TRUST111", Environment: "acme/p/one", Reason: "trust me"})
	text, _, err := plan.Encode(p, meta)
	must(t, err)
	must(t, os.WriteFile("forged.plan", text, 0o600))
	code, out, errs := command(t, nil, "apply", "forged.plan")
	if code != exitError || !strings.Contains(errs, "the plan says of the configuration's accept blocks") {
		t.Errorf("it ended with exit code %d\n%s%s", code, out, errs)
	}
	succeed(t, "apply", "p.plan")
}
