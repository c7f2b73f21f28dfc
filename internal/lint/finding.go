package lint

import (
	"cmp"
	"slices"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// Severity says how much a finding asks for.
type Severity string

// The severities. Info asks for nothing.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// AtLeast tells whether s is as grave as t.
func (s Severity) AtLeast(t Severity) bool { return s.rank() >= t.rank() }

func (s Severity) rank() int {
	switch s {
	case Error:
		return 2
	case Warning:
		return 1
	}
	return 0
}

// Finding is one thing that was found, at one place.
type Finding struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Summary  string   `json:"summary"` // short, the same for every finding of the code
	Detail   string   `json:"detail"`  // what is so here, and why that matters
	Proof    *Proof   `json:"proof,omitempty"`
	Remedy   string   `json:"remedy"` // what to do

	Environment string        `json:"environment,omitempty"` // org/project/environment, where the object serves one
	Address     trust.Address `json:"address,omitzero"`
	Resource    string        `json:"resource,omitempty"` // aws_iam_role.acme["payments/prod"]
	ARN         trust.ARN     `json:"arn,omitempty"`      // of what is in an account
	Pos         trust.Pos     `json:"pos,omitzero"`       // of what is in a configuration

	Accepted *Accepted `json:"accepted,omitempty"`

	also    []string // other environments whose accept blocks speak of it
	strange bool     // about a live role of another stack, or nobody's: no accept block speaks of it
}

// Accepted says that a finding is meant. Its severity is Info then.
type Accepted struct {
	Reason   string    `json:"reason"`
	Severity Severity  `json:"severity"` // without the accept block
	Pos      trust.Pos `json:"pos,omitzero"`
}

// Proof is what shows that a finding is so: a request and how the role's trust
// policy decides it, or a fact in words.
type Proof struct {
	Audience string              `json:"audience,omitempty"`
	Subject  string              `json:"subject,omitempty"`
	Keys     map[string][]string `json:"keys,omitempty"`     // further condition keys of the request
	Admitted *bool               `json:"admitted,omitempty"` // what the policy's evaluation answers; nil: nothing was asked
	Text     string              `json:"text,omitempty"`     // what it shows

	request policy.Request
}

// Request is what the trust policy was asked; ok is false for a proof in words.
func (p *Proof) Request() (r policy.Request, ok bool) {
	if p == nil || p.Admitted == nil {
		return policy.Request{}, false
	}
	return p.request, true
}

// words is a proof that is a fact.
func words(text string) *Proof { return &Proof{Text: text} }

// Worst is the gravest severity among findings; ok is false for none at all.
func Worst(findings []Finding) (worst Severity, ok bool) {
	for _, f := range findings {
		if !ok || f.Severity.AtLeast(worst) {
			worst, ok = f.Severity, true
		}
	}
	return worst, ok
}

// compare orders findings by what they are about.
func compare(a, b Finding) int {
	return cmp.Or(
		a.Address.Compare(b.Address),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column),
		cmp.Compare(a.Detail, b.Detail),
		cmp.Compare(a.Environment, b.Environment),
	)
}

// sorted orders findings and leaves out those that say the same again.
func sorted(findings []Finding) []Finding {
	slices.SortStableFunc(findings, compare)
	return slices.CompactFunc(findings, func(a, b Finding) bool { return compare(a, b) == 0 })
}
