package lint

import "slices"

// Rule is one kind of finding. Its code never changes its meaning;
// docs/findings has a page for each.
type Rule struct {
	Code     string
	Severity Severity // the gravest that its findings have
	Summary  string   // short and constant
	// Live is set where the rule compares what is declared with what is there,
	// and so says nothing without that.
	Live bool
}

// Page is where the rule's page is, below the project's folder.
func (r Rule) Page() string { return "docs/findings/" + r.Code + ".md" }

// Rules are all rules, by code: TRUST1xx is who gets in, TRUST2xx what cannot
// work, TRUST3xx hygiene.
func Rules() []Rule {
	return []Rule{
		{Code: noSubject, Severity: Error, Summary: "The subject is not tested"},
		{Code: otherOrg, Severity: Error, Summary: "Another organization gets in"},
		{Code: openAudience, Severity: Error, Summary: "The audience is open"},
		{Code: otherFamily, Severity: Warning, Summary: "Another kind of token gets in"},
		{Code: otherProject, Severity: Warning, Summary: "Another project gets in"},
		{Code: everyEnvironment, Severity: Warning, Summary: "Every environment gets in"},
		{Code: trueWhenMissing, Severity: Error, Summary: "A condition holds when its key is missing"},
		{Code: yamlSubject, Severity: Warning, Summary: "The subject of every stack's environment gets in"},
		{Code: insideName, Severity: Warning, Summary: "A pattern ends inside a name"},
		{Code: openPrincipal, Severity: Error, Summary: "Another principal without a condition"},
		{Code: newOrg, Severity: Warning, Summary: "An organization new to the account", Live: true},
		{Code: strayMark, Severity: Error, Summary: "A mark on a role that is not ours", Live: true},
		{Code: otherProvider, Severity: Error, Summary: "Another identity provider without a test of the subject"},
		{Code: undecided, Severity: Warning, Summary: "Not decided"},
		{Code: ownRefused, Severity: Error, Summary: "The environment's own token is refused"},
		{Code: deadPattern, Severity: Warning, Summary: "No token matches"},
		{Code: literalWildcard, Severity: Warning, Summary: "A wildcard that is none"},
		{Code: refusedByIAM, Severity: Error, Summary: "IAM refuses the policy"},
		{Code: noAudience, Severity: Warning, Summary: "The provider does not know the audience"},
		{Code: fileBehind, Severity: Warning, Summary: "The file in use asks for what will be refused"},
		{Code: unfilledKey, Severity: Warning, Summary: "A condition on a key that no token fills"},
		{Code: shadowed, Severity: Warning, Summary: "A pattern adds nothing"},
		{Code: shared, Severity: Info, Summary: "Two roles share a subject"},
		{Code: legacyProject, Severity: Warning, Summary: "The environment is in the legacy project"},
		{Code: administrator, Severity: Info, Summary: "An administrator without bounds"},
		{Code: unusedAccept, Severity: Warning, Summary: "An accept block without a finding"},
		{Code: unusedAudience, Severity: Info, Summary: "An audience that no role trusts", Live: true},
	}
}

// The codes.
const (
	noSubject        = "TRUST101"
	otherOrg         = "TRUST102"
	openAudience     = "TRUST103"
	otherFamily      = "TRUST104"
	otherProject     = "TRUST105"
	everyEnvironment = "TRUST106"
	trueWhenMissing  = "TRUST107"
	yamlSubject      = "TRUST108"
	insideName       = "TRUST109"
	openPrincipal    = "TRUST110"
	newOrg           = "TRUST111"
	strayMark        = "TRUST112"
	otherProvider    = "TRUST113"
	undecided        = "TRUST114"
	ownRefused       = "TRUST201"
	deadPattern      = "TRUST202"
	literalWildcard  = "TRUST203"
	refusedByIAM     = "TRUST204"
	noAudience       = "TRUST205"
	fileBehind       = "TRUST206"
	unfilledKey      = "TRUST207"
	shadowed         = "TRUST301"
	shared           = "TRUST302"
	legacyProject    = "TRUST303"
	administrator    = "TRUST304"
	unusedAccept     = "TRUST305"
	unusedAudience   = "TRUST306"
)

// ruleOf is the rule of a code; ok is false for a code that there is not.
func ruleOf(code string) (Rule, bool) {
	rules := Rules()
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Code == code })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}
