package spec

import (
	"maps"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// roleTags are a role's tags: the account's, the organization's and its own,
// merged by key, where the nearest wins, and trustctl's marks. IAM does not
// tell the keys of a role's tags apart by letter case.
func (e *environment) roleTags(s layered, guarded bool) map[string]string {
	tags := map[string]string{}
	spelled := map[string]string{} // by lower case
	set := func(key, text string) {
		fold := strings.ToLower(key)
		delete(tags, spelled[fold])
		spelled[fold] = key
		tags[key] = text
	}
	if e.account != nil {
		for _, key := range slices.Sorted(maps.Keys(e.account.Tags)) {
			set(key, e.account.Tags[key])
		}
	}
	var layers []value
	if a := s.base["tags"]; a != nil {
		layers = append(layers, e.org.get(a, textTable))
	}
	own := e.eval(s.own["tags"], textTable)
	for _, layer := range append(layers, own) {
		entries, _ := e.table(layer, false)
		folded := map[string]string{}
		for _, entry := range entries {
			fold := strings.ToLower(entry.key)
			if wrong := checkTag(entry.key, entry.text); wrong != "" {
				e.problem(mistakef(layer.keyAt(entry.key), "Invalid tag", "IAM cannot take the tag %q: %s.", entry.key, wrong))
			} else if first, twice := folded[fold]; twice {
				e.problem(mistakef(layer.keyAt(entry.key), "Duplicate tag", "%q is %q already: IAM does not tell a role's tags apart by letter case.", entry.key, first))
			} else {
				folded[fold] = entry.key
				set(entry.key, entry.text)
			}
		}
	}
	tags[trust.TagStack] = e.c.settings.Stack
	tags[trust.TagRole] = e.roleName
	tags[trust.TagEnvironment] = e.String()
	if guarded {
		tags[trust.TagPreventDestroy] = "true"
	}
	if len(tags) > trust.MaxTags {
		at := s.at
		if own.attr != nil {
			at = own.at()
		}
		e.problem(mistakef(at, "Too many tags", "A role has at most %d tags, and this one would have %d with trustctl's own marks.", trust.MaxTags, len(tags)))
	}
	return tags
}
