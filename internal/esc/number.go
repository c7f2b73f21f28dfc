package esc

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// exact reports whether a number is JSON's and survives ESC, which keeps 64-bit
// integers and binary floating-point numbers: whether its shortest spelling
// still means the same number.
func exact(n json.Number) bool {
	s := n.String()
	if len(s) == 0 || len(s) > 400 || s[0] != '-' && (s[0] < '0' || s[0] > '9') || !json.Valid([]byte(s)) {
		return false
	}
	if _, err := strconv.ParseInt(s, 10, 64); err == nil {
		return true
	}
	if _, err := strconv.ParseUint(s, 10, 64); err == nil {
		return true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return false
	}
	if f == 0 { // an exponent far below zero would make the exact number huge
		mantissa, _, _ := strings.Cut(strings.ToLower(s), "e")
		return strings.Trim(mantissa, "-0.") == ""
	}
	want, ok1 := new(big.Rat).SetString(s)
	got, ok2 := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	return ok1 && ok2 && want.Cmp(got) == 0
}

func abbreviate(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
