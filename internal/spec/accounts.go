package spec

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
)

var accountSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{
		{Name: "id", Required: true}, {Name: "name"}, {Name: "for_each"}, {Name: "partition"},
		{Name: "region"}, {Name: "profile"}, {Name: "tags"},
	},
	Blocks: []hcl.BlockHeaderSchema{{Type: "assume_role"}},
}

var assumeRoleSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "role_arn", Required: true}, {Name: "external_id"}, {Name: "session_name"}, {Name: "duration"}},
}

var (
	accountName = grammar.Sized(1, 64, `^[A-Za-z0-9][\w.-]*$`)
	partition   = grammar.Of(`^aws(-[a-z]+)*$`)
	region      = grammar.Of(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	roleARN     = grammar.Of(`^arn:(aws(?:-[a-z]+)*):iam::([0-9]{12}):role/[\x21-\x7e]+$`)
	externalID  = grammar.Sized(2, 1224, `^[\w+=,.@:/-]+$`)
	sessionName = grammar.Sized(2, 64, `^[\w+=,.@-]+$`)
	anyText     = grammar.Of(`^[^\x00-\x1f\x7f]+$`)
)

// accounts evaluates account blocks. What they make is in module.accounts,
// and as values in the scope.
type accounts struct {
	scope *scope
	all   []Account
	ids   map[trust.AccountID]string // the account that has it
	named map[string]hcl.Range
}

// node is one account block, as a node of the graph.
func (a *accounts) node(block *hcl.Block) (*node, hcl.Diagnostics) {
	content, diags := block.Body.Content(accountSchema)
	label := block.Labels[0]
	n := &node{name: name{kindAccount, label}, at: block.DefRange, each: content.Attributes["for_each"] != nil}
	for _, attr := range sorted(content.Attributes) {
		n.exprs = append(n.exprs, attr.Expr)
	}
	assume, d := onlyBlock(content.Blocks, "assume_role")
	diags = append(diags, d...)
	var role *hcl.BodyContent
	if assume != nil {
		role, d = assume.Body.Content(assumeRoleSchema)
		diags = append(diags, d...)
		for _, attr := range sorted(role.Attributes) {
			n.exprs = append(n.exprs, attr.Expr)
		}
	}
	n.evaluate = func() hcl.Diagnostics {
		v, d := a.evaluate(block, label, content, role)
		a.scope.values[n.name] = v
		return d
	}
	return n, diags
}

func (a *accounts) evaluate(block *hcl.Block, label string, content *hcl.BodyContent, role *hcl.BodyContent) (cty.Value, hcl.Diagnostics) {
	forEach := content.Attributes["for_each"]
	if forEach == nil {
		return a.one(block, label, nil, content, role)
	}
	instances, unknown, diags := a.scope.forEach(forEach.Expr)
	if unknown {
		a.scope.partial, a.scope.fleets = true, false
		return cty.DynamicVal, diags
	}
	fleet := map[string]cty.Value{}
	for _, i := range instances {
		v, d := a.one(block, i.key, i.extra, content, role)
		diags = append(diags, d...)
		fleet[i.key] = v
		// account["its own name"] works beside account.label["key"].
		a.scope.fleet[v.GetAttr("name").AsString()] = v
	}
	return cty.ObjectVal(fleet), diags
}

// one evaluates an account, or one instance of a fleet.
func (a *accounts) one(block *hcl.Block, name string, extra map[string]cty.Value, content, role *hcl.BodyContent) (cty.Value, hcl.Diagnostics) {
	r := &reader{scope: a.scope, extra: extra}
	attrs := content.Attributes
	at := block.DefRange
	if attr := attrs["name"]; attr != nil {
		at = attr.Expr.Range()
		if s, ok := r.text(attr); ok {
			name = s
		}
	}
	if !accountName.MatchString(name) {
		r.mistake(at, "Invalid account name", "%q is not an account's name: letters, digits, _ . and -, up to 64, with a letter or digit first.", name)
	} else if before, ok := a.named[name]; ok {
		r.mistake(at, "Duplicate account", "An account named %q was already declared at %s.", name, place(before))
	} else {
		a.named[name] = at
	}
	account := Account{
		Account: trust.Account{
			ID:        trust.AccountID(r.matching(attrs["id"], policy.IsAccountID, "an AWS account id has twelve digits, in quotes since leading zeros count")),
			Name:      name,
			Partition: r.matching(attrs["partition"], partition.MatchString, `"aws", "aws-cn" or "aws-us-gov" is meant`),
		},
		Region:  r.matching(attrs["region"], region.MatchString, `a region is spelled like "eu-central-1"`),
		Profile: r.matching(attrs["profile"], anyText.MatchString, "a profile's name has no control characters"),
		Tags:    r.tags(attrs["tags"]),
		Pos:     a.scope.pos(block.DefRange),
	}
	if account.Partition == "" {
		account.Partition = "aws"
	}
	if p := trust.PartitionOf(account.Region); account.Region != "" && account.Partition != "" && p != account.Partition {
		r.mistake(attrs["region"].Expr.Range(), "Invalid region", "%q is a region of the partition %q, and the account is in %q.", account.Region, p, account.Partition)
	}
	if role != nil {
		account.AssumeRole = r.assumeRole(role, account)
	}
	id := cty.UnknownVal(cty.String)
	if account.ID != "" {
		id = cty.StringVal(string(account.ID))
		if before, ok := a.ids[account.ID]; ok {
			r.mistake(attrs["id"].Expr.Range(), "Duplicate account id", "Account %q has this id too: each AWS account is declared once.", before)
		} else {
			a.ids[account.ID] = name
		}
	}
	a.all = append(a.all, account)
	return cty.ObjectVal(map[string]cty.Value{
		"name": cty.StringVal(name), "id": id,
		"partition": cty.StringVal(account.Partition), "region": cty.StringVal(account.Region),
	}), r.diags
}

// assumeRole is the role to assume in the account: an external id is a secret
// to some, so sensitive values may be used.
func (r *reader) assumeRole(content *hcl.BodyContent, in Account) *AssumeRole {
	secret := &reader{scope: r.scope, extra: r.extra, secret: true}
	attrs := content.Attributes
	role := &AssumeRole{
		RoleARN:     secret.matching(attrs["role_arn"], roleARN.MatchString, "a role's ARN is arn:PARTITION:iam::ACCOUNT:role/NAME"),
		ExternalID:  secret.matching(attrs["external_id"], externalID.MatchString, "an external id has 2 to 1224 letters, digits and + = , . @ : / - _"),
		SessionName: secret.matching(attrs["session_name"], sessionName.MatchString, "a session's name has 2 to 64 letters, digits and + = , . @ - _"),
		Duration:    secret.duration(attrs["duration"], 15*time.Minute, 12*time.Hour),
	}
	if m := roleARN.Regexp().FindStringSubmatch(role.RoleARN); m != nil {
		if m[1] != in.Partition {
			secret.mistake(attrs["role_arn"].Expr.Range(), "Invalid role_arn", "The role is in another partition than the account, which is in %q.", in.Partition)
		} else if in.ID != "" && m[2] != string(in.ID) {
			secret.mistake(attrs["role_arn"].Expr.Range(), "Invalid role_arn", "The role is in another account than %s: a session of it could not work on this one.", in.ID)
		}
	}
	r.diags = append(r.diags, secret.diags...)
	return role
}

// onlyBlock is the block of a type of which there may be one.
func onlyBlock(blocks hcl.Blocks, kind string) (*hcl.Block, hcl.Diagnostics) {
	var only *hcl.Block
	var diags hcl.Diagnostics
	for _, b := range blocks {
		switch {
		case b.Type != kind:
		case only == nil:
			only = b
		default:
			diags = append(diags, mistake(b.DefRange, "Duplicate "+kind+" block", fmt.Sprintf("A %s block was already given at %s.", kind, place(only.DefRange))))
		}
	}
	return only, diags
}

// checkLabel holds a block's label to the rule of names that are referred to.
func checkLabel(block *hcl.Block) *hcl.Diagnostic {
	if hclsyntax.ValidIdentifier(block.Labels[0]) {
		return nil
	}
	return mistake(block.LabelRanges[0], "Invalid name", fmt.Sprintf("%q is not a name: a letter comes first, then letters, digits, _ and -.", block.Labels[0]))
}
