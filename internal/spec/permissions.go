package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// policyNames are names of policies, managed and inline.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
var (
	policyNames   = grammar.Sized(1, 128, `^[A-Za-z0-9_+=,.@-]+$`)
	policyDomains = grammar.Of(`^policy(/[!-~]+)?/$`)
)

// wrongPolicyARN says why an ARN is not one of a managed policy that a role of
// the account can use; account may be nil.
func wrongPolicyARN(arn string, account *Account) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || parts[3] != "" || len(arn) > 2048 {
		return "it is not of the form arn:aws:iam::ACCOUNT:policy/NAME"
	}
	slash := strings.LastIndex(parts[5], "/") + 1
	switch owner := parts[4]; {
	case !policyDomains.MatchString(parts[5][:slash]) || !policyNames.MatchString(parts[5][slash:]):
		return "its last part is not policy/NAME, or policy/PATH/NAME"
	case owner != "aws" && !policy.IsAccountID(owner):
		return fmt.Sprintf("%q is neither an account id of twelve digits nor aws, for AWS's own policies", owner)
	case account == nil:
		return ""
	case parts[1] != account.Partition:
		return fmt.Sprintf("its partition is %q, and that of account %s is %q", parts[1], account.Name, account.Partition)
	case owner != "aws" && account.ID != "" && owner != string(account.ID):
		return fmt.Sprintf("it is of account %s, and the role is in account %s: a role can use AWS's own policies and those of its account", owner, account.ID)
	}
	return ""
}

// policyARNs are ARNs of managed policies, sorted, each once.
func (e *environment) policyARNs(v value) []trust.ARN {
	list, _ := e.texts(v)
	var arns []trust.ARN
	for _, i := range list {
		if wrong := wrongPolicyARN(i.text, e.account); wrong != "" {
			e.problem(mistakef(v.itemAt(i.index), "Invalid policy ARN", "%q is not the ARN of a policy for this role: %s.", i.text, wrong))
			continue
		}
		arns = append(arns, trust.ARN(i.text))
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// boundary is the permissions boundary. Left out it leaves the live one, keep;
// "" takes it away.
func (e *environment) boundary(v value) (arn trust.ARN, keep bool) {
	text, ok := e.text(v, "")
	if v.state != stated || !ok || text == "" {
		return "", v.state == absent
	}
	if wrong := wrongPolicyARN(text, e.account); wrong != "" {
		e.problem(mistakef(v.at(), "Invalid policy ARN", "%q is not the ARN of a permissions boundary for this role: %s. \"\" takes the boundary away.", text, wrong))
		return "", false
	}
	return trust.ARN(text), false
}

// inlinePolicies are the inline policies by name.
func (e *environment) inlinePolicies(v value) map[string]policy.Document {
	entries, _ := e.table(v, false)
	documents := make(map[string]policy.Document, len(entries))
	spelled := map[string]string{} // by lower case: IAM does not tell names apart by it
	total := 0
	for _, entry := range entries {
		fold := strings.ToLower(entry.key)
		switch first, twice := spelled[fold]; {
		case !policyNames.MatchString(entry.key):
			e.problem(mistakef(v.keyAt(entry.key), "Invalid policy name", "%q is not a policy's name: IAM takes 1 to 128 of letters, digits and _+=,.@-.", entry.key))
			continue
		case twice:
			e.problem(mistakef(v.keyAt(entry.key), "Duplicate policy name", "%q is %q already: IAM does not tell names apart by letter case.", entry.key, first))
			continue
		}
		spelled[fold] = entry.key
		p := e.c.identityPolicy(entry.text)
		if p.err != nil {
			e.problem(mistakef(v.keyAt(entry.key), "Invalid policy", "Policy %q is not a policy document: %s.", entry.key, p.err))
			continue
		}
		for _, violation := range p.violations {
			e.problem(mistakef(v.keyAt(entry.key), "Invalid policy", "IAM would refuse policy %q: %s", entry.key, violation.Message))
		}
		documents[entry.key] = p.document
		total += p.size
	}
	if total > trust.MaxInline {
		e.problem(mistakef(v.at(), "Inline policies too long",
			"The inline policies of a role have at most %d characters together, white space not counted, and these have %d. Attach some as managed policies.", trust.MaxInline, total))
	}
	if len(documents) == 0 {
		return nil
	}
	return documents
}

// identityPolicy reads an inline policy.
func (c *compiler) identityPolicy(text string) identityPolicy {
	p, done := c.policies[text]
	if !done {
		p.document, p.err = policy.Parse(text)
		if p.err == nil {
			p.violations = policy.CheckIdentity(p.document)
			p.size = policy.Size(p.document.String())
		}
		c.policies[text] = p
	}
	return p
}
