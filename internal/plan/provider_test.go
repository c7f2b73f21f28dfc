package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/trust"
)

// shared is a provider with its client ids and tags ("key=value") as given.
func shared(ids []string, tags ...string) *trust.OIDCProvider {
	p := provider(one)
	p.ClientIDs, p.Tags, p.Thumbprints = ids, map[string]string{}, []string{"bb"}
	for _, text := range tags {
		i := strings.LastIndex(text, "=")
		p.Tags[text[:i]] = text[i+1:]
	}
	return &p
}

func TestWhatIsPlannedForAProvider(t *testing.T) {
	const (
		stack = trust.TagStack + "=" + ours
		mark  = trust.TagAudiencePrefix + "aws:acme=" + ours
	)
	want := func(edits ...func(*trust.OIDCProvider)) *trust.OIDCProvider {
		p := provider(one, "aws:acme")
		for _, edit := range edits {
			edit(&p)
		}
		return &p
	}
	foreign := func(tags map[string]string) []trust.Role {
		r := live(role(one, "stranger/one"))
		r.Tags = tags
		return []trust.Role{r}
	}
	tests := []struct {
		name          string
		desired, live *trust.OIDCProvider
		roles         []trust.Role // live, of others
		options       func(*Options)
		want          []string // calls
		problems      []string
	}{
		{name: "a missing provider is made with its marks", desired: want(), want: []string{"CreateOpenIDConnectProvider aws:acme"}},
		{name: "as declared", desired: want(), live: shared([]string{"aws:acme"}, stack, mark), want: []string{}},
		{name: "a missing audience is marked before it is added", desired: want(), live: shared(nil, stack),
			want: []string{"TagOpenIDConnectProvider trustctl:audience:aws:acme=acme-platform", "AddClientIDToOpenIDConnectProvider aws:acme"}},
		{name: "a mark without its audience means finish adding", desired: want(), live: shared(nil, stack, mark), want: []string{"AddClientIDToOpenIDConnectProvider aws:acme"}},
		{name: "on a provider of others we write our audience and nothing else", desired: want(func(p *trust.OIDCProvider) { p.Tags["team"] = "x" }), live: shared([]string{"x"}, "team=y"),
			want: []string{"TagOpenIDConnectProvider trustctl:audience:aws:acme=acme-platform", "AddClientIDToOpenIDConnectProvider aws:acme"}},
		{name: "an audience that others added stays theirs", desired: want(), live: shared([]string{"aws:acme"}), want: []string{}},
		{name: "an audience that goes loses its mark last", desired: want(), live: shared([]string{"aws:acme", "acme"}, stack, mark, "trustctl:audience:acme="+ours),
			want: []string{"RemoveClientIDFromOpenIDConnectProvider acme", "UntagOpenIDConnectProvider trustctl:audience:acme"}},
		{name: "an audience without our mark stays", desired: want(), live: shared([]string{"aws:acme", "acme"}, stack, mark), want: []string{}},
		{name: "an audience that another stack's role needs goes to that stack", live: shared([]string{"aws:acme"}, mark), roles: foreign(map[string]string{trust.TagStack: theirs, trust.TagRole: "esc-acme--stranger--one"}),
			want: []string{"TagOpenIDConnectProvider trustctl:audience:aws:acme=beta-platform"}, problems: []string{"warning: An audience stays for others"}},
		{name: "an audience that a copy of our role needs loses our mark", live: shared([]string{"aws:acme"}, mark), roles: foreign(map[string]string{trust.TagStack: ours, trust.TagRole: "another"}),
			want: []string{"UntagOpenIDConnectProvider trustctl:audience:aws:acme"}, problems: []string{"warning: An audience stays for others", "warning: A role with our mark is not ours"}},
		{name: "an audience that a copy of another stack's role needs loses our mark", live: shared([]string{"aws:acme"}, mark), roles: foreign(map[string]string{trust.TagStack: theirs, trust.TagRole: "another"}),
			want: []string{"UntagOpenIDConnectProvider trustctl:audience:aws:acme"}, problems: []string{"warning: An audience stays for others"}},
		{name: "an audience that a stranger's role needs loses our mark", live: shared([]string{"aws:acme"}, mark), roles: foreign(nil),
			want: []string{"UntagOpenIDConnectProvider trustctl:audience:aws:acme"}, problems: []string{"warning: An audience stays for others"}},
		{name: "a provider that we made and nobody needs is deleted", live: shared([]string{"aws:acme"}, stack, mark), want: []string{"DeleteOpenIDConnectProvider"}},
		{name: "a provider that we made stays while it has an audience of others", live: shared([]string{"aws:acme", "x"}, stack, mark),
			want:     []string{"RemoveClientIDFromOpenIDConnectProvider aws:acme", "UntagOpenIDConnectProvider trustctl:audience:aws:acme trustctl:stack"},
			problems: []string{"warning: The provider stays for others"}},
		{name: "the last but one stack hands the provider on", live: shared([]string{"aws:acme", "x"}, stack, mark, "trustctl:audience:x="+theirs),
			want: []string{"TagOpenIDConnectProvider trustctl:stack=beta-platform", "RemoveClientIDFromOpenIDConnectProvider aws:acme", "UntagOpenIDConnectProvider trustctl:audience:aws:acme"},

			problems: []string{"warning: The provider stays for others"}},
		{name: "a provider of others is left as it was found", live: shared([]string{"aws:acme", "x"}, mark),
			want: []string{"RemoveClientIDFromOpenIDConnectProvider aws:acme", "UntagOpenIDConnectProvider trustctl:audience:aws:acme"}},
		{name: "destroy takes away what is declared too", desired: want(), live: shared([]string{"aws:acme"}, stack, mark), options: func(o *Options) { o.Mode = ModeDestroy }, want: []string{"DeleteOpenIDConnectProvider"}},
		{name: "thumbprints change only when pinned", desired: want(func(p *trust.OIDCProvider) { p.Thumbprints = []string{"aa"} }), live: shared([]string{"aws:acme"}, stack, mark),
			want: []string{"UpdateOpenIDConnectProviderThumbprint aa"}},
		{name: "tag keys of a provider keep letter case", desired: want(func(p *trust.OIDCProvider) { p.Tags["Team"] = "x" }), live: shared([]string{"aws:acme"}, stack, mark, "team=x"),
			want: []string{"TagOpenIDConnectProvider Team=x", "UntagOpenIDConnectProvider team"}},
		{name: "under a target nothing is taken away", live: shared([]string{"aws:acme"}, stack, mark), options: func(o *Options) { o.Targets = []string{"acme/payments/*"} },
			want: []string{}, problems: []string{"error: Nothing matches -target"}},
		{name: "an audience that is no tag key is refused", desired: want(func(p *trust.OIDCProvider) {
			p.ClientIDs, p.Tags[trust.AudienceMark("https://x.example/?a")] = []string{"https://x.example/?a"}, ours
		}), want: []string{}, problems: []string{"error: The audience cannot be marked"}},
		{name: "the fifty-first tag is refused", desired: want(func(p *trust.OIDCProvider) {
			for i := range 50 {
				p.Tags[fmt.Sprint("t", i)] = "x"
			}
		}), want: []string{}, problems: []string{"error: Too many tags"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			desired, current, o := trust.State{Accounts: accounts(one)}, trust.State{Accounts: accounts(one), Roles: tt.roles}, options()
			if tt.desired != nil {
				desired.Providers = []trust.OIDCProvider{*tt.desired}
			}
			if tt.live != nil {
				current.Providers = []trust.OIDCProvider{*tt.live}
			}
			if tt.options != nil {
				tt.options(&o)
			}
			p := Compute(desired, current, o)
			got := []string{}
			for _, ch := range p.Changes {
				got = append(got, calls(ch.Steps())...)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("calls differ (-want +got):\n%s", diff)
			}
			var problems []string
			for _, problem := range p.Problems {
				problems = append(problems, string(problem.Severity)+": "+problem.Summary)
			}
			if diff := cmp.Diff(tt.problems, problems); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
		})
	}
}
