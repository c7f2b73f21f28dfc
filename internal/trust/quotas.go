package trust

import "github.com/trustctl/trustctl/internal/grammar"

// IAM's limits that no account can raise. Texts are counted in characters, of
// policies those that are not white space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	MaxTags      = 50    // of a role or a provider
	MaxTagKey    = 128   // characters
	MaxClientIDs = 100   // audiences of a provider
	MaxInline    = 10240 // characters of a role's inline policies, all together
	MaxTrust     = 8192  // characters of a trust policy, once its quota is raised
)

// UsualTrust is the quota of a trust policy's characters that an account has
// until it is raised.
const UsualTrust = 2048

// MaxSessionPolicies is how many managed policies a session takes.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
const MaxSessionPolicies = 10

// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_naming-conventions
var tagText = grammar.Of(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// IsTagText says whether IAM takes a text in the key or the value of a tag, but
// for its length.
func IsTagText(s string) bool { return tagText.MatchString(s) }
