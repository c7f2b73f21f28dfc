package policy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/trustctl/trustctl/internal/policy"
)

// The vocabulary is small, so that random documents and requests meet.
var (
	somePrincipals = []policy.Principal{
		{Type: "Federated", Value: "arn:aws:iam::111122223333:oidc-provider/i"},
		{Type: "Federated", Value: "arn:aws:iam::111122223333:oidc-provider/j"},
		{Type: "AWS", Value: "111122223333"}, {Type: "AWS", Value: "*"},
	}
	someActions   = []string{"sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:*", "s3:GetObject"}
	someResources = []string{"*", "arn:aws:s3:::a", "arn:aws:s3:::a*", "arn:aws:s3:::${i:sub}"}
	someKeys      = []string{"i:aud", "i:sub", "i:amr"}
	someOperators = []string{
		"StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIfExists", "StringLikeIfExists",
		"StringNotEqualsIfExists", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "Null", "Bool",
		"ForAnyValue:StringEquals", "ForAnyValue:StringLike", "ForAnyValue:StringNotEquals", "ForAnyValue:StringNotLike",
		"ForAllValues:StringEquals", "ForAllValues:StringLike", "ForAllValues:StringNotEquals", "ForAllValues:StringNotLikeIfExists",
		"ForAllValues:StringLikeIfExists", "ArnEquals", "ArnLike", "ArnNotEquals", "NumericEquals", "NumericNotEqualsIfExists", "NumericLessThan",
	}
	someValues = []string{"a", "b", "ab", "A", "a*", "*b", "?", "*", "**b", "*?b", "a${*}", "${*}", "${$}", "$", "${i:sub}", "a${i:aud}*", "${i:aud", "1", "2", ""}
)

// document draws a document. Conditions of a statement have different
// operators or keys.
func document(t *rapid.T, kind string) policy.Document {
	d := policy.Document{Version: rapid.SampledFrom([]string{policy.Version2012, policy.Version2012, policy.Version2008, ""}).Draw(t, "version")}
	for range rapid.IntRange(1, 4).Draw(t, "statements") {
		s := policy.Statement{Effect: rapid.SampledFrom([]policy.Effect{policy.Allow, policy.Allow, policy.Deny}).Draw(t, "effect")}
		if actions := some(t, someActions); rapid.IntRange(0, 5).Draw(t, "not action") == 0 {
			s.NotActions = actions
		} else {
			s.Actions = actions
		}
		switch {
		case kind == "identity":
			s.Resources = some(t, someResources)
		case rapid.IntRange(0, 9).Draw(t, "not principal") == 0:
			s.NotPrincipals = some(t, somePrincipals)
		default:
			s.Principals = some(t, somePrincipals)
		}
		for range rapid.IntRange(0, 3).Draw(t, "conditions") {
			c := policy.Condition{
				Operator: rapid.SampledFrom(someOperators).Draw(t, "operator"),
				Key:      rapid.SampledFrom(someKeys).Draw(t, "key"),
				Values:   some(t, someValues),
			}
			if c.Operator == "Null" || c.Operator == "Bool" {
				c.Values = some(t, []string{"true", "false"})
			}
			if !slices.ContainsFunc(s.Conditions, func(o policy.Condition) bool { return o.Operator == c.Operator && o.Key == c.Key }) {
				s.Conditions = append(s.Conditions, c)
			}
		}
		d.Statements = append(d.Statements, s)
	}
	return d
}

// some draws one to three elements.
func some[E comparable](t *rapid.T, from []E) []E {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, min(3, len(from)), rapid.ID[E]).Draw(t, "some")
}

// request draws a request that the vocabulary's documents can tell apart.
func request(t *rapid.T) policy.Request {
	r := policy.Request{
		Principal: rapid.SampledFrom(append(somePrincipals[:2:2], policy.Principal{Type: "AWS", Value: "arn:aws:iam::111122223333:role/r"})).Draw(t, "principal"),
		Action:    rapid.SampledFrom([]string{"sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:AssumeRole", "s3:getobject"}).Draw(t, "action"),
		Resource:  rapid.SampledFrom([]string{"arn:aws:s3:::a", "arn:aws:s3:::ab"}).Draw(t, "resource"),
		Context:   policy.Context{},
	}
	for _, key := range someKeys {
		value := rapid.SampledFrom([]string{"a", "b", "ab", "A", "aab", "a*", "*", "$", "x", "", "1", "true"})
		switch rapid.IntRange(0, 9).Draw(t, "fact") {
		case 0:
		case 1:
			r.Context[key] = policy.Fact{Unknown: true}
		case 2, 3:
			r.Context[key] = policy.Are(rapid.SliceOfN(value, 0, 3).Draw(t, "values")...)
		default:
			r.Context[key] = policy.Is(value.Draw(t, "value"))
		}
	}
	return r
}

// rewrite says a document in other words: split statements, other operators,
// repeated and reordered elements, other letter case.
func rewrite(t *rapid.T, d policy.Document) policy.Document {
	out := policy.Document{Version: d.Version, ID: rapid.SampledFrom([]string{"", "id"}).Draw(t, "id")}
	if !strings.Contains(d.String(), "${") {
		out.Version = rapid.SampledFrom([]string{policy.Version2012, policy.Version2008, ""}).Draw(t, "version")
	}
	for _, s := range d.Statements {
		for _, part := range split(t, s) {
			for range rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(t, "times") {
				out.Statements = append(out.Statements, reword(t, part, out.Version == policy.Version2012))
			}
		}
	}
	out.Statements = shuffled(t, out.Statements)
	return out
}

// split cuts a statement in two at a list of which one element is enough. The
// halves may overlap.
func split(t *rapid.T, s policy.Statement) []policy.Statement {
	a, b := s, s
	a.Conditions, b.Conditions = slices.Clone(s.Conditions), slices.Clone(s.Conditions)
	switch rapid.IntRange(0, 5).Draw(t, "split") {
	case 0:
		a.Actions, b.Actions = halves(t, s.Actions)
	case 1:
		a.Principals, b.Principals = halves(t, s.Principals)
	case 2:
		a.Resources, b.Resources = halves(t, s.Resources)
	case 3, 4:
		for i, c := range s.Conditions {
			if !strings.Contains(c.Operator, "Not") && !strings.HasPrefix(c.Operator, "ForAll") {
				a.Conditions[i].Values, b.Conditions[i].Values = halves(t, c.Values)
				return append(split(t, a), b)
			}
		}
		return []policy.Statement{s}
	default:
		return []policy.Statement{s}
	}
	return []policy.Statement{a, b}
}

func halves[E any](t *rapid.T, list []E) (a, b []E) {
	if len(list) < 2 {
		return list, list
	}
	at := rapid.IntRange(1, len(list)-1).Draw(t, "at")
	return list[:at], list[rapid.IntRange(0, at).Draw(t, "overlap"):]
}

func reword(t *rapid.T, s policy.Statement, escapes bool) policy.Statement {
	s.Sid = rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "sid")
	for _, list := range []*[]policy.Principal{&s.Principals, &s.NotPrincipals} {
		*list = repeated(t, *list)
		for i, p := range *list {
			if p.Value == "111122223333" && rapid.Bool().Draw(t, "root") {
				(*list)[i].Value = "arn:aws:iam::111122223333:root"
			}
		}
		if everybody := (policy.Principal{Type: "AWS", Value: "*"}); len(*list) == 1 && (*list)[0] == everybody && rapid.Bool().Draw(t, "bare") {
			*list = []policy.Principal{{Type: "*", Value: "*"}}
		}
	}
	for _, list := range []*[]string{&s.Actions, &s.NotActions, &s.Resources, &s.NotResources} {
		*list = repeated(t, *list)
	}
	s.Conditions = slices.Clone(s.Conditions)
	for i := range s.Conditions {
		c := &s.Conditions[i]
		c.Values = repeated(t, c.Values)
		if rapid.Bool().Draw(t, "key case") {
			c.Key = strings.ToUpper(c.Key)
		}
		renamed := *c
		switch {
		case c.Operator == "StringEquals" || c.Operator == "ForAnyValue:StringEquals" || c.Operator == "ForAllValues:StringEquals" || c.Operator == "StringNotEquals":
			if !strings.ContainsAny(strings.Join(c.Values, ""), "*?$") {
				renamed.Operator = strings.Replace(c.Operator, "Equals", "Like", 1)
			} else if escapes && !strings.Contains(strings.Join(c.Values, ""), "${") {
				renamed.Operator = strings.Replace(c.Operator, "Equals", "Like", 1)
				renamed.Values = slices.Clone(c.Values)
				for j, v := range c.Values {
					renamed.Values[j] = strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}").Replace(v)
				}
			}
		case c.Operator == "ArnEquals":
			renamed.Operator = "ArnLike"
		case c.Operator == "StringNotLike":
			renamed.Operator = "StringNotLikeIfExists"
		}
		others := slices.Delete(slices.Clone(s.Conditions), i, i+1)
		if !slices.ContainsFunc(others, func(o policy.Condition) bool { return clashes(o, renamed) }) && rapid.Bool().Draw(t, "rename") {
			*c = renamed
		}
	}
	return s
}

// clashes tells whether renaming would bring two conditions on one key too
// close: the canonical form leaves two operators of a kind as they are, but for
// those that exclude.
func clashes(o, renamed policy.Condition) bool {
	if !strings.EqualFold(o.Key, renamed.Key) {
		return false
	}
	if strings.HasPrefix(renamed.Operator, "StringNot") {
		return o.Operator == renamed.Operator
	}
	kind := func(operator string) string {
		return strings.TrimSuffix(strings.NewReplacer("Equals", "", "Like", "").Replace(operator), "IfExists")
	}
	return kind(o.Operator) == kind(renamed.Operator)
}

// repeated is a list in another order, with elements that repeat.
func repeated[E any](t *rapid.T, list []E) []E {
	if list == nil {
		return nil
	}
	out := slices.Clone(list)
	for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "repeats") {
		out = append(out, rapid.SampledFrom(list).Draw(t, "repeat"))
	}
	return shuffled(t, out)
}

func shuffled[E any](t *rapid.T, list []E) []E {
	if len(list) < 2 {
		return list
	}
	return rapid.Permutation(list).Draw(t, "order")
}

// render writes a document as JSON in a random way.
func render(t *rapid.T, d policy.Document) string {
	var tree any
	if err := json.Unmarshal([]byte(d.String()), &tree); err != nil {
		panic(err)
	}
	return renderTree(t, tree, "")
}

func renderTree(t *rapid.T, tree any, under string) string {
	space := rapid.SampledFrom([]string{"", "", " ", "\n\t"}).Draw(t, "space")
	switch tree := tree.(type) {
	case map[string]any:
		var members []string
		for _, key := range slices.Sorted(maps.Keys(tree)) {
			members = append(members, key+"\x00"+renderTree(t, tree[key], key))
		}
		for i, m := range members {
			key, value, _ := strings.Cut(m, "\x00")
			members[i] = space + quote(key) + space + ":" + value
		}
		return "{" + strings.Join(shuffled(t, members), ",") + "}"
	case []any:
		var items []string
		for _, item := range tree {
			items = append(items, renderTree(t, item, ""))
		}
		return "[" + strings.Join(items, space+",") + "]" + space
	}
	text := quote(tree.(string))
	switch {
	case (text == `"true"` || text == `"false"` || text == `"1"`) && strings.Contains(under, ":") && rapid.Bool().Draw(t, "bare"):
		text = strings.Trim(text, `"`)
	case rapid.IntRange(0, 9).Draw(t, "escape") == 0:
		var escaped strings.Builder
		for _, r := range tree.(string) {
			fmt.Fprintf(&escaped, `\u%04x`, r)
		}
		text = `"` + escaped.String() + `"`
	}
	if under != "" && under != "Version" && under != "Id" && under != "Sid" && under != "Effect" && tree != "*" && rapid.IntRange(0, 3).Draw(t, "list") == 0 {
		return "[" + space + text + "]"
	}
	return text
}

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}
