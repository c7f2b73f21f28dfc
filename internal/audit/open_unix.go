//go:build unix

package audit

import (
	"io/fs"
	"syscall"
)

// noFollow refuses a symbolic link that was put in the place since it was
// looked at.
const noFollow = syscall.O_NOFOLLOW

// othersMay reports whether anybody but the owner has one of the permissions.
func othersMay(mode, permissions fs.FileMode) bool { return mode.Perm()&permissions != 0 }
