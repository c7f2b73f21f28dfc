package spec

import (
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// convert converts as go-cty does, in time that grows with the value: go-cty
// compares the type of each element of a list that is written out with that of
// each other, even where all are strings.
func (m *meter) convert(v cty.Value, want cty.Type) (cty.Value, error) {
	if v.IsMarked() {
		plain, marks := v.Unmark()
		converted, err := m.convert(plain, want)
		if err != nil {
			return cty.NilVal, err
		}
		return converted.WithMarks(marks), nil
	}
	types := elementTypes(v.Type())
	switch {
	case len(types) == 0 || v.IsNull() || !v.IsKnown():
	case want.IsCollectionType() && v.Type().IsObjectType() == want.IsMapType():
		element := want.ElementType()
		if element == cty.DynamicPseudoType {
			if element = m.common(types); element == cty.NilType {
				return cty.NilVal, errors.New("all elements must have the same type")
			}
		}
		if element != cty.DynamicPseudoType {
			return m.collect(v, want, element)
		}
	case want.IsObjectType() && v.Type().IsObjectType():
		if converted, ok, err := m.attributes(v, want); ok {
			return converted, err
		}
	}
	if holdsAny(want) {
		m.charge(squares(v.Type()))
	}
	return convert.Convert(v, want)
}

// common is the type that all of the types convert to.
func (m *meter) common(types []cty.Type) cty.Type {
	var different []cty.Type
	for _, ty := range types {
		if !slices.ContainsFunc(different, ty.Equals) {
			different = append(different, ty)
			m.charge(len(different) * (1 + len(types)/128))
		}
	}
	if len(different) == 1 {
		return different[0]
	}
	common, _ := convert.UnifyUnsafe(different)
	return common
}

// collect makes a list, set or map of a tuple or an object.
func (m *meter) collect(v cty.Value, want, element cty.Type) (cty.Value, error) {
	var elements []cty.Value
	entries := map[string]cty.Value{}
	for it := v.ElementIterator(); it.Next(); {
		key, one := it.Element()
		one, err := m.convert(one, element)
		if err != nil {
			return cty.NilVal, inside(cty.IndexStep{Key: key}, err)
		}
		if want.IsMapType() {
			entries[key.AsString()] = one
		}
		elements = append(elements, one)
	}
	switch {
	case !cty.CanListVal(elements): // an open type came out differently for some
		return cty.NilVal, errors.New("all elements must have the same type")
	case want.IsMapType():
		return cty.MapVal(entries), nil
	case want.IsSetType():
		return cty.SetVal(elements), nil
	}
	return cty.ListVal(elements), nil
}

// attributes converts the attributes of an object; ok is false where one is
// missing, which go-cty words better.
func (m *meter) attributes(v cty.Value, want cty.Type) (converted cty.Value, ok bool, err error) {
	all := map[string]cty.Value{}
	for _, name := range slices.Sorted(maps.Keys(want.AttributeTypes())) {
		ty := want.AttributeType(name)
		switch {
		case v.Type().HasAttribute(name):
			if all[name], err = m.convert(v.GetAttr(name), ty); err != nil {
				return cty.NilVal, true, inside(cty.GetAttrStep{Name: name}, err)
			}
		case want.AttributeOptional(name):
			all[name] = cty.NullVal(ty.WithoutOptionalAttributesDeep())
		default:
			return cty.NilVal, false, nil
		}
	}
	return cty.ObjectVal(all), true, nil
}

// inside is an error of a part of a value, with its place.
func inside(step cty.PathStep, err error) error {
	var path cty.Path
	var within cty.PathError
	if errors.As(err, &within) {
		path = within.Path
		err = errors.New(within.Error())
	}
	return append(cty.Path{step}, path...).NewError(err)
}

// elementTypes are the types of what a tuple or an object holds.
func elementTypes(ty cty.Type) []cty.Type {
	switch {
	case ty.IsTupleType():
		return ty.TupleElementTypes()
	case ty.IsObjectType():
		var types []cty.Type
		for _, attr := range ty.AttributeTypes() {
			types = append(types, attr)
		}
		return types
	}
	return nil
}

// holdsAny reports whether a type leaves another inside it open.
func holdsAny(ty cty.Type) bool {
	if ty == cty.DynamicPseudoType {
		return false // as a whole: nothing is to be found out
	}
	return ty.HasDynamicTypes()
}

// squares is what it may cost to find the one type of all that a type holds.
func squares(ty cty.Type) int {
	types := elementTypes(ty)
	units := times(len(types), len(types)) / 128
	for _, t := range types {
		units += squares(t)
	}
	if ty.IsCollectionType() {
		units += squares(ty.ElementType())
	}
	return units
}

// branch is a branch of a conditional, whose type go-cty brings together with
// the other's.
type branch struct {
	hclsyntax.Expression
	meter *meter
}

// Value evaluates the branch.
func (b branch) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := b.Expression.Value(ctx)
	b.meter.walked(v)
	b.meter.charge(squares(v.Type()))
	return v, diags
}

// UnwrapExpression lets hcl's static analysis see the node inside.
func (b branch) UnwrapExpression() hcl.Expression { return b.Expression }
