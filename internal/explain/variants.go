package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/visible"
)

// variant is a token like the one that was refused.
type variant struct {
	kind, text string
	value      string // of the audience, or of the subject
}

// audienceVariants are the other audience of the organization.
func audienceVariants(aud string) []variant {
	if aud == "" {
		return nil
	}
	if org, ok := strings.CutPrefix(aud, "aws:"); ok {
		return []variant{{"aws-prefix", fmt.Sprintf("The token's audience is %s, and the policy asks for the bare organization, which only Deployments and the legacy project \"default\" have.", visible.Quote(aud)), org}}
	}
	return []variant{{"aws-prefix", fmt.Sprintf("The token's audience is %s without aws:, as Deployments and the legacy project \"default\" have it, and the policy asks for %s.", visible.Quote(aud), visible.Quote("aws:"+aud)), "aws:" + aud}}
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
