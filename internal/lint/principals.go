package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/visible"
)

// principals finds Allow statements for others than the declared issuers that
// ask nothing of who comes.
func (v *view) principals() {
	for _, s := range v.role.Trust.Statements {
		if s.Effect != policy.Allow {
			continue
		}
		for _, p := range s.Principals {
			switch {
			case p.Type == "AWS" || p.Type == "*":
				v.openPrincipal(s, p)
			case p.Type == "Federated":
				v.otherProvider(s, p)
			}
		}
		if s.NotPrincipals != nil {
			v.openPrincipal(s, policy.Principal{Type: "*", Value: "*"})
		}
	}
}

// openPrincipal finds everybody, or everybody of another account, without a
// condition that says who. The account's own root leaves the decision to the
// account's own policies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (v *view) openPrincipal(s policy.Statement, p policy.Principal) {
	who, account := "every principal of every AWS account", "999999999999"
	if p.Value != "*" {
		if account = wholeAccount(p.Value); account == "" || account == string(v.role.Account) {
			return
		}
		who = "every principal of account " + account + " whose own policies allow it"
	}
	if slices.ContainsFunc(s.Conditions, v.tellsWho) {
		return
	}
	anyone := policy.Principal{Type: "AWS", Value: "arn:aws:iam::" + account + ":user/anyone"}
	for _, action := range append(slices.Clone(s.Actions), "sts:AssumeRole") {
		request := policy.Request{Principal: anyone, Action: action, Context: policy.Context{}}
		for _, c := range s.Conditions {
			if len(c.Values) > 0 && !v.holds([]policy.Condition{c}, nil) {
				request.Context[c.Key] = policy.Is(strings.NewReplacer("*", "x", "?", "x").Replace(c.Values[0]))
			}
		}
		if !policy.Evaluate(v.role.Trust, request).Allowed {
			continue
		}
		admitted := true
		v.report(Finding{
			Code: openPrincipal, Pos: v.role.Source["role.additional_trust"],
			Detail: fmt.Sprintf("The principal %s stands in an Allow without a condition that says who: %s may assume the role.", visible.Quote(p.Value), who),
			Proof:  &Proof{Admitted: &admitted, Text: anyone.Value + " is allowed " + action, request: request},
			Remedy: "Name the roles that may, or add a condition such as StringEquals on aws:PrincipalOrgID, or on sts:ExternalId for a vendor's account.",
		})
		return
	}
}

// wholeAccount is the account that a principal stands for as a whole, or "".
func wholeAccount(value string) string {
	if len(value) == 12 && strings.Trim(value, "0123456789") == "" {
		return value
	}
	if fields := strings.SplitN(value, ":", 6); len(fields) == 6 && fields[2] == "iam" && fields[5] == "root" {
		return fields[4]
	}
	return ""
}

// tellsWho tells whether a condition asks something of who comes: of how and
// when is not enough, nor is one that everything passes.
func (v *view) tellsWho(c policy.Condition) bool {
	switch strings.ToLower(c.Key) {
	case "aws:securetransport", "aws:currenttime", "aws:epochtime", "aws:useragent", "aws:requestedregion",
		"aws:multifactorauthpresent", "aws:multifactorauthage", "sts:rolesessionname", "aws:principaltype":
		return false
	}
	if v.holds([]policy.Condition{c}, nil) || c.Operator == "Null" {
		return false
	}
	return !slices.ContainsFunc(c.Values, func(value string) bool {
		return likes(c.Operator) && value != "" && strings.Trim(value, "*?") == "" || value == "0.0.0.0/0" || value == "::/0"
	})
}

// otherProvider finds another OpenID Connect provider of which every token is
// taken: the loosest statement decides how tight a policy is.
func (v *view) otherProvider(s policy.Statement, p policy.Principal) {
	_, host, found := strings.Cut(p.Value, ":oidc-provider/")
	if !found || slices.ContainsFunc(v.l.in.Issuers, func(i Issuer) bool { return strings.HasSuffix(i.URL, "//"+host) }) {
		return
	}
	if slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool {
		claim, own := strings.CutPrefix(strings.ToLower(c.Key), strings.ToLower(host)+":")
		return own && claim != "aud" && claim != "oaud" && claim != "azp" && v.tellsWho(c)
	}) {
		return
	}
	request := policy.Request{Principal: p, Action: "sts:AssumeRoleWithWebIdentity", Context: policy.Context{host + ":sub": policy.Is("anything")}}
	for _, c := range s.Conditions {
		if _, set := request.Context[c.Key]; !set && len(c.Values) > 0 && !v.holds([]policy.Condition{c}, nil) {
			request.Context[c.Key] = policy.Is(c.Values[0])
		}
	}
	admitted := policy.Evaluate(v.role.Trust, request).Allowed
	if !admitted {
		return
	}
	v.report(Finding{
		Code: otherProvider, Pos: v.role.Source["role.additional_trust"],
		Detail: fmt.Sprintf("The provider of %s may assume the role as well, and no claim of its tokens but the audience is tested: whoever gets a token there gets in.", host),
		Proof:  &Proof{Subject: "anything", Admitted: &admitted, Text: "a token of " + host + " with any subject", request: request},
		Remedy: "Test " + host + ":sub in that statement, or give that provider a role of its own.",
	})
}
