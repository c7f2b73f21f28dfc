package plan

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// ErrApplied is the error of a plan of which nothing is left to do.
var ErrApplied = errors.New("the plan was applied already")

// StaleError is the error of a plan that may not be carried out, because it
// is not, or no longer, what the configuration and the accounts ask for. The
// names are those of resources.
type StaleError struct {
	Moved    []string  // neither as the plan found it nor as it leaves it
	Differ   []string  // the same objects are planned otherwise now
	Problems []Problem // what forbids the plan now
	Header   string    // in what the plan as a whole differs
	Unread   []string  // of which a snapshot had only the name
}

func (e *StaleError) Error() string {
	var b strings.Builder
	switch {
	case e.Header != "":
		b.WriteString("the plan is for " + e.Header + " than the configuration")
	case len(e.Unread) > 0:
		b.WriteString("the plan was made from a snapshot that has no more than the name of these objects:")
	case len(e.Moved) > 0:
		b.WriteString("the plan is stale: these objects, or what rests on them, have changed since it was made:")
	case len(e.Differ) > 0:
		b.WriteString("the plan says of these objects something else than the configuration asks for:")
	default:
		b.WriteString("the plan may not be applied")
	}
	names := slices.Concat(e.Unread, e.Moved, e.Differ)
	for i, name := range names {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString("\n  " + name)
	}
	for _, p := range e.Problems {
		fmt.Fprintf(&b, "\n\n%s\n\n%s", p.Summary, p.Detail)
	}
	b.WriteString("\n\nNothing was written. Make the plan again")
	return b.String()
}

// Remaining is what is left to do of a plan that was approved, read from a
// file or shown to somebody who said yes. now is the plan that the same
// configuration and the same choices make of current, what is there now; it
// is carried out, but of its changes none that was not approved.
//
// The approved plan itself is never carried out: whatever it says must be what
// now says too. So neither a file that was made up, nor a change in an account
// since, gets anything done that was not both shown and asked for. An object
// that already is as the plan leaves it is done; one that is half-way, because
// a run was killed, is finished.
func (p *Plan) Remaining(now *Plan, current trust.State) (*Plan, error) {
	if unread := p.unread(); len(unread) > 0 {
		return nil, &StaleError{Unread: unread}
	}
	if header := p.differs(now); header != "" {
		return nil, &StaleError{Header: header}
	}
	if liars := p.liars(now.facts); len(liars) > 0 {
		return nil, &StaleError{Differ: liars}
	}
	live, fresh := objects(current), changesByAddress(now)
	done, moved := p.Recheck(current)
	begun := len(done)+len(moved) > 0
	left := map[trust.Address]bool{}
	stale := &StaleError{}
	for _, was := range p.Changes {
		if was.Action == NoOp {
			continue
		}
		is, planned := fresh[was.Address]
		isDone, hasMoved := slices.Contains(done, was.Address), slices.Contains(moved, was.Address)
		halfway := hasMoved && was.isBetween(live[was.Address]) && len(p.against(was, current)) == 0
		switch {
		case hasMoved && !halfway:
			stale.Moved = append(stale.Moved, was.Resource)
		case isDone && (!planned || is.Action == NoOp):
		case isDone, !planned, p.hides(is), !halfway && !was.repeats(is), !begun && !was.saysOfAccess(is), halfway && !was.continues(is):
			stale.Differ = append(stale.Differ, was.Resource)
		default:
			left[was.Address] = true
			if problem, used := usedSince(was, is); used {
				stale.Problems = append(stale.Problems, problem)
			}
		}
	}
	rest := now.only(left)
	stale.Problems = append(stale.Problems, rest.errors()...)
	switch {
	case len(stale.Moved)+len(stale.Differ)+len(stale.Problems) > 0:
		return nil, stale
	case len(left) == 0 && len(p.Base) > 0:
		return nil, ErrApplied
	}
	return rest, nil
}

// unread are the changes of which a snapshot did not know enough.
func (p *Plan) unread() []string {
	var names []string
	for _, ch := range p.Changes {
		if ch.Unread {
			names = append(names, ch.Resource)
		}
	}
	return names
}

// differs says in what two plans are not for the same.
func (p *Plan) differs(now *Plan) string {
	sameAccount := func(a, b trust.Account) bool { return a.ID == b.ID && a.Name == b.Name && a.Partition == b.Partition }
	switch {
	case p.Stack != now.Stack:
		return fmt.Sprintf("another stack, %q,", p.Stack)
	case p.To != now.To:
		return fmt.Sprintf("a transfer to another stack, %q,", p.To)
	case p.Mode != now.Mode:
		return fmt.Sprintf("another mode, %q,", p.Mode)
	case !slices.EqualFunc(p.Accounts, now.Accounts, sameAccount):
		return "other accounts"
	}
	return ""
}

func changesByAddress(p *Plan) map[trust.Address]Change {
	all := make(map[trust.Address]Change, len(p.Changes))
	for _, ch := range p.Changes {
		all[ch.Address] = ch
	}
	return all
}

// repeats says whether a change is planned again as it was.
func (c Change) repeats(again Change) bool {
	return c.Action == again.Action && place(c.Resource) == place(again.Resource) && c.Reason == again.Reason && c.leadsTo(again)
}

// saysOfAccess tells whether both changes say the same of who gains and who loses. It
// is asked of a plan of which nothing is done yet: after that a role may have
// nothing left to be compared with.
func (c Change) saysOfAccess(again Change) bool {
	was, err := json.Marshal([]any{c.Access, c.Session})
	is, err2 := json.Marshal([]any{again.Access, again.Session})
	return err == nil && err2 == nil && bytes.Equal(was, is)
}

// hides says whether a change opens roles of which the plan says nothing:
// neither that the change does, nor that they admit more. Others may have
// begun to trust an audience since, before it is there.
func (p *Plan) hides(again Change) bool {
	if len(again.Opens) == 0 {
		return false
	}
	said := map[string]bool{}
	for _, ch := range p.Changes {
		switch {
		case ch.Address == again.Address:
			for _, name := range ch.Opens {
				said[name] = true
			}
		case ch.Address.Kind == trust.KindRole && ch.Address.Account == again.Address.Account && ch.Access != nil && (ch.Before == nil || ch.Access.Tokens.Widens()):
			said[cmp.Or(ch.After, ch.Before).Role.Name] = true
		}
	}
	return slices.ContainsFunc(again.Opens, func(name string) bool { return !said[name] })
}

// liars are the changes of which a plan says something else than follows from
// them of who gains and who loses; all of them where it hides a new organization.
func (p *Plan) liars(facts *accessFacts) []string {
	truth := slices.Clone(p.Changes)
	organizations := facts.say(truth)
	var names []string
	for i, ch := range p.Changes {
		if !ch.saysOfAccess(truth[i]) || !slices.Equal(organizations, p.NewOrganizations) {
			names = append(names, ch.Resource)
		}
	}
	return names
}

// place is a resource address without what only tells two of one environment
// apart: with one of them gone the other has no need of it.
func place(resource string) string {
	if i := strings.IndexAny(resource, ":#"); i >= 0 {
		resource = resource[:i]
	}
	return strings.TrimSuffix(resource, `"]`)
}

// continues says whether a change is the rest of one that was begun.
func (c Change) continues(rest Change) bool {
	begun := map[Action][]Action{
		Create: {Update}, Update: {Update}, Replace: {Replace, Create, Update},
		Delete: {Delete}, Adopt: {Adopt, Update}, Forget: {Forget, Update},
	}
	return slices.Contains(begun[c.Action], rest.Action) && place(c.Resource) == place(rest.Resource) && c.leadsTo(rest)
}

// leadsTo says whether both changes leave the same.
func (c Change) leadsTo(other Change) bool {
	if c.After != nil && c.After.File != nil && other.After != nil && other.After.File != nil {
		was, is := c.After.File, other.After.File
		return was.Stack == is.Stack && was.Account == is.Account && was.Path == is.Path && was.Hash() == is.Hash()
	}
	return folded(other.After).is(folded(c.After))
}

// folded is an object with a role's tag keys in lower case: IAM takes no
// notice of theirs, and a role that was replaced may have had another.
func folded(o *Object) *Object {
	if o == nil || o.Role == nil {
		return o
	}
	role := *o.Role
	role.Tags = make(map[string]string, len(o.Role.Tags))
	for key, value := range o.Role.Tags {
		role.Tags[strings.ToLower(key)] = value
	}
	return &Object{Role: &role}
}

// only is a plan without the changes to other objects.
func (p *Plan) only(left map[trust.Address]bool) *Plan {
	rest := *p
	rest.Changes, rest.Problems, rest.NewOrganizations, rest.Base = nil, nil, nil, map[trust.Address]trust.Fingerprint{}
	for _, ch := range p.Changes {
		switch {
		case left[ch.Address]:
			rest.Base[ch.Address] = p.Base[ch.Address]
		case ch.Before == nil:
			continue
		default:
			ch.Action, ch.After, ch.Fields, ch.Access, ch.LastUse = NoOp, ch.Before, nil, nil, nil
			ch.Refused, ch.Reason, ch.Previous, ch.Push, ch.Gap, ch.Unseen = "", "", "", "", false, false
		}
		rest.Changes = append(rest.Changes, ch)
	}
	for _, problem := range p.Problems {
		if problem.Address != (trust.Address{}) && (problem.Severity == Warning || left[problem.Address]) {
			rest.Problems = append(rest.Problems, problem)
		}
	}
	// What concerns the whole is asked of the rest anew.
	c := comparison{o: Options{}.With(p), plan: &rest}
	c.limits()
	rest.NewOrganizations = newOrganizations(rest.Changes)
	return &rest
}

func (p *Plan) errors() []Problem {
	return slices.DeleteFunc(slices.Clone(p.Problems), func(x Problem) bool { return x.Severity != Error })
}
