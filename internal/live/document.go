package live

import (
	"net/url"
	"strings"
	"sync"

	"github.com/trustctl/trustctl/internal/policy"
)

// documents parses policy documents as IAM sends them. The same text is
// parsed once: most roles of an account share a few.
type documents struct {
	mu     sync.Mutex
	parsed map[string]policy.Document // by the text as sent
}

// parse reads a document and remembers it.
func (d *documents) parse(encoded string) policy.Document {
	if doc, ok := d.known(encoded); ok {
		return doc
	}
	doc := parseDocument(encoded)
	d.remember(encoded, doc)
	return doc
}

func (d *documents) known(encoded string) (policy.Document, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	doc, ok := d.parsed[encoded]
	return doc, ok
}

func (d *documents) remember(encoded string, doc policy.Document) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.parsed == nil {
		d.parsed = map[string]policy.Document{}
	}
	d.parsed[encoded] = doc
}

// parseDocument decodes a document once and reads it. IAM encodes after RFC
// 3986, where a + is a +. What cannot be decoded stays as it is, as text
// without meaning: a live document never stops a reading. So does one that
// was not encoded, as some servers that stand in for IAM send it.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
func parseDocument(encoded string) policy.Document {
	if strings.HasPrefix(strings.TrimLeft(encoded, " \t\r\n"), "{") {
		return policy.ParseLive(encoded)
	}
	text, err := url.PathUnescape(encoded)
	if err != nil {
		text = encoded
	}
	return policy.ParseLive(text)
}
