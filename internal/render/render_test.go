package render

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/lipgloss"
	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	stack  = "acme-platform"
	prod   = trust.AccountID("123456789012")
	issuer = "https://api.pulumi.com/oidc"
)

// admits is the trust policy of a role for one audience and some subjects.
func admits(audience string, subs ...string) policy.Document {
	return policy.Document{Version: policy.Version2012, Statements: []policy.Statement{{
		Effect:     policy.Allow,
		Principals: []policy.Principal{{Type: "Federated", Value: string(trust.ProviderARN("aws", prod, issuer))}},
		Actions:    []string{"sts:AssumeRoleWithWebIdentity"},
		Conditions: []policy.Condition{
			{Operator: "StringEquals", Key: "api.pulumi.com/oidc:aud", Values: []string{audience}},
			{Operator: "StringEquals", Key: "api.pulumi.com/oidc:sub", Values: subs},
		},
	}}}
}

func may(action ...string) policy.Document {
	return policy.Document{Version: policy.Version2012, Statements: []policy.Statement{{Effect: policy.Allow, Actions: action, Resources: []string{"*"}}}}
}

func role(environment string, edits ...func(*trust.Role)) trust.Role {
	name := "esc-acme--" + strings.ReplaceAll(environment, "/", "--")
	r := trust.Role{
		Environment: "acme/" + environment, Account: prod, Path: "/", Name: name,
		Trust: admits("aws:acme", "pulumi:environments:org:acme:env:"+environment), MaxSession: time.Hour,
		ARN:  trust.RoleARN("aws", prod, "/", name),
		Tags: map[string]string{trust.TagStack: stack, trust.TagRole: name, trust.TagEnvironment: "acme/" + environment},
	}
	for _, edit := range edits {
		edit(&r)
	}
	return r
}

func provider(audiences ...string) trust.OIDCProvider {
	p := trust.OIDCProvider{Account: prod, ARN: trust.ProviderARN("aws", prod, issuer), URL: issuer, Issuer: "pulumi", ClientIDs: audiences, Tags: map[string]string{trust.TagStack: stack}}
	for _, a := range audiences {
		p.Tags[trust.AudienceMark(a)] = stack
	}
	return p
}

func file(environment, content string) trust.EnvironmentFile {
	return trust.EnvironmentFile{Environment: "acme/" + environment, Account: prod, Stack: stack, Path: "acme/" + environment + ".yaml", Content: []byte(content)}
}

func accounts() []trust.Account {
	return []trust.Account{{ID: prod, Name: "prod", Partition: "aws", Complete: true}}
}

func compute(desired, current trust.State, edits ...func(*plan.Options)) *plan.Plan {
	desired.Accounts, current.Accounts = accounts(), accounts()
	o := plan.Options{Stack: stack, MaxDeletes: 5, Issuers: []string{issuer}, Now: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)}
	for _, edit := range edits {
		edit(&o)
	}
	return plan.Compute(desired, current, o)
}

// everything is a plan with every action in it.
func everything() *plan.Plan {
	unmarked := func(r *trust.Role) { r.Tags = map[string]string{"team": "legacy"} }
	return compute(trust.State{
		Providers: []trust.OIDCProvider{provider("acme", "aws:acme")},
		Roles: []trust.Role{
			role("payments/prod", func(r *trust.Role) {
				r.Description, r.MaxSession = "Runs the payments service", 2*time.Hour
				r.Boundary = "arn:aws:iam::123456789012:policy/boundary"
				r.Managed = []trust.ARN{"arn:aws:iam::aws:policy/ReadOnlyAccess"}
				r.Inline = map[string]policy.Document{"deploy": may("s3:GetObject", "s3:PutObject")}
			}),
			role("payments/dev", func(r *trust.Role) {
				r.Trust = admits("aws:acme", "pulumi:environments:org:acme:env:payments/dev", "pulumi:environments:org:acme:env:payments/dev-eu")
				r.Description, r.MaxSession = "new", 90*time.Minute
				r.Managed = []trust.ARN{"arn:aws:iam::aws:policy/ReadOnlyAccess"}
				r.Inline = map[string]policy.Document{"deploy": may("s3:GetObject", "s3:PutObject"), "queue": may("sqs:*")}
				r.Tags["team"] = "payments"
			}),
			role("web/prod", func(r *trust.Role) { r.Path = "/pulumi/" }),
			role("web/adopted", func(r *trust.Role) { r.Lifecycle.Adopt = true }),
			role("web/same"),
		},
		Files:   []trust.EnvironmentFile{file("payments/prod", "values:\n  a: 1\n"), file("payments/dev", "values:\n  a: 1\n  b: 2\n")},
		Removed: []trust.Removed{{Environment: "acme/old/forgotten"}},
	}, trust.State{
		Providers: []trust.OIDCProvider{provider("aws:acme", "gone")},
		Roles: []trust.Role{
			role("payments/dev", func(r *trust.Role) {
				r.Trust = admits("aws:acme", "pulumi:environments:org:acme:env:payments/dev", "pulumi:environments:org:acme:env:intruder")
				r.Description, r.Boundary = "old", "arn:aws:iam::123456789012:policy/boundary"
				r.Managed = []trust.ARN{"arn:aws:iam::aws:policy/AdministratorAccess"}
				r.Inline = map[string]policy.Document{"deploy": may("s3:GetObject"), "stale": may("ec2:*")}
				r.Tags["team"], r.Tags["by-hand"] = "x", "1"
			}),
			role("web/prod"),
			role("web/adopted", unmarked),
			role("web/same"),
			role("old/forgotten"),
			role("old/gone", func(r *trust.Role) {
				r.Inline = map[string]policy.Document{"deploy": may("s3:*")}
				r.LastUsed, r.LastUseKnown = time.Date(2026, 1, 17, 14, 0, 0, 0, time.UTC), true
			}),
			role("old/copy", func(r *trust.Role) { r.Tags[trust.TagRole] = "another" }),
		},
		Files: []trust.EnvironmentFile{file("payments/dev", "values:\n  a: 1\n  b: 3\n"), file("old/gone", "x\n")},
	})
}

// hostile is a plan over objects whose texts try to fool the terminal.
func hostile() *plan.Plan {
	return compute(trust.State{Roles: []trust.Role{role("payments/prod")}}, trust.State{Roles: []trust.Role{
		role("payments/prod", func(r *trust.Role) {
			r.Description = "\x1b[2J\x1b[1;1HNo changes.\r\n\u202egnp.exe \u2066x\u200b\x9b31m" + strings.Repeat("x", 1000)
			r.Tags["\x1b]0;t\x07"] = "a\nPlan: 0 to add"
			r.Inline = map[string]policy.Document{"<b>|x|\x1b": policy.ParseLive("{\x1b[31m")}
		}),
		role("old/\x1b[31mgone"),
	}})
}

// TestNoTextOfAnObjectCommandsARunner draws what a reader of a build's log
// would take for a command, and puts it where an account's text stands.
func TestNoTextOfAnObjectCommandsARunner(t *testing.T) {
	words := rapid.SliceOf(rapid.SampledFrom([]string{"::", "::error::x", "##[add-mask]x", "##", "[", ":", "a", "\n", "words to fill the line with", `"`, `\`}))
	rapid.Check(t, func(rt *rapid.T) {
		text := func(label string) string {
			return strings.Join(words.Draw(rt, label), rapid.SampledFrom([]string{"", " "}).Draw(rt, "between"))
		}
		p := compute(trust.State{Roles: []trust.Role{role("payments/prod")}}, trust.State{Roles: []trust.Role{
			role("payments/prod", func(r *trust.Role) {
				r.Description, r.Tags[text("key")] = text("description"), text("value")
				r.Inline = map[string]policy.Document{text("policy"): policy.ParseLive(text("document"))}
			}),
			role("old/" + text("name")),
		}}, func(o *plan.Options) { o.MaxDeletes = 0 })
		report := Report{Plan: p, Findings: []lint.Finding{{Code: "TRUST101", Severity: lint.Error, Summary: "S", Detail: text("detail"), Resource: text("resource"), Remedy: text("remedy")}}}
		var out bytes.Buffer
		if err := Text(&out, report, TextOptions{Width: rapid.IntRange(0, 80).Draw(rt, "width"), Verbose: rapid.Bool().Draw(rt, "verbose")}); err != nil {
			rt.Fatal(err)
		}
		failed := Applied{Failed: []Outcome{{Resource: text("failed"), Error: text("error")}}}
		if err := ApplyText(&out, failed, TextOptions{Width: 60, Terminal: true}); err != nil {
			rt.Fatal(err)
		}
		json, err := JSON(report)
		if err != nil {
			rt.Fatal(err)
		}
		out.Write(json)
		out.WriteString(Markdown(report, CommentLimit))
		for _, line := range strings.Split(out.String(), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
				rt.Fatalf("a runner reads %q", line)
			}
		}
	})
}

func TestGoldenTexts(t *testing.T) {
	texts := map[string]struct {
		plan    *plan.Plan
		options TextOptions
	}{
		"everything":            {everything(), TextOptions{Width: 80}},
		"everything-verbose":    {everything(), TextOptions{Width: 80, Verbose: true}},
		"everything-concise":    {everything(), TextOptions{Width: 80, Concise: true}},
		"everything-colour":     {everything(), TextOptions{Width: 80, Style: Color(true)}},
		"everything-60":         {everything(), TextOptions{Width: 60, Terminal: true}},
		"everything-120":        {everything(), TextOptions{Width: 120, Terminal: true}},
		"everything-60-colour":  {everything(), TextOptions{Width: 60, Terminal: true, Style: Color(true)}},
		"everything-120-colour": {everything(), TextOptions{Width: 120, Terminal: true, Style: Color(true)}},
		"hostile":               {hostile(), TextOptions{Width: 80}},
		"no-changes":            {compute(trust.State{Roles: []trust.Role{role("web/same")}}, trust.State{Roles: []trust.Role{role("web/same")}}), TextOptions{Width: 80}},
		"refused": {compute(trust.State{}, trust.State{Roles: []trust.Role{role("old/gone", func(r *trust.Role) { r.Tags[trust.TagPreventDestroy] = "true" })}},
			func(o *plan.Options) { o.Targets = []string{"acme/*"}; o.Sandbox = true }), TextOptions{Width: 80}},
	}
	for name, tt := range texts {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Text(&out, Report{Plan: tt.plan, Reads: 4, Findings: shownFindings(tt.plan)}, tt.options); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", out.Bytes())
		})
	}
}

// shownFindings are about what a plan changes and about what it leaves.
func shownFindings(p *plan.Plan) []lint.Finding {
	if len(p.Changes) < 5 {
		return nil
	}
	all := findings()
	all[0].Address, all[0].Resource = p.Changes[0].Address, p.Changes[0].Resource
	return all
}

// golden holds output against a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); go test -update writes it anew:\n%s", path, diff)
	}
}

func TestNothingFromOutsideReachesTheTerminalAsItIs(t *testing.T) {
	for _, o := range []TextOptions{{}, {Verbose: true}, {Concise: true}, {Width: 40}} {
		var out bytes.Buffer
		if err := Text(&out, Report{Plan: hostile()}, o); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%U is in the text", r)
			}
		}
		if n := len(regexp.MustCompile(`(?m)^(Plan:|No changes\.)`).FindAllString(out.String(), -1)); n != 1 {
			t.Errorf("%d summary lines", n)
		}
	}
}

func TestColourIsOnlyColour(t *testing.T) {
	var plain, coloured bytes.Buffer
	if err := Text(&plain, Report{Plan: everything()}, TextOptions{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if err := Text(&coloured, Report{Plan: everything()}, TextOptions{Width: 80, Style: Color(true)}); err != nil {
		t.Fatal(err)
	}
	stripped := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(coloured.String(), "")
	if diff := cmp.Diff(plain.String(), stripped); diff != "" {
		t.Errorf("the text differs without its colour:\n%s", diff)
	}
	if coloured.Len() == plain.Len() {
		t.Error("no colour")
	}
}

func TestGoldenJSON(t *testing.T) {
	got, err := JSON(Report{Plan: everything(), Timestamp: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Version: "1.2.3", Reads: 4})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "everything.json", got)

	var doc struct {
		ResourceChanges []struct {
			Address, Type, Name, Index string
			Change                     struct{ Actions []string }
		} `json:"resource_changes"`
		PlannedValues struct {
			RootModule struct{ Resources []struct{ Address string } } `json:"root_module"`
		} `json:"planned_values"`
	}
	if err := json.Unmarshal(got, &doc); err != nil {
		t.Fatal(err)
	}
	changed := map[string]bool{}
	for _, ch := range doc.ResourceChanges {
		changed[ch.Address] = true
		if ch.Address != ch.Type+"."+ch.Name+`["`+ch.Index+`"]` {
			t.Errorf("address %s is not made of its parts %s, %s, %s", ch.Address, ch.Type, ch.Name, ch.Index)
		}
	}
	for _, r := range doc.PlannedValues.RootModule.Resources {
		if !changed[r.Address] {
			t.Errorf("%s is planned and in no change", r.Address)
		}
	}
}

func TestGoldenApplyTexts(t *testing.T) {
	done := []Outcome{{Resource: `aws_iam_role.acme["payments/prod"]`, Action: plan.Create}}
	arns := []trust.ARN{"arn:aws:iam::123456789012:role/esc-acme--payments--prod"}
	for name, a := range map[string]Applied{
		"applied": {Done: done, Counts: plan.Counts{Add: 1}, Writes: 3, Roles: arns, Sandbox: true},
		"applied-in-part": {
			Done:   done,
			Failed: []Outcome{{Resource: `aws_iam_role.acme["payments/dev"]`, Action: plan.Update, Error: "UpdateRole: AccessDenied: not\x1b[31m allowed (request id 1-2-3)"}},
			NotTried: []Outcome{
				{Resource: `aws_iam_role.acme["payments/stage"]`, Action: plan.Create, Because: `aws_iam_openid_connect_provider.pulumi["1"]`},
				{Resource: `local_file.esc["acme/payments/dev"]`, Action: plan.Create, Because: `aws_iam_role.acme["payments/dev"]`},
				{Resource: `local_file.esc["acme/payments/stage"]`, Action: plan.Create, Because: `aws_iam_openid_connect_provider.pulumi["1"]`},
			},
			Counts: plan.Counts{Add: 1}, Writes: 4,
		},
		"destroyed":                 {Done: done, Counts: plan.Counts{Destroy: 4, Change: 1}, Writes: 3, Destroy: true},
		"applied-until-interrupted": {Done: done, Counts: plan.Counts{Import: 1, Add: 1}, Writes: 3, Interrupted: true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := ApplyText(&out, a, TextOptions{Width: 80}); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", out.Bytes())
		})
	}
}

func TestPolicyLines(t *testing.T) {
	arn := string(trust.ProviderARN("aws", prod, issuer))
	federated := []policy.Principal{{Type: "Federated", Value: arn}}
	web := []string{"sts:AssumeRoleWithWebIdentity"}
	tests := []struct {
		name string
		in   policy.Document
		want []string
	}{
		{"a line for each subject", admits("aws:acme", "a", "b"), []string{
			`api.pulumi.com/oidc: sub "a", aud "aws:acme"`, `api.pulumi.com/oidc: sub "b", aud "aws:acme"`}},
		{"patterns and exceptions", policy.Document{Version: policy.Version2012, Statements: []policy.Statement{{Effect: policy.Allow, Principals: federated, Actions: web, Conditions: []policy.Condition{
			{Operator: "StringLike", Key: "api.pulumi.com/oidc:sub", Values: []string{"a*"}}, {Operator: "StringNotLike", Key: "api.pulumi.com/oidc:sub", Values: []string{"ab*"}}}}}},
			[]string{`api.pulumi.com/oidc: sub like "a*", sub not like "ab*"`}},
		{"no condition at all", policy.Document{Version: policy.Version2012, Statements: []policy.Statement{{Effect: policy.Allow, Principals: federated, Actions: web}}},
			[]string{`api.pulumi.com/oidc: any token`}},
		{"another principal", policy.Document{Version: policy.Version2012, Statements: []policy.Statement{{Effect: policy.Allow, Principals: []policy.Principal{{Type: "Service", Value: "ec2.amazonaws.com"}}, Actions: []string{"sts:AssumeRole"}}}},
			[]string{`Service ec2.amazonaws.com: sts:AssumeRole`}},
		{"a deny", policy.Document{Version: policy.Version2012, Statements: []policy.Statement{{Effect: policy.Deny, Actions: []string{"iam:*"}, NotResources: []string{"x"}}}},
			[]string{`deny iam:* on all but x`}},
		{"a text that is no policy", policy.ParseLive("hello"), []string{`a policy that cannot be read: "hello"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, policyLines(tt.in)); diff != "" {
				t.Errorf("lines differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDurationsAreSpelledAsTheLanguageSpellsThem(t *testing.T) {
	for in, want := range map[time.Duration]string{time.Hour: "1h", 90 * time.Minute: "1h30m", 10 * time.Hour: "10h", 3601 * time.Second: "1h0m1s", 2*time.Hour + 10*time.Minute: "2h10m"} {
		if got := hours(in.String()); got != want {
			t.Errorf("%s is spelled %s, want %s", in, got, want)
		}
	}
}

func FuzzTextIsSafeToPrint(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[2J", "\x9b31m", "\u202e", "a\nb", "\ufe0f", "ü", strings.Repeat("é\xff", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, out := range []string{safe(s), quote(s)} {
			for _, r := range out {
				if !unicode.IsPrint(r) {
					t.Errorf("%q shows %U", s, r)
				}
			}
			if len(out) > 10*len(s)+20 {
				t.Errorf("%q grows to %d bytes", s, len(out))
			}
		}
	})
}

func TestLinesOfAFileThatTrustctlDidNotWriteAreNotShown(t *testing.T) {
	edited, foreign := file("payments/prod", "values:\n  password: hunter2\n"), file("payments/dev", "token: hunter2\n")
	foreign.Stack, foreign.Foreign = "", true
	desired := trust.State{Files: []trust.EnvironmentFile{file("payments/prod", "values:\n  a: 1\n"), file("payments/dev", "values:\n  a: 1\n")}}
	p := compute(desired, trust.State{Files: []trust.EnvironmentFile{edited, foreign, file("old/gone", "token: hunter2\n")}})
	saved, _, err := plan.Encode(p, plan.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := JSON(Report{Plan: p})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := Text(&text, Report{Plan: p}, TextOptions{Verbose: true}); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"the saved plan": string(saved), "JSON": string(asJSON), "text": text.String()} {
		for _, secret := range []string{"hunter2", base64.StdEncoding.EncodeToString([]byte("token: hunter2\n"))} {
			if strings.Contains(out, secret) {
				t.Errorf("%s shows %q:\n%s", name, secret, out)
			}
		}
	}
	for _, want := range []string{"+   a: 1", "content              = (differs)"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not say %q:\n%s", want, &text)
		}
	}
}

func TestWrappedLinesKeepTheirTextAndTheirWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z東]{0,12}`)
		text := strings.Join(rapid.SliceOf(word).Draw(t, "words"), " ")
		painted := strings.ReplaceAll(text, "a", Color(true).Red("a"))
		width, further := rapid.IntRange(20, 60).Draw(t, "width"), rapid.IntRange(0, 6).Draw(t, "further")
		lines := wrap(painted, width, further)
		if got := strings.Join(lines, " "); got != painted {
			t.Fatalf("%q became %q", painted, lines)
		}
		for i, line := range lines {
			room := width
			if i > 0 {
				room -= further
			}
			if lipgloss.Width(line) > room && strings.Contains(strings.TrimSpace(line), " ") && lipgloss.Width(line) > 26 {
				t.Fatalf("%q is wider than %d", line, room)
			}
		}
	})
}
