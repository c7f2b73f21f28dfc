package esc

import (
	"fmt"
	"slices"

	"github.com/trustctl/trustctl/internal/trust"
)

// lookup follows a reference as far as the document tells: through objects,
// lists and other references, to a value; it is nil where ESC alone knows it.
// problem says why a reference leads nowhere, which ESC tells only when the
// environment is opened. With imports, a key that is not here may be there.
func lookup(d *trust.EnvironmentDocument, values map[string]trust.Value, steps []any) (v trust.Value, problem string) {
	return lookupFrom(d, values, steps, maxHops)
}

// maxHops bounds how many references are followed: they may run in a circle.
const maxHops = 100

func lookupFrom(d *trust.EnvironmentDocument, values map[string]trust.Value, steps []any, hops int) (v trust.Value, problem string) {
	switch steps[0] {
	case "context", "environments", "imports":
		return nil, ""
	}
	v = values
	for i := 0; ; i++ {
		if t, ok := v.(trust.Text); ok && len(t) == 1 && t[0].Reference != "" {
			on, err := parseReference(t[0].Reference)
			if err != nil || hops == 0 {
				return nil, ""
			}
			return lookupFrom(d, values, slices.Concat(on, steps[i:]), hops-1)
		}
		if i == len(steps) {
			return v, ""
		}
		switch here := v.(type) {
		case map[string]trust.Value:
			if function(here) != "" {
				return nil, unknownOutput(d, steps, i)
			}
			key, ok := steps[i].(string)
			next, there := here[key]
			if ok && !there && len(d.Imports) > 0 {
				return nil, ""
			}
			if !ok || !there {
				return nil, "nothing is at " + formatReference(steps[:i+1])
			}
			v = next
		case []trust.Value:
			index, ok := steps[i].(int)
			if !ok || index >= len(here) {
				return nil, "nothing is at " + formatReference(steps[:i+1])
			}
			v = here[index]
		default:
			return nil, formatReference(steps[:i]) + " is not an object or a list"
		}
	}
}

// unknownOutput says what is wrong with a reference to what a function answers,
// steps[i], where the function is the login.
func unknownOutput(d *trust.EnvironmentDocument, steps []any, i int) string {
	if !slices.Equal(steps[:i], keys(d.LoginPath)) {
		return ""
	}
	for _, o := range outputs() {
		if steps[i] == o.name && len(steps) == i+1 {
			return ""
		}
	}
	return fmt.Sprintf("the login has no output %s: there are accessKeyId, secretAccessKey and sessionToken", formatReference(steps))
}

// composite reports whether a text is nothing but a reference to an object or a
// list, as the login is one.
func composite(d *trust.EnvironmentDocument, values map[string]trust.Value, t trust.Text) bool {
	if len(t) != 1 || t[0].Reference == "" {
		return false
	}
	steps, err := parseReference(t[0].Reference)
	if err != nil {
		return false
	}
	v, _ := lookup(d, values, steps)
	switch v := v.(type) {
	case []trust.Value:
		return true
	case map[string]trust.Value:
		return function(v) == "" || function(v) == keyLogin
	}
	return false
}
