package plan

import (
	"maps"
	"path"
	"slices"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
)

// Push says when the new file of an environment goes to Pulumi Cloud: AWS
// changes at once, Pulumi Cloud when the file is pushed, and in between the
// environment logs in with the file that Pulumi Cloud has.
type Push string

// The two moments.
const (
	PushBefore Push = "before" // the new login works already, the old one will not any more
	PushAfter  Push = "after"  // the new login works once the plan is applied
)

// pushes says of every file that changes when to push it.
//
//	the old login still works after   the new one works before   push
//	yes                               yes or no                  after
//	no                                yes                        before
//	no                                no                         after, and at once: in between neither works
//	not known                         yes                        before: that is safe whatever the old one is
//	not known                         no                         after, and at once: in between the old one may not work
//	the login goes                                               before
//	the file goes, or is forgotten, and the login stays          never
func (c *comparison) pushes() {
	before := c.loginsBefore()
	after := before.with(c.plan.Changes)
	had, has := loginsOf(c.current.Files), loginsOf(c.desired.Files)
	moving := c.plan.movingEnvironments()
	for i := range c.plan.Changes {
		ch := &c.plan.Changes[i]
		if ch.Address.Kind != trust.KindFile || ch.Action == NoOp || ch.Refused != "" {
			continue
		}
		was, is := had[ch.Address], has[ch.Address]
		switch {
		case ch.Action == Delete, ch.Action == Forget: // undeclaredFile has decided
		case was == nil && is != nil && moving[ch.Address.Name]:
			ch.Push, ch.Unseen = PushAfter, true
			if before.answer(ch.Address.Name, *is) == policy.Yes {
				ch.Push = PushBefore
			}
		case was == nil || is == nil || after.answer(ch.Address.Name, *was) != policy.No:
			ch.Push = PushAfter
		case before.answer(ch.Address.Name, *is) == policy.Yes:
			ch.Push = PushBefore
		default:
			// What works neither before nor after breaks nothing.
			ch.Push, ch.Gap = PushAfter, before.answer(ch.Address.Name, *was) == policy.Yes
		}
	}
}

// movingEnvironments are those whose role is there already and changes: Pulumi
// Cloud has a login for them, whether or not its file is at hand.
func (p *Plan) movingEnvironments() map[string]bool {
	moving := map[string]bool{}
	for _, ch := range p.Changes {
		if ch.Address.Kind != trust.KindRole || ch.Action == NoOp || ch.Refused != "" || ch.Before == nil {
			continue
		}
		moving[environmentOf(ch.Before.Role)] = true
		if ch.After != nil {
			moving[environmentOf(ch.After.Role)] = true
		}
	}
	return moving
}

// loginsOf are what environments log in with, where that is known.
func loginsOf(files []trust.EnvironmentFile) map[trust.Address]*trust.Login {
	all := make(map[trust.Address]*trust.Login, len(files))
	for i := range files {
		if f := &files[i]; f.Document != nil {
			all[f.Address()] = &f.Document.Login
		} else if f.Login != nil {
			all[f.Address()] = f.Login
		}
	}
	return all
}

// doors are the roles and the providers of all accounts at one moment.
type doors struct {
	roles     map[trust.ARN]*trust.Role
	providers map[trust.Address]*trust.OIDCProvider
	accounts  map[trust.AccountID][]*trust.OIDCProvider
}

func (c *comparison) loginsBefore() doors {
	d := doors{roles: map[trust.ARN]*trust.Role{}, providers: map[trust.Address]*trust.OIDCProvider{}}
	for i := range c.current.Roles {
		d.roles[c.current.Roles[i].ARN] = &c.current.Roles[i]
	}
	for i := range c.current.Providers {
		d.providers[c.current.Providers[i].Address()] = &c.current.Providers[i]
	}
	return d.byAccount()
}

func (d doors) byAccount() doors {
	d.accounts = map[trust.AccountID][]*trust.OIDCProvider{}
	for _, p := range d.providers {
		d.accounts[p.Account] = append(d.accounts[p.Account], p)
	}
	return d
}

// with is what changes make of it.
func (d doors) with(changes []Change) doors {
	next := doors{roles: maps.Clone(d.roles), providers: maps.Clone(d.providers)}
	for _, ch := range changes {
		switch {
		case ch.Refused != "" || ch.Action == NoOp:
		case ch.Address.Kind == trust.KindRole:
			if ch.Before != nil {
				delete(next.roles, ch.Before.Role.ARN)
			}
			if ch.After != nil {
				next.roles[ch.After.Role.ARN] = ch.After.Role
			}
		case ch.Address.Kind == trust.KindProvider:
			delete(next.providers, ch.Address)
			if ch.After != nil {
				next.providers[ch.Address] = ch.After.Provider
			}
		}
	}
	return next.byAccount()
}

// answer tells whether an environment gets in with a login. It is unknown
// where the subject attributes leave the subject open, and where the role asks
// for more than a token.
func (d doors) answer(environment string, login trust.Login) policy.Truth {
	env, err := subject.ParseEnvironment(environment)
	role := d.roles[login.RoleARN]
	if err != nil || role == nil || login.Duration > role.MaxSession {
		return policy.No
	}
	var attributes []subject.Attribute
	for _, a := range login.SubjectAttributes {
		attributes = append(attributes, subject.Attribute(a))
	}
	if subject.CheckAttributes(attributes) != nil {
		return policy.No
	}
	worst := policy.Yes
	for _, s := range env.Subjects(attributes, subject.Claims{}) {
		switch d.token(role, env.Audience(), s) {
		case policy.No:
			return policy.No
		case policy.Unknown:
			worst = policy.Unknown
		}
	}
	return worst
}

// token asks a role about one token, and the providers about its audience.
func (d doors) token(role *trust.Role, audience, sub string) policy.Truth {
	worst := policy.No
	for _, p := range d.accounts[role.Account] {
		if !slices.Contains(p.ClientIDs, audience) || !role.Trust.Trusts(string(p.ARN)) {
			continue
		}
		issuer := access.Issuer{Host: trust.IssuerHost(p.URL), Provider: string(p.ARN)}
		switch decision := policy.Evaluate(role.Trust, issuer.Request(access.Witness{Aud: audience, Sub: sub})); {
		case subject.IsPattern(sub) || decision.Unknown:
			worst = policy.Unknown
		case decision.Allowed:
			return policy.Yes
		}
	}
	return worst
}

// Shown is a file's path as messages spell it: with the ESC folder.
func (p *Plan) Shown(f *trust.EnvironmentFile) string { return path.Join(p.Folder, f.Path) }
