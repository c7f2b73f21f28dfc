// Package policy reads, compares, measures and evaluates IAM policy documents.
//
// It knows IAM's grammar and semantics and nothing of Pulumi, of accounts or
// of the network; which sets of tokens a policy admits is package access's job.
package policy

// Effect of a statement. IAM documents it as case-sensitive.
type Effect string

// The two effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Version of the policy language. Only under Version2012 are ${…} in values
// policy variables and escapes.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
const (
	Version2008 = "2008-10-17"
	Version2012 = "2012-10-17"
)

// Document is an IAM policy document, of any kind: a role's trust policy or
// an identity policy. The zero Document has no statement and allows nothing.
type Document struct {
	Version    string // "" counts as Version2008
	ID         string
	Statements []Statement

	opaque string // the text of a document that Parse refuses
}

// Statement is one statement. For every pair of an element and its Not… form
// at most one is set; nil means that the element is absent.
type Statement struct {
	Sid           string
	Effect        Effect
	Principals    []Principal
	NotPrincipals []Principal
	Actions       []string
	NotActions    []string
	Resources     []string
	NotResources  []string
	Conditions    []Condition
}

// Principal is one principal: Type is AWS, Federated, Service, CanonicalUser,
// or "*" for the bare "Principal": "*", whose Value is "*" too.
type Principal struct{ Type, Value string }

// Condition is one operator and key with its values: all conditions of a
// statement must hold (AND), for which one value is enough (OR), or, under a
// negated operator, none may match (NOR).
type Condition struct {
	Operator string // as written: StringLike, ForAnyValue:StringEquals, StringEqualsIfExists
	Key      string
	Values   []string
}
