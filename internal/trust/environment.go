package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// EnvironmentFile is the YAML file of one Pulumi ESC environment.
type EnvironmentFile struct {
	Environment string    `json:"environment"` // org/project/environment
	Account     AccountID `json:"account,omitempty"`
	Stack       string    `json:"stack,omitempty"`
	Former      string    `json:"former,omitempty"` // of a file that is transferred or forgotten: the stack that it leaves
	Path        string    `json:"path"`             // with slashes, below the ESC folder: org/project/environment.yaml
	// Content is the file's text: encoded by package esc on the desired side,
	// read from disk on the current side. It is never stored: it may hold what
	// somebody else wrote there.
	Content []byte `json:"-"`
	// SHA256 stands for the content where that is not at hand; see Hash.
	SHA256 string `json:"sha256,omitempty"`
	// Foreign is set on the current side for a file without our header: it is
	// never overwritten or deleted without force.
	Foreign bool `json:"foreign,omitempty"`
	// Irregular says of a foreign one that no regular file in a regular folder
	// is there, such as "esc/acme is a symbolic link": force does not help.
	Irregular string `json:"-"`
	// Document is what the file says; desired side only.
	Document *EnvironmentDocument `json:"-"`
	// Login is what the file asks aws-login for, where that can be told: of a
	// file of ours on disk, and of what a plan makes of it. A saved plan
	// has those on disk beside its changes.
	Login  *Login         `json:"-"`
	Source map[string]Pos `json:"-"` // desired side only
}

// Address is the file's identity.
func (f EnvironmentFile) Address() Address { return FileAddress(f.Environment) }

// Hash is the SHA-256 of the file's content, in hex.
func (f EnvironmentFile) Hash() string {
	if f.Content == nil && f.SHA256 != "" {
		return f.SHA256
	}
	sum := sha256.Sum256(f.Content)
	return hex.EncodeToString(sum[:])
}

// EnvironmentDocument is an ESC environment definition before it is YAML.
// https://www.pulumi.com/docs/esc/environments/syntax/
type EnvironmentDocument struct {
	Description string
	Imports     []string // project/environment, in order
	LoginPath   []string // where under values the login goes: ["aws", "login"]
	Login       Login
	// Variables become values.environmentVariables, beside the three AWS ones.
	Variables map[string]Text
	// Values are merged beside the login; the top is an object.
	Values map[string]Value
}

// Login is the input of fn::open::aws-login.
// https://www.pulumi.com/docs/esc/integrations/dynamic-login-credentials/aws-login/
type Login struct {
	RoleARN           ARN           `json:"role_arn"`
	SessionName       string        `json:"session_name,omitempty"`       // 2 to 64 of [\w+=,.@-]
	Duration          time.Duration `json:"duration,omitempty"`           // 15m to the role's maximum
	SubjectAttributes []string      `json:"subject_attributes,omitempty"` // in the order that the subject spells them
	PolicyARNs        []ARN         `json:"policy_arns,omitempty"`
}

// Value is a value of an ESC document: nil, bool, json.Number, Text, []Value
// or map[string]Value.
type Value any

// Text is a string of an ESC document: literal parts, in which every $ stands
// for itself, and references.
type Text []TextPart

// TextPart is a literal, or a reference such as aws.login.accessKeyId that is
// written ${aws.login.accessKeyId}; exactly one is set, but for the empty literal.
type TextPart struct {
	Literal   string
	Reference string
}

// Literal is a Text without references.
func Literal(s string) Text { return Text{{Literal: s}} }

// SplitEnvironment takes org/project/environment apart; ok is false where
// there are not exactly three parts that are not empty.
func SplitEnvironment(environment string) (org, project, name string, ok bool) {
	parts := strings.Split(environment, "/")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}
