package access

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
)

// condition is a condition whose truth a set doesn't know. It is a variable:
// where the same one stands before and after, it has the same truth.
type condition struct {
	id       string
	key      string
	version  string // under which its values are to be read
	written  policy.Condition
	presence *condition // what holds wherever this does: the request has the key
	why      string
	decides  string
	free     bool // it may be true or false whatever the token
}

// Doubt is a condition, or another matter, that a set doesn't know.
type Doubt struct {
	Condition string `json:"condition,omitempty"`
	Why       string `json:"why"`
	Decides   string `json:"decides"` // what would settle it
}

func (c *condition) doubt() Doubt { return Doubt{c.String(), c.why, c.decides} }

// String is the condition for people.
func (c *condition) String() string {
	if c.written.Operator == "Null" && len(c.written.Values) == 1 {
		if c.written.Values[0] == "false" {
			return "the request has " + c.written.Key
		}
		return "the request lacks " + c.written.Key
	}
	if c.written.Operator == elementOperator {
		return strings.TrimSpace(c.written.Key + " " + strings.Join(c.written.Values, " or "))
	}
	if len(c.written.Values) == 0 {
		return c.written.Operator + " " + c.written.Key + " []"
	}
	return c.written.Operator + " " + c.written.Key + " " + strings.Join(c.written.Values, " or ")
}

// variable is the unknown for a condition.
func (c *compiler) variable(written policy.Condition, free bool, why, decides string) *condition {
	values := slices.Clone(written.Values)
	slices.Sort(values)
	written.Values = slices.Compact(values)
	key := strings.ToLower(written.Key)
	var id strings.Builder
	for _, text := range append([]string{written.Operator, key}, written.Values...) {
		writeField(&id, text)
	}
	if slices.ContainsFunc(written.Values, func(v string) bool { return strings.Contains(v, "${") }) {
		writeField(&id, c.version)
	}
	return &condition{id: id.String(), key: key, version: c.version, written: written, free: free, why: why, decides: decides}
}

func (c *condition) formula() *formula {
	return &formula{op: isLeaf, leaf: leaf{kind: isUnknown, key: c.key, unknown: c}}
}

// plausible tells whether some request may well fulfil a condition, and some
// not.
func plausible(operator, v string) bool {
	if strings.Contains(v, "${") || strings.ContainsRune(v, 'İ') {
		return false
	}
	switch {
	case operator == "StringLike":
		return v == "" || strings.Trim(v, "*") != ""
	case operator == "Bool":
		v = strings.ToLower(v)
		return v == "true" || v == "false"
	case operator == "IpAddress":
		_, notPrefix := netip.ParsePrefix(v)
		_, notAddress := netip.ParseAddr(v)
		return notPrefix == nil || notAddress == nil
	case strings.HasPrefix(operator, "Numeric"):
		_, err := strconv.ParseFloat(v, 64)
		return err == nil && strings.Trim(v, "+-.0123456789") == ""
	case strings.HasPrefix(operator, "Date"):
		return isDate(v)
	case strings.HasPrefix(operator, "Arn"):
		return strings.Count(v, ":") >= 5
	}
	return true
}

// allPlausible tells whether each value is plausible.
func allPlausible(operator string, values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !plausible(operator, v) })
}

// isDate tells a time in ISO 8601, or in seconds since 1970.
func isDate(v string) bool {
	if _, err := strconv.ParseInt(v, 10, 64); err == nil && len(v) > 4 {
		return true
	}
	return slices.ContainsFunc([]string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01", "2006"}, func(layout string) bool {
		_, err := time.Parse(layout, v)
		return err == nil
	})
}

// unknownKey is a condition on a key of which nothing is known. A plain
// operator holds only where the request has the key.
func (c *compiler) unknownKey(o operator, written policy.Condition) *formula {
	const (
		why     = "the condition is on %, which is not in the token"
		decides = "the value of % in the request"
	)
	say := func(text string) string { return strings.ReplaceAll(text, "%", written.Key) }
	there := c.variable(policy.Condition{Operator: "Null", Key: written.Key, Values: []string{"false"}}, true, say(why), say(decides))
	if o.positive == "Null" {
		return c.null(written, there.formula())
	}
	if !o.plain() {
		return c.variable(written, allPlausible(o.positive, written.Values), say(why), say(decides)).formula()
	}
	if o.negated && !hasOneValue(written.Key) {
		// Where the key has several values neither this nor its opposite holds.
		whole := written
		whole.Operator = strings.TrimSuffix(written.Operator, "IfExists")
		return c.variable(whole, allPlausible(o.positive, written.Values), say(why), say(decides)).formula()
	}
	one := written
	one.Operator = o.positive
	switch o.positive {
	case "ArnEquals":
		one.Operator = "ArnLike"
	case "StringLike":
		if !slices.ContainsFunc(written.Values, func(v string) bool { return strings.ContainsAny(v, "*?$") }) {
			one.Operator = "StringEquals"
		}
	}
	holds := never()
	for _, v := range written.Values {
		if o.positive == "Bool" {
			v = strings.ToLower(v)
		}
		if o.positive == "StringLike" && v != "" && strings.Trim(v, "*") == "" {
			holds = either(holds, there.formula())
			continue
		}
		one.Values = []string{v}
		x := c.variable(one, plausible(o.positive, v), say(why), say(decides))
		x.presence = there
		holds = either(holds, x.formula())
	}
	if o.negated {
		return not(holds)
	}
	if o.ifExists {
		return either(not(there.formula()), holds)
	}
	return holds
}
