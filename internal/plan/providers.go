package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// providers compares the OIDC providers, after the roles: what may be taken
// from one depends on the roles that stay in its account.
//
// A provider is shared. On one that another made we write nothing but our
// audiences and their marks; from any we take only audiences that carry our
// mark and that no role in the account needs.
func (c *comparison) providers() {
	for _, p := range pairs(c.desired.Providers, c.current.Providers) {
		if _, ok := c.read[p.address.Account]; !ok {
			continue
		}
		d, live := p.desired, p.live
		if c.o.Mode == ModeDestroy {
			d = nil
		}
		if d == nil && (live == nil || !live.TouchedBy(c.o.Stack)) {
			c.strangersProvider(live)
			continue
		}
		ch := Change{Address: p.address}
		if p.desired != nil {
			ch.Resource = c.providerResource(p.desired)
		} else {
			ch.Resource = c.providerResource(live)
		}
		if !c.providerInScope(ch.Resource, d) {
			continue
		}
		u, unread := c.unread[p.address]
		switch {
		case live != nil:
			c.liveProvider(&ch, d, live)
		case unread:
			c.unreadProvider(&ch, d, u)
		default:
			ch.Action, ch.After = Create, &Object{Provider: cleanProvider(d)}
		}
		c.checkProvider(&ch, d)
		c.change(ch)
	}
}

// providerInScope: under -target and -exclude a provider comes along with any
// role that trusts it.
func (c *comparison) providerInScope(resource string, d *trust.OIDCProvider) bool {
	if !c.scope.limited() || c.scope.includes(resource) && len(c.scope.targets) > 0 {
		return true
	}
	if d == nil || anyMatch(c.scope.excludes, []string{resource}) {
		return false
	}
	for _, ch := range c.plan.Changes {
		if ch.Address.Kind == trust.KindRole && ch.Address.Account == d.Account && ch.After != nil && ch.After.Role.Trust.Trusts(string(d.ARN)) {
			return true
		}
	}
	return false
}

// strangersProvider keeps in the plan, as it is, a provider that carries no
// mark of ours and that a role of the plan trusts: what that role admits rests
// on it.
func (c *comparison) strangersProvider(live *trust.OIDCProvider) {
	if live == nil || c.scope.limited() {
		return
	}
	for _, ch := range c.plan.Changes {
		if r := ch.object().Role; r != nil && r.Account == live.Account && r.Trust.Trusts(string(live.ARN)) {
			c.change(Change{Address: live.Address(), Resource: c.providerResource(live), Action: NoOp, Before: &Object{Provider: cleanProvider(live)}})
			return
		}
	}
}

func cleanProvider(p *trust.OIDCProvider) *trust.OIDCProvider {
	out := *p
	out.ClientIDs, out.Thumbprints = sorted(p.ClientIDs), sorted(p.Thumbprints)
	out.Tags = maps.Clone(p.Tags)
	if out.Tags == nil {
		out.Tags = map[string]string{}
	}
	out.Source = nil
	return &out
}

// liveProvider compares a provider that is there; d is nil where nothing
// declared needs it.
func (c *comparison) liveProvider(ch *Change, d, live *trust.OIDCProvider) {
	before, after := cleanProvider(live), cleanProvider(live)
	ours := live.Stack() == c.o.Stack
	if d != nil {
		c.addAudiences(d, live, after)
		c.ownFields(d, live, after, ours)
	}
	forgotten := false
	if c.read[live.Account].Complete && !c.scope.limited() {
		for _, key := range sortedKeys(live.Tags) {
			audience, is := strings.CutPrefix(key, trust.TagAudiencePrefix)
			if is && live.Tags[key] == c.o.Stack && (d == nil || !slices.Contains(d.ClientIDs, audience)) {
				c.releaseAudience(ch, live, after, audience)
			}
		}
		if d == nil && ours {
			if c.releaseProvider(ch, live, after) {
				ch.Action, ch.Before, ch.Reason = Delete, &Object{Provider: before}, "nothing needs it any more"
				return
			}
			forgotten = after.Stack() != c.o.Stack
		}
	}
	ch.Before, ch.After = &Object{Provider: before}, &Object{Provider: after}
	ch.Fields = providerFields(before, after)
	switch {
	case len(ch.Fields) == 0:
		ch.Action = NoOp
	case forgotten:
		ch.Action, ch.Reason = Forget, "others need it"
	default:
		ch.Action = Update
	}
}

// addAudiences adds the declared audiences that are missing, each with our
// mark. One that is there already without a mark is somebody else's: it stays
// unmarked, so that we never take it away.
func (c *comparison) addAudiences(d, live, after *trust.OIDCProvider) {
	for _, audience := range sorted(d.ClientIDs) {
		if !slices.Contains(live.ClientIDs, audience) {
			after.ClientIDs = sorted(append(after.ClientIDs, audience))
			if mark := trust.AudienceMark(audience); after.Tags[mark] == "" { // else another stack is about to add it
				after.Tags[mark] = c.o.Stack
			}
		}
	}
}

// ownFields sets what only the stack that made a provider writes.
func (c *comparison) ownFields(d, live, after *trust.OIDCProvider, ours bool) {
	pinned := sorted(d.Thumbprints)
	differ := pinned != nil && !slices.Equal(pinned, after.Thumbprints)
	if !ours {
		if differ {
			c.warn(d.Address(), d.Source["thumbprints"], "Thumbprints of a shared provider are not ours to change",
				fmt.Sprintf("Provider %s was not made by stack %q and has other thumbprints than the configuration pins. They are left as they are.", live.ARN, c.o.Stack))
		}
		return
	}
	if differ {
		after.Thumbprints = pinned
	}
	for key := range live.Tags {
		if _, declared := d.Tags[key]; !declared && !trust.IsMark(key) && !c.o.IgnoreTags.match(key) {
			delete(after.Tags, key)
		}
	}
	for key, value := range d.Tags {
		if !trust.IsMark(key) && !c.o.IgnoreTags.match(key) {
			after.Tags[key] = value
		}
	}
}

// releaseAudience takes away an audience that we added, unless a role that
// stays may use it: then it stays, and its mark goes to that role's stack.
func (c *comparison) releaseAudience(ch *Change, live, after *trust.OIDCProvider, audience string) {
	mark := trust.AudienceMark(audience)
	needs := func(r *trust.Role) bool { return r.Trust.MayUseAudience(string(live.ARN), audience) }
	heir, names, oursToo := c.heir(live.Account, needs)
	switch {
	case oursToo:
	case len(names) == 0:
		after.ClientIDs = slices.DeleteFunc(after.ClientIDs, func(id string) bool { return id == audience })
		delete(after.Tags, mark)
	case heir != "":
		after.Tags[mark] = heir
		c.warn(ch.Address, trust.Pos{}, "An audience stays for others",
			fmt.Sprintf("This stack needs the audience %q no longer, but %s may use it. It stays, and its mark goes to stack %q.", audience, list("role", names), heir))
	default:
		delete(after.Tags, mark)
		c.warn(ch.Address, trust.Pos{}, "An audience stays for others",
			fmt.Sprintf("This stack needs the audience %q no longer, but %s may use it. It stays, and its mark is dropped.", audience, list("role", names)))
	}
}

// releaseProvider says whether a provider that we made can be deleted. If it
// can't, its mark goes to another stack that uses it, or is dropped.
func (c *comparison) releaseProvider(ch *Change, live, after *trust.OIDCProvider) bool {
	heir, names, oursToo := c.heir(live.Account, func(r *trust.Role) bool { return r.Trust.Trusts(string(live.ARN)) })
	if oursToo {
		return false
	}
	if len(names) == 0 && len(after.ClientIDs) == 0 {
		return true
	}
	if heir == "" {
		for _, key := range sortedKeys(after.Tags) {
			if strings.HasPrefix(key, trust.TagAudiencePrefix) {
				heir = after.Tags[key]
				break
			}
		}
	}
	var who []string
	if len(names) > 0 {
		who = append(who, list("role", names)+" trusts it")
	}
	if len(after.ClientIDs) > 0 {
		who = append(who, list("audience", after.ClientIDs)+" is left on it")
	}
	fate := "dropped"
	delete(after.Tags, trust.TagStack)
	if heir != "" {
		after.Tags[trust.TagStack] = heir
		fate = fmt.Sprintf("given to stack %q", heir)
	}
	c.warn(ch.Address, trust.Pos{}, "The provider stays for others",
		fmt.Sprintf("This stack made provider %s and needs it no longer, but %s. It stays, and the stack's mark is %s.", live.ARN, strings.Join(who, ", and "), fate))
	return false
}

// heir looks for the roles that need something: names of those that are not
// ours, the first stack among theirs, and whether a role of ours does. A copy
// of a role, tags and all, is nobody's.
func (c *comparison) heir(account trust.AccountID, needs func(*trust.Role) bool) (stack string, names []string, ours bool) {
	for _, r := range c.staying[account] {
		switch {
		case !needs(r):
		case r.MarkedBy(c.o.Stack):
			return "", nil, true
		default:
			names = append(names, r.Name)
			if s := r.Stack(); s != "" && r.MarkedBy(s) && (stack == "" || s < stack) {
				stack = s
			}
		}
	}
	slices.Sort(names)
	return stack, names, false
}

// list names a few things and counts the rest.
func list(noun string, names []string) string {
	if stem, y := strings.CutSuffix(noun, "y"); len(names) != 1 && y {
		noun = stem + "ies"
	} else if len(names) != 1 {
		noun += "s"
	}
	return noun + " " + few(names, 3)
}

// few are the first names, and the number of the others.
func few(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// checkProvider refuses what IAM would refuse half-way: marks that can't be
// tags, too many of them, too many client ids.
func (c *comparison) checkProvider(ch *Change, d *trust.OIDCProvider) {
	if ch.After == nil || ch.Action == NoOp {
		return
	}
	var pos trust.Pos
	if d != nil {
		pos = d.Source[""]
	}
	after := ch.After.Provider
	tags := after.Tags
	for _, audience := range after.ClientIDs {
		mark := trust.AudienceMark(audience)
		if _, marked := tags[mark]; marked && (len([]rune(mark)) > trust.MaxTagKey || !trust.IsTagText(mark)) {
			c.refuse(ch, pos, "The audience cannot be marked",
				fmt.Sprintf("trustctl marks each audience it adds with a tag, and %q is no tag key that IAM takes: at most %d letters, digits, blanks and _.:/=+-@. Use another audience, or add this one to the provider yourself.", mark, trust.MaxTagKey))
		}
	}
	if ch.Before != nil {
		tags = union(ch.Before.Provider.Tags, tags) // marks are written first and taken off last
	}
	if len(tags) > trust.MaxTags {
		c.refuse(ch, pos, "Too many tags",
			fmt.Sprintf("Provider %s would have %d tags with a mark for each audience; IAM takes %d.", after.ARN, len(tags), trust.MaxTags))
	}
	if len(after.ClientIDs) > trust.MaxClientIDs {
		c.refuse(ch, pos, "Too many audiences",
			fmt.Sprintf("Provider %s would have %d client ids; IAM takes %d.", after.ARN, len(after.ClientIDs), trust.MaxClientIDs))
	}
}
