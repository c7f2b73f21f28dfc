package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
)

// miss is the least that would have to be otherwise for a token to be admitted.
type miss struct {
	Kind string `json:"kind"`
	Text string `json:"text"` // what is so, and what to do
	Aud  string `json:"aud,omitempty"`
	Sub  string `json:"sub,omitempty"` // a token that would be admitted
}

// variant is a token like the one that was refused.
type variant struct {
	kind, text string
	value      string // of the audience, or of the subject
}

// nearestMiss looks for the mistake that explains a denial: first one in the
// token's issuer, then one in a claim's spelling, at last the value of the
// policy that begins most like the token's.
func (q inquiry) nearestMiss(decision policy.Decision) *miss {
	if m := q.missedPrincipal(decision); m != nil {
		return m
	}
	aud, _ := q.registered()
	sub, _ := q.claims.text("sub")
	if m := q.missedCase(aud, sub); m != nil {
		return m
	}
	auds, subs := audienceVariants(aud), subjectVariants(sub)
	if most := max(leastTries, mostMatches/(1+valuesOf(q.policy))); len(subs) > most {
		subs = subs[:most]
	}
	for _, v := range subs {
		if q.admits(aud, v.value) {
			return &miss{v.kind, v.text, aud, v.value}
		}
	}
	for _, v := range auds {
		if q.admits(v.value, sub) {
			return &miss{v.kind, v.text, v.value, sub}
		}
	}
	for _, s := range subs {
		for _, v := range auds {
			if q.admits(v.value, s.value) {
				return &miss{s.kind + "+" + v.kind, s.text + " " + v.text, v.value, s.value}
			}
		}
	}
	for i, s := range decision.Statements {
		if s.Effect == policy.Deny && s.Applies == policy.Yes {
			return &miss{Kind: "denied", Text: fmt.Sprintf("%s denies it, whatever is allowed elsewhere.", statementName(i, s))}
		}
	}
	if strings.HasSuffix(sub, ":env:<yaml>") {
		return &miss{Kind: "yaml", Text: yamlText}
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
func (q inquiry) admits(aud, sub string) bool {
	q.claims = q.claims.with(aud, sub)
	d := q.evaluate(q.policy)
	return d.Allowed || d.Unknown
}

// missedPrincipal explains a policy that does not speak of the token's issuer,
// or not of what tokens are exchanged by.
func (q inquiry) missedPrincipal(decision policy.Decision) *miss {
	var named, asked bool
	for _, s := range decision.Statements {
		if s.Effect == policy.Allow && s.Principal != policy.No {
			named = true
			asked = asked || s.Action != policy.No
		}
	}
	if named {
		if !asked {
			return &miss{Kind: "action", Text: "No statement for the issuer's provider allows " + access.Action + "."}
		}
		return nil
	}
	host := q.host()
	first, second := strings.TrimSuffix(host, "/v2"), strings.TrimSuffix(host, "/v2")+"/v2"
	switch {
	case host == second && len(providersOf(q.policy, first)) > 0:
		return &miss{Kind: "issuer-v2", Text: fmt.Sprintf("The token comes from the second issuer, https://%s, and the policy trusts the first, https://%s. "+
			"aws-login takes its tokens from the first.", shownText(second), shownText(first))}
	case host == first && len(providersOf(q.policy, second)) > 0:
		return &miss{Kind: "issuer-v2", Text: fmt.Sprintf("The token comes from the first issuer, https://%s, and the policy trusts the second, https://%s, "+
			"whose tokens have other subjects.", shownText(first), shownText(second))}
	}
	return &miss{Kind: "issuer", Text: fmt.Sprintf("No Allow statement names the provider of the token's issuer, %s.", quotedText(host))}
}

// missedCase finds a token that differs in letter case alone.
func (q inquiry) missedCase(aud, sub string) *miss {
	for _, try := range [...]struct {
		fold []string
		what string
	}{
		{[]string{"sub"}, "the subject"}, {[]string{"aud", "oaud"}, "the audience"}, {[]string{"sub", "aud", "oaud"}, "subject and audience"},
	} {
		folded := q
		folded.policy = foldValues(q.policy, q.host(), try.fold)
		if slices.Contains(try.fold, "aud") {
			if folded.claims = q.claims.with(strings.ToLower(aud), sub); q.claims["azp"] != nil {
				if list, ok := q.claims.texts("aud"); ok && len(list) == 1 {
					folded.claims.set("aud", strings.ToLower(list[0]))
				}
			}
		}
		if slices.Contains(try.fold, "sub") {
			a, _ := folded.registered()
			folded.claims = folded.claims.with(a, strings.ToLower(sub))
		}
		if d := folded.evaluate(folded.policy); d.Allowed || d.Unknown {
			return &miss{Kind: "letter-case", Text: fmt.Sprintf("Only the letter case of %s differs, and IAM compares letter by letter.", try.what)}
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

// audienceVariants are the other audience of the organization.
func audienceVariants(aud string) []variant {
	if aud == "" {
		return nil
	}
	if org, ok := strings.CutPrefix(aud, "aws:"); ok {
		return []variant{{"aws-prefix", fmt.Sprintf("The token's audience is %s, and the policy asks for the bare organization, which only Deployments and the legacy project \"default\" have.", quotedText(aud)), org}}
	}
	return []variant{{"aws-prefix", fmt.Sprintf("The token's audience is %s without aws:, as Deployments and the legacy project \"default\" have it, and the policy asks for %s.", quotedText(aud), quotedText("aws:"+aud)), "aws:" + aud}}
}

const (
	defaultForm  = "pulumi:environments:org:"
	attributesIn = "pulumi:environments:pulumi.organization.login:"
)

// subjectVariants are subjects of the same environment in another spelling.
func subjectVariants(sub string) []variant {
	if rest, ok := strings.CutPrefix(sub, defaultForm); ok {
		org, env, ok := strings.Cut(rest, ":env:")
		if !ok {
			return nil
		}
		var all []variant
		for _, name := range otherSpelling(env) {
			all = append(all, variant{"default-project", spelledText, defaultForm + org + ":env:" + name})
		}
		for _, name := range append([]string{env}, otherSpelling(env)...) {
			all = append(all, variant{"attributes", "The policy trusts the subject that the environment has with subjectAttributes: [currentEnvironment.name], and the token has the default one.",
				attributesIn + org + ":" + string(subject.CurrentEnvironment) + ":" + name})
		}
		return append(all, variant{"yaml", "The policy trusts <yaml>, which is how the default subject spells every environment that a stack opens, and the token names its environment.",
			defaultForm + org + ":env:<yaml>"})
	}
	rest, ok := strings.CutPrefix(sub, attributesIn)
	if !ok {
		return nil
	}
	org, list, _ := strings.Cut(rest, ":")
	pairs := attributePairs(list)
	begin := attributesIn + org
	var all []variant
	for i, p := range pairs {
		if p.name != string(subject.CurrentEnvironment) {
			continue
		}
		for _, name := range otherSpelling(p.value) {
			changed := slices.Clone(pairs)
			changed[i].value = name
			all = append(all, variant{"default-project", spelledText, begin + joinPairs(changed)})
		}
		for _, name := range append([]string{p.value}, otherSpelling(p.value)...) {
			all = append(all, variant{"attributes", "The policy trusts the default subject, and the token has subject attributes: they change how it begins.", defaultForm + org + ":env:" + name})
		}
		if len(pairs) > 1 {
			all = append(all, variant{"attributes", "The token has more subject attributes than the policy's subject.", begin + joinPairs(pairs[i:i+1])})
		}
	}
	for _, p := range permutations(pairs) {
		all = append(all, variant{"attribute-order", "The token has the policy's subject attributes in another order. Their order is that of subjectAttributes in the environment's file.", begin + p})
	}
	return all
}

const spelledText = "An environment of the legacy project \"default\" is spelled as it was opened, with the project or without it, and the policy trusts the other spelling. Trust both, or move it out of \"default\"."

// otherSpelling is how else an environment of the legacy project is spelled.
func otherSpelling(env string) []string {
	if bare, ok := strings.CutPrefix(env, "default/"); ok {
		return []string{bare}
	}
	if !strings.Contains(env, "/") && env != "" && env != "<yaml>" {
		return []string{"default/" + env}
	}
	return nil
}

type pair struct{ name, value string }

// attributePairs takes NAME:VALUE:NAME:VALUE apart. A part that is no
// attribute's name belongs to the value before it.
func attributePairs(list string) []pair {
	if list == "" {
		return nil
	}
	var all []pair
	words := strings.Split(list, ":")
	for i := 0; i < len(words); i++ {
		if slices.Contains(subject.Attributes(), subject.Attribute(words[i])) && i+1 < len(words) {
			all = append(all, pair{words[i], words[i+1]})
			i++
			continue
		}
		if len(all) == 0 {
			return nil
		}
		all[len(all)-1].value += ":" + words[i]
	}
	return all
}

func joinPairs(pairs []pair) string {
	var out strings.Builder
	for _, p := range pairs {
		out.WriteString(":" + p.name + ":" + p.value)
	}
	return out.String()
}

// permutations are the other orders of at most six pairs, as text.
func permutations(pairs []pair) []string {
	if len(pairs) < 2 || len(pairs) > len(subject.Attributes()) {
		return nil
	}
	own := joinPairs(pairs)
	var all []string
	var walk func(chosen, left []pair)
	walk = func(chosen, left []pair) {
		if len(left) == 0 {
			if text := joinPairs(chosen); text != own {
				all = append(all, text)
			}
			return
		}
		for i := range left {
			walk(append(slices.Clip(chosen), left[i]), slices.Delete(slices.Clone(left), i, i+1))
		}
	}
	walk(nil, pairs)
	return all
}

// nearestValue is the value of the policy that begins most like the claim that
// fails, in the statement that fails least.
func (q inquiry) nearestValue(decision policy.Decision) *miss {
	var best *policy.ConditionDecision
	statement, fails := 0, 0
	for i, s := range decision.Statements {
		if s.Effect != policy.Allow || s.Principal == policy.No || s.Action == policy.No {
			continue
		}
		n := 0
		var first *policy.ConditionDecision
		for j, c := range s.Conditions {
			if c.Holds == policy.No {
				if n++; first == nil {
					first = &s.Conditions[j]
				}
			}
		}
		if first != nil && (best == nil || n < fails) {
			best, statement, fails = first, i, n
		}
	}
	if best == nil {
		return nil
	}
	name := statementName(statement, decision.Statements[statement])
	m := &miss{Kind: "condition", Text: fmt.Sprintf("%s fails at %s on %s: %s.", name, shownText(best.Operator), shownText(best.Key), shownText(best.Reason))}
	prefix := strings.ToLower(q.host()) + ":"
	claim, ok := strings.CutPrefix(strings.ToLower(best.Key), prefix)
	fact := q.facts()[claim]
	if !ok || len(fact.Values) != 1 || strings.Contains(best.Operator, "Not") || len(best.Values) == 0 {
		return m
	}
	have := fact.Values[0]
	near, shared := best.Values[0], -1
	for _, v := range best.Values {
		if n := commonPrefix(have, v); n > shared {
			near, shared = v, n
		}
	}
	m.Text = fmt.Sprintf("%s asks %s for %s, and the token has %s.", name, shownText(best.Key), quotedText(near), quotedText(have))
	if shared > 0 && shared < len(have) && shared < len(near) {
		m.Text += fmt.Sprintf(" They differ from character %d on: %s there, %s here.",
			utf8.RuneCountInString(have[:shared])+1, quotedText(rest(near, shared)), quotedText(rest(have, shared)))
	}
	return m
}

// rest is a short piece of a text from a byte on.
func rest(s string, from int) string {
	r := []rune(s[from:min(len(s), from+80)])
	if len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return string(r)
}

// commonPrefix is how many bytes two texts share, in whole characters.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(a) && !utf8.RuneStart(a[n]) {
		n--
	}
	return n
}

// statementName is what a statement is called for people.
func statementName(i int, s policy.StatementDecision) string {
	if s.Sid != "" {
		return fmt.Sprintf("Statement %d (%s)", i+1, shownText(s.Sid))
	}
	return fmt.Sprintf("Statement %d", i+1)
}
