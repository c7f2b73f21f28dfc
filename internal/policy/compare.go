package policy

import (
	"fmt"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/pattern"
)

// arnMatches compares two ARNs part by part: a wildcard never reaches over one
// of the first five colons.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
func arnMatches(value string, want []part) (Truth, string) {
	const fields = 6
	patterns := make([][]pattern.Pattern, 1, fields)
	for _, p := range want {
		if p.exact != "" {
			// The colons of a variable's value divide, too.
			for i, text := range strings.SplitN(p.exact, ":", fields+1-len(patterns)) {
				if i > 0 {
					patterns = append(patterns, nil)
				}
				patterns[len(patterns)-1] = append(patterns[len(patterns)-1], pattern.Exact(text))
			}
			continue
		}
		for i, text := range strings.SplitN(p.raw, ":", fields+1-len(patterns)) {
			if i > 0 {
				patterns = append(patterns, nil)
			}
			patterns[len(patterns)-1] = append(patterns[len(patterns)-1], pattern.Like(text))
		}
	}
	have := strings.SplitN(value, ":", fields)
	if len(patterns) < fields {
		return Unknown, "what IAM makes of an ARN pattern of fewer than six parts is not documented"
	}
	if len(have) < fields {
		return No, ""
	}
	for i, p := range patterns {
		if !pattern.Join(p...).Match(have[i]) {
			return No, ""
		}
	}
	return Yes, ""
}

// compareNumbers compares decimal numbers exactly.
func compareNumbers(base, value, want string) (Truth, string) {
	a, okA := number(value)
	b, okB := number(want)
	if !okA || !okB {
		return Unknown, fmt.Sprintf("%s and %s are not both numbers", shown(value), shown(want))
	}
	return ordered(strings.TrimPrefix(base, "Numeric"), a.Cmp(b)), ""
}

// number reads a decimal number. An exponent is refused: a short text could
// stand for an enormous number.
func number(s string) (*big.Rat, bool) {
	if strings.Trim(s, "+-.0123456789") != "" || len(s) > 64 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// compareDates compares times: ISO 8601, or seconds since 1970.
// https://www.w3.org/TR/NOTE-datetime
func compareDates(base, value, want string) (Truth, string) {
	a, okA := moment(value)
	b, okB := moment(want)
	if !okA || !okB {
		return Unknown, fmt.Sprintf("%s and %s are not both dates", shown(value), shown(want))
	}
	return ordered(strings.TrimPrefix(base, "Date"), a.Compare(b)), ""
}

func moment(s string) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) > 4 {
		return time.Unix(seconds, 0), true
	}
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// ordered decides a comparison. NotEquals asks for equality here: negation is
// the caller's.
func ordered(comparison string, sign int) Truth {
	switch comparison {
	case "LessThan":
		return truth(sign < 0)
	case "LessThanEquals":
		return truth(sign <= 0)
	case "GreaterThan":
		return truth(sign > 0)
	case "GreaterThanEquals":
		return truth(sign >= 0)
	}
	return truth(sign == 0)
}

// addressWithin tells whether an address lies in a range.
func addressWithin(value, want string) (Truth, string) {
	address, err := netip.ParseAddr(value)
	if err != nil {
		return Unknown, fmt.Sprintf("%s is not an IP address", shown(value))
	}
	if !strings.Contains(want, "/") {
		one, err := netip.ParseAddr(want)
		if err != nil {
			return Unknown, fmt.Sprintf("%s is not an IP address", shown(want))
		}
		return truth(one == address), ""
	}
	within, err := netip.ParsePrefix(want)
	if err != nil {
		return Unknown, fmt.Sprintf("%s is not a range of IP addresses", shown(want))
	}
	return truth(within.Contains(address)), ""
}
