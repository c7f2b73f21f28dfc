// Package access computes with the sets of tokens that trust policies admit:
// what sts:AssumeRoleWithWebIdentity would accept of one issuer's tokens, who
// gains and who loses by a change, and a token that proves it.
//
// A set is exact wherever a policy speaks of what tokens carry. What it cannot
// know, such as the caller's address, is a Boolean unknown with its own text,
// and what its budget doesn't suffice for is undecided: no answer is a guess.
// It reads nothing, prints nothing and knows nothing of roles, accounts or
// plans; package policy decides single requests, independently of it.
package access

import (
	"strings"

	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
)

// Action is what a token is exchanged by.
const Action = "sts:AssumeRoleWithWebIdentity"

// Issuer is whose tokens a set holds.
type Issuer struct {
	Host     string // the URL without scheme, as condition keys begin with it: api.pulumi.com/oidc
	Provider string // ARN of the account's provider; "" for that of any account
}

// forms are the subjects that the issuer's tokens carry, where that is known:
// Pulumi Cloud's, self-hosted or not, are at …/oidc and …/oidc/v2.
func (i Issuer) forms() []subject.Form {
	switch {
	case strings.HasSuffix(i.Host, "/oidc"):
		return subject.Forms()
	case strings.HasSuffix(i.Host, "/oidc/v2"):
		return subject.FormsV2()
	}
	return nil
}

// names tells whether a principal is the issuer's provider.
func (i Issuer) names(p policy.Principal) bool {
	if p.Type != "Federated" {
		return false
	}
	if i.Provider != "" {
		return p.Value == i.Provider
	}
	_, host, found := strings.Cut(p.Value, ":oidc-provider/")
	return found && host == i.Host
}

// Options say how to compare.
type Options struct {
	Issuer Issuer
	Org    string          // look only at tokens that this organization can have
	Budget *pattern.Budget // a plan's whole budget; nil for none. Once it is spent, only short searches are made
}

// The work that one direction of a comparison may take, and what is always
// left for it: enough for everything that needs no search.
const (
	wholeBudget = pattern.DefaultBudget
	leastBudget = 20_000
)

// part is the budget of one question.
func part(whole *pattern.Budget) *pattern.Budget {
	if whole == nil {
		return pattern.NewBudget(wholeBudget)
	}
	if left := whole.Left(); left > leastBudget {
		return whole.Part(min(left, wholeBudget))
	}
	return pattern.NewBudget(leastBudget)
}

// Outcome is what is known of whether some token is in a set.
type Outcome string

// The outcomes.
const (
	None      Outcome = "none"
	Some      Outcome = "some"
	Undecided Outcome = "undecided"
)

// Relation says how access changes.
type Relation string

// The relations, from the best to the worst for who has to review a change.
const (
	Same     Relation = "same"
	Narrower Relation = "narrower"
	Wider    Relation = "wider"
	Both     Relation = "both" // some tokens gain, others lose
	Unknown  Relation = "unknown"
)

func (r Relation) rank() int {
	switch r {
	case Same, "":
		return 0
	case Narrower:
		return 1
	case Wider:
		return 2
	case Both:
		return 3
	}
	return 4
}

// Worst is the relation that asks for most attention.
func Worst(relations ...Relation) Relation {
	worst := Same
	for _, r := range relations {
		if r.rank() > worst.rank() {
			worst = r
		}
	}
	return worst
}

// joined is the relation of two changes of one thing.
func joined(a, b Relation) Relation {
	switch {
	case a == "" || a == Same:
		return b
	case b == "" || b == Same || a == b:
		return a
	case a == Unknown || b == Unknown:
		return Unknown
	}
	return Both
}
