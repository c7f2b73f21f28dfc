package spec

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// textFunction is a function of strings.
func textFunction(result cty.Type, f func(args []string) (cty.Value, error), params ...string) function.Function {
	spec := &function.Spec{
		Type: function.StaticReturnType(result),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			texts := make([]string, len(args))
			for i, a := range args {
				texts[i] = a.AsString()
			}
			return f(texts)
		},
	}
	for _, name := range params {
		spec.Params = append(spec.Params, function.Parameter{Name: name, Type: cty.String})
	}
	return function.New(spec)
}

func predicate(f func(s, t string) bool, params ...string) function.Function {
	return textFunction(cty.Bool, func(args []string) (cty.Value, error) { return cty.BoolVal(f(args[0], args[1])), nil }, params...)
}

func encoding(f func(s string) string) function.Function {
	return textFunction(cty.String, func(args []string) (cty.Value, error) { return cty.StringVal(f(args[0])), nil }, "str")
}

var (
	startsWith  = predicate(strings.HasPrefix, "str", "prefix")
	endsWith    = predicate(strings.HasSuffix, "str", "suffix")
	strContains = predicate(strings.Contains, "str", "substr")

	base64Encode = encoding(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) })
	urlEncode    = encoding(url.QueryEscape)
	md5Hex       = encoding(func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) })
	sha1Hex      = encoding(func(s string) string { sum := sha1.Sum([]byte(s)); return hex.EncodeToString(sum[:]) })
	sha256Hex    = encoding(func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) })

	base64Decode = textFunction(cty.String, func(args []string) (cty.Value, error) {
		decoded, err := base64.StdEncoding.DecodeString(args[0])
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(0, "this is not base64")
		}
		if !utf8.Valid(decoded) {
			return cty.NilVal, function.NewArgErrorf(0, "what it decodes to is not UTF-8 text")
		}
		return cty.StringVal(string(decoded)), nil
	}, "str")

	replace = textFunction(cty.String, func(args []string) (cty.Value, error) {
		s, pattern, with := args[0], args[1], args[2]
		expr, ok := regexPattern(pattern)
		if !ok {
			return cty.StringVal(strings.ReplaceAll(s, pattern, with)), nil
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(1, "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
		return cty.StringVal(re.ReplaceAllString(s, with)), nil
	}, "str", "substr", "replace")

	// escRef yields an ESC interpolation, as an escape that the compiler finds
	// again inside any string. https://www.pulumi.com/docs/esc/environments/syntax/
	escRef = textFunction(cty.String, func(args []string) (cty.Value, error) {
		if !escPath.MatchString(args[0]) {
			return cty.NilVal, errors.New(`an ESC reference is names with dots between, as in "aws.login.accessKeyId"; a list's element is "list[0]", another key "map[\"a key\"]"`)
		}
		return cty.StringVal(escRefOpen + args[0] + escRefClose), nil
	}, "path")
)

// escPath is a property path of ESC, which cannot end the interpolation it
// stands in.
var escPath = regexp.MustCompile(`^[A-Za-z_$][\w$-]*(\.[A-Za-z_$][\w$-]*|\[\d+\]|\["[^"\\{}$\x00-\x1f\x{FDD0}\x{FDD1}]+"\])*$`)

// regexPattern is the pattern of replace's second argument where that stands
// between slashes, as in Terraform.
func regexPattern(s string) (string, bool) {
	if len(s) > 1 && strings.HasPrefix(s, "/") && strings.HasSuffix(s, "/") {
		return s[1 : len(s)-1], true
	}
	return "", false
}
