package privilege

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

const account = "111122223333"

func role(name string, change ...func(*trust.Role)) trust.Role {
	r := trust.Role{Account: account, Path: "/", Name: name, KeepBoundary: true}
	for _, f := range change {
		f(&r)
	}
	return r
}

func options(roles ...trust.Role) Options {
	return Options{
		Stack: "acme", Account: trust.Account{ID: account, Partition: "aws"}, Writes: true, MaxDeletes: 5,
		Issuers: []string{"https://api.pulumi.com/oidc"},
		Desired: trust.State{Roles: roles, Providers: []trust.OIDCProvider{{Account: account, URL: "https://api.pulumi.com/oidc"}}},
	}
}

// allowed are the statements that allow an action, by their resources.
func allowed(d policy.Document, action string) []string {
	var all []string
	for _, s := range d.Statements {
		if slices.Contains(s.Actions, action) {
			all = append(all, s.Resources...)
		}
	}
	return all
}

// The sealed step types are those of internal/plan/step.go.
func TestEveryStepThatCallsIAMIsInTheTable(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../plan/step.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == "step" && f.Recv != nil {
			if name := f.Recv.List[0].Type.(*ast.Ident).Name; !strings.HasSuffix(name, "EnvironmentFile") { // those call nobody
				steps = append(steps, name)
			}
		}
	}
	if len(steps) < 15 {
		t.Fatalf("there are %d steps: the test tests nothing", len(steps))
	}
	var listed []string
	for _, c := range calls() {
		name := reflect.TypeOf(c.step).Name()
		listed = append(listed, name)
		if c.action != "iam:"+name {
			t.Errorf("%s asks for %s", name, c.action)
		}
	}
	slices.Sort(steps)
	slices.Sort(listed)
	if diff := cmp.Diff(steps, listed); diff != "" {
		t.Errorf("steps (-plan +table):\n%s", diff)
	}
}

func TestWhatTheConfigurationDoesNotUseIsNotAllowed(t *testing.T) {
	has := func(action string) func(Options) bool {
		return func(o Options) bool { return allowed(Policy(o), action) != nil }
	}
	full := role("r", func(r *trust.Role) {
		r.Boundary, r.KeepBoundary = "arn:aws:iam::aws:policy/B", false
		r.Managed = []trust.ARN{"arn:aws:iam::aws:policy/P"}
		r.Inline = map[string]policy.Document{"p": {}}
	})
	unbound := role("r", func(r *trust.Role) { r.KeepBoundary = false })
	ignoring := func(r trust.Role, attributes ...string) trust.Role {
		r.Lifecycle.IgnoreChanges = attributes
		return r
	}
	pinned := options(full)
	pinned.Desired.Providers[0].Thumbprints = []string{"ab"}
	noDeletes, destroy, reading := options(full), options(full), options(full)
	noDeletes.MaxDeletes, destroy.Destroy, reading.Writes = 0, true, false
	for _, x := range []struct {
		action        string
		with, without Options
	}{
		{"iam:PutRolePermissionsBoundary", options(full), options(role("r"))},
		{"iam:PutRolePermissionsBoundary", options(full), options(ignoring(full, "permissions_boundary"))},
		{"iam:DeleteRolePermissionsBoundary", options(unbound), options(full, role("s"))},
		{"iam:DeleteRolePermissionsBoundary", options(unbound), options(ignoring(unbound, "permissions_boundary"))},
		{"iam:AttachRolePolicy", options(full), options(role("r"))},
		{"iam:PutRolePolicy", options(full), options(role("r"))},
		{"iam:UpdateAssumeRolePolicy", options(full), options(ignoring(full, "trust"))},
		{"iam:UpdateRole", options(ignoring(full, "description")), options(ignoring(full, "description", "max_session_duration"))},
		{"iam:UpdateOpenIDConnectProviderThumbprint", pinned, options(full)},
		{"iam:DeleteRole", options(full), noDeletes},
		{"iam:ListOpenIDConnectProviders", destroy, options(full)},
		{"iam:CreateRole", options(full), destroy},
		{"iam:TagRole", options(full), destroy},
		{"iam:AddClientIDToOpenIDConnectProvider", options(full), destroy},
		{"iam:CreateRole", options(full), reading},
		{"iam:CreateRole", options(full), options()},
	} {
		if !has(x.action)(x.with) || has(x.action)(x.without) {
			t.Errorf("%s: with what needs it %v, without %v", x.action, has(x.action)(x.with), has(x.action)(x.without))
		}
	}
	other := options(full)
	other.Account.ID = "444455556666"
	if got := Policy(other).String(); strings.Contains(got, account) {
		t.Errorf("a policy of another account:\n%s", got)
	}
}

// A transfer changes marks of the one stack to those of the other, and nothing
// else.
func TestATransferIsAllowedItsMarksAndNothingElse(t *testing.T) {
	o := options(role("r"))
	o.To = "beta"
	d := Policy(o)
	const base = "arn:aws:iam::" + account
	const own, other = base + ":oidc-provider/own.example.com", base + ":oidc-provider/api.pulumi.com/oidc"
	for _, x := range []struct {
		what, action, resource, mark string
		tags                         map[string]string
		want                         bool
	}{
		{"a role's mark", "iam:TagRole", base + ":role/gone", "acme", map[string]string{trust.TagStack: "beta"}, true},
		{"again, since the answer was lost", "iam:TagRole", base + ":role/gone", "beta", map[string]string{trust.TagStack: "beta"}, true},
		{"to a third stack", "iam:TagRole", base + ":role/gone", "acme", map[string]string{trust.TagStack: "gamma"}, false},
		{"of a third stack", "iam:TagRole", base + ":role/gone", "gamma", map[string]string{trust.TagStack: "beta"}, false},
		{"of a role without a mark", "iam:TagRole", base + ":role/r", "", map[string]string{trust.TagStack: "beta"}, false},
		{"another tag beside it", "iam:TagRole", base + ":role/r", "acme", map[string]string{trust.TagStack: "beta", trust.TagRole: "x"}, false},
		{"no tag", "iam:TagRole", base + ":role/r", "acme", nil, false},
		{"a provider's marks", "iam:TagOpenIDConnectProvider", own, "acme", map[string]string{trust.TagStack: "beta", trust.AudienceMark("a"): "beta"}, true},
		{"an audience's on a provider of others", "iam:TagOpenIDConnectProvider", other, "", map[string]string{trust.AudienceMark("a"): "beta"}, true},
		{"a provider of others", "iam:TagOpenIDConnectProvider", other, "", map[string]string{trust.TagStack: "beta"}, false},
		{"no tag of a provider", "iam:TagOpenIDConnectProvider", other, "acme", nil, false},
		{"any other write", "iam:UpdateAssumeRolePolicy", base + ":role/r", "acme", nil, false},
		{"deleting", "iam:DeleteRole", base + ":role/r", "acme", nil, false},
	} {
		context := policy.Context{}
		if x.mark != "" {
			context[ourTag] = policy.Is(x.mark)
		}
		var keys []string
		for key, value := range x.tags {
			keys, context["aws:RequestTag/"+key] = append(keys, key), policy.Is(value)
		}
		if keys != nil {
			context["aws:TagKeys"] = policy.Are(keys...)
		}
		if got := policy.Evaluate(d, policy.Request{Action: x.action, Resource: x.resource, Context: context}).Allowed; got != x.want {
			t.Errorf("%s: allowed %v, want %v\n%s", x.what, got, x.want, d)
		}
	}
}

func TestANameIsNoPatternWhateverItsPathHolds(t *testing.T) {
	d := Policy(options(role("r", func(r *trust.Role) { r.Path = "/a*b?${c}/" })))
	for resource, want := range map[string]bool{
		"arn:aws:iam::" + account + ":role/a*b?${c}/r": true,
		"arn:aws:iam::" + account + ":role/axb?${c}/r": false,
		"arn:aws:iam::" + account + ":role/a*bx${c}/r": false,
	} {
		got := policy.Evaluate(d, policy.Request{Action: "iam:CreateRole", Resource: resource, Context: policy.Context{"aws:RequestTag/trustctl:stack": policy.Is("acme")}})
		if got.Allowed != want {
			t.Errorf("%s: allowed %v\n%s", resource, got.Allowed, d)
		}
	}
}

func TestAPrefixStandsForTheRolesThatBeginWithIt(t *testing.T) {
	o := options(role("esc-a"), role("esc-b", func(r *trust.Role) { r.Managed = []trust.ARN{"arn:aws:iam::aws:policy/One"} }),
		role("esc-c", func(r *trust.Role) { r.Managed = []trust.ARN{"arn:aws:iam::aws:policy/Two"} }), role("other"))
	o.Prefixes = []string{"/esc-"}
	d := Policy(o)
	const base = "arn:aws:iam::" + account + ":role/"
	if diff := cmp.Diff([]string{base + "esc-*", base + "other"}, allowed(d, "iam:CreateRole")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{base + "esc-*"}, allowed(d, "iam:AttachRolePolicy")); diff != "" {
		t.Errorf("the statements of one prefix are not one (-want +got):\n%s", diff)
	}
}

func TestTheCallerMayAssumeTheRolesAndNothingElse(t *testing.T) {
	if got := Caller(nil).String(); got != `{"Version":"2012-10-17","Statement":[]}` {
		t.Errorf("where no role is assumed the policy is %s", got)
	}
	d := Caller([]string{"arn:aws:iam::222222222222:role/b", "arn:aws:iam::111111111111:role/a", "arn:aws:iam::111111111111:role/a"})
	const want = `{"Version":"2012-10-17","Statement":{"Sid":"AssumeRoles","Effect":"Allow","Action":"sts:AssumeRole","Resource":["arn:aws:iam::111111111111:role/a","arn:aws:iam::222222222222:role/b"]}}`
	if d.String() != want {
		t.Errorf("got %s, want %s", d, want)
	}
}

func TestTheOrderOfTheConfigurationDoesNotShow(t *testing.T) {
	var roles []trust.Role
	for i := range 12 {
		roles = append(roles, role(fmt.Sprint("r", i), func(r *trust.Role) {
			if i%2 == 0 {
				r.Managed = []trust.ARN{trust.ARN(fmt.Sprint("arn:aws:iam::aws:policy/P", i%3)), "arn:aws:iam::aws:policy/A"}
			}
			if i%3 == 0 {
				r.Boundary = trust.ARN(fmt.Sprint("arn:aws:iam::aws:policy/B", i%2))
			}
		}))
	}
	want := Policy(options(roles...)).String()
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		random.Shuffle(len(roles), func(i, j int) { roles[i], roles[j] = roles[j], roles[i] })
		if got := Policy(options(roles...)).String(); got != want {
			t.Fatalf("another order:\n%s\n%s", want, got)
		}
	}
}

// Joined statements allow what the single grants do, and nothing else.
func TestJoiningAllowsNothingMore(t *testing.T) {
	pick := func(t *rapid.T, what string, all []string) []string {
		return sorted(rapid.SliceOfN(rapid.SampledFrom(all), 1, 2).Draw(t, what))
	}
	actions, resources, values := []string{"iam:A", "iam:B"}, []string{"arn:aws:iam::1:role/x", "arn:aws:iam::1:role/y"}, []string{"u", "v"}
	rapid.Check(t, func(t *rapid.T) {
		var grants []grant
		single := policy.Document{Version: policy.Version2012}
		for range rapid.IntRange(1, 5).Draw(t, "grants") {
			g := grant{sid: "S", actions: pick(t, "actions", actions), resources: pick(t, "resources", resources)}
			for _, key := range []string{"k:one", "k:two"} {
				if rapid.Bool().Draw(t, key) {
					g.conditions = append(g.conditions, equals(key, pick(t, key+" values", values)...))
				}
			}
			grants = append(grants, g)
			single.Statements = append(single.Statements, policy.Statement{Effect: policy.Allow, Actions: g.actions, Resources: g.resources, Conditions: g.conditions})
		}
		joined := document(grants)
		for _, action := range actions {
			for _, resource := range resources {
				for _, one := range append(values, "") {
					for _, two := range append(values, "") {
						context := policy.Context{}
						for key, value := range map[string]string{"k:one": one, "k:two": two} {
							if value != "" {
								context[key] = policy.Is(value)
							}
						}
						ask := policy.Request{Action: action, Resource: resource, Context: context}
						if a, b := policy.Evaluate(single, ask).Allowed, policy.Evaluate(joined, ask).Allowed; a != b {
							t.Fatalf("%v: single %v, joined %v\n%s\n%s", ask, a, b, single, joined)
						}
					}
				}
			}
		}
	})
}
