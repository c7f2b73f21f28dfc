package sandbox

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
)

const (
	defaultSession = 3600 // seconds, of AssumeRole and AssumeRoleWithWebIdentity
	maxChained     = 3600 // of a role assumed with another role's credentials
)

func (c *call) getCallerIdentity() (any, error) {
	return struct{ UserId, Account, Arn string }{c.caller.UserID, c.caller.Account, c.caller.ARN}, nil
}

type assumedXML struct{ AssumedRoleId, Arn string }

type credentialsXML struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }

// assumeRole decides by the role's trust policy; the caller's own policy, if
// the account has one, was asked before.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func (c *call) assumeRole() (any, error) {
	arn := c.params.text("RoleArn")
	refused := fail(accessDenied, "User: %s is not authorized to perform: sts:AssumeRole on resource: %s", c.caller.ARN, arn)
	account, name, err := parseRoleARN(arn)
	if err != nil {
		return nil, err
	}
	if err := c.checkSessionPolicies(); err != nil {
		return nil, err
	}
	duration := c.params.number("DurationSeconds", defaultSession)
	if c.caller.Session && duration > maxChained {
		return nil, fail(validationError, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	r, ok := c.server.world.account(account).Roles[fold(name)]
	switch {
	case !ok && c.caller.Sandbox:
		// A role for passing through: see the package's comment.
		r = role{ID: "AROASANDBOX" + account[:10], ARN: arn}
	case !ok || r.ARN != arn || !c.callerMayAssume(r):
		return nil, refused
	case duration > r.MaxSession:
		return nil, fail(validationError, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	default:
		if err := c.used(account, r); err != nil {
			return nil, err
		}
	}
	credentials, assumed, err := c.newSession(account, r, duration)
	return struct {
		Credentials     credentialsXML
		AssumedRoleUser assumedXML
	}{credentials, assumed}, err
}

// parseRoleARN takes a role's ARN apart.
func parseRoleARN(arn string) (account, name string, err error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || !policy.IsAccountID(parts[4]) ||
		!strings.HasPrefix(parts[5], "role/") || strings.HasSuffix(arn, "/") {
		return "", "", fail(validationError, "%s is invalid", arn)
	}
	return parts[4], policyName(arn), nil
}

// used notes that a role was assumed.
func (c *call) used(account string, r role) error {
	r.LastUsed, r.LastRegion = c.now, c.caller.Region
	return c.server.write(c.server.world.account(account), tableRoles, fold(r.Name), r)
}

// newSession gives out credentials: a key id that names the account, as the
// sandbox's other key ids do, with a part of its own.
func (c *call) newSession(accountID string, r role, seconds int) (credentialsXML, assumedXML, error) {
	a := c.server.world.account(accountID)
	for _, key := range sorted(a.Sessions) {
		if a.Sessions[key].Expires.Before(c.now) {
			if err := c.server.write(a, tableSessions, key, nil); err != nil {
				return credentialsXML{}, assumedXML{}, err
			}
		}
	}
	key := KeyPrefix + accountID + rand.Text()[:8]
	s := session{
		RoleARN: r.ARN, RoleID: r.ID, Name: c.params.text("RoleSessionName"),
		Token: rand.Text() + rand.Text(), Expires: c.now.Add(time.Duration(seconds) * time.Second),
	}
	if err := c.server.write(a, tableSessions, key, s); err != nil {
		return credentialsXML{}, assumedXML{}, err
	}
	return credentialsXML{key, rand.Text() + rand.Text(), s.Token, date(s.Expires)},
		assumedXML{r.ID + ":" + s.Name, sessionARN(r.ARN, s.Name)}, nil
}
