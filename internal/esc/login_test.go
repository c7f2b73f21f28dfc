package esc

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

func TestTheLoginOfAFileReadsBackAsItWasWritten(t *testing.T) {
	attributes := []string{"currentEnvironment.name", "rootEnvironment.name", "pulumi.user.login", "pulumi.organization.login", "pulumi.token.type", "pulumi.token.team"}
	rapid.Check(t, func(t *rapid.T) {
		f := example(func(f *trust.EnvironmentFile) {
			d := f.Document
			d.LoginPath = rapid.SliceOfN(rapid.SampledFrom([]string{"aws", "login", "a b", "$x", "$$", "on", "1st", `back\slash`, "é"}), 1, 4).Draw(t, "path")
			d.Login.SessionName = rapid.StringMatching(`[A-Za-z0-9_+=,.@-]{2,64}`).Draw(t, "session")
			d.Login.Duration = time.Duration(rapid.IntRange(900, 43200).Draw(t, "seconds")) * time.Second
			d.Login.SubjectAttributes = rapid.SliceOfNDistinct(rapid.SampledFrom(attributes), 0, 4, rapid.ID[string]).Draw(t, "attributes")
			if rapid.Bool().Draw(t, "policies") {
				d.Login.PolicyARNs = []trust.ARN{"arn:aws:iam::aws:policy/ReadOnlyAccess"}
			}
			d.Values = map[string]trust.Value{"other": map[string]trust.Value{keyLogin: map[string]trust.Value{"oidc": map[string]trust.Value{
				"roleArn": trust.Literal("arn:aws:iam::111122223333:role/other"), "sessionName": trust.Literal("other"), "duration": trust.Literal("1h")}}}}
		})
		content, err := Encode(f)
		if err != nil {
			t.Skip(err) // a path or a list that Check refuses
		}
		got := readLogin(content, f.Account, f.Document.LoginPath)
		if got == nil {
			t.Fatalf("no login is read in\n%s", content)
		}
		if len(got.SubjectAttributes) == 0 {
			got.SubjectAttributes = f.Document.Login.SubjectAttributes // none and nil
		}
		if diff := cmp.Diff(f.Document.Login, *got); diff != "" {
			t.Fatalf("(-want +got):\n%s\n%s", diff, content)
		}
		if other := readLogin(content, f.Account, []string{"nowhere"}); other != nil {
			t.Fatalf("of two logins %v is chosen\n%s", other, content)
		}
	})
}

func TestTheOnlyLoginIsFoundWithoutItsPath(t *testing.T) {
	f := example(func(f *trust.EnvironmentFile) { f.Document.LoginPath = []string{"a", "b", "c"} })
	content := encodeExample(t, f)
	for _, path := range [][]string{nil, {"aws", "login"}, {"a"}, {"a", "b", "c"}} {
		if got := readLogin(content, f.Account, path); got == nil || got.RoleARN != f.Document.Login.RoleARN {
			t.Errorf("%q: %v", path, got)
		}
	}
	if got := readLogin(content, "999999999999", nil); got != nil {
		t.Errorf("a login of another account than the header's: %v", got)
	}
}

// hand is a file as somebody's hand may have left it; @ stands for a login.
func hand(values string) []byte {
	const login = `{"fn::open::aws-login": {oidc: {roleArn: "arn:aws:iam::111122223333:role/r", sessionName: pulumi, duration: 1h, subjectAttributes: [currentEnvironment.name]}}}`
	return []byte(strings.ReplaceAll("values: "+values, "@", login))
}

func TestALoginThatIsNotPlainIsNotKnown(t *testing.T) {
	if readLogin(hand("{aws: {login: @}}"), "111122223333", []string{"aws", "login"}) == nil {
		t.Fatal("not even the plain one is read")
	}
	const arn = `"arn:aws:iam::111122223333:role/r"`
	oidc := func(fields string) []byte {
		return hand(`{aws: {login: {"fn::open::aws-login": {oidc: {sessionName: pulumi, duration: 1h, ` + fields + `}}}}}`)
	}
	for name, content := range map[string][]byte{
		"nothing":                 nil,
		"no YAML":                 []byte("{"),
		"a list":                  []byte("- a"),
		"a text":                  []byte("a"),
		"no values":               []byte("imports: []"),
		"no login":                hand("{aws: {}}"),
		"two documents":           append(hand("{aws: {login: @}}"), "\n---\na: b\n"...),
		"values twice":            append(hand("{aws: {login: @}}"), "\nvalues: {}\n"...),
		"the path's key twice":    hand("{aws: {login: @, login: @}}"),
		"the role twice":          oidc("roleArn: " + arn + ", roleArn: " + arn),
		"an alias for the login":  hand("{a: &x @, b: *x, aws: {login: *x}, c: @}"),
		"an alias for the role":   oidc("policyArns: [], roleArn: *x"),
		"a merge":                 hand("{x: &x {a: b}, aws: {<<: *x, login: @}}"),
		"a key that is a list":    hand("{aws: {? [a] : b, login: @}, more: @}"),
		"a reference":             oidc(`roleArn: "${role}"`),
		"a number for the role":   oidc("roleArn: 1"),
		"binary":                  oidc("roleArn: !!binary YXJu"),
		"a tag of one's own":      oidc("roleArn: !role " + arn),
		"no ARN":                  oidc(`roleArn: "ours\e[31m"`),
		"an unknown attribute":    oidc("roleArn: " + arn + ", subjectAttributes: [secret]"),
		"attributes as a text":    oidc("roleArn: " + arn + ", subjectAttributes: currentEnvironment.name"),
		"an unknown input":        oidc("roleArn: " + arn + ", more: x"),
		"static keys":             hand(`{aws: {login: {"fn::open::aws-login": {static: {accessKeyId: a}}}}}`),
		"static keys beside":      hand(`{aws: {login: {"fn::open::aws-login": {static: {}, oidc: {roleArn: ` + arn + `, sessionName: pulumi, duration: 1h}}}}}`),
		"a duration of no length": oidc("roleArn: " + arn + ", duration: 0s"),
		"not UTF-8":               []byte("values: {aws: \"\xff\xfe\"}"),
		"NUL":                     []byte("values: \x00"),
	} {
		t.Run(name, func(t *testing.T) {
			if got := readLogin(content, "111122223333", []string{"aws", "login"}); got != nil {
				t.Errorf("%+v", got)
			}
		})
	}
}

// bombs are files as large as a file may be, or that would be far larger if
// somebody expanded them.
func bombs() map[string][]byte {
	full := func(unit string) []byte { return []byte("values: " + strings.Repeat(unit, (maxFile-10)/len(unit))) }
	var laughs strings.Builder
	laughs.WriteString("values:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 40 {
		fmt.Fprintf(&laughs, "  a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	var keys strings.Builder
	keys.WriteString("values:\n")
	for i := range 60_000 {
		fmt.Fprintf(&keys, "  k%d: v\n", i)
	}
	var indented strings.Builder
	for i := range 1_400 {
		indented.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return map[string][]byte{
		"a billion laughs":         []byte(laughs.String()),
		"an anchor in itself":      []byte("values: &a {b: *a}"),
		"open lists":               full("["),
		"open objects":             full("{a: "),
		"keys without an end":      full("? "),
		"a list of lists":          []byte("values: " + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000)),
		"a list in a list, dashed": full("- "),
		"deep indentation":         []byte(indented.String()),
		"many keys":                []byte(keys.String()),
		"anchors":                  full("&a "),
		"tags":                     full("!a "),
		"quotes":                   full("'' : "),
		"comments":                 full("#\n"),
		"documents":                full("---\n"),
		"one long text":            full("x"),
		"colons":                   full("a: "),
		"a scalar of lines":        []byte("values: |\n" + strings.Repeat(" a\n", maxFile/3)),
	}
}

func TestHostileFilesHaveNoLogin(t *testing.T) {
	for name, content := range bombs() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if got := readLogin(content, "111122223333", []string{"aws", "login"}); got != nil {
				t.Errorf("%+v", got)
			}
			t.Logf("%d bytes in %v", len(content), time.Since(start))
		})
	}
}

// FuzzLogin: whatever a file holds, what is read of its login is what trustctl
// could have written, so nothing else is ever shown.
func FuzzLogin(f *testing.F) {
	f.Add(hand("{aws: {login: @}}"))
	f.Add(hand("{a: &x @, aws: {login: *x}}"))
	f.Add([]byte("values: {aws: {login: {fn::open::aws-login: {oidc: {roleArn: '$${a}'}}}}}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		l := readLogin(content, "111122223333", []string{"aws", "login"})
		if l == nil {
			return
		}
		e := example(func(e *trust.EnvironmentFile) { e.Document.Login = *l })
		if _, err := Encode(e); err != nil {
			t.Fatal(err)
		}
	})
}
