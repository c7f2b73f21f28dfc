package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

func live(roles ...trust.Role) Input {
	for i := range roles {
		roles[i].Account, roles[i].Path = account, "/"
		if roles[i].Name == "" {
			roles[i].Name = fmt.Sprintf("role%05d", i)
		}
	}
	return Input{
		Stack: "stack", Issuers: []Issuer{{Name: "pulumi", URL: issuerV1}},
		State: trust.State{
			Accounts:  []trust.Account{{ID: account, Partition: "aws"}},
			Providers: []trust.OIDCProvider{{Account: account, ARN: arnV1, URL: issuerV1, ClientIDs: []string{"acme", "aws:acme"}}},
			Roles:     roles,
		},
	}
}

func TestHostilePoliciesAreLookedAtInBoundedTime(t *testing.T) {
	stars := strings.Repeat("*a", 40) + "*"
	var gaps, crossing []string
	for i := range 30 {
		gaps = append(gaps, strings.Repeat("?", i)+"*a"+strings.Repeat("?*", 30-i)+"b")
	}
	for i := range 400 {
		crossing = append(crossing, fmt.Sprintf("*%d*:env:*%d*", i, 399-i))
	}
	tests := []struct {
		name     string
		subjects []string
	}{
		{"forty stars", []string{stars, strings.Repeat("*b*a", 20)}},
		{"gaps that count", gaps},
		{"patterns that cross", crossing},
		{"a row of question marks", []string{strings.Repeat("?", 200), strings.Repeat("?", 199) + "*", strings.Repeat("*?", 200)}},
		{"variables", []string{"${aws:username}", "pulumi:${api.pulumi.com/oidc:aud}:*", "${", "${*}${?}${$}"}},
		{"letters beyond ASCII", []string{"pulumi:😀*", "\x1b[31m*", "İ*"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			role := trust.Role{Trust: trusting(t, "aws:acme", tt.subjects...)}
			in := live(role, trust.Role{Trust: trusting(t, "aws:acme", slices.Concat(tt.subjects, []string{"x"})...)})
			began := time.Now()
			findings := Live(in)
			if took := time.Since(began); took > 2*time.Minute { // on a busy machine; the budget alone bounds it
				t.Errorf("it took %v", took)
			}
			confirm(t, in, findings)
			if text := show(t, findings); strings.Contains(text, "\x1b") {
				t.Error("a control character is shown")
			}
		})
	}
}

func TestWhatAnUnknownConditionDecidesIsSaid(t *testing.T) {
	d := trusting(t, "aws:acme", own)
	d.Statements[0].Conditions = append(d.Statements[0].Conditions[:1], policy.Condition{Operator: "StringLike", Key: hostV1 + ":sub", Values: []string{"pulumi:environments:*"}},
		policy.Condition{Operator: "IpAddress", Key: "aws:SourceIp", Values: []string{"192.0.2.0/24"}})
	in := live(trust.Role{Environment: "acme/payments/prod", Trust: d})
	found := 0
	for _, f := range Live(in) {
		if f.Code == otherProject {
			found++
			if !strings.Contains(f.Detail, "That is so if") || !strings.Contains(f.Detail, "aws:SourceIp") || f.Proof.Admitted != nil {
				t.Errorf("%s, %s", f.Detail, f.Proof)
			}
		}
	}
	if found != 1 {
		t.Errorf("found %d times", found)
	}
}

func TestARoleThatNobodyDeclaredTakesNoAcceptBlock(t *testing.T) {
	forged := trust.Role{Trust: trusting(t, "aws:acme", own, "pulumi:environments:org:acme:env:<yaml>"), Tags: map[string]string{trust.TagStack: "other", trust.TagRole: "role00000", trust.TagEnvironment: "acme/payments/prod"}}
	in := live(forged)
	in.Accepts = []Accept{{Code: yamlSubject, Environment: "acme/payments/prod", Reason: "r"}}
	for _, f := range Live(in) {
		if f.Code == yamlSubject && f.Accepted != nil {
			t.Error("the finding of a stranger's role is accepted")
		}
	}
	in.State.Roles[0].Tags[trust.TagStack] = "stack"
	if f := Live(in); !slices.ContainsFunc(f, func(f Finding) bool { return f.Code == yamlSubject && f.Accepted != nil }) {
		t.Errorf("the finding of our own role is not accepted:\n%s", show(t, f))
	}
	in.State.Roles[0].Tags[trust.TagEnvironment] = "umbrella/a/b"
	in.State.Roles[0].Trust = trusting(t, "aws:umbrella", "pulumi:environments:org:umbrella:env:a/b")
	in.Orgs = []string{"acme"}
	if f := Live(in); !slices.Contains(codes(f), otherOrg) {
		t.Errorf("a tag makes another organization the role's own:\n%s", show(t, f))
	}
}

// TestRandomPoliciesAreFoundWithProofsThatHold puts policies of random pieces
// through all rules: none panics, every proof is confirmed, and what is said
// not to be admitted is refused for tokens at random.
func TestRandomPoliciesAreFoundWithProofsThatHold(t *testing.T) {
	pieces := []string{"*", "?", "pulumi:", "environments:org:", "acme", ":env:", "payments", "/", "prod", "pulumi:deploy:org:acme:project:", "web", ":stack:",
		"pulumi:environments:org:acme:env:", "pulumi:environments:pulumi.organization.login:acme:", "currentEnvironment.name:", "rootEnvironment.name:", "<yaml>", "${*}", "${$}", "-evil", "default/", "pulumi:cmk:pulumi.organization.login:acme"}
	operators := []string{"StringEquals", "StringLike", "StringLike", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIgnoreCase", "StringLikeIfExists", "ForAllValues:StringLike", "ForAnyValue:StringLike", "Null"}
	keys := []string{"sub", "sub", "sub", "aud", "oaud", "amr", "other"}
	rapid.Check(t, func(r *rapid.T) {
		d := policy.Document{Version: rapid.SampledFrom([]string{policy.Version2012, policy.Version2008}).Draw(r, "version")}
		for range rapid.IntRange(1, 3).Draw(r, "statements") {
			s := policy.Statement{Effect: policy.Allow, Principals: []policy.Principal{{Type: "Federated", Value: arnV1}}, Actions: []string{"sts:AssumeRoleWithWebIdentity"}}
			if rapid.IntRange(0, 4).Draw(r, "deny") == 0 {
				s.Effect = policy.Deny
			}
			if rapid.Bool().Draw(r, "audience") {
				s.Conditions = append(s.Conditions, policy.Condition{Operator: rapid.SampledFrom([]string{"StringEquals", "StringLike"}).Draw(r, "on"), Key: hostV1 + ":aud",
					Values: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"aws:acme", "acme", "aws:acme*", "*", "aws:other"}), 1, 2, rapid.ID).Draw(r, "audiences")})
			}
			for range rapid.IntRange(0, 2).Draw(r, "conditions") {
				c := policy.Condition{Operator: rapid.SampledFrom(operators).Draw(r, "operator"), Key: hostV1 + ":" + rapid.SampledFrom(keys).Draw(r, "key")}
				for range rapid.IntRange(1, 3).Draw(r, "values") {
					text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 5).Draw(r, "pieces"), "")
					if c.Operator == "Null" {
						text = "false"
					}
					c.Values = append(c.Values, text)
				}
				if !slices.ContainsFunc(s.Conditions, func(e policy.Condition) bool { return e.Operator == c.Operator && e.Key == c.Key }) {
					s.Conditions = append(s.Conditions, c)
				}
			}
			d.Statements = append(d.Statements, s)
		}
		in := live(trust.Role{Trust: d, Environment: "acme/payments/prod"})
		findings := Live(in)
		for _, f := range findings {
			request, ok := f.Proof.Request()
			if !ok {
				continue
			}
			if got := policy.Evaluate(d, request).Allowed; got == (f.Code == ownRefused) {
				r.Fatalf("%s: the proof %s is evaluated to %t in %s", f.Code, f.Proof, got, d)
			}
		}
		found := codes(findings)
		silent := func(code string) bool { return !slices.Contains(found, code) && !slices.Contains(found, undecided) }
		v := newLinter(in).look(&in.State.Roles[0])
		for token, code := range map[[2]string]string{
			{"aws:evil-corp", "pulumi:environments:org:evil-corp:env:a/b"}:                                otherOrg,
			{"acme-evil", "pulumi:deploy:org:acme-evil:project:web:stack:a:operation:update:scope:write"}: otherOrg,
			{"aws:acme", "pulumi:cmk:pulumi.organization.login:acme"}:                                     otherFamily,
			{"aws:acme", "pulumi:environments:org:acme:env:web/prod"}:                                     otherProject,
			{"acme", "pulumi:environments:org:acme:env:prod"}:                                             otherProject,
			{"acme", "pulumi:deploy:org:acme:project:web:stack:a:operation:update:scope:write"}:           otherProject,
			{"aws:acme", "pulumi:environments:org:acme:env:<yaml>"}:                                       yamlSubject,
		} {
			if len(v) == 0 || !silent(code) || code == otherFamily && strings.Contains(d.String(), "pulumi:cmk") {
				continue
			}
			if v[0].ask(d, v[0].context(tokenOf(token))).Allowed {
				r.Fatalf("%v is admitted, and %s is not found: %s", token, code, d)
			}
		}
	})
}

func tokenOf(t [2]string) token { return token{audience: t[0], subject: t[1]} }

// TestAnEmptyListOfSubjectsIsNotNarrow has a list of which nobody knows what
// IAM makes: it is neither silent nor open.
func TestAnEmptyListOfSubjectsIsNotNarrow(t *testing.T) {
	empty := trust.Role{Account: account, Path: "/", Name: "empty", ARN: "arn:aws:iam::123456789012:role/empty",
		Trust: parse(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"`+arnV1+`"},"Action":"sts:AssumeRoleWithWebIdentity",
			"Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme","api.pulumi.com/oidc:sub":[]}}}}`)}
	if found := codes(Live(live(empty))); !slices.Contains(found, undecided) {
		t.Errorf("found %v", found)
	}
}
