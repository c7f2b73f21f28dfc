package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/trustctl/trustctl/internal/explain"
)

// maxLine is the longest line of -batch, which holds one token's claims.
const maxLine = 1 << 20

// explainBatch answers each line of claims by a line of JSON. A line that
// cannot be read is answered by its error, and the run ends with one.
func (a *app) explainBatch(q explain.Inquiry, path string) error {
	from := a.In
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("reading the claims: %w", err)
		}
		defer f.Close()
		from = f
	}
	unread := 0
	product := bufio.NewWriter(a.Out)
	out := json.NewEncoder(product)
	out.SetEscapeHTML(false)
	in := bufio.NewReaderSize(from, maxLine)
	for number := 1; ; number++ {
		line, err := in.ReadSlice('\n')
		whole := !errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading the claims: %w", err)
		}
		if line = bytes.TrimSpace(line); len(line) > 0 || !whole {
			answer, ok := explainLine(q, line, whole)
			if err := out.Encode(answer); err != nil {
				return fmt.Errorf("writing to standard output: %w", err)
			}
			if !ok {
				unread++
				a.say("Error: %s: line %d could not be read", inputName(path), number)
			}
		}
		if err != nil {
			break
		}
		if in.Buffered() == 0 { // whoever writes line by line waits for the answer
			if err := product.Flush(); err != nil {
				return fmt.Errorf("writing to standard output: %w", err)
			}
		}
	}
	if err := product.Flush(); err != nil {
		return fmt.Errorf("writing to standard output: %w", err)
	}
	if unread > 0 {
		return errReported
	}
	return nil
}

// unreadLine is the answer to a line that holds no claims.
type unreadLine struct {
	Error string `json:"error"`
}

// explainLine answers one line; ok is false where it could not be read.
func explainLine(q explain.Inquiry, line []byte, whole bool) (answer any, ok bool) {
	if !whole {
		return unreadLine{fmt.Sprintf("the line is longer than %d bytes", maxLine)}, false
	}
	parsed, err := explain.ParseClaims(line)
	if err != nil {
		return unreadLine{err.Error()}, false
	}
	q.Claims = parsed
	return q.Explain(), true
}
