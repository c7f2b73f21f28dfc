package sandbox

import (
	"fmt"
	"strconv"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
)

// question is one that a call asks of the caller's policy.
type question struct {
	action  string
	on      resource
	context policy.Context
}

// questions are all that a call asks. GetCallerIdentity "requires no
// permissions", and who comes with a token has no identity policy.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func (c *call) questions() []question {
	if c.action == "AssumeRole" {
		return c.assuming()
	}
	p, ok := c.server.permissions[c.action]
	if !ok {
		return nil
	}
	on := resource{arn: "*"}
	if p.resource != nil {
		on = p.resource(c)
	}
	creating := p.tagging != "" && len(c.params.tags()) > 0
	if creating {
		on.tags = c.createdWith()
	}
	q := question{"iam:" + c.action, on, c.facts(on)}
	if p.boundary {
		boundary := on.boundary
		if c.params.has("PermissionsBoundary") {
			boundary = c.params.text("PermissionsBoundary")
		}
		q.know("iam:PermissionsBoundary", boundary)
	}
	if p.attaches {
		q.know("iam:PolicyARN", c.params.text("PolicyArn"))
	}
	if p.tags {
		c.requestTags(q.context)
	}
	all := []question{q}
	if creating {
		q := question{p.tagging, on, c.facts(on)}
		q.on.shown = ""
		c.requestTags(q.context)
		all = append(all, q)
	}
	if p.passes {
		passed := c.roleResource()
		passed.shown = ""
		q := question{"iam:PassRole", passed, c.facts(passed)}
		q.know("iam:PassedToService", "ec2.amazonaws.com")
		all = append(all, q)
	}
	return all
}

// assuming are the questions of AssumeRole, which the caller's account answers.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
func (c *call) assuming() []question {
	on := resource{arn: c.params.text("RoleArn"), isRole: true}
	if account, name, err := parseRoleARN(on.arn); err == nil {
		on.tags = c.server.world.account(account).Roles[fold(name)].Tags
	}
	q := question{"sts:AssumeRole", on, c.facts(on)}
	for key, name := range map[string]string{
		"sts:RoleSessionName": "RoleSessionName", "sts:ExternalId": "ExternalId", "sts:SourceIdentity": "SourceIdentity",
	} {
		q.know(key, c.params.text(name))
	}
	all := []question{q}
	if len(c.params.tags()) > 0 {
		c.requestTags(q.context)
		all = append(all, question{"sts:TagSession", on, q.context})
	}
	if c.params.has("SourceIdentity") {
		all = append(all, question{"sts:SetSourceIdentity", on, q.context})
	}
	return all
}

// facts are the condition keys that every call has, and those of its resource.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (c *call) facts(on resource) policy.Context {
	principal := c.caller.ARN
	if c.caller.Session {
		principal = c.caller.RoleARN
	}
	context := policy.Context{
		"aws:CurrentTime":      policy.Is(c.now.Format(time.RFC3339)),
		"aws:EpochTime":        policy.Is(strconv.FormatInt(c.now.Unix(), 10)),
		"aws:PrincipalAccount": policy.Is(c.caller.Account),
		"aws:PrincipalArn":     policy.Is(principal),
		"aws:RequestedRegion":  policy.Is(c.caller.Region),
		"aws:userid":           policy.Is(c.caller.UserID),
	}
	for key, value := range on.tags {
		context["aws:ResourceTag/"+key] = policy.Is(value)
		if on.isRole {
			context["iam:ResourceTag/"+key] = policy.Is(value)
		}
	}
	return context
}

// know adds a condition key, unless it has no value.
func (q question) know(key, value string) {
	if value != "" {
		q.context[key] = policy.Is(value)
	}
}

// createdWith are the tags that a create sends. They are the resource's already
// when the create is authorized, and the tagging within it: aws:ResourceTag is
// there "in requests that create a resource with an attached tag", AWS's page
// on global keys says. Policies in wide use for IAM rest on it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourcetag
func (c *call) createdWith() map[string]string {
	tags := map[string]string{}
	for _, t := range c.params.tags() {
		tags[t.Key] = t.Value
	}
	return tags
}

// requestTags adds the condition keys of the tags that a request sends, or of
// the keys that it takes away.
func (c *call) requestTags(context policy.Context) {
	keys := c.params.list("TagKeys")
	for _, t := range c.params.tags() {
		keys = append(keys, t.Key)
		context["aws:RequestTag/"+t.Key] = policy.Is(t.Value)
	}
	if len(keys) > 0 {
		context["aws:TagKeys"] = policy.Are(keys...)
	}
}

// authorize refuses what the policy of the caller's account, if it has one,
// does not allow. A condition that cannot be decided does not hold.
func (c *call) authorize() error {
	text, ok := c.server.world.account(c.caller.Account).Identity[""]
	if !ok {
		return nil
	}
	d, err := policy.Parse(text)
	if err != nil {
		return fmt.Errorf("reading the account's policy: %w", err) // it was parsed when it was set
	}
	for _, q := range c.questions() {
		decision := policy.Evaluate(d, policy.Request{Action: q.action, Resource: q.on.arn, Context: q.context})
		switch {
		case denied(decision):
			return c.refuse(q, "with an explicit deny in an identity-based policy")
		case !decision.Allowed:
			return c.refuse(q, "because no identity-based policy allows the "+q.action+" action")
		}
	}
	return nil
}

// firstDenied is the refusal of a call that nothing allows.
func (c *call) firstDenied() error {
	for _, q := range c.questions() {
		return c.refuse(q, "because no identity-based policy allows the "+q.action+" action")
	}
	return fail(accessDenied, "Access denied")
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (c *call) refuse(q question, why string) error {
	on := q.on.arn
	if q.on.shown != "" {
		on = q.on.shown
	}
	return fail(accessDenied, "User: %s is not authorized to perform: %s on resource: %s %s", c.caller.ARN, q.action, on, why)
}

// SetPolicy sets the identity policy that every caller with credentials of an
// account has from now on: what it does not allow is AccessDenied. "" takes it
// away.
func (s *Server) SetPolicy(accountID, document string) error {
	if !policy.IsAccountID(accountID) {
		return fail(validationError, "an account id is twelve digits, not %q", accountID)
	}
	var value any
	if document != "" {
		if err := checkIdentity(document); err != nil {
			return err
		}
		value = document
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(s.world.account(accountID), tableIdentity, "", value)
}

// Policy is what SetPolicy set for an account, or "".
func (s *Server) Policy(accountID string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.world.account(accountID).Identity[""]
}
