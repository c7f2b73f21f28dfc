package plan

import (
	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/trust"
)

// Session is a change of the session policies of an environment's login. A
// session may do what both the role and one of them allow, and with none of
// them all that the role does:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
type Session struct {
	Relation access.Relation `json:"relation"` // narrower, wider or both
	Added    []trust.ARN     `json:"added,omitempty"`
	Removed  []trust.ARN     `json:"removed,omitempty"`
}

// Widens tells whether the environment's session may do more.
func (s *Session) Widens() bool { return s != nil && wider(s.Relation) }

// sessions notes on each file that changes what becomes of its session policies,
// where the file that was there before is at hand and ours.
func (c *comparison) sessions() {
	had, has := loginsOf(c.current.Files), loginsOf(c.desired.Files)
	for i := range c.plan.Changes {
		ch := &c.plan.Changes[i]
		was, is := had[ch.Address], has[ch.Address]
		if ch.Address.Kind == trust.KindFile && ch.Action == Update && was != nil && is != nil {
			ch.Session = sessionOf(sorted(was.PolicyARNs), sorted(is.PolicyARNs))
		}
	}
}

// sessionOf compares sorted lists of session policies; nil where they are alike.
func sessionOf(before, after []trust.ARN) *Session {
	s := Session{Added: minus(after, before), Removed: minus(before, after)}
	switch adds, removes := len(s.Added) > 0, len(s.Removed) > 0; {
	case !adds && !removes:
		return nil
	case len(after) == 0, adds && !removes && len(before) > 0:
		s.Relation = access.Wider
	case len(before) == 0, !adds:
		s.Relation = access.Narrower
	default:
		s.Relation = access.Both
	}
	return &s
}
