package sandbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/policy"
)

// checkTrust refuses what IAM refuses as a role's trust policy, and gives back
// the text that is kept: rendered as IAM renders it, with the ids of roles in
// place of their ARNs.
func (c *call) checkTrust(text string) (string, error) {
	d, err := policy.Parse(text)
	if err != nil {
		return "", fail(malformedPolicyDocument, "This policy contains invalid Json: %v", err)
	}
	if v := policy.CheckTrust(d); len(v) > 0 {
		return "", fail(v[0].Code, "%s", v[0].Message)
	}
	if most := c.quotas().TrustPolicySize; policy.Size(text) > most {
		return "", exceeded("ACLSizePerRole", most)
	}
	for i := range d.Statements {
		for j, p := range d.Statements[i].Principals {
			id, err := c.resolvePrincipal(p)
			if err != nil {
				return "", err
			}
			d.Statements[i].Principals[j].Value = id
		}
	}
	return renderTrust(d), nil
}

// checkIdentity refuses what IAM refuses as an identity policy. Such a policy
// is kept, and given back, as it was sent.
func checkIdentity(text string) error {
	d, err := policy.Parse(text)
	if err != nil {
		return fail(malformedPolicyDocument, "Syntax errors in policy: %v", err)
	}
	if v := policy.CheckIdentity(d); len(v) > 0 {
		return fail(v[0].Code, "%s", v[0].Message)
	}
	return nil
}

func policySize(text string) int { return policy.Size(text) }

// resolvePrincipal checks that an AWS principal exists, and answers what IAM
// keeps of it: for a role its unique id, which outlives the name. Accounts all
// exist; their one user is the holder of the key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (c *call) resolvePrincipal(p policy.Principal) (string, error) {
	invalid := fail(malformedPolicyDocument, "Invalid principal in policy: %q:%q", p.Type, p.Value)
	if p.Type != "AWS" || p.Value == "*" {
		return p.Value, nil
	}
	if policy.IsAccountID(p.Value) {
		return "arn:" + c.caller.Partition + ":iam::" + p.Value + ":root", nil
	}
	if isRoleID(p.Value) {
		if _, ok := c.server.world.roleByID(p.Value); ok {
			return p.Value, nil
		}
		return "", invalid
	}
	parts := strings.SplitN(p.Value, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[1] != c.caller.Partition || !policy.IsAccountID(parts[4]) {
		return "", invalid
	}
	switch resource := parts[5]; {
	case parts[2] == "sts" && (strings.HasPrefix(resource, "assumed-role/") || strings.HasPrefix(resource, "federated-user/")):
		return p.Value, nil
	case parts[2] == "iam" && (resource == "root" || resource == "user/"+sandboxUser):
		return p.Value, nil
	case parts[2] == "iam" && strings.HasPrefix(resource, "role/"):
		r, ok := c.server.world.account(parts[4]).Roles[fold(policyName(p.Value))]
		if ok && r.ARN == p.Value {
			return r.ID, nil
		}
	}
	return "", invalid
}

// roleByID finds a role in any account.
func (w *world) roleByID(id string) (role, bool) {
	for _, a := range w.Accounts {
		for _, r := range a.Roles {
			if r.ID == id {
				return r, true
			}
		}
	}
	return role{}, false
}

var quotedRoleID = grammar.Of(`"AROA[A-Z0-9]{17}"`)

func isRoleID(s string) bool { return quotedRoleID.MatchString(`"` + s + `"`) }

// showTrust is a kept trust policy as it is shown: the id of a role that
// exists becomes its ARN again, that of one that is gone stays.
func (c *call) showTrust(kept string) string {
	if !strings.Contains(kept, `"AROA`) {
		return kept
	}
	return quotedRoleID.Regexp().ReplaceAllStringFunc(kept, func(quoted string) string {
		if r, ok := c.server.world.roleByID(strings.Trim(quoted, `"`)); ok {
			return quote(r.ARN)
		}
		return quoted
	})
}

// renderTrust writes a trust policy as IAM gives it back, which is not as it
// was sent (observed): compact, Effect before Principal before Action, single
// values not in a list, and lists in an order that is not the given one. IAM's
// order follows no rule that is known; here it is the descending one, which
// neither a client that keeps the given order nor one that sorts has by chance.
func renderTrust(d policy.Document) string {
	top := object{}
	if d.Version != "" {
		top.add("Version", quote(d.Version))
	}
	if d.ID != "" {
		top.add("Id", quote(d.ID))
	}
	statements := make([]string, len(d.Statements))
	for i, s := range d.Statements {
		statements[i] = renderStatement(s)
	}
	top.add("Statement", "["+strings.Join(statements, ",")+"]")
	return top.String()
}

func renderStatement(s policy.Statement) string {
	o := object{}
	if s.Sid != "" {
		o.add("Sid", quote(s.Sid))
	}
	o.add("Effect", quote(string(s.Effect)))
	if len(s.Principals) > 0 {
		o.add("Principal", renderPrincipals(s.Principals))
	}
	for _, element := range []struct {
		name   string
		values []string
	}{{"Action", s.Actions}, {"NotAction", s.NotActions}} {
		if element.values != nil {
			o.add(element.name, renderValues(element.values))
		}
	}
	if len(s.Conditions) > 0 {
		o.add("Condition", renderConditions(s.Conditions))
	}
	return o.String()
}

func renderPrincipals(principals []policy.Principal) string {
	byType := map[string][]string{}
	for _, p := range principals {
		if p.Type == "*" {
			return `"*"`
		}
		byType[p.Type] = append(byType[p.Type], p.Value)
	}
	return renderMap(byType, renderValues)
}

func renderConditions(conditions []policy.Condition) string {
	byOperator := map[string]map[string][]string{}
	for _, c := range conditions {
		if byOperator[c.Operator] == nil {
			byOperator[c.Operator] = map[string][]string{}
		}
		byOperator[c.Operator][c.Key] = c.Values
	}
	return renderMap(byOperator, func(keys map[string][]string) string { return renderMap(keys, renderValues) })
}

func renderValues(values []string) string {
	if len(values) == 1 {
		return quote(values[0])
	}
	ordered := slices.Clone(values)
	slices.Sort(ordered)
	slices.Reverse(ordered)
	for i, v := range ordered {
		ordered[i] = quote(v)
	}
	return "[" + strings.Join(ordered, ",") + "]"
}

func renderMap[T any](m map[string]T, render func(T) string) string {
	o := object{}
	for _, key := range sorted(m) {
		o.add(key, render(m[key]))
	}
	return o.String()
}

// object is a JSON object in the making, whose members keep their order.
type object struct{ members []string }

func (o *object) add(key, value string) { o.members = append(o.members, quote(key)+":"+value) }

func (o *object) String() string { return "{" + strings.Join(o.members, ",") + "}" }

// quote is a JSON string, with <, > and & as they are.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("sandbox: a string is JSON: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}
