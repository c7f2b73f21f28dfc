package spec

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/zclconf/go-cty/cty"
)

// values are the user's own values of an ESC file, which must leave free what
// the login and the variables set.
func (e *environment) values(v value, d *trust.EnvironmentDocument) map[string]trust.Value {
	if v.state != stated {
		return nil
	}
	if t := v.Type(); !t.IsObjectType() && !t.IsMapType() {
		e.problem(mistakef(v.at(), "Invalid values", "values takes an object, whose keys become those below values in the file, and this is %s.", t.FriendlyName()))
		return nil
	}
	converted := map[string]trust.Value{}
	for it := v.ElementIterator(); it.Next(); {
		k, element := it.Element()
		key := k.AsString()
		at := func() hcl.Range { return v.keyAt(key) }
		if !e.plain(key, at) {
			continue
		}
		if value, ok := e.escValue(element, at); ok {
			converted[key] = value
		}
	}
	e.refuseOverlap(v, converted, d)
	return converted
}

// escValue is a value as an ESC document holds it; ok is false where it is unclear.
func (e *environment) escValue(v cty.Value, at func() hcl.Range) (converted trust.Value, ok bool) {
	switch t := v.Type(); {
	case !v.IsKnown():
		return nil, false
	case v.IsNull():
		return nil, true
	case t == cty.String:
		text, ok := e.escText(v.AsString(), at)
		return text, ok
	case t == cty.Bool:
		return v.True(), true
	case t == cty.Number:
		return exactNumber(v), true
	case t.IsObjectType() || t.IsMapType():
		object := make(map[string]trust.Value, v.LengthInt())
		for it := v.ElementIterator(); it.Next(); {
			k, element := it.Element()
			if !e.plain(k.AsString(), at) {
				return nil, false
			}
			value, ok := e.escValue(element, at)
			if !ok {
				return nil, false
			}
			object[k.AsString()] = value
		}
		return object, true
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		list := make([]trust.Value, 0, v.LengthInt())
		for it := v.ElementIterator(); it.Next(); {
			_, element := it.Element()
			value, ok := e.escValue(element, at)
			if !ok {
				return nil, false
			}
			list = append(list, value)
		}
		return list, true
	default:
		e.problem(mistakef(at(), "Invalid values", "An ESC file cannot hold %s.", t.FriendlyName()))
		return nil, false
	}
}

// exactNumber is a number as JSON with every digit that it has.
func exactNumber(v cty.Value) json.Number {
	f := v.AsBigFloat()
	format := byte('f')
	if exponent := f.MantExp(nil); exponent > 512 || exponent < -512 {
		format = 'g' // as short as it can be, where plain digits would not end
	}
	return json.Number(f.Text(format, -1))
}

// refuseOverlap reports values at a place that the login or a variable sets.
func (e *environment) refuseOverlap(v value, values map[string]trust.Value, d *trust.EnvironmentDocument) {
	check := func(setBy string, path ...string) {
		if len(path) > 0 && occupied(values, path) {
			e.problem(mistakef(v.keyAt(path[0]), "Value set twice", "%s is set by %s already. Leave it out of values.", strings.Join(path, "."), setBy))
		}
	}
	check("the login", d.LoginPath...)
	for _, name := range loginVariables {
		check("the login", environmentVariables, name)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Variables)) {
		check("environment_variables", environmentVariables, name)
	}
}

// occupied reports whether values leave no room at a path: something is there,
// or stands in the way, such as a text or the call of an ESC function.
func occupied(values map[string]trust.Value, path []string) bool {
	for key := range values {
		if strings.HasPrefix(key, "fn::") {
			return true
		}
	}
	value, found := values[path[0]]
	if !found {
		return false
	}
	inner, isObject := value.(map[string]trust.Value)
	return !isObject || len(path) == 1 || occupied(inner, path[1:])
}
