package trust

import (
	"strings"

	"github.com/trustctl/trustctl/internal/grammar"
)

// The tags by which an object says whose it is. Ownership is on the object:
// there is no state file.
const (
	// TagPrefix begins every tag key that belongs to trustctl, in any letter case.
	TagPrefix = "trustctl:"
	// TagStack names the stack that made an object.
	TagStack = "trustctl:stack"
	// TagRole repeats the role's own name, so that a copied role does not
	// count as ours.
	TagRole = "trustctl:role"
	// TagEnvironment is the environment, org/project/environment, that a role serves.
	TagEnvironment = "trustctl:environment"
	// TagPreventDestroy guards a role against deletion, "true", even once its
	// environment is gone from the configuration.
	TagPreventDestroy = "trustctl:prevent-destroy"
	// TagAdopted marks a role that existed before trustctl, "true": it is
	// forgotten, not deleted.
	TagAdopted = "trustctl:adopted"
	// TagAudiencePrefix, followed by a client id, says which stack added that
	// client id to a shared provider.
	TagAudiencePrefix = "trustctl:audience:"
)

// IsMark reports whether a tag key is one of trustctl's own. Role tag keys
// fold letter case, so this does too.
func IsMark(key string) bool {
	return len(key) >= len(TagPrefix) && strings.EqualFold(key[:len(TagPrefix)], TagPrefix)
}

// AudienceMark is the tag key that records who added a client id.
func AudienceMark(clientID string) string { return TagAudiencePrefix + clientID }

// Stack is the stack whose mark the role carries, or "".
func (r Role) Stack() string { return r.Tags[TagStack] }

// MarkedBy reports whether the role carries the stack's mark and its own
// name: what a declared role needs to count as the stack's.
func (r Role) MarkedBy(stack string) bool {
	return r.Tags[TagStack] == stack && r.Tags[TagRole] == r.Name
}

// Stack is the stack that made the provider, or "".
func (p OIDCProvider) Stack() string { return p.Tags[TagStack] }

// TouchedBy reports whether any mark of a stack is on the provider: the one of
// its maker, or of who added a client id.
func (p OIDCProvider) TouchedBy(stack string) bool {
	for key, value := range p.Tags {
		if value == stack && (key == TagStack || strings.HasPrefix(key, TagAudiencePrefix)) {
			return true
		}
	}
	return false
}

// stack is the grammar of a stack's name.
var stack = grammar.Sized(1, 64, `^[a-z0-9-]+$`)

// IsStack says whether a name may be a stack's. A mark may say anything.
func IsStack(name string) bool { return stack.MatchString(name) }
