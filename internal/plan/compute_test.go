package plan

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// summary is a plan in a few lines: what isn't a no-op, and the problems.
func summary(p *Plan) []string {
	lines := []string{}
	for _, ch := range p.Changes {
		if ch.Action == NoOp {
			continue
		}
		line := string(ch.Action) + " " + ch.Resource
		if ch.Refused != "" {
			line += " refused"
		}
		lines = append(lines, line)
	}
	for _, problem := range p.Problems {
		lines = append(lines, string(problem.Severity)+": "+problem.Summary)
	}
	return lines
}

func with(r trust.Role, edits ...func(*trust.Role)) trust.Role {
	for _, edit := range edits {
		edit(&r)
	}
	return r
}

func tagged(key, value string) func(*trust.Role) {
	return func(r *trust.Role) { r.Tags[key] = value }
}

const (
	prodRole = `aws_iam_role.acme["payments/prod"]`
	prodFile = `local_file.esc["acme/payments/prod"]`
)

func TestWhatIsPlannedForARole(t *testing.T) {
	prod := func(edits ...func(*trust.Role)) trust.Role { return with(role(one, "payments/prod"), edits...) }
	adopt := func(r *trust.Role) { r.Lifecycle.Adopt = true }
	unmarked := func(r *trust.Role) { r.Tags = map[string]string{"team": "x"} }
	guard := func(r *trust.Role) {
		r.Lifecycle.PreventDestroy = true
		r.Tags[trust.TagPreventDestroy] = "true"
	}
	renamed := func(r *trust.Role) { r.Name, r.Tags[trust.TagRole] = "other", "other" }
	path := func(r *trust.Role) { r.Path = "/p/" }

	tests := []struct {
		name          string
		desired, live []trust.Role
		removed       []trust.Removed
		options       func(*Options)
		account       func(*trust.Account)
		want          []string
	}{
		{name: "a role that is as declared stays", desired: []trust.Role{prod()}, live: []trust.Role{prod()}, want: []string{}},
		{name: "a role edited by hand is put back, its trust too", desired: []trust.Role{prod()}, live: []trust.Role{prod(func(r *trust.Role) { r.Trust = policy.Document{Version: policy.Version2012} })},
			want: []string{"update " + prodRole}},
		{name: "a new name is a new role and the end of the old", desired: []trust.Role{prod(renamed)}, live: []trust.Role{prod()},
			want: []string{`delete aws_iam_role.acme["payments/prod:esc-acme--payments--prod"]`, "create " + prodRole}},
		{name: "with overlap the role of the old name stays", desired: []trust.Role{prod(renamed, func(r *trust.Role) { r.Lifecycle.Overlap = true })}, live: []trust.Role{prod()},
			want: []string{"create " + prodRole}},
		{name: "an environment renamed over the same role is a change of tags", desired: []trust.Role{prod(tagged(trust.TagEnvironment, "acme/payments/production"))}, live: []trust.Role{prod()},
			want: []string{"update " + prodRole}},
		{name: "a role that is no longer declared is deleted", live: []trust.Role{prod()}, want: []string{"delete " + prodRole}},
		{name: "a copied role is left alone", live: []trust.Role{prod(tagged(trust.TagRole, "another"))}, want: []string{"warning: A role with our mark is not ours"}},
		{name: "a role with our mark that trusts no issuer of ours is left alone", live: []trust.Role{prod(func(r *trust.Role) { r.Trust = admits(two, "aws:acme") })},
			want: []string{"warning: A role with our mark is not ours"}},
		{name: "a role of another stack is not in the plan", live: []trust.Role{prod(tagged(trust.TagStack, theirs))}, want: []string{}},
		{name: "an adopted role is forgotten", live: []trust.Role{prod(tagged(trust.TagAdopted, "true"))}, want: []string{"forget " + prodRole, "warning: A role that is forgotten keeps its access"}},
		{name: "an adopted role is deleted only where a removed block says so", live: []trust.Role{prod(tagged(trust.TagAdopted, "true"))},
			removed: []trust.Removed{{Environment: "acme/payments/prod", Destroy: true}}, want: []string{"delete " + prodRole}},
		{name: "a removed block forgets a role", live: []trust.Role{prod()}, removed: []trust.Removed{{Environment: "acme/payments/prod"}}, want: []string{"forget " + prodRole, "warning: A role that is forgotten keeps its access"}},
		{name: "a foreign role of the declared name is an error", desired: []trust.Role{prod()}, live: []trust.Role{prod(unmarked)},
			want: []string{"adopt " + prodRole + " refused", "error: The role exists already"}},
		{name: "another stack's role of the declared name is an error, adopt or not", desired: []trust.Role{prod(adopt)}, live: []trust.Role{prod(tagged(trust.TagStack, theirs))},
			want: []string{"adopt " + prodRole + " refused", "error: The role belongs to another stack"}},
		{name: "adopt takes over a role that nobody's mark is on", desired: []trust.Role{prod(adopt)}, live: []trust.Role{prod(unmarked)}, want: []string{"adopt " + prodRole}},
		{name: "adoption never replaces", desired: []trust.Role{prod(adopt, path)}, live: []trust.Role{prod(unmarked)},
			want: []string{"adopt " + prodRole + " refused", "error: An adopted role keeps its name and path"}},
		{name: "another path replaces", desired: []trust.Role{prod(path)}, live: []trust.Role{prod()}, want: []string{"replace " + prodRole}},
		{name: "a guarded role is not deleted", live: []trust.Role{prod(guard)}, want: []string{"delete " + prodRole + " refused", "error: The role is guarded"}},
		{name: "a guarded role is not replaced", desired: []trust.Role{prod(guard, path)}, live: []trust.Role{prod()},
			want: []string{"replace " + prodRole + " refused", "error: The role is guarded"}},
		{name: "a guarded role may be updated", desired: []trust.Role{prod(guard, func(r *trust.Role) { r.Description = "x" })}, live: []trust.Role{prod(guard)}, want: []string{"update " + prodRole}},
		{name: "a role in an instance profile is not deleted", live: []trust.Role{prod(func(r *trust.Role) { r.InstanceProfiles = []string{"web"} })},
			want: []string{"delete " + prodRole + " refused", "error: The role is in an instance profile"}},
		{name: "max_deletes names what it stops", live: []trust.Role{prod(), role(one, "payments/dev")}, options: func(o *Options) { o.MaxDeletes = 1 },
			want: []string{`delete aws_iam_role.acme["payments/dev"]`, "delete " + prodRole, "error: Too many deletions"}},
		{name: "max_deletes does not bind destroy", live: []trust.Role{prod()}, options: func(o *Options) { o.MaxDeletes, o.Mode = 0, ModeDestroy }, want: []string{"delete " + prodRole}},
		{name: "destroy leaves a foreign role of a declared name", desired: []trust.Role{prod()}, live: []trust.Role{prod(unmarked)}, options: func(o *Options) { o.Mode = ModeDestroy }, want: []string{}},
		{name: "the caller's own role is not changed", desired: []trust.Role{prod(path)}, live: []trust.Role{prod()},
			account: func(a *trust.Account) { a.Caller = "arn:aws:sts::111111111111:assumed-role/ESC-acme--payments--prod/x" },
			want:    []string{"replace " + prodRole + " refused", "error: The caller's own role"}},
		{name: "unless that is allowed", desired: []trust.Role{prod(path)}, live: []trust.Role{prod()}, options: func(o *Options) { o.AllowSelf = true },
			account: func(a *trust.Account) { a.Caller = "arn:aws:sts::111111111111:assumed-role/esc-acme--payments--prod/x" },
			want:    []string{"replace " + prodRole}},
		{name: "a boundary that the configuration says nothing of stays, with a warning", desired: []trust.Role{prod(func(r *trust.Role) { r.KeepBoundary = true })}, live: []trust.Role{prod(func(r *trust.Role) { r.Boundary = "arn:b" })},
			want: []string{"warning: The live permissions boundary is kept"}},
		{name: "ignored changes stay", desired: []trust.Role{prod(func(r *trust.Role) { r.Lifecycle.IgnoreChanges = []string{"description", "tags"} })},
			live: []trust.Role{prod(tagged("team", "x"), func(r *trust.Role) { r.Description = "by hand" })}, want: []string{}},
		{name: "ignored tags stay", desired: []trust.Role{prod()}, live: []trust.Role{prod(tagged("costcenter", "x"), tagged("AWS-made", "y"))},
			options: func(o *Options) {
				o.IgnoreTags = IgnoreTags{Keys: []string{"CostCenter"}, KeyPrefixes: []string{"aws-"}}
			}, want: []string{}},
		{name: "letter case of tag keys and policy names makes no difference", desired: []trust.Role{prod(tagged("Team", "x"), func(r *trust.Role) { r.Inline = map[string]policy.Document{"Deploy": may(policy.Allow, "s3:*")} })},
			live: []trust.Role{prod(tagged("team", "x"), func(r *trust.Role) { r.Inline = map[string]policy.Document{"deploy": may(policy.Allow, "s3:*")} })}, want: []string{}},
		{name: "a trust policy over the account's quota is refused", desired: []trust.Role{prod()}, account: func(a *trust.Account) { a.Quotas.TrustPolicySize = 100 },
			want: []string{"create " + prodRole + " refused", "error: Trust policy over the account's quota"}},
		{name: "too many managed policies are refused", desired: []trust.Role{prod(func(r *trust.Role) { r.Managed = []trust.ARN{"a", "b"} })}, account: func(a *trust.Account) { a.Quotas.AttachedPolicies = 1 },
			want: []string{"create " + prodRole + " refused", "error: Too many managed policies"}},
		{name: "more roles than the account takes is an error", desired: []trust.Role{prod()}, account: func(a *trust.Account) { a.Quotas.Roles, a.Quotas.RolesInUse = 10, 10 },
			want: []string{"create " + prodRole, "error: More roles than the account's quota"}},
		{name: "more than fifty tags are refused", desired: []trust.Role{prod(func(r *trust.Role) {
			for i := range 48 {
				r.Tags[fmt.Sprint("t", i)] = "x"
			}
		})}, want: []string{"create " + prodRole + " refused", "error: Too many tags"}},
		{name: "an account that was not read is an error and nothing of it is planned", desired: []trust.Role{prod()}, account: func(a *trust.Account) { a.Failure = "AccessDenied" }, want: []string{"error: Account not read"}},
		{name: "an account that was not read in full loses nothing", live: []trust.Role{prod()}, account: func(a *trust.Account) { a.Complete = false }, want: []string{}},
		{name: "a target leaves the others alone", desired: []trust.Role{prod(), role(one, "payments/dev")}, live: []trust.Role{role(one, "old/gone")},
			options: func(o *Options) { o.Targets = []string{"acme/payments/p*"} }, want: []string{"create " + prodRole}},
		{name: "a target may be a resource address", desired: []trust.Role{prod(), role(one, "payments/dev")}, options: func(o *Options) { o.Targets = []string{prodRole} }, want: []string{"create " + prodRole}},
		{name: "an excluded role is not deleted", live: []trust.Role{prod(), role(one, "old/gone")}, options: func(o *Options) { o.Excludes = []string{"acme/old/*"} }, want: []string{"delete " + prodRole}},
		{name: "a target that names nothing is an error", desired: []trust.Role{prod()}, options: func(o *Options) { o.Targets = []string{"acme/payment/prod"} }, want: []string{"error: Nothing matches -target"}},
		{name: "another account is left alone under -account", desired: []trust.Role{prod(), role(two, "payments/dev")}, options: func(o *Options) { o.InAccounts = []trust.AccountID{two} },
			want: []string{`create aws_iam_role.acme["payments/dev"]`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options()
			if tt.options != nil {
				tt.options(&o)
			}
			read := accounts(one, two)
			if tt.account != nil {
				tt.account(&read[0])
			}
			current := trust.State{Accounts: read}
			for _, r := range tt.live {
				current.Roles = append(current.Roles, live(r))
			}
			p := Compute(trust.State{Accounts: accounts(one, two), Roles: tt.desired, Removed: tt.removed}, current, o)
			if diff := cmp.Diff(tt.want, summary(p)); diff != "" {
				t.Errorf("plan differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAdoptionMarksFirstAndShowsWhatItTakesAway(t *testing.T) {
	d := role(one, "payments/prod")
	d.Lifecycle.Adopt = true
	was := live(d)
	was.Tags = map[string]string{"team": "x"}
	was.Managed = []trust.ARN{"arn:aws:iam::aws:policy/AdministratorAccess"}
	was.Trust = admits(one, "aws:other", "x")
	p := Compute(trust.State{Accounts: accounts(one), Roles: []trust.Role{d}}, trust.State{Accounts: accounts(one), Roles: []trust.Role{was}}, options())
	want := []string{
		"TagRole trustctl:adopted=true trustctl:environment=acme/payments/prod trustctl:role=esc-acme--payments--prod trustctl:stack=acme-platform",
		"DetachRolePolicy arn:aws:iam::aws:policy/AdministratorAccess", "UpdateAssumeRolePolicy", "UntagRole team",
	}
	if diff := cmp.Diff(want, calls(p.Changes[0].Steps())); diff != "" {
		t.Errorf("calls differ (-want +got):\n%s", diff)
	}
	if got := p.Counts(); got != (Counts{Import: 1, Change: 1}) {
		t.Errorf("counts %+v", got)
	}
}

func TestOverlapKeepsTheLiveStatementsBesideTheDeclaredOnes(t *testing.T) {
	d := role(one, "payments/prod")
	d.Lifecycle.Overlap = true
	was := live(d)
	was.Trust = admits(one, "acme", "old")
	desired := trust.State{Accounts: accounts(one), Roles: []trust.Role{d}}
	p := Compute(desired, trust.State{Accounts: accounts(one), Roles: []trust.Role{was}}, options())
	after := p.Changes[0].After.Role
	if n := len(after.Trust.Statements); n != 2 {
		t.Fatalf("%d statements, want the declared and the live one", n)
	}
	again := Compute(desired, trust.State{Accounts: accounts(one), Roles: []trust.Role{*after}}, options())
	if again.Pending() {
		t.Errorf("the overlap grows again: %+v", again.Changes[0].Fields)
	}
}

func TestWhatIsPlannedForAFile(t *testing.T) {
	foreign := func(f trust.EnvironmentFile) trust.EnvironmentFile { f.Foreign = true; return f }
	tests := []struct {
		name          string
		desired, live []trust.EnvironmentFile
		removed       []trust.Removed
		options       func(*Options)
		failed        bool
		want          []string
	}{
		{name: "created", desired: []trust.EnvironmentFile{file(one, "payments/prod", "x")}, want: []string{"create " + prodFile}},
		{name: "left as it is", desired: []trust.EnvironmentFile{file(one, "payments/prod", "x")}, live: []trust.EnvironmentFile{file(one, "payments/prod", "x")}, want: []string{}},
		{name: "updated", desired: []trust.EnvironmentFile{file(one, "payments/prod", "x")}, live: []trust.EnvironmentFile{file(one, "payments/prod", "y")}, want: []string{"update " + prodFile}},
		{name: "deleted", live: []trust.EnvironmentFile{file(one, "payments/prod", "y")}, want: []string{"delete " + prodFile}},
		{name: "forgotten where a removed block says so", live: []trust.EnvironmentFile{file(one, "payments/prod", "y")}, removed: []trust.Removed{{Environment: "acme/payments/prod"}}, want: []string{"forget " + prodFile}},
		{name: "not overwritten where it is foreign", desired: []trust.EnvironmentFile{file(one, "payments/prod", "x")}, live: []trust.EnvironmentFile{foreign(file(one, "payments/prod", "y"))},
			want: []string{"update " + prodFile + " refused", "error: The file is not ours"}},
		{name: "overwritten by force", desired: []trust.EnvironmentFile{file(one, "payments/prod", "x")}, live: []trust.EnvironmentFile{foreign(file(one, "payments/prod", "y"))},
			options: func(o *Options) { o.Force = true }, want: []string{"update " + prodFile}},
		{name: "left alone in an account that was not read", live: []trust.EnvironmentFile{file(one, "payments/prod", "y")}, failed: true, want: []string{"error: Account not read"}},
		{name: "left alone in an account that is not declared", live: []trust.EnvironmentFile{file("333333333333", "payments/prod", "y")}, want: []string{"warning: A file of an account that is not declared"}},
		{name: "taken away by destroy", desired: []trust.EnvironmentFile{file(one, "payments/prod", "x")}, live: []trust.EnvironmentFile{file(one, "payments/prod", "y")},
			options: func(o *Options) { o.Mode = ModeDestroy }, want: []string{"delete " + prodFile}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options()
			if tt.options != nil {
				tt.options(&o)
			}
			read := accounts(one)
			if tt.failed {
				read[0].Failure = "AccessDenied"
			}
			p := Compute(trust.State{Accounts: accounts(one), Files: tt.desired, Removed: tt.removed}, trust.State{Accounts: read, Files: tt.live}, o)
			if diff := cmp.Diff(tt.want, summary(p)); diff != "" {
				t.Errorf("plan differs (-want +got):\n%s", diff)
			}
		})
	}
}

// Its file is forgotten with a role, before it, and goes with a role that goes.
func TestAFileSharesTheFateOfItsRole(t *testing.T) {
	adopted, plain := live(role(one, "payments/prod")), live(role(one, "payments/prod"))
	adopted.Tags[trust.TagAdopted] = "true"
	nobodys := live(role(one, "payments/prod"))
	nobodys.Tags = nil
	elsewhere := live(role(two, "payments/prod"))
	elsewhere.Tags[trust.TagAdopted] = "true"
	foreign := live(role(one, "payments/prod"))
	foreign.Tags[trust.TagStack] = theirs
	another := adopted
	another.Name, another.ARN, another.ID = "another", trust.RoleARN("aws", one, "/", "another"), "AROA2"
	another.Tags = union(adopted.Tags, map[string]string{trust.TagRole: "another"})
	names := func(r trust.Role) trust.EnvironmentFile {
		f := file(one, "payments/prod", "header\nrest\n")
		f.Login = &trust.Login{RoleARN: r.ARN}
		return f
	}
	for name, tt := range map[string]struct {
		live []trust.Role
		file trust.EnvironmentFile
		want Action
	}{
		"adopted":                            {[]trust.Role{adopted}, names(adopted), Forget},
		"made by us":                         {[]trust.Role{plain}, names(plain), Delete},
		"gone":                               {nil, names(plain), Delete},
		"another stack's":                    {[]trust.Role{foreign}, names(plain), Delete},
		"forgotten before":                   {[]trust.Role{nobodys}, names(nobodys), Forget},
		"two, and the file names what goes":  {[]trust.Role{plain, another}, names(plain), Delete},
		"two, and the file names what stays": {[]trust.Role{plain, another}, names(another), Forget},
		"adopted in another account, and the file is hand-edited": {[]trust.Role{elsewhere}, file(one, "payments/prod", "header\nrest\n"), Delete},
		"adopted, and the file is hand-edited":                    {[]trust.Role{adopted}, file(one, "payments/prod", "header\nrest\n"), Forget},
	} {
		for _, mode := range []Mode{ModeApply, ModeDestroy} {
			t.Run(name+", "+string(mode), func(t *testing.T) {
				o := options()
				o.Mode = mode
				current := trust.State{Accounts: accounts(one, two), Roles: tt.live, Files: []trust.EnvironmentFile{tt.file}}
				p := Compute(trust.State{Accounts: accounts(one, two)}, current, o)
				last := p.Changes[len(p.Changes)-1]
				if last.Address.Kind != trust.KindFile || last.Action != tt.want || (last.Push == PushBefore) != (tt.want == Delete && name != "another stack's") {
					t.Fatalf("got %q, push %q, want the file: %s", summary(p), last.Push, tt.want)
				}
				if tt.want == Delete {
					return
				}
				if after := last.After.File; string(after.Content) != "rest\n" || after.Stack != "" || after.Former != ours {
					t.Errorf("it is left as %+v", after)
				}
				m := newModel(current)
				tasks := p.Schedule()
				if first := p.Changes[tasks[0].Change]; first.Address.Kind != trust.KindFile {
					t.Errorf("%s is forgotten before the file", first.Resource)
				}
				for _, task := range tasks {
					for _, s := range task.Steps {
						if err := m.run(task.Account, s); err != nil {
							t.Fatal(err)
						}
					}
				}
				if again := Compute(trust.State{Accounts: accounts(one, two)}, m.state(), o); again.Pending() {
					t.Errorf("there is more to do: %q", summary(again))
				}
			})
		}
	}
}

func TestPlanningGrowsWithTheRolesAndNotFaster(t *testing.T) {
	allocations := func(n int) float64 {
		desired, current := fleet(n)
		return testing.AllocsPerRun(1, func() {
			if tasks := Compute(desired, current, options()).Schedule(); len(tasks) < n/5 {
				t.Errorf("%d tasks for %d roles", len(tasks), n)
			}
		})
	}
	if few, many := allocations(300), allocations(1200); many > 5*few {
		t.Errorf("four times the roles take %.1f times the allocations", many/few)
	}
}

// fleet is n roles, of which some are new and some differ.
func fleet(n int) (desired, current trust.State) {
	desired = trust.State{Accounts: accounts(one), Providers: []trust.OIDCProvider{provider(one, "aws:acme")}}
	current = trust.State{Accounts: accounts(one), Providers: []trust.OIDCProvider{provider(one)}}
	for i := range n {
		r := role(one, fmt.Sprintf("project%d/prod", i))
		r.Inline = map[string]policy.Document{"deploy": may(policy.Allow, "s3:*")}
		desired.Roles = append(desired.Roles, r)
		was := live(r)
		switch i % 10 {
		case 0:
			continue
		case 1:
			was.Trust = admits(one, "aws:acme", "other")
		}
		current.Roles = append(current.Roles, was)
	}
	return desired, current
}

func BenchmarkComputeAndScheduleFiveThousandRoles(b *testing.B) {
	desired, current := fleet(5000)
	b.ReportAllocs()
	for b.Loop() {
		Compute(desired, current, options()).Schedule()
	}
}
