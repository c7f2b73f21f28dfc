package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/zclconf/go-cty/cty"
)

// costs is what functions cost beyond the size of their arguments and their
// result, for those whose work or result can be out of all proportion to their
// arguments. Arguments are known and not null, but their types are as the
// functions declare them at best.
var costs = map[string]func(args []cty.Value) (units int, err error){
	"coalesce":   unifyCost,
	"contains":   searchCost,
	"format":     formatCost,
	"formatlist": formatListCost,
	"indent":     indentCost,
	"index":      searchCost,
	"join":       joinCost,
	"jsondecode": jsonCost,
	"parseint":   parseIntCost,
	"regex":      regexCost,
	"regexall":   regexCost,
	"replace":    replaceCost,
	"setproduct": productCost,
}

// text is a string argument.
func text(v cty.Value) string {
	v, _ = v.Unmark()
	if v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// times multiplies, and stays at the largest int.
func times(a, b int) int {
	high, low := bits.Mul(uint(a), uint(b))
	if high != 0 || low > 1<<62 {
		return 1 << 62
	}
	return int(low)
}

func lengthOf(v cty.Value) int {
	v, _ = v.Unmark()
	if !v.CanIterateElements() {
		return 1
	}
	return v.LengthInt()
}

func unifyCost(args []cty.Value) (int, error) {
	units := 0
	for _, a := range args {
		units += squares(a.Type())
	}
	return units, nil
}

func searchCost(args []cty.Value) (int, error) { return lengthOf(args[0]), nil }

func indentCost(args []cty.Value) (int, error) {
	spaces, _ := args[0].Unmark()
	if spaces.Type() != cty.Number {
		return 0, nil
	}
	n, _ := spaces.AsBigFloat().Int64()
	if n > maxText {
		return 0, fmt.Errorf("cannot indent by more than %d spaces", maxText)
	}
	return times(int(max(n, 0)), strings.Count(text(args[1]), "\n")) / bytesPerUnit, nil
}

func joinCost(args []cty.Value) (int, error) {
	elements := 0
	for _, list := range args[1:] {
		elements += lengthOf(list)
	}
	return times(len(text(args[0])), elements) / bytesPerUnit, nil
}

// formatVerb is a verb without its letter: %-10.3
var formatVerb = grammar.Of(`%(%|[-+ #0-9.*\[\]]*)`)

var digits = grammar.Of(`[0-9]+`)

// formatCost takes it that each verb writes all arguments, which one with an
// index may, and that it fills the width it asks for.
func formatCost(args []cty.Value) (int, error) {
	verbs, width := 0, 0
	for _, verb := range formatVerb.Regexp().FindAllString(text(args[0]), -1) {
		verbs++
		for _, number := range digits.Regexp().FindAllString(verb, -1) {
			if len(number) > 4 {
				return 0, fmt.Errorf("a width of %s is too large: four digits at most", number)
			}
			n, _ := strconv.Atoi(number)
			width += n
		}
	}
	size, rounds := 0, 1
	for _, a := range args[1:] {
		size += new(meter).size(a, maxUnits, 0)
		rounds = max(rounds, lengthOf(a))
	}
	return times(rounds, width/bytesPerUnit) + times(verbs, size), nil
}

// formatListCost takes it that what is no list is written again for each element.
func formatListCost(args []cty.Value) (int, error) {
	rounds, size := 1, 0
	for _, a := range args[1:] {
		rounds = max(rounds, lengthOf(a))
	}
	for _, a := range args[1:] {
		if units := new(meter).size(a, maxUnits, 0); lengthOf(a) == 1 {
			size += times(units, rounds)
		} else {
			size += units
		}
	}
	units, err := formatCost(args)
	return units + times(size, strings.Count(text(args[0]), "%")), err
}

func replaceCost(args []cty.Value) (int, error) {
	s, pattern, with := text(args[0]), text(args[1]), text(args[2])
	if expr, ok := regexPattern(pattern); ok {
		units, err := matchCost(expr, s)
		// Each match may be written again wherever the replacement says $.
		return units + (times(len(s)+1, len(with))+times(len(s), strings.Count(with, "$")))/bytesPerUnit, err
	}
	return times(strings.Count(s, pattern), len(with)) / bytesPerUnit, nil
}

func regexCost(args []cty.Value) (int, error) { return matchCost(text(args[0]), text(args[1])) }

// matchCost is what matching costs: Go's regular expressions take time in
// proportion to the size of the compiled pattern times the text.
func matchCost(pattern, s string) (int, error) {
	if len(pattern) > 4096 {
		return 0, errors.New("a regular expression may have 4096 bytes")
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, nil // the function says so
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0, nil
	}
	return times(len(program.Inst), len(s)+1)/64 + len(program.Inst)/8, nil
}

func productCost(args []cty.Value) (int, error) {
	n := len(args)
	for _, a := range args {
		n = times(n, lengthOf(a))
	}
	return n, nil
}

func parseIntCost(args []cty.Value) (int, error) {
	if len(text(args[0])) > 1000 {
		return 0, errors.New("a number may have 1000 digits")
	}
	return 0, nil
}

// jsonCost holds JSON text to what configurations may be: so deep, since
// decoders call themselves for every level, and no key of an object twice,
// since they keep the last in silence.
func jsonCost(args []cty.Value) (int, error) {
	type level struct {
		keys  map[string]bool // nil in an array
		value bool            // a key has been read, and its value comes next
	}
	var open []level
	for d := json.NewDecoder(strings.NewReader(text(args[0]))); ; {
		token, err := d.Token()
		if err != nil {
			return 0, nil // the end, or what the function says
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			open = open[:len(open)-1]
			continue
		}
		if n := len(open); n > 0 && open[n-1].keys != nil {
			in := &open[n-1]
			if in.value = !in.value; in.value {
				key := token.(string)
				if in.keys[key] {
					return 0, fmt.Errorf("the key %q is given twice in one object", key)
				}
				in.keys[key] = true
				continue
			}
		}
		switch token {
		case json.Delim('{'):
			open = append(open, level{keys: map[string]bool{}})
		case json.Delim('['):
			open = append(open, level{})
		}
		if len(open) > maxNested {
			return 0, fmt.Errorf("JSON text may be nested %d levels deep", maxNested)
		}
	}
}
