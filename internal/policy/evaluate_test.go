package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/policy"
)

// token is what STS asks for a token of the issuer i.
func token(context policy.Context) policy.Request {
	return policy.Request{
		Principal: policy.Principal{Type: "Federated", Value: provider},
		Action:    "sts:AssumeRoleWithWebIdentity",
		Context:   context,
	}
}

// TestConditions decides one condition over a request, which knows i:sub,
// the multivalued i:amr and i:many, and nothing of what it doesn't name.
func TestConditions(t *testing.T) {
	facts := policy.Context{
		"i:sub": policy.Is("org:acme"), "I:AUD": policy.Is("aws:acme"), "i:star": policy.Is("a*"),
		"i:amr": policy.Are("mfa", "pwd"), "i:single": policy.Are("mfa"), "i:none": policy.Are(),
		"i:dark": {Unknown: true}, "i:n": policy.Is("10"), "i:t": policy.Is("2026-11-23T10:00:00Z"),
		"i:ip": policy.Is("203.0.113.7"), "i:ip6": policy.Is("2001:db8::1"), "i:arn": policy.Is("arn:aws:sns:eu-west-1:111122223333:a:b"),
		"i:bool": policy.Is("True"), "i:turkish": policy.Is("İ"), "i:empty": policy.Is(""),
	}
	for _, test := range []struct {
		operator, key, values string
		want                  policy.Truth
	}{
		{"StringEquals", "i:sub", `"org:acme"`, policy.Yes},
		{"StringEquals", "I:Sub", `"org:acme"`, policy.Yes},
		{"StringEquals", "i:sub", `"Org:acme"`, policy.No},
		{"StringEquals", "i:sub", `["x","org:acme"]`, policy.Yes},
		{"StringEquals", "i:sub", `"org:*"`, policy.No},
		{"StringEquals", "i:sub", `[]`, policy.Unknown},
		{"StringNotEquals", "i:sub", `[]`, policy.Unknown},
		{"StringEquals", "i:empty", `""`, policy.Yes},
		{"StringLike", "i:sub", `"org:*"`, policy.Yes},
		{"StringLike", "i:sub", `"org:acm?"`, policy.Yes},
		{"StringLike", "i:sub", `"org:acme?"`, policy.No},
		{"StringLike", "i:star", `"a${*}"`, policy.Yes},
		{"StringLike", "i:sub", `"org:${*}"`, policy.No},
		{"StringLike", "i:sub", `"*:${?}"`, policy.No},
		{"StringEquals", "i:star", `"a${*}"`, policy.Yes},
		{"StringEqualsIgnoreCase", "i:sub", `"ORG:Acme"`, policy.Yes},
		{"StringNotEqualsIgnoreCase", "i:sub", `"ORG:Acme"`, policy.No},
		{"StringEqualsIgnoreCase", "i:turkish", `"i"`, policy.Unknown},
		{"StringNotEquals", "i:sub", `["x","y"]`, policy.Yes},
		{"StringNotEquals", "i:sub", `["x","org:acme"]`, policy.No},
		{"StringNotLike", "i:sub", `["x","org:*"]`, policy.No},

		{"StringEquals", "i:absent", `"x"`, policy.No},
		{"StringNotEquals", "i:absent", `"x"`, policy.Yes},
		{"StringNotLike", "i:absent", `"*"`, policy.Yes},
		{"StringEqualsIfExists", "i:absent", `"x"`, policy.Yes},
		{"StringEqualsIfExists", "i:sub", `"x"`, policy.No},
		{"Null", "i:absent", `"true"`, policy.Yes},
		{"Null", "i:absent", `"false"`, policy.No},
		{"Null", "i:sub", `"true"`, policy.No},
		{"Null", "i:sub", `false`, policy.Yes},
		{"Null", "i:sub", `"maybe"`, policy.Unknown},
		{"ForAllValues:StringEquals", "i:absent", `"x"`, policy.Yes},
		{"ForAnyValue:StringEquals", "i:absent", `"x"`, policy.No},
		{"ForAnyValue:StringEqualsIfExists", "i:absent", `"x"`, policy.Yes},
		{"ForAnyValue:StringNotEquals", "i:absent", `"x"`, policy.No},
		{"ForAllValues:StringEquals", "i:none", `"x"`, policy.Yes},
		{"ForAnyValue:StringEquals", "i:none", `"x"`, policy.No},
		{"Null", "i:none", `"true"`, policy.Unknown},

		{"StringEquals", "i:amr", `"mfa"`, policy.No},
		{"StringNotEquals", "i:amr", `"x"`, policy.No},
		{"StringEqualsIfExists", "i:amr", `"mfa"`, policy.No},
		{"StringEquals", "i:single", `"mfa"`, policy.No},
		{"ForAnyValue:StringEquals", "i:amr", `"mfa"`, policy.Yes},
		{"ForAnyValue:StringEquals", "i:amr", `"x"`, policy.No},
		{"ForAllValues:StringEquals", "i:amr", `"mfa"`, policy.No},
		{"ForAllValues:StringLike", "i:amr", `["mfa","p*"]`, policy.Yes},
		{"ForAnyValue:StringNotEquals", "i:amr", `"mfa"`, policy.Yes},
		{"ForAllValues:StringNotEquals", "i:amr", `"mfa"`, policy.No},
		{"ForAllValues:StringNotEquals", "i:amr", `"x"`, policy.Yes},
		{"ForAnyValue:StringEquals", "i:sub", `"org:acme"`, policy.Yes},
		{"ForAllValues:StringEquals", "i:sub", `"org:acme"`, policy.Yes},

		{"StringEquals", "i:dark", `"x"`, policy.Unknown},
		{"Null", "i:dark", `"true"`, policy.Unknown},
		{"ForAllValues:StringEquals", "i:dark", `"x"`, policy.Unknown},
		{"StringFoo", "i:sub", `"x"`, policy.Unknown},
		{"stringequals", "i:sub", `"org:acme"`, policy.Unknown},
		{"NullIfExists", "i:sub", `"true"`, policy.Unknown},

		{"StringEquals", "i:aud", `"aws:acme"`, policy.Yes},
		{"StringLike", "i:sub", `"org:${i:absent}"`, policy.No},
		{"StringNotLike", "i:sub", `"org:${i:absent}"`, policy.Yes},
		{"StringEquals", "i:sub", `"${I:Sub}"`, policy.Yes},
		{"StringLike", "i:sub", `"${i:sub}*"`, policy.Yes},
		{"StringLike", "i:sub", `"org:${i:absent, 'acme'}"`, policy.Yes},
		{"StringLike", "i:sub", `"${i:star}"`, policy.Unknown},
		{"StringEquals", "i:star", `"${i:star}"`, policy.Yes},
		{"StringLike", "i:sub", `"${i:dark}"`, policy.Unknown},
		{"StringLike", "i:sub", `["${i:dark}","org:*"]`, policy.Yes},
		{"StringNotLike", "i:sub", `["${i:dark}","org:*"]`, policy.No},
		{"StringLike", "i:sub", `"${i:amr}"`, policy.Unknown},
		{"StringLike", "i:sub", `"${"`, policy.Unknown},
		{"StringLike", "i:sub", `"${i:absent, acme}"`, policy.Unknown},

		{"Bool", "i:bool", `true`, policy.Yes},
		{"Bool", "i:bool", `"false"`, policy.No},
		{"Bool", "i:bool", `"yes"`, policy.Unknown},
		{"Bool", "i:absent", `"false"`, policy.No},
		{"BoolIfExists", "i:absent", `"false"`, policy.Yes},
		{"NumericEquals", "i:n", `10.0`, policy.Yes},
		{"NumericNotEquals", "i:n", `"10"`, policy.No},
		{"NumericLessThan", "i:n", `"10"`, policy.No},
		{"NumericLessThanEquals", "i:n", `"10"`, policy.Yes},
		{"NumericGreaterThan", "i:n", `"9.99"`, policy.Yes},
		{"NumericGreaterThanEquals", "i:n", `"-10"`, policy.Yes},
		{"NumericEquals", "i:n", `"ten"`, policy.Unknown},
		{"NumericEquals", "i:n", `1e999999999`, policy.Unknown},
		{"DateLessThan", "i:t", `"2026-11-23T11:00:00+00:30"`, policy.Yes},
		{"DateGreaterThan", "i:t", `"2026-11-23"`, policy.Yes},
		{"DateEquals", "i:t", `"1795428000"`, policy.Yes},
		{"DateNotEquals", "i:t", `"1795428000"`, policy.No},
		{"DateLessThanEquals", "i:t", `"tomorrow"`, policy.Unknown},
		{"IpAddress", "i:ip", `"203.0.113.0/24"`, policy.Yes},
		{"IpAddress", "i:ip", `["10.0.0.0/8","203.0.113.7"]`, policy.Yes},
		{"NotIpAddress", "i:ip", `"203.0.113.0/24"`, policy.No},
		{"IpAddress", "i:ip6", `"2001:db8::/32"`, policy.Yes},
		{"IpAddress", "i:ip6", `"203.0.113.0/24"`, policy.No},
		{"IpAddress", "i:ip", `"here"`, policy.Unknown},
		{"ArnEquals", "i:arn", `"arn:aws:sns:*:111122223333:a*"`, policy.Yes},
		{"ArnLike", "i:arn", `"arn:*:111122223333:a:b"`, policy.Unknown},
		{"ArnLike", "i:arn", `"arn:aws:s*s:eu-west-?:*:*"`, policy.Yes},
		{"ArnLike", "i:arn", `"arn:aws:sns:*:a:b"`, policy.No},
		{"ArnNotLike", "i:arn", `"arn:aws:sqs:*:*:*"`, policy.Yes},
		{"ArnLike", "i:arn", `"arn:aws:sns:${i:absent, 'eu-west-1'}:*:a:b"`, policy.Yes},
		{"ArnLike", "i:sub", `"arn:aws:sns:*:*:*"`, policy.No},
		{"BinaryEquals", "i:sub", `"org:acme"`, policy.Yes},
	} {
		t.Run(strings.Join([]string{test.operator, test.key, test.values}, " "), func(t *testing.T) {
			d := parse(t, one(`,"Condition":{"`+test.operator+`":{"`+test.key+`":`+test.values+`}}`))
			decision := policy.Evaluate(d, token(facts))
			got := decision.Statements[0].Conditions[0]
			if got.Holds != test.want {
				t.Errorf("holds: %s (%s)", got.Holds, got.Reason)
			}
			if got.Reason == "" {
				t.Error("no reason is given")
			}
			if decision.Allowed != (test.want == policy.Yes) || decision.Unknown != (test.want == policy.Unknown) {
				t.Errorf("allowed %v, unknown %v", decision.Allowed, decision.Unknown)
			}
		})
	}
}

func TestVariablesAreTextInTheOldVersion(t *testing.T) {
	for _, test := range []struct {
		condition, subject string
		want               policy.Truth
	}{
		{`"StringEquals":{"i:sub":"${i:sub}"}`, "${i:sub}", policy.Yes},
		{`"StringEquals":{"i:sub":"${i:sub}"}`, "x", policy.No},
		{`"StringLike":{"i:sub":"${i:*}"}`, "${i:sub}", policy.Yes},
		{`"StringEquals":{"i:sub":"${*}"}`, "*", policy.No},
		{`"StringLike":{"i:sub":"${*}"}`, "*", policy.Unknown},
	} {
		for _, version := range []string{`"Version":"2008-10-17",`, ""} {
			text := strings.Replace(one(`,"Condition":{`+test.condition+`}`), `"Version":"2012-10-17",`, version, 1)
			got := policy.Evaluate(parse(t, text), token(policy.Context{"i:sub": policy.Is(test.subject)}))
			if holds := got.Statements[0].Conditions[0].Holds; holds != test.want {
				t.Errorf("%s with %q under %q: %s", test.condition, test.subject, version, holds)
			}
		}
	}
}

func TestEvaluateStatements(t *testing.T) {
	principal := `"Principal":{"Federated":"` + provider + `"},`
	web := `"Action":"sts:AssumeRoleWithWebIdentity"`
	dark := `,"Condition":{"StringEquals":{"i:dark":"x"}}`
	allow, deny := `{"Effect":"Allow",`+principal+web, `{"Effect":"Deny",`+principal+web
	for _, test := range []struct {
		name, statements string
		want             policy.Truth
	}{
		{"no statement allows nothing", ``, policy.No},
		{"an Allow allows", allow + `}`, policy.Yes},
		{"a Deny wins over an Allow", allow + `},` + deny + `}`, policy.No},
		{"a Deny wins wherever it stands", deny + `},` + allow + `}`, policy.No},
		{"a Deny that doesn't apply does nothing", allow + `},` + deny + `,"Condition":{"StringEquals":{"i:sub":"x"}}}`, policy.Yes},
		{"a Deny that may apply leaves it open", allow + `},` + deny + dark + `}`, policy.Unknown},
		{"an Allow that may apply leaves it open", allow + dark + `}`, policy.Unknown},
		{"a certain Allow makes an open one superfluous", allow + dark + `},` + allow + `}`, policy.Yes},
		{"a certain Deny settles an open Allow", allow + dark + `},` + deny + `}`, policy.No},
		{"all conditions must hold", allow + `,"Condition":{"StringEquals":{"i:sub":"org:acme"},"Null":{"i:sub":"true"}}}`, policy.No},
		{"a certain condition settles an open one", allow + `,"Condition":{"StringEquals":{"i:sub":"x","i:dark":"x"}}}`, policy.No},
		{"an action folds letter case", `{"Effect":"Allow",` + principal + `"Action":"STS:assumeROLEwithwebidentity"}`, policy.Yes},
		{"an action may have wildcards", `{"Effect":"Allow",` + principal + `"Action":"sts:AssumeRole*"}`, policy.Yes},
		{"every action is one star", `{"Effect":"Allow",` + principal + `"Action":"*"}`, policy.Yes},
		{"another action is none", `{"Effect":"Allow",` + principal + `"Action":"sts:TagSession"}`, policy.No},
		{"NotAction is every other action", `{"Effect":"Allow",` + principal + `"NotAction":"sts:TagSession"}`, policy.Yes},
		{"NotAction folds letter case", `{"Effect":"Allow",` + principal + `"NotAction":["sts:assumerolewith*"]}`, policy.No},
		{"no action is not documented", `{"Effect":"Allow",` + strings.TrimSuffix(principal, ",") + `}`, policy.Unknown},
		{"another provider is none", `{"Effect":"Allow","Principal":{"Federated":"` + provider + `/v2"},` + web + `}`, policy.No},
		{"one of several principals is enough", `{"Effect":"Allow","Principal":{"AWS":"*","Federated":["x","` + provider + `"]},` + web + `}`, policy.Yes},
		{"everybody of AWS is no token", `{"Effect":"Allow","Principal":{"AWS":"*"},` + web + `}`, policy.No},
		{"everybody is no token either", `{"Effect":"Allow","Principal":"*",` + web + `}`, policy.No},
		{"an empty list of principals is not documented", `{"Effect":"Allow","Principal":{},` + web + `}`, policy.Unknown},
		{"no principal is not either", `{"Effect":"Allow",` + web + `}`, policy.Unknown},
		{"nor in a Deny", `{"Effect":"Deny",` + web + `},` + allow + `}`, policy.Unknown},
		{"NotPrincipal is everybody else", `{"Effect":"Deny","NotPrincipal":{"Federated":"x"},` + web + `},` + allow + `}`, policy.No},
		{"NotPrincipal is not who it names", `{"Effect":"Deny","NotPrincipal":{"Federated":"` + provider + `"},` + web + `},` + allow + `}`, policy.Yes},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := parse(t, `{"Version":"2012-10-17","Statement":[`+test.statements+`]}`)
			got := policy.Evaluate(d, token(policy.Context{"i:sub": policy.Is("org:acme"), "i:dark": {Unknown: true}}))
			if got.Allowed != (test.want == policy.Yes) || got.Unknown != (test.want == policy.Unknown) {
				t.Errorf("allowed %v, unknown %v: %+v", got.Allowed, got.Unknown, got.Statements)
			}
		})
	}
}

func TestEvaluateIdentityPolicy(t *testing.T) {
	d := parse(t, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:Get*","Resource":["arn:aws:s3:::home/${aws:username}/*","arn:aws:s3:::open"]},
		{"Effect":"Allow","Action":"s3:Put*","NotResource":"arn:aws:s3:::home/*"}]}`)
	for _, test := range []struct {
		action, resource, user string
		want                   bool
	}{
		{"s3:GetObject", "arn:aws:s3:::home/ada/x", "ada", true},
		{"s3:GetObject", "arn:aws:s3:::home/bob/x", "ada", false},
		{"s3:GetObject", "arn:aws:s3:::home//x", "", false},
		{"s3:GetObject", "arn:aws:s3:::open", "", true},
		{"s3:PutObject", "arn:aws:s3:::open", "ada", true},
		{"s3:PutObject", "arn:aws:s3:::home/ada", "ada", false},
	} {
		r := policy.Request{Action: test.action, Resource: test.resource, Context: policy.Context{}}
		if test.user != "" {
			r.Context["aws:UserName"] = policy.Is(test.user)
		}
		if got := policy.Evaluate(d, r); got.Allowed != test.want || got.Unknown {
			t.Errorf("%+v: allowed %v, unknown %v", test, got.Allowed, got.Unknown)
		}
	}
}

func TestEvaluatePrincipalsOfAWS(t *testing.T) {
	role := "arn:aws:iam::111122223333:role/r"
	for value, want := range map[string]bool{
		"*": true, role: true, "111122223333": true, "arn:aws:iam::111122223333:root": true,
		"111122223334": false, "arn:aws:iam::111122223334:root": false, "arn:aws:iam::111122223333:role/R": false,
	} {
		d := parse(t, `{"Statement":{"Effect":"Allow","Principal":{"AWS":"`+value+`"},"Action":"sts:AssumeRole"}}`)
		r := policy.Request{Principal: policy.Principal{Type: "AWS", Value: role}, Action: "sts:AssumeRole"}
		if got := policy.Evaluate(d, r).Allowed; got != want {
			t.Errorf("%s admits the role: %v", value, got)
		}
	}
}

func TestDecisionSaysWhy(t *testing.T) {
	d := parse(t, one(`,"Sid":"Pulumi","Condition":{"StringEquals":{"i:aud":"aws:acme","i:sub":["a","b"]}}`))
	want := policy.Decision{Statements: []policy.StatementDecision{{
		Sid: "Pulumi", Effect: policy.Allow, Applies: policy.No, Principal: policy.Yes, Action: policy.Yes, Resource: policy.Yes,
		Conditions: []policy.ConditionDecision{
			{Operator: "StringEquals", Key: "i:aud", Values: []string{"aws:acme"}, Holds: policy.Yes, Reason: `"aws:acme" matches "aws:acme"`},
			{Operator: "StringEquals", Key: "i:sub", Values: []string{"a", "b"}, Holds: policy.No, Reason: `"\x1b[31mc" matches none of the values`},
		},
	}}}
	got := policy.Evaluate(d, token(policy.Context{"i:aud": policy.Is("aws:acme"), "i:sub": policy.Is("\x1b[31mc")}))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
