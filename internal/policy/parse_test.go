package policy_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/trustctl/trustctl/internal/policy"
)

func TestParse(t *testing.T) {
	got := parse(t, `{
		"Version": "2012-10-17", "Id": "x",
		"Statement": {
			"Sid": "Pulumi", "Effect": "Allow",
			"Principal": {"Federated": ["b", "a"], "AWS": "111122223333"},
			"Action": ["sts:TagSession", "sts:AssumeRoleWithWebIdentity"],
			"Condition": {
				"StringEquals": {"i:sub": "<yaml>\u00e9\ud83d\ude00\"\\\/", "i:aud": ["aws:acme"]},
				"Bool": {"aws:SecureTransport": true},
				"NumericEquals": {"n": [1, -2.50, 3e8]}
			}
		}
	}`)
	want := policy.Document{
		Version: policy.Version2012, ID: "x",
		Statements: []policy.Statement{{
			Sid: "Pulumi", Effect: policy.Allow,
			Principals: []policy.Principal{{Type: "AWS", Value: "111122223333"}, {Type: "Federated", Value: "b"}, {Type: "Federated", Value: "a"}},
			Actions:    []string{"sts:TagSession", "sts:AssumeRoleWithWebIdentity"},
			Conditions: []policy.Condition{
				{Operator: "Bool", Key: "aws:SecureTransport", Values: []string{"true"}},
				{Operator: "NumericEquals", Key: "n", Values: []string{"1", "-2.50", "3e8"}},
				{Operator: "StringEquals", Key: "i:aud", Values: []string{"aws:acme"}},
				{Operator: "StringEquals", Key: "i:sub", Values: []string{"<yaml>é😀\"\\/"}},
			},
		}},
	}
	if diff := cmp.Diff(want, got, exactly); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	text := `{"Version":"2012-10-17","Id":"x","Statement":{"Sid":"Pulumi","Effect":"Allow",` +
		`"Principal":{"AWS":"111122223333","Federated":["b","a"]},"Action":["sts:TagSession","sts:AssumeRoleWithWebIdentity"],` +
		`"Condition":{"Bool":{"aws:SecureTransport":"true"},"NumericEquals":{"n":["1","-2.50","3e8"]},` +
		`"StringEquals":{"i:aud":"aws:acme","i:sub":"<yaml>é\ud83d\ude00\"\\/"}}}}`
	if diff := cmp.Diff(text, got.String()); diff != "" {
		t.Errorf("String (-want +got)\n%s", diff)
	}
}

// exactly compares documents field by field; without it go-cmp asks Equal.
var exactly = cmp.Transformer("fields", func(d policy.Document) any {
	return struct {
		Version, ID string
		Statements  []policy.Statement
	}{d.Version, d.ID, d.Statements}
})

func TestParseRefuses(t *testing.T) {
	long := `{"Statement":{"Effect":"Allow","Action":"` + strings.Repeat("é", 131072) + `"}}`
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                               {"", "line 1, column 1: the policy document must be an object"},
		"a list":                                {"[]", "line 1, column 1: the policy document must be an object"},
		"a document without statements":         {`{"Version":"2012-10-17"}`, "line 1, column 1: the policy document has no Statement"},
		"an element of the document":            {`{"Foo":1}`, `line 1, column 2: a policy document has no element "Foo"`},
		"an element of a statement":             {"{\"Statement\":[\n  {\"Effect\":\"Allow\",\n   \"Actions\":\"a:b\"}]}", `line 3, column 4: a statement has no element "Actions"`},
		"an element in another letter case":     {`{"Statement":[{"effect":"Allow"}]}`, `a statement has no element "effect"`},
		"an element that stands twice":          {`{"Statement":[{"Effect":"Deny","Effect":"Allow"}]}`, `line 1, column 32: "Effect" stands twice in a statement`},
		"an element twice in another spelling":  {`{"Statement":[{"Effect":"Deny","\u0045ffect":"Allow"}]}`, `"Effect" stands twice`},
		"a condition key twice":                 {`{"Statement":[{"Effect":"Allow","Condition":{"StringEquals":{"a:b":"c","a:b":"d"}}}]}`, `"a:b" stands twice in "StringEquals"`},
		"a condition key in two letter cases":   {`{"Statement":[{"Effect":"Allow","Condition":{"StringEquals":{"a:b":"c","A:B":"d"}}}]}`, `"A:B" stands twice`},
		"an operator twice":                     {`{"Statement":[{"Effect":"Allow","Condition":{"Null":{"a:b":"true"},"Null":{}}}]}`, `"Null" stands twice in Condition`},
		"a principal type twice":                {`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"1","AWS":"2"}}]}`, `"AWS" stands twice`},
		"another effect":                        {`{"Statement":[{"Effect":"allow"}]}`, `Effect must be "Allow" or "Deny"`},
		"no effect":                             {`{"Statement":[{"Action":"a:b"}]}`, "a statement needs an Effect"},
		"another version":                       {`{"Version":"2012-10-18","Statement":[]}`, `Version must be "2012-10-17" or "2008-10-17"`},
		"a version that is a number":            {`{"Version":2012,"Statement":[]}`, "Version must be a string"},
		"both forms of an element":              {`{"Statement":[{"Effect":"Allow","Action":"a:b","NotAction":"a:c"}]}`, "either Action or NotAction"},
		"a bare principal that is a name":       {`{"Statement":[{"Effect":"Allow","Principal":"111122223333"}]}`, `Principal is "*" or an object`},
		"a principal of another type":           {`{"Statement":[{"Effect":"Allow","Principal":{"aws":"*"}}]}`, `no type "aws"`},
		"an action that is a number":            {`{"Statement":[{"Effect":"Allow","Action":1}]}`, "Action must be a string"},
		"a list in a list":                      {`{"Statement":[{"Effect":"Allow","Action":[["a:b"]]}]}`, "Action must be a string"},
		"a value that is null":                  {`{"Statement":[{"Effect":"Allow","Condition":{"Null":{"a:b":null}}}]}`, `a value of "a:b" must be a string, a number, true or false`},
		"a number that JSON doesn't know":       {`{"Statement":[{"Effect":"Allow","Condition":{"NumericEquals":{"a:b":01}}}]}`, `a value of "a:b" must be`},
		"half a pair of surrogates":             {`{"Id":"\ud83d","Statement":[]}`, "pair of surrogates"},
		"the second half of a pair":             {`{"Id":"\ude00","Statement":[]}`, "pair of surrogates"},
		"two first halves":                      {`{"Id":"\ud83d\ud83d","Statement":[]}`, "pair of surrogates"},
		"a short escape":                        {`{"Id":"\u12"}`, "four hexadecimal digits"},
		"a signed escape":                       {`{"Id":"\u+123"}`, "four hexadecimal digits"},
		"an unknown escape":                     {`{"Id":"\x"}`, "unknown escape"},
		"a line end in a string":                {"{\"Id\":\"a\nb\"}", "control character"},
		"a string without end":                  {`{"Id":"a`, "this string does not end"},
		"an escape without end":                 {`{"Id":"a\`, "this string does not end"},
		"text after the document":               {`{"Statement":[]} x`, "line 1, column 18: the document ends here"},
		"a comma too much":                      {`{"Statement":[],}`, "expected a key in double quotes"},
		"a missing comma":                       {`{"Version":"2012-10-17" "Statement":[]}`, "expected a comma or the end of the policy document"},
		"a missing colon":                       {`{"Statement" []}`, `expected a colon after "Statement"`},
		"bytes that are not UTF-8":              {"{\"Id\":\"\xff\",\"Statement\":[]}", "not valid UTF-8"},
		"a byte order mark":                     {"\ufeff{\"Statement\":[]}", "must be an object"},
		"a control character in a key":          {`{"\u001b[31m":1}`, `no element "\x1b[31m"`},
		"more characters than IAM takes at all": {long, "at most 131072 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := policy.Parse(test.text)
			var syntax *policy.SyntaxError
			if !errors.As(err, &syntax) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if !d.IsZero() {
				t.Errorf("a failed parse gives %s", d)
			}
			live := policy.ParseLive(test.text)
			if text, ok := live.Opaque(); text != test.text || ok != (test.text != "") {
				t.Errorf("ParseLive keeps %q, %v", text, ok)
			}
		})
	}
}

func TestParseTakesTheLongestText(t *testing.T) {
	head, tail := `{"Statement":{"Effect":"Allow","Action":"`, `"}}`
	parse(t, head+strings.Repeat("é", 131072-len(head)-len(tail))+tail)
}

func TestParseIsQuickOnHostileText(t *testing.T) {
	var keys strings.Builder
	for i := range 20000 {
		keys.WriteString(`"` + string(rune('a'+i%26)) + strings.Repeat("k", i%7) + string(rune(0x100+i)) + `":1,`)
	}
	start := time.Now()
	for _, text := range []string{
		strings.Repeat("[", 200<<10), strings.Repeat(`{"Statement":`, 10000), `{"Statement":` + strings.Repeat("[", 100000),
		`{"Statement":{"Effect":"Allow","Condition":{"Null":{` + keys.String(), `{"Id":"` + strings.Repeat(`\`, 100001),
	} {
		if _, err := policy.Parse(text); err == nil {
			t.Errorf("%.40s… is a policy", text)
		}
	}
	if took := time.Since(start); took > 20*time.Second { // this looks for a hang, also on a busy machine
		t.Errorf("took %v", took)
	}
}

func TestOpaqueDocument(t *testing.T) {
	text := `{"Statement": {"Effect":"Allow","Foo":"` + provider + `"}}`
	d := policy.ParseLive(text)
	for name, got := range map[string]bool{
		"String is the text":                      d.String() == text && d.Indent() == text,
		"Canonical is itself":                     d.Canonical().String() == text,
		"it is equal to itself":                   d.Equal(policy.ParseLive(text)),
		"it is not equal to other bytes":          !d.Equal(policy.ParseLive(text + " ")),
		"it is not equal to nothing":              !d.Equal(policy.Document{}) && !(policy.Document{}).Equal(d),
		"it is not zero":                          !d.IsZero(),
		"it trusts what its text names":           d.Trusts(provider) && !d.Trusts("arn:aws:iam::1:oidc-provider/x"),
		"any audience may use what its text says": d.MayUseAudience(provider, "aws:acme"),
		"it narrows itself alone":                 policy.Narrows(d, d) && !policy.Narrows(d, policy.Document{}) && !policy.Narrows(policy.Document{}, d),
		"nothing is decided by it":                policy.Evaluate(d, policy.Request{}).Unknown,
		"IAM would refuse it":                     len(policy.CheckTrust(d)) == 1 && len(policy.CheckIdentity(d)) == 1,
	} {
		if !got {
			t.Errorf("not so: %s", name)
		}
	}
}

func TestDocumentIsJSON(t *testing.T) {
	type holder struct {
		Trust policy.Document `json:"trust"`
	}
	for name, d := range map[string]policy.Document{
		"a policy":          parse(t, one(`,"Condition":{"StringEquals":{"i:sub":"<yaml>&😀"}}`)),
		"the zero document": {},
		"an opaque one":     policy.ParseLive(`{"Foo": "<"}`),
	} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(holder{d})
			if err != nil {
				t.Fatal(err)
			}
			var got holder
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			if got.Trust.String() != d.String() || !got.Trust.Equal(d) || got.Trust.IsZero() != d.IsZero() {
				t.Errorf("%s reads back as %s", text, got.Trust)
			}
		})
	}
	if err := json.Unmarshal([]byte(`{"trust":{"Foo":1}}`), &holder{}); err == nil {
		t.Error("an object that is no policy is read")
	}
}

func TestSizeDoesNotCountWhiteSpace(t *testing.T) {
	if got := policy.Size("{ \"é\":\t\"a b\"\r\n}"); got != 10 {
		t.Errorf("Size is %d", got)
	}
	d := parse(t, one(""))
	if got, want := policy.Size(d.Indent()), policy.Size(d.String()); got != want {
		t.Errorf("indented %d, compact %d", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(typical)
	f.Add(`{"Version":"2008-10-17","Statement":[{"Sid":"","Effect":"Deny","NotPrincipal":{"AWS":[]},"NotAction":["*"],"Resource":[],"Condition":{}}]}`)
	f.Add(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"a:b","Condition":{"ForAnyValue:StringLike":{"k":[1.5e-3,true,"\ud83d\ude00\u00e9${*}${x}${"]}}}]}`)
	f.Add(`{"Statement":[{"Effect":"Allow","Effect":"Deny"}]}`)
	f.Add(`{"Id":"\ud800"`)
	f.Add(`[[[[[[`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := policy.Parse(text)
		if err != nil {
			if !d.IsZero() {
				t.Errorf("a failed parse gives %s", d)
			}
			return
		}
		again, err := policy.Parse(d.String())
		if err != nil {
			t.Fatalf("%s is not read back: %v", d, err)
		}
		if diff := cmp.Diff(d, again, exactly, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("reads back differently (-first +second)\n%s", diff)
		}
		var tree any
		if err := json.Unmarshal([]byte(text), &tree); err != nil {
			t.Errorf("encoding/json refuses it: %v", err)
		}
		c := d.Canonical()
		if again := c.Canonical().String(); again != c.String() {
			t.Errorf("Canonical twice is\n%s, once\n%s", again, c)
		}
		if !d.Equal(c) {
			t.Errorf("not equal to its canonical form\n%s\n%s", d, c)
		}
		policy.CheckTrust(d)
		policy.CheckIdentity(d)
		policy.Narrows(d, c)
		policy.Evaluate(d, policy.Request{Principal: policy.Principal{Type: "Federated", Value: provider}, Action: "sts:AssumeRoleWithWebIdentity"})
	})
}
