// Package spec reads a trustctl configuration, HCL or its JSON form, and
// compiles it to the desired trust.State, with a diagnostic and a source range
// for every mistake. It reads files below one folder and nothing else: no
// network, no AWS, no code of the configuration's runs.
package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// module is a configuration read and parsed, with everything that may be
// referred to already evaluated: variables, locals, issuers and accounts. The
// org, removed and test blocks are still bodies, which compile decodes.
type module struct {
	settings Settings
	accounts []Account // in source order, for_each instances by key
	issuers  []Issuer  // with the built-in "pulumi"
	orgs     []*hcl.Block
	removed  []*hcl.Block
	tests    []*hcl.Block
	scope    *scope
	dir      string
	digest   string
}

// scope evaluates expressions with the configuration's variables, locals,
// accounts, issuers and functions.
//
//	func (s *scope) eval(expr hcl.Expression, want cty.Type, extra map[string]cty.Value) (cty.Value, hcl.Diagnostics)
//	    evaluates, converts to want (cty.DynamicPseudoType: as it is), unknown allowed only when s.partial;
//	    extra are further variables ("each"); org is the enclosing organisation for env_sub and deploy_sub ("" outside)
//	func (s *scope) in(org string) *scope               // the same scope inside an org block
//	func (s *scope) roleARNs(f func(environment string) (string, error))  // what role_arn() answers, set by compile before it evaluates what may call it
//	func (s *scope) sensitive(v cty.Value) bool          // marked sensitive, anywhere in it
//	func (s *scope) body(b hcl.Body, schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics)
//	func (s *scope) repeatedKeys(expr hcl.Expression) hcl.Diagnostics  // a key given twice in an object constructor (front calls it over all files itself)
//	func (s *scope) pos(r hcl.Range) trust.Pos
//
// Account and issuer values as seen by expressions: account.prod is an object
// of exactly name, id, partition, region; issuer.pulumi an object of name, url.
//
// An esc_ref("a.b") is, inside a string, escRefOpen + "a.b" + escRefClose:
// two Unicode non-characters that no configuration text may hold.
const (
	escRefOpen  = "\uFDD0"
	escRefClose = "\uFDD1"
)

var _ = cty.NilVal
