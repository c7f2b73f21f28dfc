package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/visible"
)

// Miss is the least that would have to be otherwise for a token to be admitted.
type Miss struct {
	Kind string `json:"kind"`
	Text string `json:"text"` // what is so, and what to do
	Aud  string `json:"aud,omitempty"`
	Sub  string `json:"sub,omitempty"` // a token that would be admitted
}

// nearestMiss looks for the mistake that explains a denial: first one in the
// token's issuer, then one in a claim's spelling, at last the value of the
// policy that begins most like the token's.
func (q Inquiry) nearestMiss(decision policy.Decision) *Miss {
	if m := q.missedPrincipal(decision); m != nil {
		return m
	}
	aud, _ := q.registered()
	sub, _ := q.Claims.text("sub")
	if m := q.missedCase(aud, sub); m != nil {
		return m
	}
	auds, subs := audienceVariants(aud), subjectVariants(sub)
	if most := max(leastTries, mostMatches/(1+valuesOf(q.Policy))); len(subs) > most {
		subs = subs[:most]
	}
	for _, v := range subs {
		if q.admits(aud, v.value) {
			return &Miss{v.kind, v.text, aud, v.value}
		}
	}
	for _, v := range auds {
		if q.admits(v.value, sub) {
			return &Miss{v.kind, v.text, v.value, sub}
		}
	}
	for _, s := range subs {
		for _, v := range auds {
			if q.admits(v.value, s.value) {
				return &Miss{s.kind + "+" + v.kind, s.text + " " + v.text, v.value, s.value}
			}
		}
	}
	for i, s := range decision.Statements {
		if s.Effect == policy.Deny && s.Applies == policy.Yes {
			return &Miss{Kind: "denied", Text: fmt.Sprintf("%s denies it, whatever is allowed elsewhere.", StatementName(i, s))}
		}
	}
	if strings.HasSuffix(sub, ":env:<yaml>") {
		return &Miss{Kind: "yaml", Text: yamlText}
	}
	return q.nearestValue(decision)
}

const yamlText = "The subject ends in <yaml>: that is how the default subject spells every environment that a stack opens. " +
	"Log in with subjectAttributes: [currentEnvironment.name], and trust the subject that has them."

// mostMatches bounds the work of looking for a variant, in values of the policy
// that are matched; leastTries is always left. Six attributes have 720 orders.
const (
	mostMatches = 200_000
	leastTries  = 30
)

func valuesOf(d policy.Document) (n int) {
	for _, s := range d.Statements {
		for _, c := range s.Conditions {
			n += len(c.Values)
		}
	}
	return n
}

// admits tells whether the policy admits, or may admit, the token with another
// audience and subject.
func (q Inquiry) admits(aud, sub string) bool {
	q.Claims = q.Claims.with(aud, sub)
	d := q.evaluate(q.Policy)
	return d.Allowed || d.Unknown
}

// missedPrincipal explains a policy that does not speak of the token's issuer,
// or not of what tokens are exchanged by.
func (q Inquiry) missedPrincipal(decision policy.Decision) *Miss {
	var named, asked bool
	for _, s := range decision.Statements {
		if s.Effect == policy.Allow && s.Principal != policy.No {
			named = true
			asked = asked || s.Action != policy.No
		}
	}
	if named {
		if !asked {
			return &Miss{Kind: "action", Text: "No statement for the issuer's provider allows " + access.Action + "."}
		}
		return nil
	}
	host := q.host()
	first, second := strings.TrimSuffix(host, "/v2"), strings.TrimSuffix(host, "/v2")+"/v2"
	switch {
	case host == second && len(ProvidersOf(q.Policy, first)) > 0:
		return &Miss{Kind: "issuer-v2", Text: fmt.Sprintf("The token comes from the second issuer, https://%s, and the policy trusts the first, https://%s. "+
			"aws-login takes its tokens from the first.", visible.Short(second), visible.Short(first))}
	case host == first && len(ProvidersOf(q.Policy, second)) > 0:
		return &Miss{Kind: "issuer-v2", Text: fmt.Sprintf("The token comes from the first issuer, https://%s, and the policy trusts the second, https://%s, "+
			"whose tokens have other subjects.", visible.Short(first), visible.Short(second))}
	}
	return &Miss{Kind: "issuer", Text: fmt.Sprintf("No Allow statement names the provider of the token's issuer, %s.", visible.Quote(host))}
}

// missedCase finds a token that differs in letter case alone.
func (q Inquiry) missedCase(aud, sub string) *Miss {
	for _, try := range [...]struct {
		fold []string
		what string
	}{
		{[]string{"sub"}, "the subject"}, {[]string{"aud", "oaud"}, "the audience"}, {[]string{"sub", "aud", "oaud"}, "subject and audience"},
	} {
		folded := q
		folded.Policy = foldValues(q.Policy, q.host(), try.fold)
		if slices.Contains(try.fold, "aud") {
			if folded.Claims = q.Claims.with(strings.ToLower(aud), sub); q.Claims["azp"] != nil {
				if list, ok := q.Claims.texts("aud"); ok && len(list) == 1 {
					folded.Claims.set("aud", strings.ToLower(list[0]))
				}
			}
		}
		if slices.Contains(try.fold, "sub") {
			a, _ := folded.registered()
			folded.Claims = folded.Claims.with(a, strings.ToLower(sub))
		}
		if d := folded.evaluate(folded.Policy); d.Allowed || d.Unknown {
			return &Miss{Kind: "letter-case", Text: fmt.Sprintf("Only the letter case of %s differs, and IAM compares letter by letter.", try.what)}
		}
	}
	return nil
}

// foldValues is a policy whose values for an issuer's claims are in lower case.
func foldValues(d policy.Document, host string, names []string) policy.Document {
	d.Statements = slices.Clone(d.Statements)
	for i := range d.Statements {
		s := &d.Statements[i]
		s.Conditions = slices.Clone(s.Conditions)
		for j := range s.Conditions {
			c := &s.Conditions[j]
			for _, name := range names {
				if strings.EqualFold(c.Key, host+":"+name) {
					values := make([]string, len(c.Values))
					for k, v := range c.Values {
						values[k] = strings.ToLower(v)
					}
					c.Values = values
				}
			}
		}
	}
	return d
}
