package spec

import (
	"strings"
	"testing"
)

func TestFunctionsAnswerAsTerraformsDo(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{`abs(-1)`, `1`}, {`ceil(1.2)`, `2`}, {`floor(1.8)`, `1`}, {`log(8, 2)`, `3`}, {`max(1, 3, 2)`, `3`}, {`min(1, 3)`, `1`},
		{`pow(2, 10)`, `1024`}, {`signum(-3)`, `-1`}, {`parseint("ff", 16)`, `255`},
		{`chomp("a\n")`, `"a"`}, {`startswith("abc", "ab")`, `true`}, {`endswith("abc", "ab")`, `false`}, {`strcontains("abc", "b")`, `true`},
		{`format("%s-%03d %%", "a", 7)`, `"a-007 %"`}, {`format("arn:aws:iam::123456789012:role/%s", "r")`, `"arn:aws:iam::123456789012:role/r"`},
		{`formatlist("%s!", ["a", "b"])`, `["a!","b!"]`}, {`indent(2, "a\nb")`, `"a\n  b"`}, {`join("-", ["a", "b"])`, `"a-b"`},
		{`join("-", toset(["b", "a"]))`, `"a-b"`}, {`lower("A")`, `"a"`}, {`upper("a")`, `"A"`}, {`title("ab c")`, `"Ab C"`},
		{`regex("[a-z]+", "12ab")`, `"ab"`}, {`regex("(?P<n>[a-z])", "1a")`, `{"n":"a"}`}, {`regexall("[a-z]", "a1b")`, `["a","b"]`},
		{`replace("a.b", ".", "-")`, `"a-b"`}, {`replace("ab", "/(b)/", "[$1]")`, `"a[b]"`}, {`split(",", "a,b")`, `["a","b"]`},
		{`strrev("ab")`, `"ba"`}, {`substr("hello", 1, 3)`, `"ell"`}, {`trim("xax", "x")`, `"a"`}, {`trimprefix("ab", "a")`, `"b"`},
		{`trimsuffix("ab", "b")`, `"a"`}, {`trimspace(" a ")`, `"a"`},
		{`alltrue([true, "true"])`, `true`}, {`alltrue([true, null])`, `false`}, {`alltrue([])`, `true`}, {`anytrue([false, true])`, `true`}, {`anytrue([])`, `false`},
		{`chunklist(["a", "b", "c"], 2)`, `[["a","b"],["c"]]`}, {`coalesce("", null, "a")`, `""`}, {`coalescelist([], ["a"])`, `["a"]`},
		{`compact(["a", "", null])`, `["a"]`}, {`concat(["a"], [1])`, `["a",1]`}, {`contains(["a"], "a")`, `true`}, {`distinct(["a", "b", "a"])`, `["a","b"]`},
		{`distinct([])`, `[]`}, {`element(["a", "b"], 3)`, `"b"`}, {`flatten([["a"], [["b"]], "c"])`, `["a","b","c"]`}, {`index(["a", "b"], "b")`, `1`},
		{`keys({ b = 1, a = 2 })`, `["a","b"]`}, {`length([1, 2])`, `2`}, {`length("äö")`, `2`}, {`length({ a = 1 })`, `1`},
		{`lookup({ a = "x" }, "b", "y")`, `"y"`}, {`merge({ a = 1 }, { a = 2, b = 3 })`, `{"a":2,"b":3}`}, {`one([])`, `null`}, {`one(["a"])`, `"a"`},
		{`range(3)`, `[0,1,2]`}, {`reverse([1, 2])`, `[2,1]`}, {`setintersection(["a", "b"], ["b"])`, `["b"]`}, {`setproduct(["a"], [1, 2])`, `[["a",1],["a",2]]`},
		{`setsubtract(["a", "b"], ["b"])`, `["a"]`}, {`setunion(["a"], ["b"])`, `["a","b"]`}, {`slice(["a", "b", "c"], 1, 2)`, `["b"]`}, {`sort(["b", "a"])`, `["a","b"]`},
		{`sum([1, 2.5, "3"])`, `6.5`}, {`transpose({ a = ["x", "y"], b = ["y"] })`, `{"x":["a"],"y":["a","b"]}`}, {`values({ b = 1, a = 2 })`, `[2,1]`},
		{`zipmap(["a"], [1])`, `{"a":1}`},
		{`tobool("true")`, `true`}, {`tolist(["a", 1])`, `["a","1"]`}, {`tomap({ a = 1, b = "x" })`, `{"a":"1","b":"x"}`}, {`tonumber("1")`, `1`},
		{`toset(["b", "a", "b"])`, `["a","b"]`}, {`tostring(1)`, `"1"`}, {`toset([])`, `[]`}, {`tolist([])`, `[]`},
		{`jsonencode({ b = [1, null], a = "<" })`, `"{\"a\":\"\\u003c\",\"b\":[1,null]}"`}, {`jsondecode("{\"a\": [1]}")`, `{"a":[1]}`},
		{`base64encode("a")`, `"YQ=="`}, {`base64decode("YQ==")`, `"a"`}, {`urlencode("a b/c")`, `"a+b%2Fc"`}, {`csvdecode("a,b\n1,2")`, `[{"a":"1","b":"2"}]`},
		{`md5("")`, `"d41d8cd98f00b204e9800998ecf8427e"`}, {`sha1("")`, `"da39a3ee5e6b4b0d3255bfef95601890afd80709"`},
		{`sha256("")`, `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`},
		{`can(1 + "x")`, `false`}, {`try(1 + "x", "y")`, `"y"`}, {`issensitive(sensitive(1))`, `true`}, {`issensitive(nonsensitive(sensitive(1)))`, `false`},
		{`file("a.txt")`, `"A\n"`}, {`file("./s/../a.txt")`, `leaves the configuration's folder`},
		{`templatefile("t.txt", { who = ["x", "y"] })`, `"hello x, hello y, \n"`}, {`templatefile("n.txt", { n = 1 })`, `"2\n"`},
		{`env_sub("acme", "a/b")`, `"env_sub({\"org\":\"acme\",\"environment\":\"a/b\"})"`},
		{`env_sub("acme", { environment = "a/*", user = "u" })`, `"env_sub({\"org\":\"acme\",\"environment\":\"a/*\",\"user\":\"u\"})"`},
		{`deploy_sub("acme", { project = "web" })`, `"pulumi:deploy:org:acme:project:web:stack:*:operation:*:scope:write"`},
		{`deploy_sub("acme", {})`, `"pulumi:deploy:org:acme:project:*:stack:*:operation:*:scope:write"`},
		{`"x-${esc_ref("aws.login.accessKeyId")}"`, "\"x-\uFDD0aws.login.accessKeyId\uFDD1\""}, {`esc_ref("a[0].b[\"c d\"]")`, "\"\uFDD0a[0].b[\\\"c d\\\"]\uFDD1\""},
		{`esc_ref("a..b")`, `An ESC reference is names with dots`}, {`sum([])`, `at least one number`}, {`index(["a"], "b")`, `does not hold`},
		{`one(["a", "b"])`, `no element or one`}, {`base64decode("_")`, `not base64`}, {`base64decode("/w==")`, `not UTF-8`},
		{`tolist([{}, "a"])`, `must have the same type`}, {`format("%d", "x")`, `a number is required`},
	} {
		t.Run(c.expr, func(t *testing.T) {
			v, diags := local(t, c.expr, "-- a.txt --\nA\n-- t.txt --\n%{for w in who}hello ${w}, %{endfor}\n-- n.txt --", "${n + 1}")
			if diags.HasErrors() {
				if !strings.Contains(strings.ToLower(diags.Error()), strings.ToLower(c.want)) {
					t.Errorf("got %v, want %s", diags, c.want)
				}
				return
			}
			if got := asJSON(t, v); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// An expression's references are found wherever they stand: what is declared
// last is evaluated first.
func TestEveryKindOfExpressionIsEvaluatedAfterWhatItRefersTo(t *testing.T) {
	for _, expr := range []string{
		`local.x`, `local["x"]`, `[local.x]`, `{ a = local.x }`, `{ (local.x) = 1 }`, `"${local.x}"`, `"a${local.x}"`, `upper(local.x)`, `(local.x)`,
		`local.x == "x"`, `"x" != local.x`, `!(local.x == "x")`, `true ? local.x : "y"`, `false ? "y" : local.x`, `local.x == "x" ? 1 : 2`,
		`[for i in [1] : local.x]`, `[for i in [local.x] : i]`, `[for i in [1] : i if local.x == "x"]`, `{ for i in [1] : local.x => i }`, `{ for i in [1] : i => local.x }`,
		`[for i in [1] : [for j in [2] : local.x]]`, `[local.x][*]`, `[{ a = local.x }][*].a`, `{ x = 1 }[local.x]`, `try(local.x, 1)`, `can(local.x)`,
		`"%{if true}${local.x}%{endif}"`, `"%{for i in [1]}${local.x}%{endfor}"`, `merge({}, { a = local.x })`, `concat([[local.x]]...)`,
	} {
		t.Run(expr, func(t *testing.T) {
			v, diags := local(t, expr, "locals {\n  x = local.y\n  y = \"x\"\n}")
			if diags.HasErrors() || !v.IsWhollyKnown() {
				t.Errorf("%#v %v", v, diags)
			}
			_, diags = local(t, strings.ReplaceAll(strings.ReplaceAll(expr, "local.x", "local.nope"), `local["x"]`, `local["nope"]`))
			if len(diags) != 1 || diags[0].Summary != "Reference to undeclared local value" {
				t.Errorf("unknown: %v", diags)
			}
		})
	}
}

func TestSubjectsInsideAnOrganization(t *testing.T) {
	_, l := front(t, Options{Path: folderOf(t, "locals { a = 1 }\n")})
	s := l.scope.in("acme").withRoleARNs(func(environment string) (string, error) { return "arn:" + environment, nil })
	table := s.functions
	for name, want := range map[string]string{"env_sub": "env_sub(", "role_arn": "arn:acme/a/b"} {
		arg := "acme/a/b"
		if name == "env_sub" {
			arg = "a/b"
		}
		v, err := callText(table, name, arg)
		if err != nil || !strings.HasPrefix(v, want) {
			t.Errorf("%s: %q %v", name, v, err)
		}
	}
	if _, err := callText(l.scope.functions, "env_sub", "a/b"); err == nil {
		t.Error("the scope around changed")
	}
}
