// Package spec reads a trustctl configuration, HCL or its JSON form, and
// compiles it to the desired trust.State, with a diagnostic and a source range
// for every mistake. It reads files below one folder and nothing else: no
// network, no AWS, and nothing in a configuration is run.
package spec

// An esc_ref("a.b") is, inside a string, escRefOpen + "a.b" + escRefClose:
// two Unicode non-characters that no configuration text may hold.
const (
	escRefOpen  = "\uFDD0"
	escRefClose = "\uFDD1"
)
