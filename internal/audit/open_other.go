//go:build !unix

package audit

import "io/fs"

// noFollow does not exist here: Lstat has to do.
const noFollow = 0

// othersMay is not to be told by a mode here.
func othersMay(fs.FileMode, fs.FileMode) bool { return false }
