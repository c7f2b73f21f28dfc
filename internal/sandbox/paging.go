package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// defaultPage is a page's length where MaxItems says nothing.
const defaultPage = 100

// page cuts the part out of a sorted list that a request asks for. A marker
// names the last key answered and is good for the same action with the same
// parameters only; a later page shows the state at that later moment, as
// IAM's do.
func (c *call) page(keys []string) ([]string, page, error) {
	if marker := c.params.text("Marker"); marker != "" {
		text, err := base64.RawURLEncoding.DecodeString(marker)
		last, ok := strings.CutPrefix(string(text), c.binding())
		if err != nil || !ok {
			return nil, page{}, fail(validationError, "Invalid Marker.")
		}
		from, found := slices.BinarySearch(keys, last)
		if found {
			from++
		}
		keys = keys[from:]
	}
	size := c.params.number("MaxItems", defaultPage)
	if most := c.server.options.PageLimit; most > 0 {
		size = min(size, most)
	}
	if len(keys) <= size {
		return keys, page{}, nil
	}
	keys = keys[:size]
	marker := base64.RawURLEncoding.EncodeToString([]byte(c.binding() + keys[size-1]))
	return keys, page{IsTruncated: true, Marker: marker}, nil
}

// binding is a digest of what a marker is tied to.
func (c *call) binding() string {
	h := sha256.New()
	for _, s := range []string{c.account.ID, c.action} {
		h.Write([]byte(s + "\x00"))
	}
	for _, name := range sorted(c.params.form) {
		if name == "Marker" || name == "MaxItems" {
			continue
		}
		h.Write([]byte(name + "\x00" + strings.Join(c.params.form[name], "\x00") + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:6]) + ":"
}

// pageOf is page, with what the keys stand for.
func pageOf[T, X any](c *call, rows map[string]T, keep func(T) bool, show func(T) X) (list[X], page, error) {
	keys := sorted(rows)
	if keep != nil {
		keys = slices.DeleteFunc(keys, func(k string) bool { return !keep(rows[k]) })
	}
	keys, p, err := c.page(keys)
	if err != nil {
		return list[X]{}, page{}, err
	}
	var l list[X]
	for _, k := range keys {
		l.Members = append(l.Members, show(rows[k]))
	}
	return l, p, nil
}
