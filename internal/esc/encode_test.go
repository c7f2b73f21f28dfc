package esc

import (
	"encoding/json"
	"flag"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trustctl/trustctl/internal/esc/esctest"
	"github.com/trustctl/trustctl/internal/trust"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// example is a file that is right; change makes another of it.
func example(change ...func(*trust.EnvironmentFile)) trust.EnvironmentFile {
	f := trust.EnvironmentFile{
		Environment: "acme/payments/prod",
		Account:     "111122223333",
		Stack:       "acme-platform",
		Path:        "acme/payments/prod.yaml",
		Document: &trust.EnvironmentDocument{
			LoginPath: []string{"aws", "login"},
			Login: trust.Login{
				RoleARN:           "arn:aws:iam::111122223333:role/esc-acme--payments--prod",
				SessionName:       "pulumi-environments-session",
				Duration:          time.Hour,
				SubjectAttributes: []string{"currentEnvironment.name"},
			},
		},
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func encodeExample(t testing.TB, f trust.EnvironmentFile) []byte {
	t.Helper()
	content, err := Encode(f)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func reference(path string) trust.Text { return trust.Text{{Reference: path}} }

func TestFilesAreAsInTestdata(t *testing.T) {
	everything := example(func(f *trust.EnvironmentFile) {
		d := f.Document
		d.Description = "Payments, $5 and up: \"prod\""
		d.Imports = []string{"shared/base", "legacy@stable"}
		d.Login.Duration = 90*time.Minute + 30*time.Second
		d.Login.PolicyARNs = []trust.ARN{"arn:aws:iam::aws:policy/ReadOnlyAccess"}
		d.Login.SubjectAttributes = []string{"currentEnvironment.name", "pulumi.user.login"}
		d.LoginPath = []string{"aws", "prod.eu", "login"}
		d.Variables = map[string]trust.Text{
			"AWS_REGION": trust.Literal("eu-west-1"),
			"ACCOUNT":    trust.Literal("011122223333"),
			"WHO":        {{Literal: "it costs $"}, {Reference: `aws["prod.eu"].region`}, {Literal: " ${not.this}"}},
		}
		d.Values = map[string]trust.Value{
			"aws":   map[string]trust.Value{"prod.eu": map[string]trust.Value{"region": trust.Literal("eu-west-1")}},
			"$cost": map[string]trust.Value{"$each": json.Number("1.5"), "on": true, "none": nil},
			"list":  []trust.Value{trust.Literal("no"), []trust.Value{}, map[string]trust.Value{}},
			"secrets": map[string]trust.Value{"fn::open::aws-secrets": map[string]trust.Value{
				"region": trust.Literal("us-east-1"), "login": reference(`aws["prod.eu"].login`),
				"get": map[string]trust.Value{"db": map[string]trust.Value{"secretId": trust.Literal("db")}},
			}},
			"environmentVariables": map[string]trust.Value{"DB": reference("secrets.db")},
			"pulumiConfig":         map[string]trust.Value{"aws:region": reference(`aws["prod.eu"].region`)},
			"files":                map[string]trust.Value{"KUBECONFIG": trust.Literal("a\nb\n")},
		}
	})
	for name, f := range map[string]trust.EnvironmentFile{"plain.yaml": example(), "everything.yaml": everything} {
		t.Run(name, func(t *testing.T) {
			got := encodeExample(t, f)
			golden := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("file (-want +got):\n%s", diff)
			}
			env, _ := esctest.Judge(t, f.Environment, got)
			if env["AWS_ACCESS_KEY_ID"] != esctest.AccessKeyID || env["AWS_SECRET_ACCESS_KEY"] != esctest.SecretAccessKey || env["AWS_SESSION_TOKEN"] != esctest.SessionToken {
				t.Errorf("the login does not reach the variables: %v", env)
			}
		})
	}
	env, values := esctest.Judge(t, everything.Environment, encodeExample(t, everything))
	want := map[string]string{"ACCOUNT": "011122223333", "AWS_REGION": "eu-west-1", "WHO": "it costs $eu-west-1 ${not.this}", "DB": "the secret db",
		"AWS_ACCESS_KEY_ID": esctest.AccessKeyID, "AWS_SECRET_ACCESS_KEY": esctest.SecretAccessKey, "AWS_SESSION_TOKEN": esctest.SessionToken}
	if diff := cmp.Diff(want, env); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"$each": json.Number("1.5"), "on": true, "none": nil}, values.(map[string]any)["$cost"]); diff != "" {
		t.Errorf("keys with a dollar sign (-want +got):\n%s", diff)
	}
}

// awkward are strings that one reader of YAML, or ESC, takes for something else.
var awkward = []string{
	"", " ", "  leading", "trailing  ", "\t", "a\tb", "\ttab first", "line\nbreak", "\n", "ends with\n\n", "\r\n", "a\rb",
	"on", "Off", "yes", "no", "y", "n", "true", "FALSE", "null", "~", "Null", ".nan", ".inf", "-.INF",
	"1:20", "190:20:30", "1e3", "1_000", "0x1F", "0o17", "017", "012345678901", "111122223333", "+1", "-0", ".5", "5.", "2001-01-01", "2001-12-14t21:59:43.10-05:00",
	"$", "$$", "$$$", "${", "${}", "${a}", "$${a}", "${a.b", "}", "a$", "$a", "${aws.login.accessKeyId}", "a ${b} $$ c$",
	"<<", "=", "&a", "*a", "&a b", "!!binary aGk=", "!x", "- x", "-", "--", "---", "...", "? x", "?", ": x", ":", "a: b", "a:", "# c", "a # c", "#",
	"|", "|\n x", ">", "> x", "%TAG ! x", "@x", "`x`", "[", "]", "{", "{}", "[]", ",", "{a: b}", "\"", "'", "\"x\"", "'x'", "\\", "\\n", "\\x41", "a\\",
	"fn::secret", "fn::open::aws-login", "fn::nope", "fn::join: [a]", "\x00", "\x01\x02", "\x1b[31mred", "\x7f", "\u0080", "\u0085", "a\u0085b", "\u00a0", "\u2028", "\u2029", "x\u2028y",
	"\ufeff", "\ufeffbom first", "\ufffd", "\ufffe", "é", "e\u0301", "日本語", "😀", "\U0010ffff", "\u200b", "\u202eright to left", "<yaml>", "&amp;",
	strings.Repeat("long ", 2000), strings.Repeat("x", 5000), strings.Repeat("$", 301), strings.Repeat("word ", 30) + "$",
}

func drawString() *rapid.Generator[string] {
	mixed := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(awkward), rapid.String()), 1, 4).Draw(t, "parts"), "")
	})
	return rapid.OneOf(rapid.SampledFrom(awkward), rapid.String(), mixed)
}

// drawValue draws a value and what ESC is to make of it.
func drawValue(depth int) *rapid.Generator[valueAndWant] {
	return rapid.Custom(func(t *rapid.T) valueAndWant {
		kinds := 4
		if depth > 0 {
			kinds = 6
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return valueAndWant{nil, nil}
		case 1:
			b := rapid.Bool().Draw(t, "bool")
			return valueAndWant{b, b}
		case 2:
			n := drawNumber().Draw(t, "number")
			return valueAndWant{n, n}
		case 4:
			list := rapid.SliceOfN(drawValue(depth-1), 0, 3).Draw(t, "list")
			values, want := make([]trust.Value, len(list)), make([]any, len(list))
			for i, e := range list {
				values[i], want[i] = e.value, e.want
			}
			return valueAndWant{values, want}
		case 5:
			object := rapid.MapOfN(drawKey(), drawValue(depth-1), 0, 3).Draw(t, "object")
			values, want := map[string]trust.Value{}, map[string]any{}
			for k, e := range object {
				values[k], want[k] = e.value, e.want
			}
			return valueAndWant{values, want}
		}
		s := drawString().Draw(t, "string")
		return valueAndWant{trust.Literal(s), s}
	})
}

type valueAndWant struct {
	value trust.Value
	want  any
}

func drawKey() *rapid.Generator[string] {
	return drawString().Filter(func(s string) bool { return !strings.HasPrefix(strings.ToLower(s), "fn::") })
}

func drawNumber() *rapid.Generator[json.Number] {
	return rapid.Custom(func(t *rapid.T) json.Number {
		switch rapid.IntRange(0, 2).Draw(t, "number") {
		case 0:
			return json.Number(big.NewInt(rapid.Int64().Draw(t, "int")).String())
		case 1:
			text, _ := json.Marshal(rapid.Float64().Draw(t, "float"))
			return json.Number(text)
		}
		return rapid.SampledFrom([]json.Number{"0", "-0", "18446744073709551615", "1E5", "1e+5", "-1.50", "0.1", "1e-300", "100000000000000000000000", "0e9", "12"}).Draw(t, "odd")
	})
}

// sameNumber compares numbers as numbers: 1E5 comes back as 100000.
var sameNumber = cmp.Comparer(func(a, b json.Number) bool {
	x, ok1 := new(big.Rat).SetString(a.String())
	y, ok2 := new(big.Rat).SetString(b.String())
	return ok1 && ok2 && x.Cmp(y) == 0
})

func TestWhatIsWrittenIsWhatESCReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		variables := map[string]trust.Text{"PLAIN": trust.Literal("x")}
		wantEnv := map[string]string{"PLAIN": "x"}
		for _, name := range []string{"A", "on", "_1"} {
			var text trust.Text
			want := ""
			for range rapid.IntRange(0, 4).Draw(t, "parts") {
				if rapid.Bool().Draw(t, "reference") {
					text = append(text, trust.TextPart{Reference: "aws.login.accessKeyId"})
					want += esctest.AccessKeyID
					continue
				}
				s := strings.ReplaceAll(drawString().Draw(t, "literal"), "\x00", "")
				text = append(text, trust.TextPart{Literal: s})
				want += s
			}
			variables[name], wantEnv[name] = text, want
		}
		values, wantValues := map[string]trust.Value{}, map[string]any{}
		for k, v := range rapid.MapOfN(drawKey().Filter(notReserved), drawValue(3), 0, 4).Draw(t, "values") {
			values[k], wantValues[k] = v.value, v.want
		}
		f := example(func(f *trust.EnvironmentFile) {
			f.Document.Description = drawString().Draw(t, "description")
			f.Document.Variables, f.Document.Values = variables, values
		})
		content, err := Encode(f)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := Encode(f); string(again) != string(content) {
			t.Fatal("the same document has two encodings")
		}
		if h, ok := ParseHeader(content); !ok || h != headerOf(f) {
			t.Fatalf("header %+v, %v", h, ok)
		}
		env, got, err := esctest.Evaluate(f.Environment, content)
		if err != nil {
			t.Fatalf("%v\n%s", err, content)
		}
		for _, o := range outputs() {
			delete(env, o.variable)
		}
		if diff := cmp.Diff(wantEnv, env); diff != "" {
			t.Fatalf("variables (-want +got):\n%s\n%s", diff, content)
		}
		evaluated := maps.Clone(got.(map[string]any))
		delete(evaluated, "aws")
		delete(evaluated, keyVariables)
		if diff := cmp.Diff(wantValues, evaluated, sameNumber); diff != "" {
			t.Fatalf("values (-want +got):\n%s\n%s", diff, content)
		}
	})
}

func notReserved(key string) bool {
	return !slices.Contains([]string{"aws", keyVariables, keyFiles, "imports", "context", "environments"}, key)
}

func TestEveryAwkwardStringSurvives(t *testing.T) {
	values := map[string]trust.Value{}
	want := map[string]any{}
	var list []trust.Value
	var wantList []any
	keys, wantKeys := map[string]trust.Value{}, map[string]any{}
	for _, s := range awkward {
		list, wantList = append(list, trust.Literal(s)), append(wantList, s)
		if !strings.HasPrefix(s, "fn::") {
			keys[s], wantKeys[s] = trust.Literal(s), s
			values[s], want[s] = trust.Literal(s), s
		}
	}
	values["list"], want["list"] = list, wantList
	values["keys"], want["keys"] = keys, wantKeys
	f := example(func(f *trust.EnvironmentFile) { f.Document.Values = values })
	_, got := esctest.Judge(t, f.Environment, encodeExample(t, f))
	evaluated := got.(map[string]any)
	delete(evaluated, "aws")
	delete(evaluated, keyVariables)
	if diff := cmp.Diff(want, evaluated); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestALoginIsFoundWhereverItGoes(t *testing.T) {
	for _, path := range [][]string{
		{"login"}, {"aws", "login"}, {"a", "b", "c", "d"}, {"prod.eu", "1st"}, {"a b", `"q"`, "]", "}", "$x", "é", "à"}, {"$x", "$$"}, {`back\slash`, `\"`}, {"on", "null"}, {"x\ny"},
	} {
		f := example(func(f *trust.EnvironmentFile) { f.Document.LoginPath = path })
		content := encodeExample(t, f)
		env, _ := esctest.Judge(t, f.Environment, content)
		if env["AWS_SESSION_TOKEN"] != esctest.SessionToken {
			t.Errorf("%q: %v\n%s", path, env, content)
		}
	}
}

func FuzzEncode(f *testing.F) {
	for _, s := range awkward {
		if len(s) < 100 {
			f.Add(s, s, s)
		}
	}
	f.Fuzz(func(t *testing.T, key, text, path string) {
		e := example(func(e *trust.EnvironmentFile) {
			e.Document.Description = text
			e.Document.Variables = map[string]trust.Text{"V": {{Literal: text}, {Reference: path}}, key: trust.Literal(text)}
			e.Document.Values = map[string]trust.Value{key: map[string]trust.Value{text: trust.Literal(key)}, "n": json.Number(text)}
			e.Document.LoginPath = []string{key, path}
			e.Stack, e.Environment = key, "acme/"+path+"/"+text
		})
		if _, err := Encode(e); (err == nil) != (len(Check(e)) == 0) {
			t.Fatalf("Encode: %v, Check: %v", err, Check(e))
		}
		if function(map[string]trust.Value{key: nil}) != "" {
			return
		}
		e = example(func(e *trust.EnvironmentFile) {
			e.Document.Variables = map[string]trust.Text{"V": {{Literal: text}, {Reference: "aws.login.accessKeyId"}, {Literal: key}}}
			e.Document.Values = map[string]trust.Value{"a": map[string]trust.Value{key: trust.Literal(text)}}
		})
		content, err := Encode(e)
		if err != nil {
			if len(Check(e)) == 0 {
				t.Fatal(err)
			}
			return
		}
		env, values := esctest.Judge(t, e.Environment, content)
		if want := text + esctest.AccessKeyID + key; env["V"] != want {
			t.Fatalf("%q, want %q\n%s", env["V"], want, content)
		}
		if got := values.(map[string]any)["a"].(map[string]any)[key]; got != text {
			t.Fatalf("%q, want %q\n%s", got, text, content)
		}
	})
}

func TestDurationsAreSpelledAsESCReadsThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Hour: "1h", 90 * time.Minute: "1h30m", 15 * time.Minute: "15m", 12 * time.Hour: "12h", 901 * time.Second: "15m1s", 3601 * time.Second: "1h1s",
	} {
		if got := formatDuration(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
