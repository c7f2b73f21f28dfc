package spec

import (
	"fmt"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/trust"
)

const (
	defaultESCDir     = "esc"
	defaultMaxDeletes = 5
)

var settingsSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "stack", Required: true}, {Name: "required_version"}, {Name: "esc_dir"}, {Name: "max_deletes"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "ignore_tags"}},
}

var ignoreTagsSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "keys"}, {Name: "key_prefixes"}},
}

// checkVersion holds required_version against the version that runs. It comes
// before everything else, since a configuration for another version may be
// full of what looks like mistakes.
func checkVersion(s *scope, block *hcl.Block, running string) hcl.Diagnostics {
	content, _, _ := block.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "required_version"}}})
	attr := content.Attributes["required_version"]
	r := &reader{scope: s}
	text, ok := r.constantText(attr)
	if !ok {
		return r.diags
	}
	constraints, err := version.NewConstraint(text)
	if err != nil {
		r.mistake(attr.Expr.Range(), "Invalid required_version", `%q is not a version constraint, such as ">= 0.1.0" or "~> 1.2".`, text)
		return r.diags
	}
	// A build without a version is a developer's own, and a pre-release counts
	// as the release it leads to.
	if v, err := version.NewVersion(running); err == nil && !constraints.Check(v.Core()) {
		r.mistake(attr.Expr.Range(), "Unsupported trustctl version", "The configuration needs trustctl %s; this is %s.", text, running)
	}
	return r.diags
}

// settings evaluates the trustctl block.
func settings(s *scope, block *hcl.Block) (Settings, hcl.Diagnostics) {
	content, diags := block.Body.Content(settingsSchema)
	r := &reader{scope: s}
	attrs := content.Attributes
	set := Settings{
		Stack:      r.matching(attrs["stack"], trust.IsStack, "a stack's name is 1 to 64 of a-z, 0-9 and -"),
		ESCDir:     r.escDir(attrs["esc_dir"]),
		MaxDeletes: r.whole(attrs["max_deletes"], defaultMaxDeletes),
	}
	ignore, d := onlyBlock(content.Blocks, "ignore_tags")
	diags = append(diags, d...)
	if ignore != nil {
		content, d := ignore.Body.Content(ignoreTagsSchema)
		diags = append(diags, d...)
		set.IgnoreTags.Keys = r.ignored(content.Attributes["keys"], trust.IsMark)
		set.IgnoreTags.KeyPrefixes = r.ignored(content.Attributes["key_prefixes"], func(prefix string) bool {
			return trust.IsMark(prefix) || strings.HasPrefix(trust.TagPrefix, strings.ToLower(prefix))
		})
	}
	return set, append(diags, r.diags...)
}

// ignored are tag keys, or prefixes of such, none of which may be ours.
func (r *reader) ignored(attr *hcl.Attribute, ours func(string) bool) []string {
	texts, ok := r.texts(attr)
	if !ok {
		return nil
	}
	for _, s := range texts {
		switch {
		case s == "" || len(s) > 128:
			r.mistake(attr.Expr.Range(), "Invalid "+attr.Name, "A tag's key has 1 to 128 characters.")
		case ours(s):
			r.mistake(attr.Expr.Range(), "Invalid "+attr.Name, "%q would ignore trustctl's own tags, which begin with %q.", s, trust.TagPrefix)
		}
	}
	return texts
}

// escDir is where the environment files go: inside the configuration's folder.
func (r *reader) escDir(attr *hcl.Attribute) string {
	s, ok := r.text(attr)
	if !ok {
		return defaultESCDir
	}
	if rule := checkESCDir(s); rule != "" {
		r.mistake(attr.Expr.Range(), "Invalid esc_dir", "%q cannot be used: %s.", s, rule)
		return defaultESCDir
	}
	return strings.TrimSuffix(strings.TrimPrefix(s, "./"), "/")
}

func checkESCDir(s string) string {
	if strings.HasPrefix(s, "/") || strings.Contains(s, ":") {
		return "it must be relative to the configuration's folder"
	}
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(s, "./"), "/"), "/")
	for _, part := range parts {
		switch {
		case part == "":
			return "a part of the path is empty"
		case part == "..":
			return "it may not leave the configuration's folder"
		case strings.HasPrefix(part, "."):
			return "no part of the path may begin with a dot"
		case !anyText.MatchString(part) || strings.Contains(part, `\`):
			return fmt.Sprintf("the part %q holds a control character or a backslash", part)
		}
	}
	return ""
}
