package esc

import (
	"bytes"
	"slices"

	"github.com/trustctl/trustctl/internal/trust"
)

// Transferred are a stack's files as another stack's: with its name in their
// first line, and every other byte as it is.
func Transferred(files []trust.EnvironmentFile, from, to string) []trust.EnvironmentFile {
	var out []trust.EnvironmentFile
	for _, f := range files {
		h, ok := ParseHeader(f.Content)
		if !ok || f.Foreign || h.Stack != from {
			continue
		}
		end := bytes.IndexByte(f.Content, '\n')
		h.Stack = to
		first := []byte(h.String())
		if end > 0 && f.Content[end-1] == '\r' {
			first = append(first[:len(first)-1], '\r', '\n')
		}
		f.Stack, f.Former, f.Content, f.SHA256 = to, from, slices.Concat(first, f.Content[end+1:]), ""
		out = append(out, f)
	}
	return out
}
