package apply

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// sealed are the names of package plan's steps: the types with a method step.
func sealed(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, d := range declarations(t, "../plan/*.go") {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv == nil || f.Name.Name != "step" {
			continue
		}
		if name, ok := f.Recv.List[0].Type.(*ast.Ident); ok {
			names = append(names, name.Name)
		}
	}
	slices.Sort(names)
	if len(names) < 21 {
		t.Fatalf("only %d steps found in package plan: %q", len(names), names)
	}
	return names
}

func declarations(t *testing.T, pattern string) []ast.Decl {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all []ast.Decl
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, file.Decls...)
	}
	return all
}

func TestEveryStepOfAPlanIsHandled(t *testing.T) {
	handled := map[string]bool{}
	for _, d := range declarations(t, "*.go") {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "call" && f.Name.Name != "file" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if clause, ok := n.(*ast.CaseClause); ok {
				for _, e := range clause.List {
					if s, ok := e.(*ast.SelectorExpr); ok {
						handled[s.Sel.Name] = true
					}
				}
			}
			return true
		})
	}
	for _, name := range sealed(t) {
		if !handled[name] {
			t.Errorf("plan.%s is not handled", name)
		}
	}
}

// TestEveryStepDoesWhatItsNameSays takes a provider, a role and a file from
// nothing to full and back to nothing.
func TestEveryStepDoesWhatItsNameSays(t *testing.T) {
	w := newWorld(t)
	var files fileLog
	arn, name := providerARN(), "payments"
	inline := document(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a b+c%/*"}}`)
	file := trust.EnvironmentFile{Environment: "acme/payments/prod"}
	print := strings.Repeat("ab", 20)
	up := []plan.Step{
		createProvider(),
		plan.TagOpenIDConnectProvider{ARN: arn, Tags: map[string]string{"trustctl:audience:aws:b": "main", "team": "core"}},
		plan.AddClientIDToOpenIDConnectProvider{ARN: arn, ClientID: "aws:b"},
		plan.UpdateOpenIDConnectProviderThumbprint{ARN: arn, Thumbprints: []string{print}},
		createRole(t, name),
		plan.UpdateAssumeRolePolicy{RoleName: name, Trust: trusting(t, subject+":x")},
		plan.PutRolePermissionsBoundary{RoleName: name, Boundary: readOnly},
		plan.AttachRolePolicy{RoleName: name, Policy: readOnly},
		plan.PutRolePolicy{RoleName: name, PolicyName: "inline", Document: inline},
		plan.TagRole{RoleName: name, Tags: map[string]string{"team": "core"}},
		plan.UpdateRole{RoleName: name, Description: "", MaxSession: time.Hour},
		plan.WriteEnvironmentFile{File: file},
	}
	down := []plan.Step{
		plan.DetachRolePolicy{RoleName: name, Policy: readOnly},
		plan.DeleteRolePolicy{RoleName: name, PolicyName: "inline"},
		plan.DeleteRolePermissionsBoundary{RoleName: name},
		plan.UntagRole{RoleName: name, Keys: []string{"team"}},
		plan.DeleteRole{RoleName: name},
		plan.RemoveClientIDFromOpenIDConnectProvider{ARN: arn, ClientID: "aws:b"},
		plan.UntagOpenIDConnectProvider{ARN: arn, Keys: []string{"team", "trustctl:audience:aws:b"}},
		plan.DeleteOpenIDConnectProvider{ARN: arn},
		plan.RemoveEnvironmentFile{File: file},
	}

	names := append(stepNames(up), stepNames(down)...)
	slices.Sort(names)
	if diff := cmp.Diff(sealed(t), names); diff != "" {
		t.Errorf("this test does not go through every step once (-sealed +here):\n%s", diff)
	}

	run := func(steps []plan.Step) {
		t.Helper()
		p := &plan.Plan{Stack: "main", Changes: make([]plan.Change, 1)}
		r := walk(t.Context(), p, []plan.Task{{Account: account, Steps: steps}}, w.clients, &files, Options{Force: true})
		if len(r.Done) != 1 || r.Writes != len(steps)-1 {
			t.Fatalf("got %+v, want all done with %d writes", r, len(steps)-1)
		}
	}
	run(up)
	home := trust.Account{ID: account, Partition: "aws"}
	role, ok, err := live.ReadRole(t.Context(), w.client, home, name)
	if err != nil || !ok {
		t.Fatalf("reading the role: %v %v", ok, err)
	}
	wantRole := trust.Role{
		Account: account, Path: "/pulumi/", Name: name, MaxSession: time.Hour, Boundary: readOnly,
		Trust: trusting(t, subject+":x"), Managed: []trust.ARN{readOnly},
		Inline: map[string]policy.Document{"inline": inline},
		Tags:   map[string]string{trust.TagStack: "main", trust.TagRole: name, "team": "core"},
		ARN:    trust.RoleARN("aws", account, "/pulumi/", name),
	}
	if diff := cmp.Diff(wantRole, role, cmpopts.IgnoreFields(trust.Role{}, "ID", "Created", "LastUseKnown")); diff != "" {
		t.Errorf("the role (-want +got):\n%s", diff)
	}
	provider, ok, err := live.ReadProvider(t.Context(), w.client, home, live.Issuer{URL: providerURL})
	if err != nil || !ok {
		t.Fatalf("reading the provider: %v %v", ok, err)
	}
	wantProvider := trust.OIDCProvider{
		Account: account, ARN: arn, URL: providerURL, ClientIDs: []string{"aws:acme", "aws:b"}, Thumbprints: []string{print},
		Tags: map[string]string{trust.TagStack: "main", "trustctl:audience:aws:b": "main", "team": "core"},
	}
	if diff := cmp.Diff(wantProvider, provider, cmpopts.IgnoreFields(trust.OIDCProvider{}, "Created")); diff != "" {
		t.Errorf("the provider (-want +got):\n%s", diff)
	}

	run(down)
	_, provided, err := live.ReadProvider(t.Context(), w.client, home, live.Issuer{URL: providerURL})
	if roleExists(t, w, name) || provided || err != nil {
		t.Errorf("something is left: role %v, provider %v (%v)", roleExists(t, w, name), provided, err)
	}
	if want := []string{"write acme/payments/prod true", "remove acme/payments/prod true"}; !slices.Equal(files, want) {
		t.Errorf("files: %q, want %q", files, want)
	}
}

// fileLog is a Files that notes what it is asked.
type fileLog []string

func (l *fileLog) Write(f trust.EnvironmentFile, force bool) error {
	return l.note("write", f, force)
}

func (l *fileLog) Remove(f trust.EnvironmentFile, force bool) error {
	return l.note("remove", f, force)
}

func (l *fileLog) note(what string, f trust.EnvironmentFile, force bool) error {
	word := " false"
	if force {
		word = " true"
	}
	*l = append(*l, what+" "+f.Environment+word)
	return nil
}

func TestTheSamePlanMakesTheSameCalls(t *testing.T) {
	tags := map[string]string{"c": "3", "a": "1", "b": "2", "d": "4"}
	var keys []string
	for _, tag := range tagList(tags) {
		keys = append(keys, *tag.Key+*tag.Value)
	}
	if want := []string{"a1", "b2", "c3", "d4"}; !slices.Equal(keys, want) {
		t.Errorf("tags go out as %q, want %q", keys, want)
	}
}
