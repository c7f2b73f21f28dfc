package render

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/render/schematest"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

// findings are one of each kind.
func findings() []lint.Finding {
	admitted := true
	return []lint.Finding{
		{Code: "TRUST101", Severity: lint.Error, Summary: "The subject is not tested", Detail: "Any token of role \x1b[31m[x](y) gets in.", Remedy: "Test it.", Proof: &lint.Proof{Audience: "aws:acme", Subject: "x", Admitted: &admitted},
			Address: trust.RoleAddress(prod, "a"), Resource: `aws_iam_role.acme["a"]`, Pos: trust.Pos{File: "a b/100%.trust.hcl", Line: 3, Column: 5}},
		{Code: "TRUST109", Severity: lint.Info, Summary: "A pattern ends inside a name", Detail: "d", Remedy: "r", Address: trust.RoleAddress(prod, "b"), Resource: `aws_iam_role.acme["b"]`,
			Accepted: &lint.Accepted{Reason: "meant", Severity: lint.Warning}, Pos: trust.Pos{File: "../outside.trust.hcl", Line: 3}},
		{Code: "TRUST302", Severity: lint.Info, Summary: "Two roles share a subject", Detail: "d", Remedy: "r", ARN: "arn:aws:iam::123456789012:role/x"},
		{Code: "TRUST302", Severity: lint.Info, Summary: "Two roles share a subject", Detail: "d", Remedy: "r", ARN: "arn:aws:iam::123456789012:role/x"},
	}
}

func instance(t testing.TB, text []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return v
}

func TestSARIFHoldsItsSchema(t *testing.T) {
	schema, err := schematest.Compile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, all := range map[string][]lint.Finding{"findings": findings(), "no-findings": nil} {
		text, err := SARIF(all, "infra/trust", "1.2.3")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".sarif", text)
		if err := schema.Validate(instance(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := hostileText()
		f := findings()[0]
		f.Detail, f.Resource, f.Pos.File, f.Pos.Line = text.Draw(t, "detail"), text.Draw(t, "resource"), text.Draw(t, "file"), rapid.IntRange(0, 9).Draw(t, "line")
		out, err := SARIF([]lint.Finding{f}, text.Draw(t, "folder"), "dev")
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
	})
}

func TestAFindingKeepsItsFingerprintWhenLinesMove(t *testing.T) {
	prints := func(all []lint.Finding) []string {
		var doc struct {
			Runs []struct {
				Results []struct {
					Prints map[string]string `json:"partialFingerprints"`
				}
			}
		}
		text, err := SARIF(all, "", "dev")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range doc.Runs[0].Results {
			out = append(out, r.Prints["trustctlFinding/v1"])
		}
		return out
	}
	before := prints(findings())
	moved := findings()
	for i := range moved {
		moved[i].Pos.Line += 7
		moved[i].Pos.File = "other.trust.hcl"
	}
	if diff := cmp.Diff(before, prints(moved)); diff != "" {
		t.Errorf("moved (-before +after):\n%s", diff)
	}
	seen := map[string]bool{}
	for _, p := range before {
		if p == "" || seen[p] {
			t.Errorf("%q is the fingerprint of two", p)
		}
		seen[p] = true
	}
}

func TestGoldenJUnit(t *testing.T) {
	for name, all := range map[string][]lint.Finding{"findings": findings(), "no-findings": nil} {
		text, err := JUnit("trustctl lint", FindingCases(all))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".xml", text)
	}
}

func TestAnnotationsAreTheWorstTenOfAType(t *testing.T) {
	r := Report{Plan: everything(), Folder: "infra", Findings: findings()}
	golden(t, "annotations.txt", []byte(strings.Join(WorkflowCommands(r.Annotations()), "\n")+"\n"))

	var many []lint.Finding
	for range 25 {
		many = append(many, findings()[0])
	}
	for n, want := range map[int]int{9: 9, 10: 10, 11: 10, 25: 10} {
		lines := WorkflowCommands(FindingAnnotations(many[:n], ""))
		if len(lines) != want {
			t.Errorf("%d lines of %d", len(lines), n)
		}
		if left := n - len(lines) + 1; n > 10 && !strings.Contains(lines[9], "title=") || n > 10 && !strings.Contains(lines[9], "the other "+itoa(left)) {
			t.Errorf("of %d the last is %q", n, lines[9])
		}
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestAnAnnotationIsOneCommand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := hostileText()
		a := Annotation{Severity: lint.Error, Title: text.Draw(t, "title"), Message: text.Draw(t, "message"), File: text.Draw(t, "file"), Line: 1}
		line := WorkflowCommands([]Annotation{a})[0]
		if strings.ContainsAny(line, "\r\n") || !strings.HasPrefix(line, "::error ") {
			t.Fatalf("%q", line)
		}
		head, message, _ := strings.Cut(line[2:], "::") // as the runner reads it
		decode := func(s string) string {
			return strings.NewReplacer("%3A", ":", "%2C", ",", "%25", "%", "%0A", "\n", "%0D", "\r").Replace(s)
		}
		if decode(message) != safe(a.Message) {
			t.Fatalf("the message is %q, want %q", message, safe(a.Message))
		}
		properties := map[string]string{}
		for pair := range strings.SplitSeq(strings.TrimPrefix(head, "error "), ",") {
			key, value, _ := strings.Cut(pair, "=")
			properties[key] = decode(value)
		}
		want := map[string]string{"title": safe(a.Title)}
		if a.File != "" {
			want["file"], want["line"], want["endLine"] = safe(a.File), "1", "1"
		}
		if diff := cmp.Diff(want, properties); diff != "" {
			t.Fatalf("properties (-want +got):\n%s", diff)
		}
	})
}
