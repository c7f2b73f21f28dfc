package lint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// trusting is a trust policy with one statement.
func trusting(t testing.TB, audience string, subjects ...string) policy.Document {
	d := policy.Document{Version: policy.Version2012, Statements: []policy.Statement{{
		Effect: policy.Allow, Principals: []policy.Principal{{Type: "Federated", Value: arnV1}}, Actions: []string{"sts:AssumeRoleWithWebIdentity"},
		Conditions: []policy.Condition{
			{Operator: "StringEquals", Key: hostV1 + ":aud", Values: []string{audience}},
			{Operator: "StringLike", Key: hostV1 + ":sub", Values: subjects},
		},
	}}}
	return parse(t, d.String())
}

const own = "pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:payments/prod"

// declared is acme/payments/prod as it should be, and the same account as it is.
func declared(t testing.TB) (in Input, current *trust.State) {
	s := sample{Environment: "acme/payments/prod", Policy: []byte(trusting(t, "aws:acme", own).String())}
	in = s.input(t)
	in.State.Providers[0].ClientIDs = []string{"aws:acme"}
	in.State.Roles[0].Source = map[string]trust.Pos{"": {File: "a.trust.hcl", Line: 3, Column: 1}, "sub:" + own: {File: "a.trust.hcl", Line: 4, Column: 11}}
	in.State.Roles[0].Tags = map[string]string{trust.TagStack: "stack", trust.TagRole: "role", trust.TagEnvironment: "acme/payments/prod"}
	now := in.State
	now.Accounts = []trust.Account{{ID: account, Name: "prod", Partition: "aws", Complete: true}}
	now.Providers = append([]trust.OIDCProvider(nil), in.State.Providers...)
	now.Roles = append([]trust.Role(nil), in.State.Roles...)
	now.Files = nil
	in.Current = &now
	return in, &now
}

func TestWhatIsDeclaredIsComparedWithWhatIsThere(t *testing.T) {
	file := func(role trust.ARN, attributes ...string) []trust.EnvironmentFile {
		return []trust.EnvironmentFile{{Environment: "acme/payments/prod", Content: []byte("old"), Login: &trust.Login{RoleARN: role, SubjectAttributes: attributes}}}
	}
	role := trust.RoleARN("aws", account, "/", "role")
	tests := []struct {
		name   string
		change func(in *Input, now *trust.State)
		want   []string
	}{
		{"nothing is found where nothing changes", func(*Input, *trust.State) {}, nil},
		{"an organization's first audience in an account is new", func(_ *Input, now *trust.State) {
			now.Providers[0].ClientIDs = []string{"aws:umbrella"}
		}, []string{newOrg}},
		{"every organization is new to an account without the provider", func(_ *Input, now *trust.State) { now.Providers = nil }, []string{newOrg}},
		{"the bare audience makes the organization known", func(_ *Input, now *trust.State) { now.Providers[0].ClientIDs = []string{"acme"} }, nil},
		{"nothing is new to an account that was not read", func(_ *Input, now *trust.State) {
			now.Accounts[0].Failure, now.Providers = "no answer", nil
		}, nil},
		{"a role with our mark and another's name is a copy", func(_ *Input, now *trust.State) {
			copied := now.Roles[0]
			copied.Name, copied.ARN = "copy", "arn:aws:iam::123456789012:role/copy"
			now.Roles = append(now.Roles, copied)
		}, []string{strayMark}},
		{"another stack's copies are that stack's matter", func(_ *Input, now *trust.State) {
			copied := now.Roles[0]
			copied.Name, copied.Tags = "copy", map[string]string{trust.TagStack: "other", trust.TagRole: "role"}
			now.Roles = append(now.Roles, copied)
		}, nil},
		{"a mark in another letter case is forged", func(_ *Input, now *trust.State) {
			now.Roles = append(now.Roles, trust.Role{Account: account, Name: "x", Tags: map[string]string{"TrustCtl:Stack": "stack"}})
		}, []string{strayMark}},
		{"a role with our mark that trusts no issuer is not ours", func(_ *Input, now *trust.State) {
			now.Roles = append(now.Roles, trust.Role{Account: account, Name: "x", Tags: map[string]string{trust.TagStack: "stack", trust.TagRole: "x"}})
		}, []string{strayMark}},
		{"a file whose token the role will refuse is behind", func(in *Input, now *trust.State) {
			in.Files = file(role, "currentEnvironment.name", "pulumi.organization.login")
		}, []string{fileBehind}},
		{"a file whose token the role admits is not", func(in *Input, now *trust.State) {
			in.Files = file(role, "currentEnvironment.name")
		}, nil},
		{"a file that names a role that goes is behind", func(in *Input, now *trust.State) {
			gone := now.Roles[0]
			gone.Name, gone.ARN, gone.Tags = "gone", "arn:aws:iam::123456789012:role/gone", nil
			now.Roles = append(now.Roles, gone)
			in.Files = file(gone.ARN, "currentEnvironment.name")
		}, []string{fileBehind}},
		{"a file that names a role that never was is behind", func(in *Input, now *trust.State) {
			in.Files = file("arn:aws:iam::123456789012:role/never")
		}, []string{fileBehind}},
		{"a file without a login says nothing", func(in *Input, now *trust.State) {
			in.Files = []trust.EnvironmentFile{{Environment: "acme/payments/prod", Content: []byte("other")}}
		}, nil},
		{"a file of the same text is not", func(in *Input, now *trust.State) {
			in.Files = file("arn:aws:iam::123456789012:role/never")
			in.State.Files[0].Content = []byte("old")
		}, nil},
		{"nor is one of an environment that overlaps: the role of before stays", func(in *Input, now *trust.State) {
			in.Files = file("arn:aws:iam::123456789012:role/before")
			in.State.Roles[0].Lifecycle.Overlap = true
		}, nil},
		{"nor is one of an environment that is forgotten: its role stays", func(in *Input, now *trust.State) {
			in.Files = file("arn:aws:iam::123456789012:role/before")
			in.Files[0].Environment = "acme/payments/old"
			in.State.Removed = []trust.Removed{{Environment: "acme/payments/old"}}
		}, nil},
		{"a file of an environment that is no longer declared is", func(in *Input, now *trust.State) {
			in.Files = file("arn:aws:iam::123456789012:role/before")
			in.Files[0].Environment = "acme/payments/old"
		}, []string{fileBehind}},
		{"a role of an account that nobody speaks of is not looked for", func(in *Input, now *trust.State) {
			in.Files = file("arn:aws:iam::210987654321:role/never")
		}, nil},
		{"a trust policy over the account's quota is refused", func(_ *Input, now *trust.State) { now.Accounts[0].Quotas.TrustPolicySize = 100 }, []string{refusedByIAM}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, now := declared(t)
			tt.change(&in, now)
			findings := Config(in)
			if diff := cmp.Diff(tt.want, codes(findings)); diff != "" {
				t.Errorf("codes (-want +got):\n%s\n%s", diff, show(t, findings))
			}
			confirm(t, in, findings)
			in.Current = nil
			for _, f := range Config(in) {
				if rule, _ := ruleOf(f.Code); rule.Live {
					t.Errorf("%s is found without a look at the accounts", f.Code)
				}
			}
		})
	}
}

func TestAPlanIsLookedAtAsItLeavesThings(t *testing.T) {
	in, now := declared(t)
	after, before := in.State.Roles[0], now.Roles[0]
	after.Trust = trusting(t, "aws:acme", own, "pulumi:environments:org:acme:env:<yaml>")
	provider := in.State.Providers[0]
	had := provider
	had.ClientIDs = []string{"aws:umbrella"}
	p := &plan.Plan{Stack: "stack", Mode: plan.ModeApply, Accounts: now.Accounts, Changes: []plan.Change{
		{Address: provider.Address(), Resource: "aws_iam_openid_connect_provider.pulumi[\"123456789012\"]", Action: plan.Update, Before: &plan.Object{Provider: &had}, After: &plan.Object{Provider: &provider}},
		{Address: after.Address(), Resource: `aws_iam_role.acme["payments/prod"]`, Action: plan.Update, Before: &plan.Object{Role: &before}, After: &plan.Object{Role: &after}},
	}}
	only := Input{Issuers: in.Issuers}
	findings := Plan(p, only)
	if diff := cmp.Diff([]string{yamlSubject, newOrg}, codes(findings)); diff != "" {
		t.Errorf("codes (-want +got):\n%s\n%s", diff, show(t, findings))
	}
	for _, f := range findings {
		if f.Resource == "" {
			t.Errorf("%s has no resource", f.Code)
		}
	}
	p.Changes[1].Refused = "guarded"
	if diff := cmp.Diff([]string{newOrg}, codes(Plan(p, only))); diff != "" {
		t.Errorf("a change that is refused counts (-want +got):\n%s", diff)
	}
	p.Changes = p.Changes[1:]
	p.Changes[0].Refused = ""
	p.Partial = true
	if diff := cmp.Diff([]string{yamlSubject}, codes(Plan(p, only))); diff != "" {
		t.Errorf("a part of a plan (-want +got):\n%s", diff)
	}
}

func TestLiveRolesAreLookedAtWhoeverMadeThem(t *testing.T) {
	in, now := declared(t)
	stranger := trust.Role{Account: account, Path: "/", Name: "stranger", ARN: "arn:aws:iam::123456789012:role/stranger", Trust: trusting(t, "aws:umbrella", "pulumi:environments:org:umbrella:env:a/b")}
	unreadable := trust.Role{Account: account, Path: "/", Name: "unreadable", ARN: "arn:aws:iam::123456789012:role/unreadable",
		Trust: policy.ParseLive(`{"Statement":[{"Effect":"Allow","Effect":"Deny","Principal":{"Federated":"` + arnV1 + `"}}]}`)}
	other := trust.Role{Account: account, Path: "/", Name: "other", Trust: parse(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}`)}
	now.Roles = append(now.Roles, other, stranger, unreadable)
	now.Providers[0].ClientIDs = []string{"acme2", "aws:acme", "aws:umbrella"}
	live := Input{Stack: "stack", State: *now, Issuers: in.Issuers}
	findings := Live(live)
	if diff := cmp.Diff([]string{undecided}, codes(findings)); diff != "" {
		t.Errorf("codes (-want +got):\n%s\n%s", diff, show(t, findings))
	}
	if findings[0].ARN != unreadable.ARN {
		t.Errorf("the finding is about %q", findings[0].ARN)
	}
	live.State.Roles = live.State.Roles[:3:3]
	if diff := cmp.Diff([]string{unusedAudience}, codes(Live(live))); diff != "" {
		t.Errorf("an audience that nobody takes (-want +got):\n%s", diff)
	}
	live.Orgs = []string{"acme"}
	if diff := cmp.Diff([]string{otherOrg, unusedAudience}, codes(Live(live))); diff != "" {
		t.Errorf("a stranger's organization (-want +got):\n%s", diff)
	}
	live.State.Providers = nil
	if diff := cmp.Diff([]string{otherOrg, noAudience}, codes(Live(live))); diff != "" {
		t.Errorf("no provider (-want +got):\n%s", diff)
	}
}

func TestHostileNamesAreShownHarmless(t *testing.T) {
	in, now := declared(t)
	now.Roles[0].Tags = map[string]string{trust.TagStack: "stack", trust.TagRole: "a\x1b[2Jb\u202e"}
	findings := Config(in)
	if len(findings) == 0 {
		t.Fatal("nothing is found")
	}
	if text := show(t, findings); strings.ContainsAny(text, "\x1b\u202e") {
		t.Errorf("%q", text)
	}
}
