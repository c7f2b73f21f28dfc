package spec

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
)

const (
	maxConfigFile    = 1 << 20   // bytes of a configuration file or a file of variable values
	maxFile          = 256 << 10 // bytes of a file()
	maxConfiguration = 8 << 20   // bytes of all configuration files together
	maxRead          = 64 << 20  // bytes of whatever is read below the folder
)

// folder is the one folder that a configuration is read from. Every read goes
// through it, so that planning a stranger's pull request is safe: regular
// files only, nothing outside, nothing hidden, nothing large.
type folder struct {
	root  *os.Root
	dir   string
	cache map[string][]byte   // by resolved name: file() may be evaluated thousands of times
	sums  map[string][32]byte // of every file read, by the name it was asked for
	size  int                 // of all that is in the cache
}

// openFolder opens the folder of a configuration, and says which file in it
// was named, if one was.
func openFolder(config string) (f *folder, file string, err error) {
	if config == "" {
		config = "."
	}
	info, err := os.Stat(config)
	if err != nil {
		return nil, "", fmt.Errorf("reading the configuration: %w", err)
	}
	dir := config
	if !info.IsDir() {
		dir, file = filepath.Dir(config), filepath.Base(config)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, "", fmt.Errorf("reading the configuration: %w", err)
	}
	return &folder{root: root, dir: dir, cache: map[string][]byte{}, sums: map[string][32]byte{}}, file, nil
}

func (f *folder) close() { f.root.Close() }

// list is the names of the folder's entries that keep accepts, in lexical
// order, without hidden files and what editors leave behind.
func (f *folder) list(keep func(name string) bool) ([]string, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("reading the configuration's folder: %w", err)
	}
	var names []string
	for _, e := range entries {
		leftover := strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "#") || strings.HasSuffix(e.Name(), "~")
		if !leftover && keep(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// read reads a file below the folder; name has slashes.
func (f *folder) read(name string, limit int) ([]byte, error) {
	if path.IsAbs(name) || filepath.IsAbs(name) {
		return nil, fmt.Errorf("%q is an absolute path: only files below the configuration's folder can be read", name)
	}
	for _, part := range strings.Split(name, "/") {
		if part == ".." {
			return nil, fmt.Errorf("%q leaves the configuration's folder", name)
		}
	}
	resolved, err := f.resolve(name)
	if err != nil {
		return nil, err
	}
	content, ok := f.cache[resolved]
	if !ok {
		if content, err = f.readRegular(resolved, name, limit); err != nil {
			return nil, err
		}
		if f.size += len(content); f.size > maxRead {
			return nil, fmt.Errorf("with %q, more than %d MiB would be read below the configuration's folder", name, maxRead>>20)
		}
		f.cache[resolved] = content
	}
	if len(content) > limit {
		return nil, tooLong(name, limit)
	}
	f.sums[path.Clean(name)] = sha256.Sum256(content)
	return content, nil
}

// resolve follows the symbolic links of a path one by one, so that a link
// cannot lead to what the path itself may not name.
func (f *folder) resolve(name string) (string, error) {
	left, done := strings.Split(name, "/"), "."
	for links := 0; len(left) > 0; {
		part := left[0]
		left = left[1:]
		switch {
		case part == "" || part == ".":
			continue
		case part == "..":
			if done == "." {
				return "", fmt.Errorf("%q is a symbolic link out of the configuration's folder", name)
			}
			done = path.Dir(done)
			continue
		case strings.HasPrefix(part, "."):
			return "", fmt.Errorf("%q is hidden: no part of a path may begin with a dot", name)
		}
		next := path.Join(done, part)
		info, err := f.root.Lstat(next)
		if err != nil {
			return "", cannotRead(name, err)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done = next
			continue
		}
		if links++; links > 40 {
			return "", fmt.Errorf("%q has too many symbolic links", name)
		}
		target, err := f.root.Readlink(next)
		if err != nil {
			return "", cannotRead(name, err)
		}
		if filepath.IsAbs(target) {
			return "", fmt.Errorf("%q is a symbolic link out of the configuration's folder", name)
		}
		left = append(strings.Split(filepath.ToSlash(target), "/"), left...)
	}
	return done, nil
}

// readRegular reads a file without links in its path. What is not a regular
// file is refused before it is opened, since opening a FIFO waits and opening
// a device may do things; and once more after, in case it was swapped.
func (f *folder) readRegular(resolved, name string, limit int) ([]byte, error) {
	info, err := f.root.Lstat(resolved)
	if err != nil {
		return nil, cannotRead(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is %s, not a regular file", name, kindOf(info.Mode()))
	}
	file, err := f.root.OpenFile(resolved, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, cannotRead(name, err)
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is not a regular file", name)
	}
	return readAll(file, name, limit)
}

func readAll(r io.Reader, name string, limit int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, cannotRead(name, err)
	}
	if len(content) > limit {
		return nil, tooLong(name, limit)
	}
	return content, nil
}

func tooLong(name string, limit int) error {
	return fmt.Errorf("%q is longer than %d KiB", name, limit>>10)
}

// cannotRead keeps the reason and drops the path, which os gives as it sees it.
func cannotRead(name string, err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return fmt.Errorf("cannot read %q: %w", name, err)
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

// parse parses a file of configuration or of variable values. Sources gets the
// file even where it has mistakes, for their snippets.
func parse(src []byte, name string, sources *Sources) (*hcl.File, hcl.Diagnostics) {
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	sources.files[name] = &hcl.File{Bytes: src}
	if d := checkText(src, name); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	if isJSON(name) {
		tokens, d := checkJSONDepth(src, name)
		if d = cmp.Or(d, sources.count(tokens, name)); d != nil {
			return nil, hcl.Diagnostics{d}
		}
		file, diags := hcljson.Parse(src, name)
		if diags.HasErrors() {
			return nil, diags
		}
		sources.files[name] = file
		return file, diags
	}
	tokens, d := checkDepth(src, name, hcl.InitialPos)
	if d = cmp.Or(d, sources.count(tokens, name)); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if file != nil {
		sources.files[name] = file
	}
	if diags.HasErrors() {
		return nil, diags
	}
	return file, append(diags, duplicateKeys(file.Body.(*hclsyntax.Body))...)
}

// count adds the tokens of a file to those of the others.
func (s *Sources) count(tokens int, name string) *hcl.Diagnostic {
	if s.tokens += tokens; s.tokens <= maxTokens {
		return nil
	}
	return mistake(hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}, "Configuration too large",
		fmt.Sprintf("With this file the configuration has more than %d words, signs and line breaks. Say with for_each what repeats, or divide it into stacks.", maxTokens))
}

func isJSON(name string) bool { return strings.HasSuffix(name, ".json") }

// checkText refuses what is not text, and the characters that stand for an
// esc_ref inside a string.
func checkText(src []byte, name string) *hcl.Diagnostic {
	at := func(offset, size int) hcl.Range {
		line := bytes.LastIndexByte(src[:offset], '\n') + 1
		start := hcl.Pos{Line: 1 + bytes.Count(src[:offset], []byte("\n")), Column: 1 + utf8.RuneCount(src[line:offset]), Byte: offset}
		return hcl.Range{Filename: name, Start: start, End: hcl.Pos{Line: start.Line, Column: start.Column + 1, Byte: offset + size}}
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		return mistake(at(i, 1), "Invalid character", "The file holds a NUL byte: it is not text.")
	}
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			return mistake(at(i, 1), "Invalid character encoding", "The file is not encoded as UTF-8.")
		}
		if isReserved(r) {
			return mistake(at(i, size), "Invalid character", reservedDetail)
		}
		i += size
	}
	return nil
}

const reservedDetail = "The characters U+FDD0 and U+FDD1 are not characters of any text, and trustctl uses them itself."

func isReserved(r rune) bool { return r == '\uFDD0' || r == '\uFDD1' }

// place is a range as a message names it.
func place(r hcl.Range) string {
	return fmt.Sprintf("%s:%d:%d", r.Filename, r.Start.Line, r.Start.Column)
}
