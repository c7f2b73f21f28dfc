package policy

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// SyntaxError says where and why a text is not a policy document. Lines and
// columns count from 1, columns in characters.
type SyntaxError struct {
	Line, Column int
	Message      string
}

// Error is the message after its place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// reader walks JSON text from left to right and builds nothing. encoding/json
// keeps the last of two equal keys and replaces what it cannot decode; a
// policy in which such a thing stands must be refused instead. Its first
// error stays, and every later call does nothing.
type reader struct {
	text string
	at   int
	err  *SyntaxError
}

// fail records the first error, at a byte of the text.
func (r *reader) fail(at int, format string, args ...any) {
	if r.err != nil {
		return
	}
	before := r.text[:at]
	line := strings.Count(before, "\n")
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	r.err = &SyntaxError{Line: line + 1, Column: column + 1, Message: fmt.Sprintf(format, args...)}
}

// next is the first byte after white space, 0 at the end.
func (r *reader) next() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// take steps over c if it comes next.
func (r *reader) take(c byte) bool {
	if r.err != nil || r.next() != c {
		return false
	}
	r.at++
	return true
}

// end demands that nothing follows.
func (r *reader) end() {
	if r.next(); r.at < len(r.text) {
		r.fail(r.at, "the document ends here, but more text follows")
	}
}

// object reads an object and calls member at each value. No key may repeat;
// with fold, not in another letter case either.
func (r *reader) object(what string, fold bool, member func(key string, at int)) {
	if !r.take('{') {
		r.fail(r.at, "%s must be an object", what)
		return
	}
	if r.take('}') {
		return
	}
	var seen seen
	for r.err == nil {
		r.next()
		at := r.at
		key, ok := r.string()
		if !ok {
			r.fail(at, "expected a key in double quotes")
			return
		}
		same := key
		if fold {
			same = lower(key)
		}
		if !seen.add(same) {
			r.fail(at, "%s stands twice in %s", shown(key), what)
			return
		}
		if !r.take(':') {
			r.fail(r.at, "expected a colon after %s", shown(key))
			return
		}
		r.next()
		member(key, at)
		if r.take('}') {
			return
		}
		if !r.take(',') {
			r.fail(r.at, "expected a comma or the end of %s", what)
		}
	}
}

// list reads a list, or one item that stands for a list of one. It calls item
// at each, and tells whether there was any.
func (r *reader) list(what string, item func()) {
	if !r.take('[') {
		item()
		return
	}
	if r.take(']') {
		return
	}
	for r.err == nil {
		r.next()
		item()
		if r.take(']') {
			return
		}
		if !r.take(',') {
			r.fail(r.at, "expected a comma or the end of the list of %s", what)
		}
	}
}

// string reads a string; ok is false, and nothing read, where there is none.
// A string without escapes is a part of the text.
func (r *reader) string() (s string, ok bool) {
	if !r.take('"') {
		return "", false
	}
	start := r.at
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			s = r.text[start:r.at]
			r.at++
			return s, true
		case c == '\\':
			return r.escaped(start), true
		case c < ' ':
			r.fail(r.at, "a control character in a string must be written as an escape")
			return "", true
		}
	}
	r.fail(start-1, "this string does not end")
	return "", true
}

// escaped reads the rest of a string from its first escape on.
func (r *reader) escaped(start int) string {
	out := append(make([]byte, 0, 64), r.text[start:r.at]...)
	for r.at < len(r.text) {
		c := r.text[r.at]
		switch {
		case c == '"':
			r.at++
			return string(out)
		case c < ' ':
			r.fail(r.at, "a control character in a string must be written as an escape")
			return ""
		case c != '\\':
			out = append(out, c)
			r.at++
			continue
		}
		at := r.at
		if r.at += 2; r.at > len(r.text) {
			break
		}
		switch c := r.text[at+1]; c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			char, ok := r.unit()
			if ok && utf16.IsSurrogate(char) {
				var low rune
				if ok = strings.HasPrefix(r.text[r.at:], `\u`); ok {
					r.at += 2
					low, ok = r.unit()
				}
				char = utf16.DecodeRune(char, low)
				ok = ok && char != utf8.RuneError
			}
			if !ok {
				r.fail(at, `\u needs four hexadecimal digits that are a character, or two of them that are a pair of surrogates`)
				return ""
			}
			out = utf8.AppendRune(out, char)
		default:
			r.fail(at, "unknown escape in a string")
			return ""
		}
	}
	r.fail(start-1, "this string does not end")
	return ""
}

// unit reads the four digits of a \u escape.
func (r *reader) unit() (rune, bool) {
	if r.at+4 > len(r.text) {
		return 0, false
	}
	n, err := strconv.ParseUint(r.text[r.at:r.at+4], 16, 16)
	if err != nil {
		return 0, false
	}
	r.at += 4
	return rune(n), true
}

// word reads true, false or a number, as it is written; "" where there is none.
func (r *reader) word() string {
	start := r.at
	for r.at < len(r.text) && strings.IndexByte("+-.0123456789Eaeflrstu", r.text[r.at]) >= 0 {
		r.at++
	}
	word := r.text[start:r.at]
	if word != "true" && word != "false" && !isNumber(word) {
		r.at = start
		return ""
	}
	return word
}
