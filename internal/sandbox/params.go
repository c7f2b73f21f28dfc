package sandbox

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// params are a request's parameters, as the Query protocol spells them:
// RoleName=x, Tags.member.1.Key=k.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/programming.html
type params struct {
	form url.Values
}

func (p params) has(name string) bool    { return p.form.Has(name) }
func (p params) text(name string) string { return p.form.Get(name) }

// number is a parameter that check found to be an integer, or a default.
func (p params) number(name string, otherwise int) int {
	if n, err := strconv.Atoi(p.text(name)); err == nil {
		return n
	}
	return otherwise
}

// list are the values of a list of strings. Members are counted from 1, and
// the first that is missing ends the list.
func (p params) list(name string) []string {
	values := []string{}
	for i := 1; ; i++ {
		key := fmt.Sprintf("%s.member.%d", name, i)
		if !p.has(key) {
			return values
		}
		values = append(values, p.text(key))
	}
}

// hasList reports whether a list was sent, be it empty.
func (p params) hasList(name string) bool { return p.has(name) || p.has(name+".member.1") }

type tag struct{ Key, Value string }

// tags are the values of Tags.
func (p params) tags() []tag {
	var tags []tag
	for i := 1; ; i++ {
		prefix := fmt.Sprintf("Tags.member.%d.", i)
		if !p.has(prefix+"Key") && !p.has(prefix+"Value") {
			return tags
		}
		tags = append(tags, tag{p.text(prefix + "Key"), p.text(prefix + "Value")})
	}
}

// constraint is what IAM's and STS's models say of a parameter's value, before
// any action looks at it. Lengths are of UTF-16 units.
type constraint struct {
	min, max int // length; of a number the value
	pattern  *regexp.Regexp
	says     string // the pattern in IAM's spelling
	number   bool
	enum     []string
	list     bool // the constraint is each member's
}

func shaped(min, max int, pattern, says string) constraint {
	return constraint{min: min, max: max, pattern: regexp.MustCompile(`\A(?:` + pattern + `)\z`), says: says}
}

func listOf(c constraint) constraint {
	c.list = true
	return c
}

// constraints of every parameter that has one, from the API reference of IAM
// and STS. A parameter has the same one in every action; the exceptions are
// spelt Action.Parameter.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html and its neighbours
func constraints() map[string]constraint {
	const name = `[\w+=,.@-]+`
	const tagText = `[\p{L}\p{Z}\p{N}_.:/=+\-@]`
	roleName, arn := shaped(1, 64, name, name), constraint{min: 20, max: 2048}
	path := shaped(1, 512, `/|/[!-~]+/`, `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`)
	document := shaped(1, 131072, "[\t\n\r -\u00ff]+", `[\u0009\u000A\u000D\u0020-\u00FF]+`)
	tagKey := shaped(1, 128, tagText+"+", tagText+"+")
	session := shaped(2, 64, `[\w+=,.@-]*`, `[\w+=,.@-]*`)
	return map[string]constraint{
		"AssumeRolePolicyDocument":             document,
		"ClientID":                             {min: 1, max: 255},
		"ClientIDList":                         {min: 1, max: 255, list: true},
		"CreatePolicy.Description":             {max: 1000},
		"Description":                          shaped(0, 1000, "[\t\n\r -~\u00a1-\u00ff]*", `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`),
		"DurationSeconds":                      {min: 900, max: 43200, number: true},
		"ExternalId":                           shaped(2, 1224, `[\w+=,.@:/-]*`, `[\w+=,.@:\/-]*`),
		"Filter":                               {list: true, enum: []string{"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"}},
		"InstanceProfileName":                  shaped(1, 128, name, name),
		"Marker":                               shaped(1, 320, "[ -\u00ff]+", `[\u0020-\u00FF]+`),
		"MaxItems":                             {min: 1, max: 1000, number: true},
		"MaxSessionDuration":                   {min: 3600, max: 43200, number: true},
		"OpenIDConnectProviderArn":             arn,
		"Path":                                 path,
		"CreatePolicy.Path":                    shaped(1, 512, `((/[A-Za-z0-9.,+@=_-]+)*)/`, `((/[A-Za-z0-9\.,\+@=_-]+)*)/`),
		"PathPrefix":                           shaped(1, 512, `/[!-\x7f]*`, `\u002F[\u0021-\u007F]*`),
		"PermissionsBoundary":                  arn,
		"Policy":                               document,
		"AssumeRoleWithWebIdentity.Policy":     shaped(1, 2048, "[\t\n\r -\u00ff]+", `[\u0009\u000A\u000D\u0020-\u00FF]+`),
		"PolicyArn":                            arn,
		"PolicyDocument":                       document,
		"PolicyName":                           shaped(1, 128, name, name),
		"PolicyUsageFilter":                    {enum: []string{"PermissionsPolicy", "PermissionsBoundary"}},
		"RoleArn":                              arn,
		"RoleName":                             roleName,
		"RoleSessionName":                      session,
		"Scope":                                {enum: []string{"All", "AWS", "Local"}},
		"SourceIdentity":                       session,
		"Tags.Key":                             tagKey,
		"Tags.Value":                           shaped(0, 256, tagText+"*", tagText+"*"),
		"TagKeys":                              listOf(tagKey),
		"ThumbprintList":                       {min: 40, max: 40, list: true},
		"Url":                                  {min: 1, max: 255},
		"VersionId":                            shaped(0, 64, `v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`, `v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`),
		"WebIdentityToken":                     {min: 4, max: 20000},
		"AssumeRoleWithWebIdentity.ProviderId": {min: 4, max: 2048},
	}
}

// maxTags is how many tags, or keys, one request may carry.
const maxTags = 50

// checker finds what a request's values violate; IAM names all at once.
type checker struct {
	rules      map[string]constraint
	violations []string
}

// check answers IAM's ValidationError for the parameters of an action: names
// that end in ! are required. It works on a copy of the checker.
func (k checker) check(action string, names []string, p params) error {
	for _, spelt := range names {
		name := strings.TrimSuffix(spelt, "!")
		rule, ok := k.rules[action+"."+name]
		if !ok {
			rule = k.rules[name]
		}
		switch {
		case name == "Tags":
			k.tags(p, name != spelt)
		case rule.list:
			if name != spelt && !p.hasList(name) {
				k.violate("null", name, "Member must not be null")
			}
			values := p.list(name)
			if name == "TagKeys" && len(values) > maxTags {
				k.tooMany(name)
			}
			for i, v := range values {
				k.value(fmt.Sprintf("%s.%d.member", lowerFirst(name), i+1), v, rule)
			}
		case p.has(name):
			k.value(lowerFirst(name), p.text(name), rule)
		case name != spelt:
			k.violate("null", lowerFirst(name), "Member must not be null")
		}
	}
	if len(k.violations) == 0 {
		return nil
	}
	noun := "error"
	if len(k.violations) > 1 {
		noun = "errors"
	}
	return fail(validationError, "%d validation %s detected: %s", len(k.violations), noun, strings.Join(k.violations, "; "))
}

func (k *checker) tags(p params, required bool) {
	if required && !p.hasList("Tags") && !p.has("Tags.member.1.Key") {
		k.violate("null", "tags", "Member must not be null")
	}
	tags := p.tags()
	if len(tags) > maxTags {
		k.tooMany("tags")
	}
	for i, t := range tags {
		k.value(fmt.Sprintf("tags.%d.member.key", i+1), t.Key, k.rules["Tags.Key"])
		k.value(fmt.Sprintf("tags.%d.member.value", i+1), t.Value, k.rules["Tags.Value"])
	}
}

func (k *checker) tooMany(name string) {
	k.violate("", lowerFirst(name), fmt.Sprintf("Member must have length less than or equal to %d", maxTags))
}

func (k *checker) value(at, v string, c constraint) {
	if c.enum != nil {
		for _, e := range c.enum {
			if v == e {
				return
			}
		}
		k.violate(v, at, "Member must satisfy enum value set: ["+strings.Join(c.enum, ", ")+"]")
		return
	}
	size, measure := utf16Len(v), "length"
	if c.number {
		n, err := strconv.Atoi(v)
		if err != nil {
			k.violate(v, at, "Member must be an integer")
			return
		}
		size, measure = n, "value"
	}
	if size < c.min {
		k.violate(v, at, fmt.Sprintf("Member must have %s greater than or equal to %d", measure, c.min))
	}
	if c.max > 0 && size > c.max {
		k.violate(v, at, fmt.Sprintf("Member must have %s less than or equal to %d", measure, c.max))
	}
	if c.pattern != nil && !c.pattern.MatchString(v) {
		k.violate(v, at, "Member must satisfy regular expression pattern: "+c.says)
	}
}

func (k *checker) violate(value, at, what string) {
	if value != "null" {
		value = "'" + value + "'"
	}
	k.violations = append(k.violations, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", value, at, what))
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func utf16Len(s string) int { return len(utf16.Encode([]rune(s))) }
