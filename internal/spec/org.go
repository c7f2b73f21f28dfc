package spec

import (
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/zclconf/go-cty/cty"
)

// org is a Pulumi organization: all org blocks of one name together.
type org struct {
	evaluator
	name      string
	attrs     hcl.Attributes // account, issuer, emit
	role, esc block
	settledAt *hcl.Range // the block that holds its settings
	blocks    []*environmentBlock
	defaults  map[*hcl.Attribute]value
}

// block is a block of attributes alone; its range is zero where it was not written.
type block struct {
	label   string
	at      hcl.Range
	labelAt hcl.Range
	attrs   hcl.Attributes
}

// environmentBlock is an environment block, decoded but not evaluated: with
// for_each it is several environments.
type environmentBlock struct {
	block
	trusts               []block
	accepts              []block
	role, esc, lifecycle block
}

func attributes(names ...string) []hcl.AttributeSchema {
	schema := make([]hcl.AttributeSchema, len(names))
	for i, name := range names {
		schema[i].Name = name
	}
	return schema
}

var (
	orgSchema = &hcl.BodySchema{
		Attributes: attributes("account", "issuer", "emit"),
		Blocks:     []hcl.BlockHeaderSchema{{Type: "role"}, {Type: "esc"}, {Type: "environment", LabelNames: []string{"name"}}},
	}
	environmentSchema = &hcl.BodySchema{
		Attributes: attributes("name", "for_each", "account", "subs", "except_subs", "emit"),
		Blocks: []hcl.BlockHeaderSchema{
			{Type: "trust"}, {Type: "role"}, {Type: "esc"}, {Type: "lifecycle"}, {Type: "accept", LabelNames: []string{"code"}},
		},
	}
	trustSchema   = &hcl.BodySchema{Attributes: attributes("subs", "except_subs", "audience")}
	roleDefaults  = attributes("path", "description", "max_session_duration", "permissions_boundary", "managed_policies", "inline_policies", "tags", "additional_trust")
	orgRoleSchema = &hcl.BodySchema{Attributes: roleDefaults}
	roleSchema    = &hcl.BodySchema{Attributes: append(attributes("name"), roleDefaults...)}
	escSchema     = &hcl.BodySchema{Attributes: attributes("duration", "session_name", "policy_arns", "subject_attributes", "login", "environment_variables", "imports", "values", "description")}
	lifeSchema    = &hcl.BodySchema{Attributes: attributes("prevent_destroy", "adopt", "overlap", "ignore_changes")}
	acceptSchema  = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "reason", Required: true}}}
	removedSchema = &hcl.BodySchema{Attributes: attributes("destroy")}
	testSchema    = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "role", Required: true}, {Name: "allow"}, {Name: "deny"}}}
)

// decode reads a block of attributes alone.
func (c *compiler) decode(b *hcl.Block, schema *hcl.BodySchema) block {
	content, diags := b.Body.Content(schema)
	c.reportAll(diags)
	d := block{at: b.DefRange, labelAt: b.DefRange, attrs: content.Attributes}
	if len(b.Labels) > 0 {
		d.label, d.labelAt = b.Labels[0], b.LabelRanges[0]
	}
	return d
}

// decodeOnce is decode for a block that may be written once in its parent.
func (c *compiler) decodeOnce(into *block, b *hcl.Block, schema *hcl.BodySchema) {
	if into.attrs != nil {
		c.report.add(mistakef(b.DefRange, "Repeated block", "A %s block stands at %s already. Put the settings into one.", b.Type, place(into.at)), "")
		return
	}
	*into = c.decode(b, schema)
}

func (c *compiler) reportAll(diags hcl.Diagnostics) {
	for _, d := range diags {
		c.report.add(d, "")
	}
}

// tooEarly answers role_arn in the first pass.
func tooEarly(string) (string, error) {
	return "", errors.New("the names, accounts and paths of all roles must be known before one can be asked for its ARN, so they cannot depend on it")
}

// decodeOrgs gathers the org blocks by name: an organization may be written
// again, in any file, with only environments in it.
func (c *compiler) decodeOrgs() {
	for _, b := range c.orgs {
		name := b.Labels[0]
		if err := subject.CheckOrg(name); err != nil {
			c.report.add(mistakef(b.LabelRanges[0], "Invalid organization", "%s.", sentence(err.Error())), "")
		}
		o := c.orgNamed[name]
		if o == nil {
			o = &org{name: name, defaults: map[*hcl.Attribute]value{}}
			o.evaluator = evaluator{scope: c.scope.in(name).withRoleARNs(tooEarly), report: c.report}
			c.orgNamed[name] = o
			c.orgList = append(c.orgList, o)
		}
		c.decodeOrg(o, b)
	}
}

func (c *compiler) decodeOrg(o *org, b *hcl.Block) {
	content, diags := b.Body.Content(orgSchema)
	c.reportAll(diags)
	var settings bool
	for _, nested := range content.Blocks {
		if nested.Type == "environment" {
			o.blocks = append(o.blocks, c.decodeEnvironment(nested))
		} else {
			settings = true
		}
	}
	if !settings && len(content.Attributes) == 0 {
		return
	}
	if o.settledAt != nil {
		c.report.add(mistakef(b.DefRange, "Settings of an organization in two places",
			"The settings of organization %q stand at %s. An org block that is written again holds environments alone: move account, issuer, emit, role and esc there.", o.name, place(*o.settledAt)), "")
		return
	}
	o.settledAt = &b.DefRange
	o.attrs = content.Attributes
	for _, nested := range content.Blocks {
		switch nested.Type {
		case "role":
			c.decodeOnce(&o.role, nested, orgRoleSchema)
		case "esc":
			c.decodeOnce(&o.esc, nested, escSchema)
		}
	}
}

func (c *compiler) decodeEnvironment(b *hcl.Block) *environmentBlock {
	content, diags := b.Body.Content(environmentSchema)
	c.reportAll(diags)
	e := &environmentBlock{block: block{label: b.Labels[0], at: b.DefRange, labelAt: b.LabelRanges[0], attrs: content.Attributes}}
	for _, nested := range content.Blocks {
		switch nested.Type {
		case "trust":
			e.trusts = append(e.trusts, c.decode(nested, trustSchema))
		case "accept":
			e.accepts = append(e.accepts, c.decode(nested, acceptSchema))
		case "role":
			c.decodeOnce(&e.role, nested, roleSchema)
		case "esc":
			c.decodeOnce(&e.esc, nested, escSchema)
		case "lifecycle":
			c.decodeOnce(&e.lifecycle, nested, lifeSchema)
		}
	}
	return e
}

// get is a default of the organization, evaluated once.
func (o *org) get(a *hcl.Attribute, want cty.Type) value {
	v, done := o.defaults[a]
	if !done {
		v = o.eval(a, want)
		o.defaults[a] = v
	}
	return v
}
