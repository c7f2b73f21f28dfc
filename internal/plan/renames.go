package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// formerly is the resource address that a live role has by the environment
// that its tag names, "" where it names none.
func formerly(live *trust.Role) string {
	org, project, env, ok := trust.SplitEnvironment(environmentOf(live))
	if !ok {
		return ""
	}
	return TypeRole + "." + org + index(project+"/"+env)
}

// moved notes that a role serves another environment than before: the
// environment was renamed, or the role is used for another one.
func (c *comparison) moved(ch *Change, d *trust.Role) {
	was := environmentOf(ch.Before.Role)
	still := func(r trust.Role) bool { return r.Account == d.Account && r.Environment == was }
	if was != d.Environment && (ch.Action == Update || ch.Action == Replace) && !slices.ContainsFunc(c.desired.Roles, still) {
		ch.Previous = formerly(ch.Before.Role)
	}
}

// renames asks whether an environment was renamed whose role gets another name
// by that, and so is deleted and made anew. It may have been where one comes
// with the very permissions and the same rules for its subjects as one that
// goes, both the only such in their account and organization, and the two share
// the project or the name.
func (c *comparison) renames() {
	type kind struct {
		account     trust.AccountID
		org         string
		permissions trust.Fingerprint
		rules       string
	}
	come, leave := map[kind][]*trust.Role{}, map[kind][]*trust.Role{}
	for _, ch := range c.plan.Changes {
		if ch.Address.Kind != trust.KindRole || ch.Action != Create && ch.Action != Delete {
			continue
		}
		r, side := ch.object().Role, come
		if ch.Action == Delete {
			side = leave
		}
		org, _, _, _ := trust.SplitEnvironment(environmentOf(r))
		k := kind{r.Account, org, permissions(r), rules(r)}
		side[k] = append(side[k], r)
	}
	for k, comers := range come {
		if len(comers) != 1 || len(leave[k]) != 1 || !akin(comers[0], leave[k][0]) {
			continue
		}
		is, was := comers[0], leave[k][0]
		c.hinted[was.Address()] = true
		c.warn(is.Address(), trust.Pos{}, "Was an environment renamed?",
			fmt.Sprintf("Role %s of %s goes, and %s comes for %s, with the same permissions. If these are two environments, all is well. If it is one that got another name, write role { name = %q } in it: the role then stays, and only its marks and its trust change.", was.Name, environmentOf(was), is.Name, is.Environment, was.Name))
	}
}

// akin says whether two environments share the project or the name, and are two.
func akin(a, b *trust.Role) bool {
	_, project, name, _ := trust.SplitEnvironment(environmentOf(a))
	_, project2, name2, ok := trust.SplitEnvironment(environmentOf(b))
	return ok && (project == project2) != (name == name2) // both: its role was given another name
}

// rules are a role's trust policy without the environment's own name.
func rules(r *trust.Role) string {
	_, project, name, _ := trust.SplitEnvironment(environmentOf(r))
	return strings.ReplaceAll(r.Trust.Canonical().String(), project+"/"+name, "\x00")
}

// permissions stand for what a role may do and for how long.
func permissions(r *trust.Role) trust.Fingerprint {
	return trust.Role{Boundary: r.Boundary, MaxSession: r.MaxSession, Managed: r.Managed, Inline: r.Inline}.Fingerprint()
}

// object is what a change is about: as it will be, or, of what goes, as it is.
func (c Change) object() *Object {
	if c.After != nil {
		return c.After
	}
	return c.Before
}

// strangers warns where all of the stack's roles in an account would go, and
// others come: another configuration seems to have the same stack name.
func (c *comparison) strangers() {
	if c.o.Mode != ModeApply || c.scope.limited() {
		return
	}
	declared := map[string]bool{}
	for _, r := range c.desired.Roles {
		declared[r.Environment] = true
	}
	for _, a := range c.plan.Accounts {
		var foreign []string
		comes, kept := false, false
		for _, ch := range c.plan.Changes {
			if ch.Address.Kind != trust.KindRole || ch.Address.Account != a.ID {
				continue
			}
			switch {
			case ch.Action == Delete && !c.hinted[ch.Address] && !declared[environmentOf(ch.Before.Role)]:
				foreign = append(foreign, environmentOf(ch.Before.Role))
			case ch.Action == Create:
				comes = true
			case ch.Action != Adopt && ch.Action != Delete:
				kept = true
			}
		}
		if len(foreign) > 0 && comes && !kept {
			slices.Sort(foreign)
			c.problem(Problem{Severity: Warning, Summary: "Another configuration with this stack's name?",
				Detail: fmt.Sprintf("Account %s holds roles of stack %q, and this configuration declares none of them: %s. If another configuration manages those, give one of the two another stack name before anything is applied.", accountName(a), c.o.Stack, few(foreign, 10))})
		}
	}
}
