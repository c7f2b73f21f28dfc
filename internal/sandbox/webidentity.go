package sandbox

import (
	"fmt"
	"strings"
)

// maxSessionPolicies is how many managed policies may narrow a session.
const maxSessionPolicies = 10

// assumeRoleWithWebIdentity checks in the order of STS: the token for itself,
// the provider of the role's account, then role and trust policy, which fail
// in the same words.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
func (c *call) assumeRoleWithWebIdentity() (any, error) {
	arn := c.params.text("RoleArn")
	accountID, name, err := parseRoleARN(arn)
	if err != nil {
		return nil, err
	}
	if err := c.checkSessionPolicies(); err != nil {
		return nil, err
	}
	t, err := parseToken(c.params.text("WebIdentityToken"))
	if err != nil {
		return nil, err
	}
	account := c.server.world.account(accountID)
	p, ok := account.Providers[strings.TrimPrefix(t.issuer, "https://")]
	if !ok || !strings.HasPrefix(t.issuer, "https://") {
		return nil, fail(invalidIdentityToken, "No OpenIDConnect provider found in your account for %s", t.issuer)
	}
	if err := t.check(p, c.now); err != nil {
		return nil, err
	}
	r, ok := account.Roles[fold(name)]
	if !ok || r.ARN != arn || !c.admits(r, p, t) {
		return nil, fail(accessDenied, "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
	duration := c.params.number("DurationSeconds", defaultSession)
	if duration > r.MaxSession {
		return nil, fail(validationError, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if err := c.used(accountID, r); err != nil {
		return nil, err
	}
	credentials, assumed, err := c.newSession(accountID, r, duration)
	return struct {
		SubjectFromWebIdentityToken string
		Audience                    string
		AssumedRoleUser             assumedXML
		Credentials                 credentialsXML
		Provider                    string
	}{t.subject, t.audience(), assumed, credentials, p.ARN}, err
}

// checkSessionPolicies looks at the policies that narrow a session. They are
// not applied: what a session may do, the policy of its account says alone.
func (c *call) checkSessionPolicies() error {
	if c.params.has("Policy") {
		if err := checkIdentity(c.params.text("Policy")); err != nil {
			return err
		}
	}
	for i := 1; c.params.has(fmt.Sprintf("PolicyArns.member.%d.arn", i)); i++ {
		if i > maxSessionPolicies {
			return exceeded("PolicyArns", maxSessionPolicies)
		}
		if err := checkPolicyARN(c.params.text(fmt.Sprintf("PolicyArns.member.%d.arn", i))); err != nil {
			return err
		}
	}
	return nil
}
