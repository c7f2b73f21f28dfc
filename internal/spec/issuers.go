package spec

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/zclconf/go-cty/cty"
)

// The issuer that exists without being written.
// https://www.pulumi.com/docs/esc/environments/configuring-oidc/aws/
const (
	builtinIssuer    = "pulumi"
	builtinIssuerURL = "https://api.pulumi.com/oidc"
)

var issuerSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "url"}, {Name: "thumbprints"}, {Name: "tags"}},
}

var (
	issuerHost = grammar.Of(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
	issuerPath = grammar.Of(`^[\w.~%+=@,/-]*$`)
	thumbprint = grammar.Sized(40, 40, `^[0-9a-f]+$`)
)

// issuers evaluates issuer blocks.
type issuers struct {
	scope *scope
	all   []Issuer
	urls  map[string]string // the issuer that has it, by the URL in lower case
}

// builtin adds the issuer that exists without being written.
func (i *issuers) builtin() {
	i.urls[builtinIssuerURL] = builtinIssuer
	i.add(Issuer{Name: builtinIssuer, URL: builtinIssuerURL})
}

func (i *issuers) add(issuer Issuer) {
	i.all = append(i.all, issuer)
	v := map[string]cty.Value{"name": cty.StringVal(issuer.Name), "url": cty.UnknownVal(cty.String)}
	if issuer.URL != "" {
		v["url"] = cty.StringVal(issuer.URL)
	}
	i.scope.values[name{kindIssuer, issuer.Name}] = cty.ObjectVal(v)
}

// node is one issuer block, as a node of the graph.
func (i *issuers) node(block *hcl.Block) (*node, hcl.Diagnostics) {
	content, diags := block.Body.Content(issuerSchema)
	label := block.Labels[0]
	n := &node{name: name{kindIssuer, label}, at: block.DefRange}
	for _, attr := range sorted(content.Attributes) {
		n.exprs = append(n.exprs, attr.Expr)
	}
	if content.Attributes["url"] == nil && label != builtinIssuer {
		diags = append(diags, mistake(content.MissingItemRange, "Missing required argument", `The argument "url" is required, but no definition was found.`))
	}
	n.evaluate = func() hcl.Diagnostics {
		r := &reader{scope: i.scope}
		issuer := Issuer{
			Name:        label,
			URL:         i.url(r, label, content.Attributes["url"]),
			Thumbprints: r.thumbprints(content.Attributes["thumbprints"]),
			Tags:        r.tags(content.Attributes["tags"]),
			Pos:         i.scope.pos(block.DefRange),
		}
		i.add(issuer)
		return r.diags
	}
	return n, diags
}

func (i *issuers) url(r *reader, label string, attr *hcl.Attribute) string {
	if attr == nil && label == builtinIssuer {
		i.urls[builtinIssuerURL] = label
		return builtinIssuerURL
	}
	s, ok := r.text(attr)
	if !ok {
		return ""
	}
	at := attr.Expr.Range()
	if rule := checkIssuerURL(s); rule != "" {
		r.mistake(at, "Invalid url", "%q cannot be an issuer: %s.", s, rule)
		return ""
	}
	if before, ok := i.urls[strings.ToLower(s)]; ok {
		r.mistake(at, "Duplicate issuer", "Issuer %q has this URL too: an account has one provider for it.", before)
		return ""
	}
	i.urls[strings.ToLower(s)] = label
	warn := func(detail string) {
		d := mistake(at, "Unusual issuer URL", detail)
		d.Severity = hcl.DiagWarning
		r.diags = append(r.diags, d)
	}
	if strings.HasSuffix(s, "/") {
		warn("The URL ends with a slash. It is kept, since IAM compares the URL with the iss claim of tokens letter by letter; be sure that the claim has it too.")
	}
	if host := strings.TrimPrefix(s, "https://"); host[:len(host)-len(pathOf(host))] != strings.ToLower(host[:len(host)-len(pathOf(host))]) {
		warn("The host has capital letters. It is kept, since IAM compares the URL with the iss claim of tokens letter by letter; be sure that the claim has them too.")
	}
	return s
}

// pathOf is what follows the host.
func pathOf(hostAndPath string) string {
	if i := strings.Index(hostAndPath, "/"); i >= 0 {
		return hostAndPath[i:]
	}
	return ""
}

// checkIssuerURL is the rule that a URL breaks, or "".
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
func checkIssuerURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "it is not a URL"
	case !strings.HasPrefix(s, "https://"):
		return `it must begin with "https://"`
	case len(s) > 255:
		return "IAM takes up to 255 characters"
	case u.User != nil:
		return "it may hold no user name"
	case strings.Contains(s, "?"):
		return "it may hold no query"
	case strings.Contains(s, "#"):
		return "it may hold no fragment"
	case u.Host != u.Hostname():
		return "it may hold no port"
	case !issuerHost.MatchString(u.Host) || !issuerPath.MatchString(u.EscapedPath()):
		return "it is a host's name and a path"
	}
	return ""
}

// thumbprints are in lower case and sorted; nil leaves them to IAM.
func (r *reader) thumbprints(attr *hcl.Attribute) []string {
	texts, ok := r.texts(attr)
	if !ok {
		return nil
	}
	if len(texts) == 0 || len(texts) > 5 {
		r.mistake(attr.Expr.Range(), "Invalid thumbprints", "IAM keeps one to five thumbprints. To leave them to IAM, leave the attribute out.")
		return nil
	}
	for i, s := range texts {
		texts[i] = strings.ToLower(s)
		if !thumbprint.MatchString(texts[i]) {
			r.mistake(attr.Expr.Range(), "Invalid thumbprints", "%q is not a thumbprint: 40 hexadecimal digits, as `trustctl thumbprint URL` prints them.", s)
			return nil
		}
	}
	slices.Sort(texts)
	if twice := firstTwice(texts); twice != "" {
		r.diags = append(r.diags, mistake(attr.Expr.Range(), "Invalid thumbprints", fmt.Sprintf("%q is given twice.", twice)))
	}
	return slices.Compact(texts)
}

// firstTwice is the first text that a sorted list holds twice, or "".
func firstTwice(texts []string) string {
	for i := 1; i < len(texts); i++ {
		if texts[i] == texts[i-1] {
			return texts[i]
		}
	}
	return ""
}
