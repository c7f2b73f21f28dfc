package spec

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format is the source of a file in canonical layout. A file with mistakes of
// syntax is given back as it is, with what is wrong. The JSON form has no
// canonical layout, in Terraform neither, and is only checked.
func Format(src []byte, name string) (formatted []byte, diags hcl.Diagnostics) {
	text := bytes.TrimPrefix(src, []byte("\uFEFF"))
	file, diags := parse(text, name, &Sources{files: map[string]*hcl.File{}})
	if file == nil || isJSON(name) {
		return src, diags
	}
	return hclwrite.Format(text), withoutErrors(diags)
}

// FormatSources is one file as Format reads it, for the snippets of its diagnostics.
func FormatSources(src []byte, name string) *Sources {
	return &Sources{files: map[string]*hcl.File{name: {Bytes: bytes.TrimPrefix(src, []byte("\uFEFF"))}}}
}

// withoutErrors drops mistakes of meaning, such as a key given twice, which do
// not keep a file from being laid out.
func withoutErrors(diags hcl.Diagnostics) hcl.Diagnostics {
	var kept hcl.Diagnostics
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			kept = append(kept, d)
		}
	}
	return kept
}
