package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestGrantsWaitForTheirProviderAndRevocationsForNothing(t *testing.T) {
	changed := role(one, "payments/dev")
	changed.Trust = admits(one, "acme", "x")
	narrowed := role(one, "web/prod")
	narrowed.Trust = admits(one, "aws:acme", "a")
	wide := live(narrowed)
	wide.Trust = admits(one, "aws:acme", "a", "b")
	described := role(one, "web/dev")
	described.Description = "new"

	p := Compute(
		trust.State{
			Accounts:  accounts(one, two),
			Providers: []trust.OIDCProvider{provider(one, "acme", "aws:acme")},
			Roles:     []trust.Role{role(one, "payments/prod"), changed, narrowed, described},
			Files:     []trust.EnvironmentFile{file(one, "payments/prod", "x"), file(one, "web/prod", "x")},
		},
		trust.State{
			Accounts:  accounts(one, two),
			Providers: []trust.OIDCProvider{provider(one, "aws:acme", "gone"), provider(two, "aws:acme")},
			Roles:     []trust.Role{live(role(one, "payments/dev")), wide, live(role(one, "web/dev")), live(role(one, "old/gone")), live(role(two, "old/gone"))},
			Files:     []trust.EnvironmentFile{file(one, "old/gone", "x")},
		}, options())
	want := []string{
		"0 provider 111111111111/api.pulumi.com/oidc: TagOpenIDConnectProvider",
		"1 revoke 111111111111/esc-acme--old--gone: DeleteRole",
		"2 revoke 111111111111/esc-acme--web--prod: UpdateAssumeRolePolicy",
		"3 revoke 222222222222/esc-acme--old--gone: DeleteRole",
		"4 role 111111111111/esc-acme--payments--dev: UpdateAssumeRolePolicy after 0",
		"5 role 111111111111/esc-acme--payments--prod: CreateRole after 0",
		"6 role 111111111111/esc-acme--web--dev: UpdateRole",
		"7 retire 111111111111/api.pulumi.com/oidc: RemoveClientIDFromOpenIDConnectProvider after 0 1 2 4 5 6",
		"8 retire 222222222222/api.pulumi.com/oidc: DeleteOpenIDConnectProvider after 3",
		"9 file acme/old/gone: RemoveEnvironmentFile after 1",
		"10 file acme/payments/prod: WriteEnvironmentFile after 0 5",
		"11 file acme/web/prod: WriteEnvironmentFile after 0 2",
	}
	var got []string
	for i, task := range p.Schedule() {
		_, name, _ := strings.Cut(p.Changes[task.Change].Address.String(), " ")
		first, _, _ := strings.Cut(calls(task.Steps)[0], " ")
		line := fmt.Sprintf("%d %s %s: %s", i, task.Stage, name, first)
		if len(task.Needs) > 0 {
			line += " after " + strings.Trim(fmt.Sprint(task.Needs), "[]")
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("schedule differs (-want +got):\n%s", diff)
	}
}
