package subject

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Reference names an environment, or a pattern of environments, of which the
// subjects are not known yet: they depend on the subject attributes of the
// environment's login.
type Reference struct {
	Org         string `json:"org"`
	Environment string `json:"environment"` // project/environment, in which * and ? are wildcards, or * alone
	User        string `json:"user,omitempty"`
	Team        string `json:"team,omitempty"`
	TokenType   string `json:"token_type,omitempty"`
}

const (
	referenceOpen  = "env_sub("
	referenceClose = ")"
)

// Encode is the reference as a string that can stand in a list of subjects: no
// subject begins like it. DecodeReference reads it back.
func (r Reference) Encode() string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		panic("subject: a reference is plain text: " + err.Error())
	}
	return referenceOpen + strings.TrimSuffix(b.String(), "\n") + referenceClose
}

// DecodeReference reads what Encode wrote; ok is false for every other string.
func DecodeReference(s string) (r Reference, ok bool) {
	text, begins := strings.CutPrefix(s, referenceOpen)
	text, ends := strings.CutSuffix(text, referenceClose)
	if !begins || !ends || json.Unmarshal([]byte(text), &r) != nil || r.Encode() != s {
		return Reference{}, false
	}
	return r, true
}

// Check holds a reference to the rules of names. Wildcards may stand in the
// environment and in user, team and token type, never in the organization:
// a pattern over organizations would trust strangers.
func (r Reference) Check() error {
	if err := CheckOrg(r.Org); err != nil {
		return err
	}
	for _, claim := range []struct{ name, value string }{{"user", r.User}, {"team", r.Team}, {"token_type", r.TokenType}} {
		if strings.Contains(claim.value, ":") || strings.ContainsFunc(claim.value, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
			return fmt.Errorf("%q cannot be a %s: it holds a colon, a space or a control character", claim.value, claim.name)
		}
	}
	if r.Environment == "*" {
		return nil
	}
	project, name, ok := strings.Cut(r.Environment, "/")
	if !ok {
		return fmt.Errorf("%q is not an environment: write project/environment; one without a project is default/%s", r.Environment, r.Environment)
	}
	return errors.Join(checkPart(project, CheckProject), checkPart(name, CheckEnvironmentName))
}

// checkPart checks a name, in which wildcards count as letters.
func checkPart(s string, check func(string) error) error {
	if strings.ContainsAny(s, "*?") && onlyOf(s, names+"*?") {
		return nil
	}
	return check(s)
}

// IsPattern reports whether the reference may mean several environments.
func (r Reference) IsPattern() bool { return strings.ContainsAny(r.Environment, "*?") }

// Audience is the audience under which the reference's subjects are trusted:
// the bare organization only for default/…, and aws:ORG for every pattern over
// projects, which so never reaches into the legacy project.
func (r Reference) Audience() string {
	return audience(r.Org, strings.HasPrefix(r.Environment, legacyProject+"/"))
}

// Expand is the reference's subjects for one list of subject attributes.
func (r Reference) Expand(attrs []Attribute) []string {
	return r.spelling().subjects(r.Org, attrs, Claims{User: r.User, Team: r.Team, TokenType: r.TokenType})
}

// Every is every subject that the grammar allows for tokens of the
// environment, opened by itself, whatever its subject attributes are: the
// default subject and one for each selection of attributes in each order.
// There are about two thousand.
func (r Reference) Every() []string {
	subjects := r.Expand(nil)
	var grow func(chosen []Attribute)
	grow = func(chosen []Attribute) {
		for _, a := range Attributes() {
			next := append(chosen[:len(chosen):len(chosen)], a)
			if CheckAttributes(next) != nil { // chosen before
				continue
			}
			subjects = append(subjects, r.Expand(next)...)
			grow(next)
		}
	}
	grow(nil)
	return subjects
}

func (r Reference) spelling() spelling {
	project, name, ok := strings.Cut(r.Environment, "/")
	if !ok {
		return spelling{plain: r.Environment, current: []string{r.Environment}, root: r.Environment}
	}
	return spell(project, name)
}
