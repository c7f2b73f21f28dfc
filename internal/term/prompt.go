package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/trustctl/trustctl/internal/visible"
	"golang.org/x/term"
)

// ErrNoTerminal is the error for a question that nobody is there to answer.
var ErrNoTerminal = errors.New("standard input is not a terminal")

// maxAnswer bounds a line that is read as an answer.
const maxAnswer = 4096

// Confirm asks on Err and reports whether the answer is want, letter for
// letter: "y" is not "yes". only is what people are told of it, want itself in
// quotes, or what to find out. Where standard input is not a terminal nobody
// is asked, and the error is ErrNoTerminal.
func Confirm(ctx context.Context, s Streams, question, only, want string) (bool, error) {
	if !s.InTerminal {
		return false, ErrNoTerminal
	}
	fmt.Fprintf(s.Err, "\n%s\n  Only %s is accepted.\n\n  Enter a value: ", question, only)
	answer, err := answer(ctx, s, readLine)
	fmt.Fprintln(s.Err)
	return err == nil && answer == want, err
}

// Ask asks for a value. A sensitive one is not echoed.
func Ask(ctx context.Context, s Streams, name, description string, sensitive bool) (string, error) {
	if !s.InTerminal {
		return "", ErrNoTerminal
	}
	fmt.Fprintf(s.Err, "%s\n", visible.Line(name))
	if description != "" {
		fmt.Fprintf(s.Err, "  %s\n", visible.Line(description))
	}
	fmt.Fprint(s.Err, "\n  Enter a value: ")
	read := readLine
	if sensitive {
		read = readHidden
	}
	answer, err := answer(ctx, s, read)
	fmt.Fprintln(s.Err)
	return answer, err
}

// answer reads in the background, so that an interrupt ends the question.
func answer(ctx context.Context, s Streams, read func(io.Reader) (string, error)) (string, error) {
	type line struct {
		text string
		err  error
	}
	lines := make(chan line, 1)
	go func() {
		var l line
		defer func() {
			if p := recover(); p != nil { // it would end the process with Go's own exit code
				l.err = fmt.Errorf("reading the answer: %v", p)
			}
			lines <- l
		}()
		l.text, l.err = read(s.In)
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case l := <-lines:
		return l.text, l.err
	}
}

// readLine reads byte by byte: what follows the line is left for the next question.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); len(line) < maxAnswer; {
		n, err := r.Read(b)
		switch {
		case n == 1 && b[0] == '\n', err == io.EOF && len(line) > 0:
			return strings.TrimSuffix(string(line), "\r"), nil
		case n == 1:
			line = append(line, b[0])
		case err != nil:
			return "", fmt.Errorf("reading the answer: %w", err)
		}
	}
	return "", errors.New("the answer is too long")
}

// readHidden reads a line with the terminal's echo off.
func readHidden(r io.Reader) (string, error) {
	f, ok := r.(*os.File)
	if !ok {
		return readLine(r)
	}
	text, err := term.ReadPassword(int(f.Fd()))
	if err != nil {
		return "", fmt.Errorf("reading the answer: %w", err)
	}
	return string(text), nil
}
