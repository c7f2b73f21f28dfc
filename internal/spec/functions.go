package spec

import (
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions is the function table but for what depends on the place: go-cty's
// standard library under Terraform's names, with the few that Terraform adds.
// Nothing in it answers differently on the next run, and every function is
// metered. https://developer.hashicorp.com/terraform/language/functions
func functions(m *meter, f *folder) map[string]function.Function {
	table := map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc,
		"max": stdlib.MaxFunc, "min": stdlib.MinFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc,
		"parseint": stdlib.ParseIntFunc,

		"chomp": stdlib.ChompFunc, "endswith": endsWith, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc,
		"indent": stdlib.IndentFunc, "join": stdlib.JoinFunc, "lower": stdlib.LowerFunc, "regex": stdlib.RegexFunc,
		"regexall": stdlib.RegexAllFunc, "replace": replace, "split": stdlib.SplitFunc, "startswith": startsWith,
		"strcontains": strContains, "strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc, "title": stdlib.TitleFunc,
		"trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc,
		"trimsuffix": stdlib.TrimSuffixFunc, "upper": stdlib.UpperFunc,

		"alltrue": allTrue, "anytrue": anyTrue, "chunklist": stdlib.ChunklistFunc, "coalesce": stdlib.CoalesceFunc,
		"coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc,
		"contains": stdlib.ContainsFunc, "distinct": distinct, "element": stdlib.ElementFunc, "flatten": stdlib.FlattenFunc,
		"index": index, "keys": stdlib.KeysFunc, "length": length, "lookup": stdlib.LookupFunc, "merge": stdlib.MergeFunc,
		"one": one, "range": stdlib.RangeFunc, "reverse": stdlib.ReverseListFunc,
		"setintersection": stdlib.SetIntersectionFunc, "setproduct": stdlib.SetProductFunc,
		"setsubtract": stdlib.SetSubtractFunc, "setunion": stdlib.SetUnionFunc, "slice": stdlib.SliceFunc,
		"sort": stdlib.SortFunc, "sum": sum, "transpose": transpose, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,

		"tobool": stdlib.MakeToFunc(cty.Bool), "tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
		"tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)), "tonumber": stdlib.MakeToFunc(cty.Number),
		"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "tostring": stdlib.MakeToFunc(cty.String),

		"jsonencode": stdlib.JSONEncodeFunc, "jsondecode": stdlib.JSONDecodeFunc, "base64encode": base64Encode,
		"base64decode": base64Decode, "urlencode": urlEncode, "csvdecode": stdlib.CSVDecodeFunc,
		"md5": md5Hex, "sha1": sha1Hex, "sha256": sha256Hex,

		"sensitive": markSensitive, "nonsensitive": nonSensitive, "issensitive": isSensitiveFunc,
		"file": fileFunction(f), "esc_ref": escRef,
	}
	for name, fn := range table {
		table[name] = m.limited(name, fn)
	}
	// Their arguments are expressions, which are metered themselves.
	table["can"], table["try"] = tryfunc.CanFunc, tryfunc.TryFunc
	table["templatefile"] = templateFile(m, f, func() map[string]function.Function { return maps.Clone(table) })
	return table
}

// decodes are the functions whose text can hold what their arguments do not show.
var decodes = map[string]bool{"jsondecode": true, "base64decode": true}

// limited is a function whose arguments and result are metered, and refused
// where they would make too much: before it is called, as no go-cty function
// stops half-way.
func (m *meter) limited(name string, f function.Function) function.Function {
	cost := costs[name]
	spec := &function.Spec{Description: f.Description(), VarParam: f.VarParam()}
	// hcl would convert to a list before the call, by go-cty's slow way.
	var collect []cty.Type
	for _, p := range f.Params() {
		want := cty.NilType
		if p.Type.IsCollectionType() {
			want, p.Type = p.Type, cty.DynamicPseudoType
		}
		collect, spec.Params = append(collect, want), append(spec.Params, p)
	}
	if to, ok := conversions[name]; ok {
		collect = []cty.Type{to}
	}
	rest := cty.NilType
	if p := f.VarParam(); p != nil && p.Type.IsCollectionType() {
		open := *p
		rest, open.Type = p.Type, cty.DynamicPseudoType
		spec.VarParam = &open
	}
	prepare := func(args []cty.Value) ([]cty.Value, error) {
		prepared := make([]cty.Value, len(args))
		for i, a := range args {
			prepared[i] = a
			want := rest
			if i < len(collect) {
				want = collect[i]
			}
			if want == cty.NilType {
				continue
			}
			var err error
			if prepared[i], err = m.convert(a, want); err != nil {
				return nil, function.NewArgError(i, err)
			}
		}
		return prepared, nil
	}
	spec.Type = func(args []cty.Value) (cty.Type, error) {
		m.charge(times(len(args), len(args)) / 128) // the types of some are compared
		for _, a := range args {
			m.walked(a)
		}
		args, err := prepare(args)
		if err != nil {
			return cty.NilType, err
		}
		if cost != nil && known(args) {
			units, err := cost(args)
			if err != nil {
				return cty.NilType, err
			}
			m.charge(units)
		}
		ty, err := f.ReturnTypeForValues(args)
		return ty, plain(err)
	}
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		prepared, err := prepare(args)
		if err != nil {
			return cty.NilVal, err
		}
		v, err := f.Call(prepared)
		if err != nil {
			return cty.NilVal, plain(err)
		}
		m.made(v)
		if decodes[name] && holdsReserved(v) && !slices.ContainsFunc(args, holdsReserved) {
			return cty.NilVal, errors.New("the result would hold U+FDD0 or U+FDD1, which are not characters of any text")
		}
		return v, nil
	}
	return function.New(spec)
}

// conversions are the functions that convert to a collection of one type.
var conversions = map[string]cty.Type{
	"tolist": cty.List(cty.DynamicPseudoType),
	"tomap":  cty.Map(cty.DynamicPseudoType),
	"toset":  cty.Set(cty.DynamicPseudoType),
}

// plain replaces a panic inside go-cty, which some arguments provoke, by an
// error without a stack trace.
func plain(err error) error {
	var panicked function.PanicError
	if errors.As(err, &panicked) {
		return errors.New("the function cannot take these values")
	}
	return err
}

func known(args []cty.Value) bool {
	for _, a := range args {
		if a, _ := a.UnmarkDeep(); a.IsNull() || !a.IsWhollyKnown() {
			return false
		}
	}
	return true
}
