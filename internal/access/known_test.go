package access_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
)

const provider = "arn:aws:iam::111122223333:oidc-provider/api.pulumi.com/oidc"

var pulumi = access.Issuer{Host: "api.pulumi.com/oidc", Provider: provider}

// allowing is a statement that admits tokens of Pulumi Cloud.
func allowing(conditions ...policy.Condition) policy.Statement {
	return policy.Statement{Effect: policy.Allow, Principals: []policy.Principal{{Type: "Federated", Value: provider}},
		Actions: []string{access.Action}, Conditions: conditions}
}

func parse(t *testing.T, statements ...string) policy.Document {
	t.Helper()
	d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// when is an Allow statement for Pulumi Cloud's tokens; @ stands for the
// issuer in keys.
func when(conditions string) string { return statement("Allow", conditions) }

func deny(conditions string) string { return statement("Deny", conditions) }

func statement(effect, conditions string) string {
	text := `{"Effect":"` + effect + `","Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity"`
	if conditions != "" {
		text += `,"Condition":` + strings.ReplaceAll(conditions, "@", "api.pulumi.com/oidc:")
	}
	return text + "}"
}

// env admits tokens of acme's environments by patterns.
func env(patterns string) string {
	return when(`{"StringEquals":{"@aud":"aws:acme"},"StringLike":{"@sub":` + patterns + `}}`)
}

const of = "pulumi:environments:org:acme:env:"

// TestKnownChanges compares two policies over all strings. A gained or lost
// token is written as audience, space, subject.
func TestKnownChanges(t *testing.T) {
	for _, test := range []struct {
		name          string
		before, after []string
		want          access.Relation
		gained, lost  string // the first witness
	}{
		{"a star after the name of an environment lets in its namesakes", []string{env(`"` + of + `payments/prod"`)}, []string{env(`"` + of + `payments/prod*"`)}, access.Wider,
			"aws:acme " + of + "payments/prodx", ""},
		{"a statement that tests the audience alone lets in everything", []string{env(`"` + of + `payments/prod"`)}, []string{when(`{"StringEquals":{"@aud":"aws:acme"}}`)}, access.Wider,
			"aws:acme " + of + "x/x", ""},
		{"StringEquals and StringLike without wildcards are the same", []string{when(`{"StringEquals":{"@aud":"aws:acme","@sub":"` + of + `a/b"}}`)}, []string{env(`"` + of + `a/b"`)}, access.Same, "", ""},
		{"an escape is a letter", []string{when(`{"StringEquals":{"@sub":"a*"}}`)}, []string{when(`{"StringLike":{"@sub":"a${*}"}}`)}, access.Same, "", ""},
		{"an escape beside a wildcard is a letter, too", []string{when(`{"StringLike":{"@sub":"a${*}*"}}`)}, []string{when(`{"StringLike":{"@sub":"a**"}}`)}, access.Wider, "anything a", ""},
		{"the order of values doesn't matter", []string{env(`["a","b*","c"]`)}, []string{env(`["c","a","b*"]`)}, access.Same, "", ""},
		{"two statements are one with both values", []string{env(`["a*","b"]`)}, []string{env(`"b"`), env(`"a*"`)}, access.Same, "", ""},
		{"two audiences with one list are two statements", []string{when(`{"StringEquals":{"@aud":["acme","aws:acme"]},"StringLike":{"@sub":["a*","b*"]}}`)},
			[]string{when(`{"StringEquals":{"@aud":"acme"},"StringLike":{"@sub":["a*","b*"]}}`), when(`{"StringEquals":{"@aud":"aws:acme"},"StringLike":{"@sub":["a*","b*"]}}`)}, access.Same, "", ""},
		{"a pattern that another covers adds nothing", []string{env(`"` + of + `payments/*"`)}, []string{env(`["` + of + `payments/*","` + of + `payments/prod*"]`)}, access.Same, "", ""},
		{"patterns together may cover one", []string{env(`["a","a?*","b*"]`)}, []string{env(`["a*","b*"]`)}, access.Same, "", ""},
		{"keys are read in any letter case", []string{when(`{"StringEquals":{"@sub":"a"}}`)}, []string{when(`{"StringEquals":{"API.pulumi.com/OIDC:SUB":"a"}}`)}, access.Same, "", ""},
		{"values are not", []string{when(`{"StringEquals":{"@aud":"aws:acme","@sub":"` + of + `a/b"}}`)}, []string{when(`{"StringEquals":{"@aud":"aws:acme","@sub":"` + of + `A/b"}}`)}, access.Both,
			"aws:acme " + of + "A/b", "aws:acme " + of + "a/b"},
		{"IfExists on sub changes nothing", []string{when(`{"StringLike":{"@sub":"a*"}}`)}, []string{when(`{"StringLikeIfExists":{"@sub":"a*"}}`)}, access.Same, "", ""},
		{"ForAllValues on sub and aud changes nothing", []string{when(`{"StringLike":{"@sub":"a*"},"StringEquals":{"@aud":"b"}}`)},
			[]string{when(`{"ForAllValues:StringLike":{"@sub":"a*"},"ForAllValues:StringEquals":{"@aud":"b"}}`)}, access.Same, "", ""},
		{"ForAllValues on amr admits a token without it", []string{when(`{"ForAnyValue:StringEquals":{"@amr":"mfa"},"ForAllValues:StringEquals":{"@amr":"mfa"}}`)},
			[]string{when(`{"ForAllValues:StringEquals":{"@amr":"mfa"}}`)}, access.Wider, "aws:xxx pulumi:environments:org:xxx:env:A/A", ""},
		{"a plain operator never matches amr", []string{when(`{"StringEquals":{"@amr":"mfa"}}`)}, nil, access.Same, "", ""},
		{"a condition on a claim that STS doesn't fill never holds", []string{when(`{"StringEquals":{"@current_env":"a"}}`)}, nil, access.Same, "", ""},
		{"and its negation always does", []string{when("")}, []string{when(`{"StringNotEquals":{"@current_env":"a"}}`)}, access.Same, "", ""},
		{"a Deny narrows", []string{env(`"` + of + `*"`)}, []string{env(`"` + of + `*"`), deny(`{"StringLike":{"@sub":"*/prod"}}`)}, access.Narrower, "", "aws:acme " + of + "x/prod"},
		{"a Deny of what isn't admitted changes nothing", []string{env(`"` + of + `a/*"`)}, []string{env(`"` + of + `a/*"`), deny(`{"StringLike":{"@sub":"` + of + `b/*"}}`)}, access.Same, "", ""},
		{"a Deny says what a negated condition says", []string{when(`{"StringLike":{"@sub":"a*"},"StringNotLike":{"@sub":"*b"}}`)},
			[]string{when(`{"StringLike":{"@sub":"a*"}}`), deny(`{"StringLike":{"@sub":"*b"}}`)}, access.Same, "", ""},
		{"an Allow of both sides counts where only the other has a Deny", []string{env(`"a*"`), deny(`{"StringLike":{"@sub":"*b"}}`)}, []string{env(`"a*"`)}, access.Wider, "aws:acme ab", ""},
		{"NotAction may take in the exchange", []string{when("")}, []string{strings.Replace(when(""), `"Action"`, `"NotAction"`, 1)}, access.Narrower, "", "aws:xxx pulumi:environments:org:xxx:env:A/A"},
		{"another action in another letter case is the same", []string{when("")}, []string{strings.Replace(when(""), "sts:Assume", "STS:assume", 1)}, access.Same, "", ""},
		{"AWS: * admits no token", nil, []string{`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*"}`}, access.Same, "", ""},
		{"another issuer's provider admits none of ours", nil, []string{`{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/gitlab.com"},"Action":"sts:AssumeRoleWithWebIdentity"}`}, access.Same, "", ""},
		{"a condition that isn't known is the same as itself", []string{when(`{"StringLike":{"@sub":"a*"},"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]}}`)},
			[]string{when(`{"StringLike":{"@sub":"a*"},"IpAddress":{"AWS:sourceip":["192.0.2.0/24","10.0.0.0/8"]}}`)}, access.Same, "", ""},
		{"a condition that isn't known narrows", []string{env(`"` + of + `*"`)}, []string{when(`{"StringEquals":{"@aud":"aws:acme"},"StringLike":{"@sub":"` + of + `*"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)},
			access.Narrower, "", "aws:acme " + of + "x/x"},
		{"a Deny of all but some is a condition on them", []string{when(`{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)}, []string{when(""), deny(`{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)}, access.Same, "", ""},
		{"a variable for a pinned audience is exact", []string{when(`{"StringEquals":{"@aud":"aws:acme"},"StringLike":{"@sub":"*:${@aud}:*"}}`)}, []string{env(`"*:aws:acme:*"`)}, access.Same, "", ""},
		{"a variable without a value matches nothing", []string{when(`{"StringLike":{"@sub":"*${aws:username}*"}}`)}, nil, access.Same, "", ""},
		{"a variable in a condition on what is always the same", []string{when(`{"StringEquals":{"aws:PrincipalType":"${@aud}","@aud":["User","a"]}}`)}, []string{when(`{"StringEquals":{"@aud":"User"}}`)}, access.Same, "", ""},
		{"letters in any case", []string{when(`{"StringEqualsIgnoreCase":{"@sub":"Prod"}}`)}, []string{when(`{"StringEquals":{"@sub":["prod","PROD"]}}`)}, access.Narrower, "", "anything Prod"},
		{"an emoji is two question marks", []string{env(`"??"`)}, []string{env(`["??","😀"]`)}, access.Same, "", ""},
		{"no statement at all admits nothing", nil, nil, access.Same, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, after := parse(t, test.before...), parse(t, test.after...)
			d := access.Compare(before, after, access.Options{Issuer: pulumi})
			if d.Relation != test.want {
				t.Fatalf("%+v", d)
			}
			first := func(s access.Side) string {
				if len(s.Gains) == 0 {
					return ""
				}
				return s.Gains[0].Witness.Aud + " " + s.Gains[0].Witness.Sub
			}
			if diff := cmp.Diff([]string{test.gained, test.lost}, []string{first(d.Gained), first(d.Lost)}); test.gained+test.lost != "" && diff != "" {
				t.Error(diff)
			}
			for _, g := range d.Gained.Gains {
				if !proves(pulumi, g, after, before) {
					t.Errorf("%+v proves nothing", g.Witness)
				}
			}
			for _, g := range d.Lost.Gains {
				if !proves(pulumi, g, before, after) {
					t.Errorf("%+v proves nothing", g.Witness)
				}
			}
			back := access.Compare(after, before, access.Options{Issuer: pulumi}).Relation
			if mirror := map[access.Relation]access.Relation{access.Wider: access.Narrower, access.Narrower: access.Wider}; back != test.want && back != mirror[test.want] {
				t.Errorf("backwards it is %s", back)
			}
		})
	}
}

// TestWhatCannotBeDecidedIsSaidToBe has a case for each kind of doubt.
func TestWhatCannotBeDecidedIsSaidToBe(t *testing.T) {
	old := func(conditions string) policy.Document {
		d := parse(t, when(conditions))
		d.Version = policy.Version2008
		return d
	}
	for _, test := range []struct {
		name          string
		before, after policy.Document
		why           string
	}{
		{"a policy that can't be read", parse(t), policy.ParseLive(`{"Statement":`), "not one that IAM's grammar allows"},
		{"two conditions on one key", parse(t, when(`{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)), parse(t, when(`{"IpAddress":{"aws:SourceIp":"10.1.0.0/16"}}`)), "must have certain answers at once"},
		{"a variable on a key that nothing pins", parse(t), parse(t, when(`{"StringLike":{"@sub":"*:${@aud}:*"}}`)), "no policy pins"},
		{"a variable that isn't known", parse(t), parse(t, when(`{"StringLike":{"@sub":"${aws:SourceIp}*"}}`)), "is not known"},
		{"a malformed variable", parse(t), parse(t, when(`{"StringLike":{"@sub":"${@sub"}}`)), "malformed"},
		{"an escape in a policy of 2008", parse(t), old(`{"StringLike":{"@sub":"a${*}"}}`), "is not documented"},
		{"the dotted capital I", parse(t), parse(t, when(`{"StringEqualsIgnoreCase":{"@sub":"İ"}}`)), "lower case of İ"},
		{"an operator that IAM doesn't have", parse(t), parse(t, when(`{"StringSort":{"@sub":"a"}}`)), "no operator"},
		{"a number in a subject", parse(t), parse(t, when(`{"NumericLessThan":{"@sub":"5"}}`)), "not worked out"},
		{"an ARN in a subject", parse(t), parse(t, when(`{"ArnLike":{"@sub":"arn:aws:iam::*:role/*"}}`)), "not worked out"},
		{"a variable among several values", parse(t), parse(t, when(`{"ForAnyValue:StringEquals":{"@amr":"${@sub}"}}`)), "not worked out"},
		{"Null of neither true nor false", parse(t), parse(t, when(`{"Null":{"@email":"perhaps"}}`)), "true or false"},
		{"Bool of neither true nor false", parse(t), parse(t, when(`{"Bool":{"@email":"perhaps"}}`)), "true or false"},
		{"an empty list of values", parse(t), parse(t, when(`{"StringEquals":{"@sub":[]}}`)), "empty list"},
		{"a prohibition of an empty list that goes", parse(t, when(""), deny(`{"StringEquals":{"@sub":[]}}`)), parse(t, when("")), "empty list"},
		{"bytes in a subject", parse(t), parse(t, when(`{"BinaryEquals":{"@sub":"QUJD"}}`)), "not worked out"},
		{"a statement without Action", parse(t), parse(t, strings.Replace(when(""), `"sts:AssumeRoleWithWebIdentity"`, "[]", 1)), "without Action"},
		{"a statement without Principal", parse(t), parse(t, `{"Effect":"Allow","Action":"*"}`), "without Principal"},
		{"a key that may have several values", parse(t, when(`{"StringEquals":{"aws:PrincipalOrgPaths":"o"}}`), when(`{"StringNotEquals":{"aws:PrincipalOrgPaths":"o"}}`)),
			parse(t, when("")), "must have certain answers at once"},
		{"a resource in a trust policy", parse(t), parse(t, strings.Replace(when(""), `"Action"`, `"Resource":"arn:aws:s3:::a","Action"`, 1)), "no resources"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := access.Compare(test.before, test.after, access.Options{Issuer: pulumi})
			if d.Relation != access.Unknown || d.Gained.Outcome != access.Undecided {
				t.Fatalf("%+v", d)
			}
			if len(d.Gained.Open) == 0 || !strings.Contains(d.Gained.Open[0].Why, test.why) || d.Gained.Open[0].Decides == "" {
				t.Errorf("%+v", d.Gained.Open)
			}
			if _, opaque := test.after.Opaque(); !opaque && access.Compare(test.after, test.after, access.Options{Issuer: pulumi}).Relation != access.Same {
				t.Error("it is not the same as itself")
			}
		})
	}
	t.Run("what takes longer than the budget", func(t *testing.T) {
		c := hostile()[2]
		d := access.Compare(c.before, c.after, access.Options{Issuer: pulumi, Budget: pattern.NewBudget(0)})
		for _, side := range []access.Side{d.Gained, d.Lost} {
			if side.Outcome == access.Undecided && (len(side.Open) == 0 || side.Open[0].Decides == "") {
				t.Errorf("%+v", side)
			}
		}
	})
}

// TestStrangers shows the strangers whom patterns let in.
func TestStrangers(t *testing.T) {
	evil := access.Of(parse(t, when(`{"StringLike":{"@aud":"aws:acme*","@sub":"pulumi:environments:org:acme*:env:*"}}`)), pulumi)
	if got := evil.Contains(pulumi.Request(access.Witness{Aud: "aws:acme-evil", Sub: "pulumi:environments:org:acme-evil:env:a/b"})); got != policy.Yes {
		t.Errorf("acme* admits acme-evil: %s", got)
	}
	a := evil.EscapesOrg("acme", access.Options{})
	if a.Outcome != access.Some || !strings.HasPrefix(a.Witness.Aud, "aws:acme") || a.Witness.Aud == "aws:acme" || !a.Witness.Signed {
		t.Errorf("%+v", a)
	}
	good := access.Of(parse(t, env(`"`+of+`payments/prod*"`)), pulumi)
	if a := good.EscapesOrg("acme", access.Options{}); a.Outcome != access.None {
		t.Errorf("%+v", a.Witness)
	}
	if got := good.Contains(pulumi.Request(access.Witness{Aud: "aws:acme", Sub: of + "payments/production"})); got != policy.Yes {
		t.Errorf("payments/prod* admits payments/production: %s", got)
	}
	loose := access.Of(parse(t, when(`{"StringEquals":{"@aud":["acme","aws:acme"]}}`)), pulumi)
	for _, family := range [...]subject.Family{subject.Environments, subject.Deploy, subject.CustomerKey} {
		a := loose.Family(family, "", access.Options{})
		if a.Outcome != access.Some || !a.Witness.Signed || loose.Contains(pulumi.Request(*a.Witness)) != policy.Yes {
			t.Errorf("%+v", a)
		}
	}
	for family, want := range map[subject.Family]access.Outcome{subject.Environments: access.Some, subject.Deploy: access.None, subject.CustomerKey: access.None} {
		if a := good.Family(family, "", access.Options{}); a.Outcome != want {
			t.Errorf("%+v", a)
		}
	}
}

// TestHostilePoliciesAreDecidedOrGivenUp holds the cases of the benchmark to
// the budget: each direction has one, and all work is charged to it. A budget
// is some 50 ms; the benchmark has the real times.
func TestHostilePoliciesAreDecidedOrGivenUp(t *testing.T) {
	const plenty = 100 * pattern.DefaultBudget
	for _, c := range hostile() {
		t.Run(c.name, func(t *testing.T) {
			budget := pattern.NewBudget(plenty)
			d := access.Compare(c.before, c.after, access.Options{Issuer: pulumi, Budget: budget})
			spent := plenty - budget.Left()
			t.Logf("%s for %d units", d.Relation, spent)
			if spent > 2*pattern.DefaultBudget {
				t.Errorf("it took %d units", spent)
			}
			if d.Relation == access.Unknown && len(d.Gained.Open)+len(d.Lost.Open) == 0 {
				t.Error("undecided, and no reason is given")
			}
		})
	}
}
