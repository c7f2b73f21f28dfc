package endtoend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/trustctl/trustctl/internal/sandbox"
)

// placeholder is what the live description is in the sandbox, which, strict as
// IAM, takes none of the hostile ones; the wire puts those into the answers.
const placeholder = "PLACEHOLDER"

func TestHostileTextOfAnAccountIsShownSafely(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.configure(base().String())
	w.apply()
	name, description := "payments", placeholder
	_, err := w.iam(prod).UpdateRole(context.Background(), &iam.UpdateRoleInput{RoleName: &name, Description: &description})
	check(t, err)
	hostile := ""
	w.wire.answer = func(_ call, body []byte) []byte {
		var escaped bytes.Buffer
		check(t, xml.EscapeText(&escaped, []byte(hostile)))
		return bytes.ReplaceAll(body, []byte(placeholder), escaped.Bytes())
	}
	for _, test := range []struct{ name, text string }{
		{"a line that looks like ours", "x\nPlan: 0 to add, 0 to change, 0 to destroy.\nNo changes."},
		{"an error that is none", "\r\nError: Too many deletions\r\n"},
		{"escape codes of one byte", "\u009b31mred\u009b0m \u009d0;title\u009c"},
		{"a bidirectional override", "safe \u202e\u2066elor eteled\u2069"},
		{"letters that nobody sees", "ad\u200bmin\u200d\ufeff\u00ad\u2060\U000e0041"},
		{"line and paragraph separators", "a\u2028b\u2029c\u0085d"},
		{"a thousand characters", strings.Repeat("é\\\"", 333) + "é"},
		{"Markdown", "# Title\n[click](javascript:alert(1)) ![](https://example.com/x.png) | `code` | <details>"},
		{"HTML", "</pre><script>alert(1)</script><img src=x onerror=alert(1)>&amp;"},
		{"quotes and interpolations", `"}] ${jsonencode(var.x)} %{ for } \u0041 \n`},
	} {
		t.Run(test.name, func(t *testing.T) {
			hostile = test.text
			r := w.compute()
			if !r.plan.Pending() || r.plan.Errored() {
				t.Fatalf("want a description that is put back:\n%s", r.text())
			}
			text := r.text()
			shownSafely(t, text)
			if n := strings.Count(text, "\nPlan:"); n != 1 || strings.Contains(text, "\nNo changes.") || strings.Contains(text, "\nError:") {
				t.Errorf("the text speaks for the plan:\n%s", text)
			}
			if longest := longestLine(text); longest > 400 {
				t.Errorf("a line has %d characters:\n%s", longest, text)
			}
			if got := descriptionBefore(t, r.json()); got != test.text {
				t.Errorf("the JSON says %q, want %q", got, test.text)
			}
		})
	}
}

func TestAnAnswerThatIsNoXMLFailsItsAccountSafely(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.configure(base().String())
	w.apply()
	w.wire.answer = func(c call, body []byte) []byte {
		if c.action == "ListRoles" {
			return bytes.ReplaceAll(body, []byte("before"), []byte("\x1b[31mred\x1b]0;title\x07"))
		}
		return body
	}
	r := w.compute()
	if !r.plan.Errored() || r.plan.Pending() {
		t.Errorf("want an account that was not read:\n%s", r.text())
	}
	shownSafely(t, r.text())
	descriptionBefore(t, r.json())
}

// shownSafely demands a text in which every character takes its own place on
// its line.
func shownSafely(t *testing.T, text string) {
	t.Helper()
	for at, r := range text {
		if r != '\n' && (unicode.IsControl(r) || !unicode.IsPrint(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
			t.Errorf("the text holds %U at %d:\n%q", r, at, text)
			return
		}
	}
}

func longestLine(text string) (longest int) {
	for line := range strings.Lines(text) {
		longest = max(longest, len([]rune(line)))
	}
	return longest
}

// descriptionBefore is the live description of the role, "" without one.
func descriptionBefore(t *testing.T, text string) string {
	t.Helper()
	var doc struct {
		Changes []struct {
			Type   string `json:"type"`
			Change struct {
				Before struct {
					Description string `json:"description"`
				} `json:"before"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("the plan's JSON is none: %v\n%s", err, text)
	}
	for _, ch := range doc.Changes {
		if ch.Type == "aws_iam_role" {
			return ch.Change.Before.Description
		}
	}
	return ""
}
