package lint

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

// marks finds roles of a live state that carry trustctl's mark and are not its
// own: copied with their tags, or tagged by hand.
func (l *linter) marks(live trust.State) {
	for i := range live.Roles {
		r := &live.Roles[i]
		stack := r.Stack()
		why, proof := "", ""
		for _, key := range sortedKeys(r.Tags) {
			if trust.IsMark(key) && !strings.HasPrefix(key, trust.TagPrefix) {
				why, proof = fmt.Sprintf("its tag %s is one of trustctl's own but for letter case, and IAM takes both for one", visible.Quote(key)), key
			}
		}
		switch {
		case stack == "" || !l.live && stack != l.in.Stack:
		case !r.MarkedBy(stack):
			why = fmt.Sprintf("it carries the mark of stack %s, but its tag %s says %s: it looks like a copy", visible.Quote(stack), trust.TagRole, visible.Quote(r.Tags[trust.TagRole]))
			proof = fmt.Sprintf("%s = %s on a role named %s", trust.TagRole, visible.Quote(r.Tags[trust.TagRole]), r.Name)
		case stack == l.in.Stack && !l.trustsAny(r):
			why = fmt.Sprintf("it carries the mark of stack %s and trusts no declared issuer: trustctl makes no such role", visible.Quote(stack))
			proof = "its trust policy names none of the declared issuers' providers"
		}
		if why == "" {
			continue
		}
		l.report(Finding{
			Code: strayMark, Address: r.Address(), Resource: l.in.Resource[r.Address()], ARN: r.ARN,
			Detail: fmt.Sprintf("Role %s is not ours: %s.", r.Name, why), Proof: words(proof),
			Remedy: "Find out who made the role. Take the tags that begin with " + trust.TagPrefix + " off it, or declare and adopt it.",
		})
	}
}

// trustsAny tells whether a role trusts a declared issuer.
func (l *linter) trustsAny(r *trust.Role) bool {
	for _, issuer := range l.in.Issuers {
		v := view{l: l, host: trust.IssuerHost(issuer.URL)}
		if v.names(r.Trust) {
			return true
		}
	}
	return false
}
