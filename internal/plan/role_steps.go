package plan

import (
	"slices"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

func roleParts(c Change) []part {
	switch {
	case c.Before == nil:
		return []part{{StageRole, createRole(c.After.Role)}}
	case c.After == nil:
		return []part{{StageRevoke, deleteRole(c.Before.Role)}}
	case c.Action == Replace:
		return []part{{StageRole, append(deleteRole(c.Before.Role), createRole(c.After.Role)...)}}
	}
	reduce, rest := updateRole(c.Before.Role, c.After.Role, c.Action == Adopt)
	switch trustMove(c.Before.Role, c.After.Role) {
	case unmoved:
		return []part{{StageRole, append(reduce, rest...)}}
	case narrows:
		return []part{{StageRevoke, append(reduce, rest...)}}
	}
	return []part{{StageRevoke, reduce}, {StageRole, rest}}
}

// createRole carries all it can in the one call.
func createRole(r *trust.Role) []Step {
	steps := []Step{CreateRole{Path: r.Path, RoleName: r.Name, Description: r.Description, MaxSession: r.MaxSession, Boundary: r.Boundary, Trust: r.Trust, Tags: r.Tags}}
	w := compareInline(&trust.Role{Name: r.Name}, r)
	denied, allowed := byEffect(r.Managed)
	steps = append(append(steps, attach(r.Name, denied)...), w.put[denying]...)
	steps = append(append(steps, w.put[mixing]...), w.put[allowing]...)
	return append(steps, attach(r.Name, allowed)...)
}

// deleteRole empties a role first, since IAM deletes no other: what denies
// goes last.
func deleteRole(r *trust.Role) []Step {
	w := compareInline(r, &trust.Role{})
	denied, allowed := byEffect(r.Managed)
	steps := append(detach(r.Name, allowed), w.delete[allowing]...)
	steps = append(append(steps, w.delete[mixing]...), w.delete[denying]...)
	return append(append(steps, detach(r.Name, denied)...), DeleteRole{RoleName: r.Name})
}

// updateRole orders the calls so that at every moment whoever may do something
// could do it before or may do it after: first all that only takes rights
// away, then who may enter, then all that gives rights.
//
//	reduce    a trust that narrows; a boundary that comes; policies that go and do
//	          not deny; policies that deny and come; inline policies that change
//	          and only narrow
//	exchange  a boundary, an inline policy that changes for another kind, and a
//	          policy that both allows and denies: before a trust that widens
//	give      what comes; a boundary, and then a Deny, that goes
//
// Hardly an order is right for what is exchanged where subjects both come and
// go, or where several of these change at once: inPassing tells, and the plan
// warns. A managed policy counts as one that allows, but for those of AWS that
// are known to deny.
func updateRole(before, after *trust.Role, adopt bool) (reduce, rest []Step) {
	name := before.Name
	set, gone := tagDifference(before.Tags, after.Tags)
	if adopt { // whose the role is must be on it before anything changes
		own := marks(set)
		reduce = append(reduce, TagRole{RoleName: name, Tags: own})
		for key := range own {
			delete(set, key)
		}
	}
	move := trustMove(before, after)
	entry := []Step{UpdateAssumeRolePolicy{RoleName: name, Trust: after.Trust}}
	if move == narrows { // nothing that fails may keep it from being done
		reduce = append(reduce, entry...)
	}
	boundary := boundaryStep(before, after)
	detachDenied, detachAllowed := byEffect(minus(before.Managed, after.Managed))
	attachDenied, attachAllowed := byEffect(minus(after.Managed, before.Managed))
	comes, goes := before.Boundary == "", after.Boundary == ""
	inline := compareInline(before, after)

	if comes {
		reduce = append(reduce, boundary...)
	}
	reduce = append(reduce, attach(name, attachDenied)...)
	reduce = append(reduce, detach(name, detachAllowed)...)
	reduce = append(reduce, inline.delete[allowing]...)
	reduce = append(reduce, inline.put[denying]...)
	reduce = append(reduce, inline.narrowed...)

	// What both allows and denies comes before others change, and goes after
	// that; but not beside a boundary, or people, who change as well.
	bulky := inline.size+inline.parting > trust.MaxInline
	exchange, parting := inline.changed, inline.delete[mixing]
	if !bulky {
		exchange = slices.Concat(inline.put[mixing], exchange)
	}
	if swapped := !comes && !goes && boundary != nil; swapped || move == mixes {
		rest, parting = parting, nil
	}
	if !comes && !goes {
		rest = append(rest, boundary...)
	}
	switch move {
	case mixes:
		rest = slices.Concat(rest, entry, exchange)
	case widens:
		rest = slices.Concat(rest, exchange, parting, entry)
	default:
		rest = slices.Concat(rest, exchange, parting)
	}

	lifted := append(inline.delete[denying], inline.lifted...)
	lifted = append(lifted, detach(name, detachDenied)...)
	if inline.size > trust.MaxInline { // no room for the old Deny beside what comes
		rest, lifted = append(rest, lifted...), nil
	}
	if bulky {
		rest = append(rest, inline.put[mixing]...)
	}
	rest = append(rest, inline.put[allowing]...)
	rest = append(rest, inline.widened...)
	rest = append(rest, attach(name, attachAllowed)...)
	if goes && !comes {
		rest = append(rest, boundary...)
	}
	rest = append(rest, lifted...)

	if before.Description != after.Description || before.MaxSession != after.MaxSession {
		rest = append(rest, UpdateRole{RoleName: name, Description: after.Description, MaxSession: after.MaxSession})
	}
	if len(gone) > 0 { // first, to make room: a role has fifty tags at most
		rest = append(rest, UntagRole{RoleName: name, Keys: gone})
	}
	if len(set) > 0 {
		rest = append(rest, TagRole{RoleName: name, Tags: set})
	}
	return reduce, rest
}

// move is what becomes of the set of those who may enter.
type move int

const (
	unmoved move = iota
	narrows      // some go, none come
	widens       // some come, none go
	mixes        // or it cannot be told
)

func trustMove(before, after *trust.Role) move {
	switch {
	case before.Trust.Equal(after.Trust):
		return unmoved
	case policy.Narrows(before.Trust, after.Trust):
		return narrows
	case policy.Narrows(after.Trust, before.Trust):
		return widens
	}
	return mixes
}

func boundaryStep(before, after *trust.Role) []Step {
	switch {
	case before.Boundary == after.Boundary:
		return nil
	case after.Boundary == "":
		return []Step{DeleteRolePermissionsBoundary{RoleName: before.Name}}
	default:
		return []Step{PutRolePermissionsBoundary{RoleName: before.Name, Boundary: after.Boundary}}
	}
}

// effect is what the statements of a policy do.
type effect int

const (
	allowing effect = iota
	denying
	mixing // both, or it cannot be told
)

func effectOf(d policy.Document) effect {
	if _, opaque := d.Opaque(); opaque {
		return mixing
	}
	denies := func(s policy.Statement) bool { return s.Effect == policy.Deny }
	switch {
	case !slices.ContainsFunc(d.Statements, denies):
		return allowing
	case slices.ContainsFunc(d.Statements, func(s policy.Statement) bool { return !denies(s) }):
		return mixing
	}
	return denying
}

// inlineWrites are the calls for inline policies, each kind sorted by name.
type inlineWrites struct {
	put, delete [3][]Step // by effect: of policies that come, that go
	narrowed    []Step    // puts of policies that change and allow less
	widened     []Step    // that allow more
	lifted      []Step    // that deny less
	changed     []Step    // that do other things
	size        int       // of the policies that stay or come and the Denies that go
	parting     int       // of those that go and both allow and deny
}

func compareInline(before, after *trust.Role) inlineWrites {
	var w inlineWrites
	for _, name := range sortedKeys(before.Inline) {
		if _, stays := after.Inline[name]; stays {
			continue
		}
		e := effectOf(before.Inline[name])
		w.delete[e] = append(w.delete[e], DeleteRolePolicy{RoleName: before.Name, PolicyName: name})
		switch size := policy.Size(before.Inline[name].String()); e {
		case denying:
			w.size += size
		case mixing:
			w.parting += size
		}
	}
	var denied []Step // of those that change, what took something away goes last
	for _, name := range sortedKeys(after.Inline) {
		now := after.Inline[name]
		w.size += policy.Size(now.String())
		was, had := before.Inline[name]
		put := PutRolePolicy{RoleName: before.Name, PolicyName: name, Document: now}
		switch {
		case !had:
			e := effectOf(now)
			w.put[e] = append(w.put[e], put)
		case was.Equal(now):
		case policy.Narrows(was, now):
			w.narrowed = append(w.narrowed, put)
		case !policy.Narrows(now, was) && effectOf(was) == allowing:
			w.changed = append(w.changed, put)
		case !policy.Narrows(now, was):
			denied = append(denied, put)
		case effectOf(was) == allowing:
			w.widened = append(w.widened, put)
		default:
			w.lifted = append(w.lifted, put)
		}
	}
	w.changed = append(w.changed, denied...)
	return w
}

// byEffect parts the managed policies that only deny from the others.
func byEffect(policies []trust.ARN) (denying, others []trust.ARN) {
	for _, arn := range policies {
		if access.OnlyDenies(string(arn)) {
			denying = append(denying, arn)
		} else {
			others = append(others, arn)
		}
	}
	return denying, others
}

func detach(role string, policies []trust.ARN) []Step {
	var steps []Step
	for _, arn := range policies {
		steps = append(steps, DetachRolePolicy{RoleName: role, Policy: arn})
	}
	return steps
}

func attach(role string, policies []trust.ARN) []Step {
	var steps []Step
	for _, arn := range policies {
		steps = append(steps, AttachRolePolicy{RoleName: role, Policy: arn})
	}
	return steps
}
