package plan

import (
	"slices"
	"testing"
	"time"

	"github.com/trustctl/trustctl/internal/trust"
)

// login is a file that logs in to a role with the default subject.
func login(f trust.EnvironmentFile, role trust.Role, attributes ...string) trust.EnvironmentFile {
	f.Login = &trust.Login{RoleARN: trust.RoleARN("aws", role.Account, role.Path, role.Name), Duration: time.Hour, SubjectAttributes: attributes}
	return f
}

func TestAFileIsPushedWhenTheLoginInBetweenWorks(t *testing.T) {
	const plain = "pulumi:environments:org:acme:env:p/e"
	const named = "pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:p/e"
	with := func(subs ...string) trust.Role {
		r := role(one, "p/e")
		r.Trust = admits(one, "aws:acme", subs...)
		return r
	}
	renamed := func(r trust.Role) trust.Role {
		r.Name = "another"
		r.Tags = map[string]string{trust.TagStack: ours, trust.TagRole: r.Name, trust.TagEnvironment: r.Environment}
		return r
	}
	short := func(r trust.Role) trust.Role { r.MaxSession = 30 * time.Minute; return r }
	for _, test := range []struct {
		name          string
		before, after *trust.Role // nil: none
		was, is       string      // subject attribute of the login; "-": no file
		push          Push
		gap           bool
		audience      string // what the provider has before; "" is the environment's own
		unseen        bool
	}{
		{name: "the environment is new", after: new(with(plain)), was: "-", push: PushAfter},
		{name: "the environment goes", before: new(with(plain)), is: "-", push: PushBefore},
		{name: "only the file's text changes", before: new(with(plain)), after: new(with(plain)), push: PushAfter},
		{name: "the old login works after as well", before: new(with(plain)), after: new(with(plain, named)), is: "currentEnvironment.name", push: PushAfter},
		{name: "the new login works before, the old one not after", before: new(with(plain, named)), after: new(with(named)), is: "currentEnvironment.name", push: PushBefore},
		{name: "neither works in between", before: new(with(plain)), after: new(with(named)), is: "currentEnvironment.name", push: PushAfter, gap: true},
		{name: "the old login was broken already", before: new(with(plain)), after: new(with(named)), was: "currentEnvironment.name", is: "rootEnvironment.name", push: PushAfter},
		{name: "the old login is not at hand, and the new one works before", before: new(with(plain, named)), after: new(with(named)), was: "-", is: "currentEnvironment.name", push: PushBefore, unseen: true},
		{name: "the old login is not at hand, and sessions become shorter", before: new(with(plain)), after: new(short(with(plain))), was: "-", push: PushBefore, unseen: true},
		{name: "the old login is not at hand, and the new one works after alone", before: new(with(plain)), after: new(with(named)), was: "-", is: "currentEnvironment.name", push: PushAfter, unseen: true},
		{name: "the old login is not at hand, and the role gets another name", before: new(with(plain)), after: new(renamed(with(plain))), was: "-", push: PushAfter, unseen: true},
		{name: "the old login is not at hand, and the role stays as it is", before: new(with(plain)), after: new(with(plain)), was: "-", push: PushAfter},
		{name: "the role gets another name", before: new(with(plain)), after: new(renamed(with(plain))), push: PushAfter, gap: true},
		{name: "the role's sessions become shorter than the old login asks for", before: new(with(plain)), after: new(short(with(plain))), push: PushBefore},
		{name: "the old login was refused for its audience", before: new(with(plain)), after: new(with(named)), is: "currentEnvironment.name", push: PushAfter, audience: "aws:other"},
	} {
		t.Run(test.name, func(t *testing.T) {
			desired, current := trust.State{Accounts: accounts(one)}, trust.State{Accounts: accounts(one)}
			audience := "aws:acme"
			if test.audience != "" {
				audience = test.audience
			}
			current.Providers = []trust.OIDCProvider{provider(one, audience)}
			desired.Providers = []trust.OIDCProvider{provider(one, "aws:acme")}
			attributes := func(a string) []string {
				return slices.DeleteFunc([]string{a}, func(s string) bool { return s == "" })
			}
			if test.before != nil {
				current.Roles = []trust.Role{live(*test.before)}
			}
			if test.after != nil {
				desired.Roles = []trust.Role{*test.after}
			}
			if test.was != "-" {
				current.Files = []trust.EnvironmentFile{login(file(one, "p/e", "old"), *test.before, attributes(test.was)...)}
			}
			if test.is != "-" {
				f := file(one, "p/e", "new")
				f.Document = &trust.EnvironmentDocument{Login: *login(f, *test.after, attributes(test.is)...).Login}
				if test.after.MaxSession < time.Hour {
					f.Document.Login.Duration = test.after.MaxSession
				}
				desired.Files = []trust.EnvironmentFile{f}
			}
			p := Compute(desired, current, options())
			i := slices.IndexFunc(p.Changes, func(ch Change) bool { return ch.Address.Kind == trust.KindFile })
			if i < 0 {
				t.Fatalf("the file does not change: %+v", p.Changes)
			}
			if ch := p.Changes[i]; ch.Push != test.push || ch.Gap != test.gap || ch.Unseen != test.unseen {
				t.Errorf("push %q (gap %v, unseen %v), want %q (gap %v, unseen %v)", ch.Push, ch.Gap, ch.Unseen, test.push, test.gap, test.unseen)
			}
		})
	}
}
