// Package term knows the terminal: which streams there are, whether colour is
// wanted, how wide the text may be, how a question is asked, how progress
// shows, and how text from outside is made safe to print.
//
// It does not know what is printed: plans and diagnostics are rendered by
// those who make them.
package term

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Streams are where a command reads and writes. Out carries the product, Err
// the talk: questions, progress, warnings.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	// Which of them are terminals.
	InTerminal, OutTerminal, ErrTerminal bool
	// Columns is the width of the terminal, 0 where there is none.
	Columns int
}

// System is the process's own streams.
func System() Streams {
	s := Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			s.Columns = width
			break
		}
	}
	return s
}

// Width is the number of columns to lay text out for.
func (s Streams) Width() int {
	switch {
	case s.Columns == 0:
		return 80
	case s.Columns < 40:
		return 40
	}
	return s.Columns
}
