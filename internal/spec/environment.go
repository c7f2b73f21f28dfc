package spec

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
)

// environment is one declared environment: its role and its file.
type environment struct {
	evaluator
	c     *compiler
	org   *org
	block *environmentBlock

	// From the first pass.
	id       subject.Environment
	known    bool // id is
	account  *Account
	issuer   *Issuer
	roleName string
	rolePath string
	attrs    []subject.Attribute // of its login
	attrsOK  bool
	emit     bool
}

// maxEnvironments bounds what a for_each can make of a few lines. An account
// holds 10,000 roles at most.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxEnvironments = 20_000

// instances are the environments that one block declares: one, or with
// for_each one for every element.
func (c *compiler) instances(o *org, b *environmentBlock) []*environment {
	declare := func(each map[string]cty.Value, note string) *environment {
		return &environment{evaluator: evaluator{scope: o.scope, each: each, note: note, report: c.report}, c: c, org: o, block: b}
	}
	attr := b.attrs["for_each"]
	if attr == nil {
		if len(c.all) >= maxEnvironments {
			c.guessing = true
			c.report.add(mistakef(b.at, "Too many environments", "One configuration takes %d environments. Divide it into stacks.", maxEnvironments), "")
			return nil
		}
		return []*environment{declare(nil, "")}
	}
	instances, unknown, diags := o.scope.forEach(attr.Expr)
	c.reportAll(diags)
	c.guessing = c.guessing || unknown
	if unknown && !diags.HasErrors() {
		each := cty.ObjectVal(map[string]cty.Value{"key": cty.UnknownVal(cty.String), "value": cty.DynamicVal})
		return []*environment{declare(map[string]cty.Value{"each": each}, "")}
	}
	if len(c.all)+len(instances) > maxEnvironments {
		c.guessing = true
		c.report.add(mistakef(attr.Expr.Range(), "Too many environments",
			"With the %d of this for_each there would be %d environments, and one configuration takes %d. Divide it into stacks.", len(instances), len(c.all)+len(instances), maxEnvironments), "")
		return nil
	}
	list := make([]*environment, 0, len(instances))
	for _, i := range instances {
		list = append(list, declare(i.extra, fmt.Sprintf(" (each.key is %q.)", i.key)))
	}
	return list
}

// identify is the first pass over an environment.
func (e *environment) identify() {
	name, ok := e.text(e.get(layered{own: e.block.attrs}, "name", cty.String), e.block.label)
	if !ok {
		e.c.guessing = true
	} else {
		e.id, e.known = e.parseName(name)
	}
	orDefault := layered{own: e.block.attrs, base: e.org.attrs}
	e.account = e.findAccount(e.get(orDefault, "account", cty.DynamicPseudoType))
	e.issuer = e.findIssuer(e.get(layered{base: e.org.attrs}, "issuer", cty.DynamicPseudoType))
	e.emit, _ = e.flag(e.get(orDefault, "emit", cty.Bool), true)
	e.identifyRole()
	e.attrs, e.attrsOK = e.subjectAttributes()
}

// nameAt is where the environment's name stands.
func (e *environment) nameAt() hcl.Range {
	if a := e.block.attrs["name"]; a != nil {
		return a.Expr.Range()
	}
	return e.block.labelAt
}

func (e *environment) parseName(name string) (subject.Environment, bool) {
	var err error
	var id subject.Environment
	if strings.Count(name, "/") != 1 {
		err = fmt.Errorf("%q is not an environment's name: write project/environment, as Pulumi ESC spells it; the organization is the org block's", name)
	} else {
		id, err = subject.ParseEnvironment(e.org.name + "/" + name)
		if subject.CheckOrg(e.org.name) != nil {
			return id, false // said at the org block
		}
	}
	if err != nil {
		e.problem(mistakef(e.nameAt(), "Invalid environment name", "%s.", sentence(err.Error())))
		return id, false
	}
	return id, true
}

// String is org/project/environment, or what is known of it.
func (e *environment) String() string {
	if e.known {
		return e.id.String()
	}
	return e.org.name + "/" + e.block.label
}

// roleARN is the ARN of the environment's role.
func (e *environment) roleARN() trust.ARN {
	return trust.RoleARN(e.account.Partition, e.accountID(), e.rolePath, e.roleName)
}

func (e *environment) accountID() trust.AccountID {
	if e.account.ID == "" {
		return placeholderAccount
	}
	return e.account.ID
}

// refuseDuplicates indexes the environments, and refuses two of one name and
// two roles of one name in an account: letter case does not tell them apart.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
func (c *compiler) refuseDuplicates() {
	folded := map[string]*environment{}
	type role struct{ account, name string }
	roles := map[role]*environment{}
	for _, e := range c.all {
		if !e.known {
			continue
		}
		fold := strings.ToLower(e.id.String())
		if first := folded[fold]; first != nil {
			e.problem(mistakef(e.nameAt(), "Duplicate environment",
				"Environment %s is declared at %s already%s. Every environment has one role and one file.", e, place(first.block.at), otherwiseSpelled(e.id.String(), first.id.String())))
			continue
		}
		folded[fold] = e
		c.declared[e.id.String()] = e
		if e.account == nil || e.roleName == "" {
			continue
		}
		key := role{e.account.Name, strings.ToLower(e.roleName)}
		if first := roles[key]; first != nil {
			e.problem(mistakef(e.roleNameAt(), "Duplicate role name",
				"Role %s of account %s is that of environment %s already, declared at %s%s. IAM does not tell names apart by letter case. Give one of them another role name.",
				e.roleName, e.account.Name, first, place(first.block.at), otherwiseSpelled(e.roleName, first.roleName)))
			continue
		}
		roles[key] = e
	}
}

func otherwiseSpelled(a, b string) string {
	if a == b {
		return ""
	}
	return fmt.Sprintf(", spelled %s", b)
}
