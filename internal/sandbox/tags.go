package sandbox

import (
	"maps"
	"strings"
)

// tagRules differ by what is tagged: the keys of roles' tags are the same in
// any letter case, those of every other kind of object are not.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
type tagRules struct {
	same  func(a, b string) bool
	quota string
}

var (
	roleTags  = tagRules{strings.EqualFold, "TagsPerRole"}
	otherTags = tagRules{func(a, b string) bool { return a == b }, "TagsPerResource"}
)

// newTags are the tags of a new object.
func newTags(sent []tag, rules tagRules) (map[string]string, error) {
	if len(sent) == 0 {
		return nil, nil
	}
	return rules.add(nil, sent)
}

// add is tags with more of them. A key that is there already, in other letters
// for a role, is replaced, spelling and all.
func (rules tagRules) add(tags map[string]string, sent []tag) (map[string]string, error) {
	if len(sent) == 0 {
		return nil, fail(invalidInput, "At least one tag is required.")
	}
	all := map[string]string{}
	maps.Copy(all, tags)
	for i, t := range sent {
		if len(t.Key) >= 4 && strings.EqualFold(t.Key[:4], "aws:") || len(t.Value) >= 4 && strings.EqualFold(t.Value[:4], "aws:") {
			return nil, fail(invalidInput, "aws: prefixed tag key names and values are not allowed for external use.")
		}
		for _, earlier := range sent[:i] {
			if rules.same(earlier.Key, t.Key) {
				return nil, fail(invalidInput, "Duplicate tag keys found.")
			}
		}
		rules.remove(all, t.Key)
		all[t.Key] = t.Value
	}
	if len(all) > maxTags {
		return nil, exceeded(rules.quota, maxTags)
	}
	return all, nil
}

func (rules tagRules) remove(tags map[string]string, key string) {
	maps.DeleteFunc(tags, func(k, _ string) bool { return rules.same(k, key) })
}

// without is tags without keys; one that is not there is no matter.
func (rules tagRules) without(tags map[string]string, keys []string) (map[string]string, error) {
	if len(keys) == 0 {
		return nil, fail(invalidInput, "At least one tag key is required.")
	}
	rest := maps.Clone(tags)
	for _, k := range keys {
		rules.remove(rest, k)
	}
	return rest, nil
}

// tagsXML are tags sorted by key.
func tagsXML(tags map[string]string) []tagXML {
	var all []tagXML
	for _, k := range sorted(tags) {
		all = append(all, tagXML{k, tags[k]})
	}
	return all
}

// tagPage is an answer that lists tags.
type tagPage struct {
	Tags list[tagXML]
	page
}

func (c *call) tagPage(tags map[string]string) (any, error) {
	keys, p, err := c.page(sorted(tags))
	answer := tagPage{page: p}
	for _, k := range keys {
		answer.Tags.Members = append(answer.Tags.Members, tagXML{k, tags[k]})
	}
	return answer, err
}

func (c *call) tagRole() (any, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return nil, err
	}
	if r.Tags, err = roleTags.add(r.Tags, c.params.tags()); err != nil {
		return nil, err
	}
	return nil, c.putRole(r)
}

func (c *call) untagRole() (any, error) {
	r, err := c.modifiableRole()
	if err != nil {
		return nil, err
	}
	if r.Tags, err = roleTags.without(r.Tags, c.params.list("TagKeys")); err != nil {
		return nil, err
	}
	return nil, c.putRole(r)
}

func (c *call) listRoleTags() (any, error) {
	r, err := c.role()
	if err != nil {
		return nil, err
	}
	return c.tagPage(r.Tags)
}
