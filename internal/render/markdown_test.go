package render

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
	"pgregory.net/rapid"
)

func TestGoldenMarkdown(t *testing.T) {
	same := trust.State{Roles: []trust.Role{role("web/same")}}
	for name, p := range map[string]*plan.Plan{
		"everything": everything(), "hostile": hostile(), "no-changes": compute(same, same),
	} {
		t.Run(name, func(t *testing.T) {
			r := Report{Plan: p, Reads: 4, PlanDigest: "sha256:0123", Folder: "infra/trust", Findings: []lint.Finding{
				{Code: "TRUST101", Severity: lint.Error, Summary: "The subject is not tested", Resource: p.Changes[0].Resource, Pos: trust.Pos{File: "a|b.trust.hcl", Line: 3, Column: 5}},
				{Code: "TRUST302", Severity: lint.Info, Summary: "Two roles share a subject"},
			}}
			golden(t, name+".md", []byte(Markdown(r, CommentLimit)))
		})
	}
}

// shown is Markdown as a browser gets it: the elements, and for each text the
// elements that it stands in.
func shown(t interface{ Fatal(...any) }, markdown string) (elements map[string]int, texts, codes []string) {
	var out bytes.Buffer
	// Raw HTML is let through, as GitHub does before it cleans up.
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe())).Convert([]byte(markdown), &out); err != nil {
		t.Fatal(err)
	}
	root, err := nethtml.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	elements = map[string]int{}
	var walk func(n *nethtml.Node, inCode bool)
	walk = func(n *nethtml.Node, inCode bool) {
		switch n.Type {
		case nethtml.ElementNode:
			elements[n.Data]++
			inCode = inCode || n.Data == "code" || n.Data == "pre"
		case nethtml.TextNode:
			if inCode {
				codes = append(codes, n.Data)
			} else {
				texts = append(texts, n.Data)
			}
		case nethtml.CommentNode:
			elements["comment"]++
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, inCode)
		}
	}
	walk(root, false)
	return elements, texts, codes
}

// traps are texts that want to be more than text.
var traps = []string{
	"<script>alert(1)</script>", "</details>", "-->", "<!--", "`", "``` \n# h", "|", "a\\|b", "\\", "`a`|`b`", "@octocat", "#123", "owner/repo#1", "GH-1",
	"https://evil.example", "www.evil.example", "[x](https://evil.example)", "![x](y)", "**x**", "_x_", "~~x~~", "&lt;b&gt;", "&#64;a", "a\n\n# b", "\r\n- x",
	"\u202e\u2066x", "\u200b", "<img src=x onerror=y>", " x ", "  ", "", "\t", ":smile:", "$a$", "a@b.example", "::error::x", "\\`", "`|", "ends\\", strings.Repeat("`", 300),
}

func hostileText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(traps), rapid.String()), 1, 4).Draw(t, "parts")
		return strings.Join(parts, rapid.SampledFrom([]string{"", " ", "\n"}).Draw(t, "between"))
	})
}

func TestCodeShowsATextAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostileText().Draw(t, "s")
		elements, texts, codes := shown(t, "| a | b |\n|---|---|\n| "+code(s)+" | second |\n")
		if got, want := strings.Join(codes, ""), safe(s); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%q is shown as %q, want %q", s, got, want)
		}
		if elements["td"] != 2 || elements["code"] > 1 || elements["a"] > 0 || elements["comment"] > 0 {
			t.Errorf("%q makes %v", s, elements)
		}
		if got := strings.Join(strings.Fields(strings.Join(texts, " ")), " "); got != "a b second" {
			t.Errorf("%q leaks into %q", s, got)
		}
	})
}

func TestProseIsPlainWordsAndCode(t *testing.T) {
	plain := regexp.MustCompile(`^[A-Za-z0-9'.,;:() -]*$`)
	rapid.Check(t, func(t *rapid.T) {
		s := hostileText().Draw(t, "s")
		elements, texts, _ := shown(t, "- Warning: "+prose(s)+"\n")
		for name := range elements {
			if !strings.Contains(" html head body ul li code ", " "+name+" ") {
				t.Errorf("%q makes %v", s, elements)
			}
		}
		for _, text := range texts {
			if !plain.MatchString(strings.ReplaceAll(text, "\n", " ")) {
				t.Errorf("%q is shown outside of code as %q", s, text)
			}
		}
	})
}

func TestAHostilePlanMakesNothingButTheReport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := hostileText()
		p := compute(trust.State{Roles: []trust.Role{role("payments/prod")}}, trust.State{Roles: []trust.Role{
			role("payments/prod", func(r *trust.Role) {
				r.Description, r.Tags["a"], r.Tags[text.Draw(t, "key")] = text.Draw(t, "description"), text.Draw(t, "tag"), "x"
				r.Trust = admits("aws:acme", text.Draw(t, "sub"))
				r.Managed = []trust.ARN{trust.ARN(text.Draw(t, "arn"))}
			}),
			role("old/" + text.Draw(t, "name")),
		}})
		p.Stack = text.Draw(t, "stack")
		p.Problems = append(p.Problems, plan.Problem{Severity: plan.Error, Summary: "Wrong", Detail: text.Draw(t, "detail")})
		p.NewOrganizations = []plan.NewOrganization{{Organization: text.Draw(t, "org"), Account: prod}}
		r := Report{Plan: p, Folder: "x", Findings: []lint.Finding{{Code: "TRUST101", Severity: lint.Error, Summary: "S", Resource: text.Draw(t, "resource"), Pos: trust.Pos{File: text.Draw(t, "file"), Line: 1}}}}
		for _, limit := range []int{CommentLimit, 3000, 100} {
			markdown := Markdown(r, limit)
			elements, texts, _ := shown(t, markdown)
			for name := range elements {
				if !strings.Contains(" html head body p h2 h3 strong table thead tbody tr th td br ul li code pre details summary a comment ", " "+name+" ") {
					t.Fatalf("an element %s in\n%s", name, markdown)
				}
			}
			if elements["comment"] != 1 || elements["h2"] != 1 || elements["details"] > 2 || elements["a"] > 1 {
				t.Fatalf("%v in\n%s", elements, markdown)
			}
			for _, text := range texts {
				if strings.ContainsAny(text, "@#<>`|\\") {
					t.Fatalf("%q stands outside of code in\n%s", text, markdown)
				}
			}
			for _, r := range markdown {
				if r != '\n' && !unicode.IsPrint(r) {
					t.Fatalf("%U is in the text", r)
				}
			}
		}
	})
}

// large is a plan of n changes: every third role widens, a third goes, the
// rest is new or the same said otherwise.
func large(n int) *plan.Plan {
	var desired, current trust.State
	for i := range n {
		name := fmt.Sprintf("payments-%04d/production", i)
		own := "pulumi:environments:org:acme:env:" + name
		switch i % 3 {
		case 0:
			desired.Roles = append(desired.Roles, role(name, func(r *trust.Role) { r.Trust = admits("aws:acme", own, own+"-eu-*") }))
			current.Roles = append(current.Roles, role(name))
		case 1:
			current.Roles = append(current.Roles, role(name))
		default:
			desired.Roles = append(desired.Roles, role(name, func(r *trust.Role) { r.Description = "new" }))
		}
	}
	return compute(desired, current, func(o *plan.Options) { o.MaxDeletes = n })
}

func TestAThousandChangesFitAComment(t *testing.T) {
	r := Report{Plan: large(1000), Reads: 4, PlanDigest: "sha256:0123"}
	text := Markdown(r, CommentLimit)
	if n := utf8.RuneCountInString(text); n > CommentLimit || len(text) > CommentLimit {
		t.Fatalf("%d characters", n)
	}
	if !strings.HasPrefix(text, "<!-- trustctl:acme-platform -->\n## **Wider**: somebody gains\n") {
		t.Errorf("the verdict is not first:\n%.300s", text)
	}
	_, _, codes := shown(t, text)
	all := strings.Join(codes, "\n")
	for _, ch := range r.Plan.Changes {
		if (ch.Access != nil && ch.Access.Tokens.Widens() || ch.Action == plan.Delete) && !strings.Contains(all, ch.Resource) {
			t.Errorf("%s is not in the text", ch.Resource)
		}
	}
	if !strings.Contains(text, "Left out for length: ") {
		t.Error("what is left out is not said")
	}
}

func TestMoreRoomSaysNoLess(t *testing.T) {
	r := Report{Plan: large(60)}
	before := 0
	for _, limit := range []int{200, 2000, 5000, 10_000, 20_000, 40_000, CommentLimit, SummaryLimit} {
		text := Markdown(r, limit)
		if len(text) > max(limit, 600) {
			t.Errorf("%d bytes for %d", len(text), limit)
		}
		if len(text) < before {
			t.Errorf("with room for %d it says less than before", limit)
		}
		before = len(text)
	}
	if whole := Markdown(r, SummaryLimit); strings.Contains(whole, "Left out") {
		t.Error("something is left out where there is room for all")
	}
}

func TestWhatPeopleReadOfAThousandChanges(t *testing.T) {
	var out bytes.Buffer
	if err := Text(&out, Report{Plan: large(1000)}, TextOptions{Width: 80, Concise: true}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(out.String(), "\n"); lines > 2500 {
		t.Errorf("%d lines", lines)
	}
}
