package spec

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const (
	// maxNested levels of brackets and template directives may be open at once.
	maxNested = 100
	// maxOperators may stand in the expressions that are open at once: the
	// parsers call themselves for each operator too.
	maxOperators = 1000
	// maxTokens may stand in all files together: twenty thousand environments,
	// each written out. Parsed, a token takes some hundred bytes, so that eight
	// megabytes of a{} would be gigabytes.
	maxTokens = 600_000
)

// The depth of a text is counted on tokens before it is parsed: the parsers
// call themselves for every level, and Go ends a program whose stack
// overflows, past any recover.

// checkDepth holds native syntax to the limits, and counts its tokens.
func checkDepth(src []byte, filename string, start hcl.Pos) (int, *hcl.Diagnostic) {
	tokens, _ := hclsyntax.LexConfig(src, filename, start)
	return len(tokens), tokenDepth(tokens)
}

// checkTemplateDepth holds a template, such as a string of the JSON form or a
// file for templatefile, to the limits, and counts its tokens.
func checkTemplateDepth(src []byte, filename string, start hcl.Pos) (int, *hcl.Diagnostic) {
	tokens, _ := hclsyntax.LexTemplate(src, filename, start)
	return len(tokens), tokenDepth(tokens)
}

// level is one open bracket.
type level struct {
	close     hclsyntax.TokenType
	operators int
	newlines  bool // a line break ends an expression here
}

// directive closes the level that %{ if } and %{ for } open.
const directive hclsyntax.TokenType = -1

func tokenDepth(tokens hclsyntax.Tokens) *hcl.Diagnostic {
	levels := []level{{newlines: true}}
	operators := 0 // in all levels
	for i, t := range tokens {
		top := &levels[len(levels)-1]
		open := hclsyntax.TokenNil
		switch t.Type {
		case hclsyntax.TokenOBrace:
			open = hclsyntax.TokenCBrace
		case hclsyntax.TokenOParen:
			open = hclsyntax.TokenCParen
		case hclsyntax.TokenOBrack:
			open = hclsyntax.TokenCBrack
			top.operators++ // an index: a[0][0] nests to the left
			operators++
		case hclsyntax.TokenTemplateInterp:
			open = hclsyntax.TokenTemplateSeqEnd
		case hclsyntax.TokenTemplateControl:
			open = hclsyntax.TokenTemplateSeqEnd
			switch keyword(tokens[i+1:]) {
			case "if", "for":
				levels = append(levels, level{close: directive})
			case "endif", "endfor":
				if top.close == directive {
					operators -= top.operators
					levels = levels[:len(levels)-1]
				}
			}
		case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenPlus, hclsyntax.TokenStar, hclsyntax.TokenSlash,
			hclsyntax.TokenPercent, hclsyntax.TokenQuestion, hclsyntax.TokenAnd, hclsyntax.TokenOr,
			hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq,
			hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq:
			top.operators++
			operators++
		case hclsyntax.TokenNewline, hclsyntax.TokenComment, hclsyntax.TokenComma:
			// A comment to the end of its line holds the line break; one between
			// /* and */ ends nothing.
			if t.Type == hclsyntax.TokenComma || top.newlines && bytes.HasSuffix(t.Bytes, []byte("\n")) {
				operators -= top.operators
				top.operators = 0
			}
		case top.close: // only the bracket that fits closes: the count is never too low
			if len(levels) > 1 {
				operators -= top.operators
				levels = levels[:len(levels)-1]
			}
		}
		if open != hclsyntax.TokenNil {
			// Line breaks end what stands in braces, but not in a for expression.
			newlines := t.Type == hclsyntax.TokenOBrace && keyword(tokens[i+1:]) != "for"
			levels = append(levels, level{close: open, newlines: newlines})
		}
		if len(levels)-1 > maxNested {
			return mistake(t.Range, "Nested too deeply", fmt.Sprintf("Brackets and template directives may be nested %d levels deep.", maxNested))
		}
		if operators > maxOperators {
			return mistake(t.Range, "Expression too long", fmt.Sprintf("An expression may hold %d operators.", maxOperators))
		}
	}
	return nil
}

// keyword is the identifier that follows, after line breaks and comments, or "".
func keyword(tokens hclsyntax.Tokens) string {
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
		case hclsyntax.TokenIdent:
			return string(t.Bytes)
		default:
			return ""
		}
	}
	return ""
}

// checkJSONDepth holds the JSON form to the limits, and the templates in its
// strings, and counts its tokens but for numbers and words. It reads strings
// exactly as hcl's own scanner does.
func checkJSONDepth(src []byte, filename string) (tokens int, d *hcl.Diagnostic) {
	var open []byte
	pos := hcl.InitialPos
	for i := 0; i < len(src); i++ {
		pos.Byte = i
		at := hcl.Range{Filename: filename, Start: pos, End: hcl.Pos{Line: pos.Line, Column: pos.Column + 1, Byte: i + 1}}
		switch c := src[i]; c {
		case '\n':
			pos.Line, pos.Column = pos.Line+1, 0
		case ',', ':':
			tokens++
		case '{', '[':
			tokens++
			open = append(open, c+2) // the closing bracket, in ASCII
			if len(open) > maxNested {
				return tokens, mistake(at, "Nested too deeply", fmt.Sprintf("Brackets may be nested %d levels deep.", maxNested))
			}
		case '}', ']':
			tokens++
			if len(open) > 0 && open[len(open)-1] == c {
				open = open[:len(open)-1]
			}
		case '"':
			end := stringEnd(src, i)
			n, d := checkJSONString(src[i:end], filename, at.Start)
			if d != nil {
				return tokens, d
			}
			tokens += 1 + n
			pos.Column += end - i - 1
			i = end - 1
		}
		pos.Column++
	}
	return tokens, nil
}

// stringEnd is where the string that begins at i ends: after its closing quote,
// or before a control character.
func stringEnd(src []byte, i int) int {
	escaping := false
	for i++; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\\':
			escaping = !escaping
		case c == '"' && !escaping:
			return i + 1
		case c < ' ':
			return i
		default:
			escaping = false
		}
	}
	return i
}

func checkJSONString(quoted []byte, filename string, start hcl.Pos) (tokens int, d *hcl.Diagnostic) {
	if !bytes.Contains(quoted, []byte("{")) && !bytes.Contains(quoted, []byte(`\u`)) {
		return 0, nil
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return 0, nil // the parser says so
	}
	if !isTemplate(text) {
		return 0, nil
	}
	return checkTemplateDepth([]byte(text), filename, hcl.Pos{Line: start.Line, Column: start.Column + 1, Byte: start.Byte + 1})
}
