package access_test

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
)

const (
	providerA = "arn:aws:iam::111122223333:oidc-provider/idp.example/i"
	providerB = "arn:aws:iam::111122223333:oidc-provider/other.example"
)

var abstract = access.Issuer{Host: "idp.example/i", Provider: providerA}

// The vocabulary is small, so that random policies and requests meet. Among
// its letters is x, which witnesses prefer.
var (
	stringOperators = func() (out []string) {
		for _, set := range []string{"", "ForAnyValue:", "ForAllValues:"} {
			for _, base := range []string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike",
				"StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "Bool"} {
				out = append(out, set+base, set+base+"IfExists")
			}
		}
		return append(out, "Null")
	}()
	otherOperators = []string{"NumericEquals", "NumericNotEquals", "NumericLessThanIfExists", "DateLessThan", "IpAddress", "NotIpAddress",
		"ArnLike", "ArnNotEquals", "BinaryEquals", "StringFoo", "ForAnyValue:NumericEquals", "NotIpAddressIfExists"}
	tokenKeys = []string{"idp.example/i:aud", "idp.example/i:sub", "IDP.example/i:Sub", "idp.example/i:amr", "idp.example/i:oaud", "idp.example/i:email",
		"sts:RoleSessionName", "aws:TagKeys", "aws:RequestTag/t", "sts:SourceIdentity"}
	constantKeys = []string{"idp.example/i:repository", "other.example:sub", "aws:PrincipalArn", "aws:PrincipalType", "aws:userid"}
	unknownKeys  = []string{"aws:SourceIp", "aws:CurrentTime", "aws:SecureTransport"}
	someValues   = []string{"a", "b", "ab", "A", "x", "a*", "*b", "?", "*", "**b", "*?b", "?*", "x*", "a?x", "*a*b*", "", "true", "True", "false", "User", "1",
		"a${*}", "${?}b*", "${$}", "$", "${idp.example/i:aud}", "${idp.example/i:sub}*", "a${idp.example/i:email}", "${idp.example/i:email, 'b'}*",
		"${aws:username}", "${aws:username, 'a'}*", "${aws:PrincipalType}", "${aws:SourceIp}", "${idp.example/i:aud", "İ", "10.0.0.0/8", "arn:aws:iam::1:x/*", "😀*"}
	someTexts = []string{"a", "b", "ab", "A", "x", "ax", "xb", "aab", "*", "a*", "$", "", "1", "true", "TRUE", "false", "User", "😀", "ba", "aax", "${?}b", "İ"}
)

// commonTexts are drawn more often, so that values match.
var commonTexts = []string{"a", "b", "x", "true"}

type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 1))} }

func one[E any](g generator, from []E) E { return from[g.IntN(len(from))] }

func (g generator) some(from []string, most int) []string {
	var out []string
	for range 1 + g.IntN(most) {
		if v := one(g, from); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g generator) condition() policy.Condition {
	c := policy.Condition{Operator: one(g, stringOperators), Key: one(g, tokenKeys), Values: g.some(someValues, 3)}
	switch {
	case g.chance(8):
		c.Operator, c.Key = one(g, otherOperators), one(g, slices.Concat(tokenKeys, unknownKeys, unknownKeys))
	case g.chance(8):
		c.Key = one(g, unknownKeys)
	case g.chance(8):
		c.Key = one(g, constantKeys)
	}
	if g.chance(40) {
		c.Values = g.some(commonTexts, 2)
	}
	if strings.Contains(c.Operator, "Bool") && g.chance(90) {
		c.Values = g.some([]string{"true", "false", "True"}, 1)
	}
	if c.Operator == "Null" && g.chance(95) {
		c.Values = g.some([]string{"true", "false"}, 1)
	}
	if g.chance(1) {
		c.Values = []string{}
	}
	return c
}

func (g generator) statement() policy.Statement {
	s := policy.Statement{
		Effect:     one(g, []policy.Effect{policy.Allow, policy.Deny}),
		Principals: []policy.Principal{{Type: "Federated", Value: providerA}},
		Actions:    []string{access.Action},
	}
	switch g.IntN(20) {
	case 0:
		s.Actions = g.some([]string{"sts:*", "STS:assumerolewithwebidentity", "sts:AssumeRole", "sts:TagSession", "*"}, 2)
	case 1:
		s.Actions, s.NotActions = nil, g.some([]string{"sts:AssumeRole", "sts:AssumeRoleWith*", "s3:*"}, 2)
	case 2:
		s.Principals = []policy.Principal{{Type: "AWS", Value: "*"}, {Type: "Federated", Value: providerB}}
	case 3:
		s.NotPrincipals, s.Principals = []policy.Principal{{Type: "Federated", Value: one(g, []string{providerA, providerB})}}, nil
	case 4:
		s.Principals = append(s.Principals, policy.Principal{Type: "AWS", Value: "111122223333"})
	}
	for range g.IntN(4) {
		s.Conditions = append(s.Conditions, g.condition())
	}
	return s
}

func (g generator) document() policy.Document {
	d := policy.Document{Version: one(g, []string{policy.Version2012, policy.Version2012, policy.Version2012, policy.Version2008, ""})}
	for range 1 + g.IntN(4) {
		d.Statements = append(d.Statements, g.statement())
	}
	return d
}

// edited is a document with a few changes, so that one often holds the other.
func (g generator) edited(d policy.Document) policy.Document {
	out := policy.Document{Version: d.Version}
	for _, s := range d.Statements {
		if g.chance(10) {
			continue
		}
		s.Conditions = slices.Clone(s.Conditions)
		for i := range s.Conditions {
			c := &s.Conditions[i]
			c.Values = slices.Clone(c.Values)
			switch g.IntN(8) {
			case 0:
				c.Values = append(c.Values, one(g, someValues))
			case 1:
				c.Values = c.Values[:max(len(c.Values)-1, 1)%(len(c.Values)+1)]
			case 2:
				c.Operator = one(g, stringOperators)
			case 3:
				if len(c.Values) > 0 && !strings.Contains(c.Values[0], "${") {
					c.Values[0] += "*"
				}
			}
		}
		if g.chance(10) && len(s.Conditions) > 0 {
			s.Conditions = s.Conditions[1:]
		}
		out.Statements = append(out.Statements, s)
	}
	if g.chance(20) || len(out.Statements) == 0 {
		out.Statements = append(out.Statements, g.statement())
	}
	g.Shuffle(len(out.Statements), func(i, j int) {
		out.Statements[i], out.Statements[j] = out.Statements[j], out.Statements[i]
	})
	return out
}

// request draws what STS may ask for a token of the issuer.
func (g generator) request() policy.Request {
	text := func() string {
		if g.chance(50) {
			return one(g, commonTexts)
		}
		return one(g, someTexts)
	}
	texts := func(least int) policy.Fact {
		values := []string{}
		for range least + g.IntN(3) {
			values = append(values, text())
		}
		return policy.Are(values...)
	}
	r := policy.Request{Principal: policy.Principal{Type: "Federated", Value: providerA}, Action: access.Action, Context: policy.Context{
		"idp.example/i:aud": policy.Is(text()), "IDP.example/i:sub": policy.Is(text()),
		"sts:RoleSessionName": policy.Is(text()), "aws:PrincipalType": policy.Is("User"), "aws:userid": policy.Is(providerA),
	}}
	r.Context["idp.example/i:oaud"] = policy.Is(text())
	if g.chance(40) {
		r.Context["idp.example/i:oaud"] = texts(1)
	}
	for _, key := range []string{"idp.example/i:amr", "aws:TagKeys"} {
		if g.chance(70) {
			r.Context[key] = texts(0)
		}
	}
	for _, key := range []string{"idp.example/i:email", "aws:RequestTag/t", "sts:SourceIdentity"} {
		if g.chance(60) {
			r.Context[key] = policy.Is(text())
		}
	}
	for key, values := range map[string][]string{"aws:SourceIp": {"10.0.0.1", "192.0.2.1"}, "aws:CurrentTime": {"2026-01-01", "1"}, "aws:SecureTransport": {"true", "false"}} {
		if g.chance(60) {
			r.Context[key] = policy.Is(one(g, values))
		}
	}
	if g.chance(5) {
		keys := []string{"idp.example/i:aud", "IDP.example/i:sub", "idp.example/i:amr", "idp.example/i:email", "idp.example/i:oaud", "aws:SourceIp"}
		r.Context[one(g, keys)] = policy.Fact{Unknown: true}
	}
	return r
}
