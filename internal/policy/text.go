package policy

import (
	"slices"
	"strconv"
	"strings"
)

// isNumber tells whether JSON spells a number so.
func isNumber(s string) bool {
	digits := func() bool {
		n := 0
		for n < len(s) && '0' <= s[n] && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	s = strings.TrimPrefix(s, "-")
	if strings.HasPrefix(s, "0") {
		s = s[1:]
	} else if !digits() {
		return false
	}
	if strings.HasPrefix(s, ".") {
		if s = s[1:]; !digits() {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		if s = s[1:]; s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return s == ""
}

// seen is a set of keys: a short list at first, as most objects are small.
type seen struct {
	few  []string
	many map[string]bool
}

// add tells whether the key is new.
func (s *seen) add(key string) bool {
	if s.many == nil {
		if slices.Contains(s.few, key) {
			return false
		}
		if s.few = append(s.few, key); len(s.few) > 16 {
			s.many = make(map[string]bool, 2*len(s.few))
			for _, k := range s.few {
				s.many[k] = true
			}
		}
		return true
	}
	if s.many[key] {
		return false
	}
	s.many[key] = true
	return true
}

// lower folds the letters A to Z, as far as IAM's own names go.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			out := []byte(s)
			for ; i < len(out); i++ {
				if 'A' <= out[i] && out[i] <= 'Z' {
					out[i] += 'a' - 'A'
				}
			}
			return string(out)
		}
	}
	return s
}

// shown quotes a piece of the text for a message: short, and with control
// characters escaped.
func shown(s string) string {
	const most = 200 // more than the longest subject
	if short := []rune(s); len(short) > most {
		s = string(short[:most]) + "…"
	}
	return strconv.Quote(s)
}
