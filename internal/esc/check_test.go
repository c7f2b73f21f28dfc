package esc

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trustctl/trustctl/internal/esc/esctest"
	"github.com/trustctl/trustctl/internal/trust"
)

type object = map[string]trust.Value

func TestMistakesAreFoundBeforeESCWouldTell(t *testing.T) {
	doc := func(change func(*trust.EnvironmentDocument)) func(*trust.EnvironmentFile) {
		return func(f *trust.EnvironmentFile) { change(f.Document) }
	}
	values := func(v object) func(*trust.EnvironmentFile) {
		return doc(func(d *trust.EnvironmentDocument) { d.Values = v })
	}
	variable := func(name string, text trust.Text) func(*trust.EnvironmentFile) {
		return doc(func(d *trust.EnvironmentDocument) { d.Variables = map[string]trust.Text{name: text} })
	}
	tests := []struct {
		name      string
		change    func(*trust.EnvironmentFile)
		attribute string
		detail    string // part of it
	}{
		{"an environment that cannot be a path", func(f *trust.EnvironmentFile) { f.Environment = "acme/.git/x" }, "", "dot"},
		{"a stack that would break the header", func(f *trust.EnvironmentFile) { f.Stack = "x\nvalues: {}" }, "", "first line"},
		{"no document", func(f *trust.EnvironmentFile) { f.Document = nil }, "", "no document"},
		{"a role that is no ARN", doc(func(d *trust.EnvironmentDocument) { d.Login.RoleARN = "not an arn but long enough" }), "", "not the ARN of a role"},
		{"a role of another account", func(f *trust.EnvironmentFile) { f.Account = "999999999999" }, "", "not in account 999999999999"},
		{"a session name with a slash", doc(func(d *trust.EnvironmentDocument) { d.Login.SessionName = "a/b" }), "session_name", "a/b"},
		{"a session name of one character", doc(func(d *trust.EnvironmentDocument) { d.Login.SessionName = "a" }), "session_name", "2 to 64"},
		{"no duration", doc(func(d *trust.EnvironmentDocument) { d.Login.Duration = 0 }), "duration", "15m"},
		{"a duration in milliseconds", doc(func(d *trust.EnvironmentDocument) { d.Login.Duration += time.Millisecond }), "duration", "whole seconds"},
		{"a duration of a day", doc(func(d *trust.EnvironmentDocument) { d.Login.Duration = 24 * time.Hour }), "duration", "12h"},
		{"an unknown subject attribute", doc(func(d *trust.EnvironmentDocument) { d.Login.SubjectAttributes = []string{"pulumi.token.name"} }), "subject_attributes", "not a subject attribute"},
		{"a session policy that is no ARN", doc(func(d *trust.EnvironmentDocument) { d.Login.PolicyARNs = []trust.ARN{"ReadOnlyAccess"} }), "policy_arns", "ReadOnlyAccess"},
		{"too many session policies", doc(func(d *trust.EnvironmentDocument) {
			for range 11 {
				d.Login.PolicyARNs = append(d.Login.PolicyARNs, "arn:aws:iam::aws:policy/ReadOnlyAccess")
			}
		}), "policy_arns", "10"},
		{"no login path", doc(func(d *trust.EnvironmentDocument) { d.LoginPath = nil }), "login", "empty"},
		{"a login among the variables", doc(func(d *trust.EnvironmentDocument) { d.LoginPath = []string{"environmentVariables", "x"} }), "login", "meaning"},
		{"a login that no reference can name", doc(func(d *trust.EnvironmentDocument) { d.LoginPath = []string{`a\`} }), "login", "backslash"},
		{"a login where a value is", doc(func(d *trust.EnvironmentDocument) { d.Values = object{"aws": trust.Literal("x")} }), "login", "something else"},
		{"a login where a function is", doc(func(d *trust.EnvironmentDocument) {
			d.Values = object{"aws": object{"fn::fromJSON": trust.Literal("{}")}}
		}), "login", "something else"},
		{"a login set twice", doc(func(d *trust.EnvironmentDocument) { d.Values = object{"aws": object{"login": nil}} }), "login", "two places"},
		{"a login at a reserved key", doc(func(d *trust.EnvironmentDocument) { d.LoginPath = []string{"context", "x"} }), "values", "context"},
		{"an import that is no name", doc(func(d *trust.EnvironmentDocument) { d.Imports = []string{"a/b/c"} }), "imports", "a/b/c"},
		{"an import with a bad name", doc(func(d *trust.EnvironmentDocument) { d.Imports = []string{"a/b c"} }), "imports", "b c"},
		{"an import of itself", doc(func(d *trust.EnvironmentDocument) { d.Imports = []string{"payments/prod"} }), "imports", "itself"},
		{"an import twice", doc(func(d *trust.EnvironmentDocument) { d.Imports = []string{"a/b", "a/b"} }), "imports", "twice"},
		{"a description that is not UTF-8", doc(func(d *trust.EnvironmentDocument) { d.Description = "\xff" }), "description", "UTF-8"},
		{"a variable that the login sets", variable("AWS_ACCESS_KEY_ID", trust.Literal("x")), "environment_variables", "two places"},
		{"a variable that values sets too", doc(func(d *trust.EnvironmentDocument) {
			d.Variables = map[string]trust.Text{"A": trust.Literal("x")}
			d.Values = object{"environmentVariables": object{"A": trust.Literal("y")}}
		}), "environment_variables", "two places"},
		{"a variable's name that begins with a digit", variable("1BAD", trust.Literal("x")), "environment_variables", "1BAD"},
		{"a variable with a NUL", variable("A", trust.Literal("x\x00")), "environment_variables", "NUL"},
		{"a variable that is the whole login", variable("A", reference("aws.login")), "environment_variables", "object or a list"},
		{"a variable that is a whole object", variable("A", reference("aws")), "environment_variables", "object or a list"},
		{"a variable that is an object", values(object{"environmentVariables": object{"A": object{"b": nil}}}), "values", "is an object"},
		{"a variable that is a list", values(object{"environmentVariables": object{"A": []trust.Value{}}}), "values", "is a list"},
		{"variables that are no object", values(object{"environmentVariables": trust.Literal("x")}), "values", "not an object"},
		{"a file's name that is no variable", values(object{"files": object{"a-b": trust.Literal("x")}}), "values", "a-b"},
		{"a reserved key", values(object{"imports": nil}), "values", "imports"},
		{"a function at the top", values(object{"fn::secret": trust.Literal("x")}), "values", "top"},
		{"an unknown function", values(object{"a": object{"fn::nope": nil}}), "values", "fn::nope"},
		{"a function's name in upper case", values(object{"a": object{"FN::secret": nil}}), "values", "FN::secret"},
		{"a provider without a name", values(object{"a": object{"fn::open::": nil}}), "values", "fn::open::"},
		{"a function with company", values(object{"a": object{"fn::secret": trust.Literal("x"), "b": nil}}), "values", "only key"},
		{"an output misspelled", values(object{"a": reference("aws.login.accessKeyIdd")}), "values", "accessKeyIdd"},
		{"an output of an output", values(object{"a": reference("aws.login.accessKeyId.x")}), "values", "no output"},
		{"a reference to nothing", values(object{"a": []trust.Value{trust.Literal("x"), reference("b.c")}}), "values", "nothing is at b"},
		{"a reference into a string", values(object{"a": trust.Literal("x"), "b": reference("a.c")}), "values", "a is not an object"},
		{"a reference beyond a list", values(object{"a": []trust.Value{nil}, "b": reference("a[1]")}), "values", "nothing is at a[1]"},
		{"a reference through another to nothing", values(object{"a": reference("aws"), "b": reference("a.logon")}), "values", "nothing is at aws.logon"},
		{"a reference that breaks out", values(object{"a": reference("x} ${aws.login")}), "values", "not a path"},
		{"a number that is none", values(object{"a": json.Number("0x10")}), "values", "0x10"},
		{"a number that ESC would round", values(object{"a": json.Number("12345678901234567890.5")}), "values", "string"},
		{"a type that no value has", values(object{"a": "x"}), "values", "string"},
		{"a string that is not UTF-8", values(object{"a": trust.Literal("\xff")}), "values", "UTF-8"},
		{"a key that is not UTF-8", values(object{"a": object{"\xff": nil}}), "values", "UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := example(tt.change)
			errs := Check(f)
			var found *Mistake
			for _, err := range errs {
				var m *Mistake
				if !errors.As(err, &m) {
					t.Fatalf("%v is no mistake", err)
				}
				if m.Attribute == tt.attribute && strings.Contains(m.Detail, tt.detail) {
					found = m
				}
			}
			if found == nil {
				t.Fatalf("%s: %q is not among %v", tt.attribute, tt.detail, errs)
			}
			if content, err := Encode(f); err == nil || content != nil {
				t.Errorf("it is encoded all the same:\n%s", content)
			}
		})
	}
}

func TestAFileTooLargeToBeReadBackIsNotEncoded(t *testing.T) {
	f := example(func(f *trust.EnvironmentFile) {
		f.Document.Values = object{"a": trust.Literal(strings.Repeat("x", maxFile))}
	})
	if _, err := Encode(f); err == nil || !strings.Contains(err.Error(), "smaller") {
		t.Errorf("%v", err)
	}
}

func TestWhatESCTakesIsNoMistake(t *testing.T) {
	f := example(func(f *trust.EnvironmentFile) {
		d := f.Document
		d.Imports = []string{"shared/base"}
		d.LoginPath = []string{"aws", "login"}
		d.Variables = map[string]trust.Text{"KEY": reference("alias.accessKeyId"), "OPEN": reference("secrets.db"), "THERE": reference("imported"), "N": reference(`list[0]["a b"]`)}
		d.Values = object{
			"aws":      object{"region": trust.Literal("eu-west-1")},
			"alias":    reference("aws.login"),
			"list":     []trust.Value{object{"a b": json.Number("1")}},
			"imported": reference(`imports["shared/base"].imported["shared/base"]`),
			"merged":   reference("imported"),
			"name":     reference("context.currentEnvironment.name"),
			"secret":   object{"fn::secret": trust.Literal("$x")},
			"joined":   object{"fn::join": []trust.Value{trust.Literal(","), []trust.Value{trust.Literal("fn::a"), reference("name")}}},
			"secrets":  object{"fn::open::aws-secrets": object{"region": reference("aws.region"), "login": reference("alias"), "get": object{"db": object{"secretId": trust.Literal("x")}}}},
		}
	})
	env, values := esctest.Judge(t, f.Environment, encodeExample(t, f))
	if env["KEY"] != esctest.AccessKeyID || env["OPEN"] != "the secret db" || env["THERE"] != "true" || env["N"] != "1" {
		t.Errorf("variables %v", env)
	}
	v := values.(map[string]any)
	if v["name"] != "payments/prod" || v["secret"] != "$x" || v["joined"] != "fn::a,payments/prod" {
		t.Errorf("values %v", v)
	}
}

func TestReferencesInACircleEnd(t *testing.T) {
	f := example(func(f *trust.EnvironmentFile) {
		f.Document.Values = object{"a": reference("b"), "b": reference("a"), "c": reference("c.d"), "d": object{"e": reference("d")}}
		f.Document.Variables = map[string]trust.Text{"A": reference("a"), "C": reference("c"), "D": reference("d.e.e.e.e")}
	})
	// A circle is ESC's to refuse; one that ends at an object is seen to do so.
	if mistakes := Check(f); len(mistakes) != 1 || !strings.Contains(mistakes[0].Error(), "the variable D is a reference to an object") {
		t.Errorf("mistakes: %v", mistakes)
	}
}

func TestAllMistakesAreToldInOneOrder(t *testing.T) {
	f := example(func(f *trust.EnvironmentFile) {
		f.Document.Login.SessionName = ""
		f.Document.Variables = map[string]trust.Text{"3": nil, "1": nil, "2": nil}
		f.Document.Values = object{"z": json.Number(""), "y": reference("q"), "x": object{"fn::x": nil}}
	})
	first := errors.Join(Check(f)...).Error()
	if n := strings.Count(first, "\n") + 1; n != 7 {
		t.Errorf("%d mistakes:\n%s", n, first)
	}
	for range 20 {
		if diff := cmp.Diff(first, errors.Join(Check(f)...).Error()); diff != "" {
			t.Fatalf("another order (-want +got):\n%s", diff)
		}
	}
}

func TestCheckLeavesTheDocumentAlone(t *testing.T) {
	shared := object{"region": trust.Literal("x")}
	f := example(func(f *trust.EnvironmentFile) { f.Document.Values = object{"aws": shared} })
	encodeExample(t, f)
	if len(shared) != 1 || len(f.Document.Values) != 1 {
		t.Errorf("the document has changed: %v", f.Document.Values)
	}
}

func TestHeadersReadBackAndHoldNothingElse(t *testing.T) {
	good := Header{"acme-platform", "111122223333", "acme/payments.v1/prod."}
	if got, ok := ParseHeader([]byte(good.String() + "values: {}\n")); !ok || got != good {
		t.Errorf("%+v, %v", got, ok)
	}
	for _, h := range []Header{{}, {"a b", "111122223333", "a/b/c"}, {"a", "1", "a/b/c"}, {"a\nb", "111122223333", "a/b/c"}, {"a", "111122223333", "a/b/c\n"}, {"a", "111122223333", "a/b\x1b/c"}, {"a. Account: 1", "111122223333", "a/b/c"}} {
		if got, ok := ParseHeader([]byte(h.String())); ok {
			t.Errorf("%+v reads back as %+v", h, got)
		}
	}
	for _, s := range []string{"", "# Written by trustctl", " " + good.String(), "\ufeff" + good.String(), strings.TrimSuffix(good.String(), "\n")} {
		if got, ok := ParseHeader([]byte(s)); ok {
			t.Errorf("%q reads as %+v", s, got)
		}
	}
}

func TestReferencesAreReadAsESCReadsThem(t *testing.T) {
	tests := []struct {
		path string
		want []any // nil: refused
	}{
		{"aws.login", []any{"aws", "login"}},
		{`accounts["prod.eu"].login`, []any{"accounts", "prod.eu", "login"}},
		{`["a b"]["\"}$"]`, []any{"a b", `"}$`}},
		{`a["\x"]`, []any{"a", `\x`}},
		{"a-b.c_d", []any{"a-b", "c_d"}},
		{"1st.x", []any{"1st", "x"}},
		{"", nil}, {".", nil}, {"a.", nil}, {".a", nil}, {"a..b", nil}, {"a b", nil}, {"a}", nil}, {"${a}", nil}, {"a$b", nil}, {"[0]", nil}, {"a[0]", []any{"a", 0}}, {"a[-1]", nil}, {"a[", nil},
		{"a[x]", nil}, {`a[""]`, nil}, {`a["x]`, nil}, {`a["x"`, nil}, {`a["x"]b`, nil}, {`a["x\"]`, nil}, {"a\n", nil}, {"a\u0085", nil}, {`a"b`, nil},
	}
	for _, tt := range tests {
		got, err := parseReference(tt.path)
		if diff := cmp.Diff(tt.want, got); diff != "" || (err == nil) != (tt.want != nil) {
			t.Errorf("parseReference(%q): %v (-want +got):\n%s", tt.path, err, diff)
		}
	}
}

func TestReferencesReadBackAsTheyAreSpelled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := []any{drawKey().Filter(expressible).Draw(t, "first")}
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			if rapid.Bool().Draw(t, "index") {
				want = append(want, rapid.IntRange(0, 1000).Draw(t, "i"))
				continue
			}
			want = append(want, drawKey().Filter(expressible).Draw(t, "key"))
		}
		text := formatReference(want)
		got, err := parseReference(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%s: %v (-want +got):\n%s", text, err, diff)
		}
	})
}

func TestOnlyNumbersThatSurviveAreExact(t *testing.T) {
	for s, want := range map[string]bool{
		"0": true, "-0": true, "1": true, "-1.5": true, "0.1": true, "1e3": true, "1E+3": true, "18446744073709551615": true, "-9223372036854775808": true, "1e22": true, "1.7976931348623157e308": true, "0.0": true, "0e-999999999": true, "100000000000000000000000": true,
		"": false, "01": false, "+1": false, ".5": false, "5.": false, "1_000": false, "0x1": false, "NaN": false, "1 ": false, "true": false, "\"1\"": false,
		"18446744073709551617": false, "0.1000000000000000055": false, "1e400": false, "1e-400": false, "1e999999999": false, "1e-999999999": false, "9007199254740993.0": false,
	} {
		if got := exact(json.Number(s)); got != want {
			t.Errorf("exact(%q) = %v", s, got)
		}
	}
}
