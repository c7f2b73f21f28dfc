package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

// defaultIssuer is Pulumi Cloud's.
const defaultIssuer = "https://api.pulumi.com/oidc"

// maxInput is the most that is read of a file that is looked at whole: many
// times what IAM and STS take.
const maxInput = 4 << 20

// readInput reads a file, or standard input for "-". what it is stands in the
// errors, which never quote it.
func (a *app) readInput(path, what string) ([]byte, error) {
	from := io.Reader(a.In)
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", what, err)
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	if len(text) > maxInput {
		return nil, fmt.Errorf("reading %s: %s is larger than %d bytes", what, inputName(path), maxInput)
	}
	return text, nil
}

// inputName is what an input is called in messages.
func inputName(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}

// readPolicy reads a policy document; an error names the place in it.
func (a *app) readPolicy(path string) (policy.Document, error) {
	text, err := a.readInput(path, "the policy")
	if err != nil {
		return policy.Document{}, err
	}
	d, err := policy.Parse(string(text))
	if err != nil {
		return policy.Document{}, fmt.Errorf("reading the policy: %s: %w", inputName(path), err)
	}
	return d, nil
}

// onceStdin refuses two inputs that are both standard input.
func onceStdin(paths ...string) error {
	n := 0
	for _, path := range paths {
		if path == "-" {
			n++
		}
	}
	if n > 1 {
		return errors.New("standard input can be read for one thing only")
	}
	return nil
}

// issuerHost is the host of an issuer's URL as ARNs and condition keys have it.
func issuerHost(text string) (string, error) {
	full := text
	if !strings.Contains(text, "://") {
		full = "https://" + text
	}
	u, err := url.Parse(full)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("-issuer: %q is not an issuer's URL, such as %s", text, defaultIssuer)
	}
	return trust.IssuerHost(full), nil
}

// printJSON prints a value as JSON with a line end: indented, or on one line.
func (a *app) printJSON(v any, indent string) error {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encoding JSON: %w", err)
	}
	return a.print(visible.JSON(out.Bytes()))
}
