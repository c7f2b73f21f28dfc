package esc

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/trustctl/trustctl/internal/trust"
)

// readLogin is what a file on disk asks aws-login for: under the path where
// the configuration puts the login, else wherever the file's only login is. It
// is nil where that is not plain: without a login, with several, with one that
// trustctl could not have written for the account, or in a file that ESC and
// this reader might read differently (two documents, a key twice, an alias, a
// merge). Somebody else may have edited the file since.
func readLogin(content []byte, account trust.AccountID, path []string) *trust.Login {
	root := fields(parse(content))
	at := under(fields(root["values"]), path)
	if at == nil {
		found, plain := logins(root["values"])
		if len(found) != 1 || !plain {
			return nil
		}
		at = found[0]
	}
	l, ok := loginOf(at)
	if !ok {
		return nil
	}
	m := &mistakes{}
	if checkLogin(l, account, m); len(m.list) > 0 {
		return nil
	}
	return &l
}

// parse is a file's one document, nil if it is not YAML or not one document.
// Nodes are never expanded, so an alias costs nothing; a parser that a hostile
// file makes panic has not read it.
func parse(content []byte) (root *yaml.Node) {
	defer func() {
		if recover() != nil {
			root = nil
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(content))
	var document, more yaml.Node
	if d.Decode(&document) != nil || len(document.Content) != 1 || d.Decode(&more) != io.EOF {
		return nil
	}
	return document.Content[0]
}

// fields are the values of an object by their keys; nil if it is none, or not
// a plain one.
func fields(n *yaml.Node) map[string]*yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	out := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if _, twice := out[k.Value]; twice || k.Kind != yaml.ScalarNode || k.ShortTag() != "!!str" || v.Kind == yaml.AliasNode {
			return nil
		}
		out[k.Value] = v
	}
	return out
}

// under is the login's input under a path, nil for nothing.
func under(values map[string]*yaml.Node, path []string) *yaml.Node {
	for i, key := range path {
		if i > 0 { // ESC reads no interpolation in the first keys
			key = escape(key)
		}
		values = fields(values[key])
	}
	return values[keyLogin]
}

// logins are the inputs of all logins in a tree. It is plain if each of its
// objects is and nothing stands for something elsewhere.
func logins(n *yaml.Node) (found []*yaml.Node, plain bool) {
	if n == nil || n.Kind == yaml.AliasNode {
		return nil, false
	}
	plain = n.Kind != yaml.MappingNode || fields(n) != nil
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == keyLogin {
			found = append(found, child)
			continue
		}
		more, ok := logins(child)
		found, plain = append(found, more...), plain && ok
	}
	return found, plain
}

// loginOf reads the input of a login; ok is false for what login never makes.
func loginOf(n *yaml.Node) (l trust.Login, ok bool) {
	input := fields(n)
	oidc := fields(input["oidc"])
	if len(input) != 1 || oidc == nil {
		return trust.Login{}, false
	}
	ok = true
	one := func(n *yaml.Node) string {
		s, plain := text(n)
		ok = ok && plain
		return s
	}
	list := func(n *yaml.Node) (out []string) {
		if ok = ok && n.Kind == yaml.SequenceNode; ok {
			for _, element := range n.Content {
				out = append(out, one(element))
			}
		}
		return out
	}
	for _, key := range slices.Sorted(maps.Keys(oidc)) {
		switch n := oidc[key]; key {
		case "duration":
			d, err := time.ParseDuration(one(n))
			l.Duration, ok = d, ok && err == nil
		case "roleArn":
			l.RoleARN = trust.ARN(one(n))
		case "sessionName":
			l.SessionName = one(n)
		case "subjectAttributes":
			l.SubjectAttributes = list(n)
		case "policyArns":
			for _, arn := range list(n) {
				l.PolicyARNs = append(l.PolicyARNs, trust.ARN(arn))
			}
		default:
			ok = false
		}
	}
	return l, ok
}

// text is a string that ESC reads without asking anything else for it.
func text(n *yaml.Node) (s string, ok bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		return "", false
	}
	rest := strings.ReplaceAll(n.Value, "$$", "")
	return strings.ReplaceAll(n.Value, "$$", "$"), !strings.Contains(rest, "${")
}
