package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// edit is one field of a role that differs, and the calls that it costs: the
// number before the colon is its place within the role.
type edit struct {
	field string
	apply func(r *trust.Role)
	calls []string
}

func edits() []edit {
	return []edit{
		{"managed policy goes", func(r *trust.Role) { r.Managed = r.Managed[:1] }, []string{"10: DetachRolePolicy arn:aws:iam::aws:policy/Two"}},
		{"inline policy goes", func(r *trust.Role) { delete(r.Inline, "old") }, []string{"20: DeleteRolePolicy old"}},
		{"boundary changes", func(r *trust.Role) { r.Boundary = "arn:aws:iam::111111111111:policy/narrow" }, []string{"30: PutRolePermissionsBoundary arn:aws:iam::111111111111:policy/narrow"}},
		{"boundary goes", func(r *trust.Role) { r.Boundary = "" }, []string{"72: DeleteRolePermissionsBoundary"}},
		{"trust widens", func(r *trust.Role) { r.Trust = admits(one, "aws:acme", "a", "b", "c") }, []string{"40: UpdateAssumeRolePolicy"}},
		{"trust narrows", func(r *trust.Role) { r.Trust = admits(one, "aws:acme", "a") }, []string{"05: UpdateAssumeRolePolicy"}},
		{"inline policy changes", func(r *trust.Role) { r.Inline["deploy"] = may(policy.Allow, "s3:*") }, []string{"66: PutRolePolicy deploy"}},
		{"inline policy comes", func(r *trust.Role) { r.Inline["new"] = may(policy.Allow, "ec2:*") }, []string{"65: PutRolePolicy new"}},
		{"inline policy that denies comes", func(r *trust.Role) { r.Inline["zz"] = may(policy.Deny, "iam:*") }, []string{"22: PutRolePolicy zz"}},
		{"managed policy comes", func(r *trust.Role) { r.Managed = append(r.Managed, "arn:aws:iam::aws:policy/Zed") }, []string{"70: AttachRolePolicy arn:aws:iam::aws:policy/Zed"}},
		{"description", func(r *trust.Role) { r.Description = "new" }, []string{"80: UpdateRole"}},
		{"max session", func(r *trust.Role) { r.MaxSession = 2 * time.Hour }, []string{"80: UpdateRole"}},
		{"tag goes", func(r *trust.Role) { delete(r.Tags, "old") }, []string{"90: UntagRole old"}},
		{"tag comes", func(r *trust.Role) { r.Tags["team"] = "x" }, []string{"91: TagRole team=x"}},
		{"tag changes", func(r *trust.Role) { r.Tags["kept"] = "y" }, []string{"91: TagRole kept=y"}},
	}
}

func edited(es ...edit) trust.Role {
	r := role(one, "payments/prod")
	r.Description, r.Boundary = "old", "arn:aws:iam::111111111111:policy/boundary"
	r.Managed = []trust.ARN{"arn:aws:iam::aws:policy/One", "arn:aws:iam::aws:policy/Two"}
	r.Trust = admits(one, "aws:acme", "a", "b")
	r.Inline = map[string]policy.Document{"deploy": may(policy.Allow, "s3:GetObject"), "old": may(policy.Allow, "sqs:*")}
	r.Tags["old"], r.Tags["kept"] = "1", "2"
	for _, e := range es {
		e.apply(&r)
	}
	return r
}

func TestASingleFieldCostsItsOwnCallAndAPairCostsBothInOrder(t *testing.T) {
	all := edits()
	for i, a := range all {
		t.Run(a.field, func(t *testing.T) { checkEdits(t, a) })
		for _, b := range all[i+1:] {
			if sameField(a.field, b.field) {
				continue
			}
			t.Run(a.field+" and "+b.field, func(t *testing.T) { checkEdits(t, a, b) })
		}
	}
}

// sameField: two edits of one field don't make a pair.
func sameField(a, b string) bool {
	for _, field := range []string{"boundary", "trust"} {
		if strings.HasPrefix(a, field) && strings.HasPrefix(b, field) {
			return true
		}
	}
	return strings.HasPrefix(a, "managed") && strings.HasPrefix(b, "managed") // both edits cut or grow one list
}

func checkEdits(t *testing.T, es ...edit) {
	t.Helper()
	p := Compute(
		trust.State{Accounts: accounts(one), Roles: []trust.Role{edited(es...)}},
		trust.State{Accounts: accounts(one), Roles: []trust.Role{live(edited())}}, options())
	var want []string
	for _, e := range es {
		want = append(want, e.calls...)
	}
	slices.Sort(want)
	want = slices.Compact(want)
	for i := range want {
		_, want[i], _ = strings.Cut(want[i], ": ")
	}
	want = mergeTagCalls(want)
	got := calls(p.Changes[0].Steps())
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls differ (-want +got):\n%s", diff)
	}
	if p.Changes[0].Action != Update || p.Writes() != len(want) {
		t.Errorf("action %s with %d writes, want an update with %d", p.Changes[0].Action, p.Writes(), len(want))
	}
}

// mergeTagCalls: tags that are set go in one call, sorted.
func mergeTagCalls(list []string) []string {
	var out, tags []string
	for _, s := range list {
		if tag, ok := strings.CutPrefix(s, "TagRole "); ok {
			tags = append(tags, tag)
		} else {
			out = append(out, s)
		}
	}
	if len(tags) > 0 {
		slices.Sort(tags)
		out = append(out, "TagRole "+strings.Join(tags, " "))
	}
	return out
}

// calls are steps as short text.
func calls(steps []Step) []string {
	out := []string{}
	for _, s := range steps {
		name := strings.TrimPrefix(fmt.Sprintf("%T", s), "plan.")
		detail := ""
		switch s := s.(type) {
		case AddClientIDToOpenIDConnectProvider:
			detail = s.ClientID
		case RemoveClientIDFromOpenIDConnectProvider:
			detail = s.ClientID
		case CreateOpenIDConnectProvider:
			detail = strings.Join(s.ClientIDs, ",")
		case TagOpenIDConnectProvider:
			detail = tagText(s.Tags)
		case UntagOpenIDConnectProvider:
			detail = strings.Join(s.Keys, " ")
		case UpdateOpenIDConnectProviderThumbprint:
			detail = strings.Join(s.Thumbprints, ",")
		case CreateRole:
			detail = s.Path + s.RoleName
		case PutRolePermissionsBoundary:
			detail = string(s.Boundary)
		case AttachRolePolicy:
			detail = string(s.Policy)
		case DetachRolePolicy:
			detail = string(s.Policy)
		case PutRolePolicy:
			detail = s.PolicyName
		case DeleteRolePolicy:
			detail = s.PolicyName
		case TagRole:
			detail = tagText(s.Tags)
		case UntagRole:
			detail = strings.Join(s.Keys, " ")
		case WriteEnvironmentFile:
			detail = s.File.Path
		case RemoveEnvironmentFile:
			detail = s.File.Path
		}
		out = append(out, strings.TrimSpace(name+" "+detail))
	}
	return out
}

func tagText(tags map[string]string) string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, key+"="+tags[key])
	}
	return strings.Join(out, " ")
}

func TestANewRoleIsOneCallAndOneMoreForEachPolicy(t *testing.T) {
	r := role(one, "payments/prod")
	r.Managed = []trust.ARN{"arn:aws:iam::aws:policy/ReadOnlyAccess"}
	r.Inline = map[string]policy.Document{"b": may(policy.Allow, "s3:*"), "c": may(policy.Deny, "iam:*")}
	p := Compute(trust.State{Accounts: accounts(one), Roles: []trust.Role{r}}, trust.State{Accounts: accounts(one)}, options())
	want := []string{"CreateRole /esc-acme--payments--prod", "PutRolePolicy c", "PutRolePolicy b", "AttachRolePolicy arn:aws:iam::aws:policy/ReadOnlyAccess"}
	if diff := cmp.Diff(want, calls(p.Changes[0].Steps())); diff != "" {
		t.Errorf("calls differ (-want +got):\n%s", diff)
	}
}

func TestAReplacedRoleIsEmptiedDeletedAndMadeAnew(t *testing.T) {
	was := role(one, "payments/prod")
	was.Managed = []trust.ARN{"arn:aws:iam::aws:policy/ReadOnlyAccess"}
	was.Inline = map[string]policy.Document{"b": may(policy.Allow, "s3:*")}
	is := role(one, "payments/prod")
	is.Managed, is.Path = was.Managed, "/pulumi/"
	p := Compute(trust.State{Accounts: accounts(one), Roles: []trust.Role{is}}, trust.State{Accounts: accounts(one), Roles: []trust.Role{live(was)}}, options())
	want := []string{
		"DetachRolePolicy arn:aws:iam::aws:policy/ReadOnlyAccess", "DeleteRolePolicy b", "DeleteRole",
		"CreateRole /pulumi/esc-acme--payments--prod", "AttachRolePolicy arn:aws:iam::aws:policy/ReadOnlyAccess",
	}
	if diff := cmp.Diff(want, calls(p.Changes[0].Steps())); diff != "" {
		t.Errorf("calls differ (-want +got):\n%s", diff)
	}
	if p.Changes[0].Action != Replace || p.Counts() != (Counts{Add: 1, Destroy: 1}) {
		t.Errorf("action %s, counts %+v", p.Changes[0].Action, p.Counts())
	}
}
