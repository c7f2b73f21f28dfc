package endtoend_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/sandbox"
)

// edit is a row of the table: one thing that somebody changes, and the calls
// that this takes.
type edit struct {
	name string
	// field is what two edits must not share to be made together.
	field         string
	before, after func(*shape)
	role          string // calls on the environment's role
	others        string // on the provider, and on other environments' roles
	replaces      bool   // the role is deleted and made anew: with it goes whatever else there is to its fields
	keeps         bool   // the live value stays: no role is replaced on the strength of that
	files         int    // ESC files that are written or removed: of other environments, see expectedFiles
}

// edits is the table. A call that carries several fields is listed with each;
// the pairs count it once.
func edits() []edit {
	boundary := func(name string) func(*shape) {
		text := ""
		if name != "" {
			text = "arn:aws:iam::aws:policy/" + name
		}
		return func(s *shape) { s.boundary = &text }
	}
	pin := func(digit string) func(*shape) {
		return func(s *shape) { s.thumbprints = []string{strings.Repeat(digit, 40)} }
	}
	return []edit{
		{name: "a subject added", after: func(s *shape) { s.subs = append(s.subs, "payments/live") }, role: "UpdateAssumeRolePolicy"},
		{name: "a subject removed", before: func(s *shape) { s.subs = append(s.subs, "payments/old") }, after: func(s *shape) {
			s.subs = slices.DeleteFunc(s.subs, func(e string) bool { return e == "payments/old" })
		}, role: "UpdateAssumeRolePolicy"},
		{name: "an exception added", after: func(s *shape) { s.except = []string{"payments/never"} }, role: "UpdateAssumeRolePolicy"},
		{name: "another principal trusted", after: func(s *shape) { s.service = "ec2.amazonaws.com" }, role: "UpdateAssumeRolePolicy"},
		{name: "description", field: "description", after: func(s *shape) { s.description = "after" }, role: "UpdateRole"},
		{name: "description removed", field: "description", after: func(s *shape) { s.description = "" }, role: "UpdateRole"},
		{name: "max_session_duration", after: func(s *shape) { s.session = "2h" }, role: "UpdateRole"},
		{name: "boundary set", field: "boundary", after: boundary("PowerUserAccess"), role: "PutRolePermissionsBoundary"},
		{name: "boundary changed", field: "boundary", before: boundary("PowerUserAccess"), after: boundary("ReadOnlyAccess"), role: "PutRolePermissionsBoundary"},
		{name: "boundary removed", field: "boundary", before: boundary("PowerUserAccess"), after: boundary(""), role: "DeleteRolePermissionsBoundary"},
		{name: "boundary left out", field: "boundary", before: boundary("PowerUserAccess"), after: func(s *shape) { s.boundary = nil }, keeps: true},
		{name: "a managed policy added", after: func(s *shape) { s.managed = append(s.managed, "IAMReadOnlyAccess") }, role: "AttachRolePolicy"},
		{name: "a managed policy removed", before: func(s *shape) { s.managed = append(s.managed, "SecurityAudit") }, after: func(s *shape) {
			s.managed = slices.DeleteFunc(s.managed, func(p string) bool { return p == "SecurityAudit" })
		}, role: "DetachRolePolicy"},
		{name: "a managed policy swapped", before: func(s *shape) { s.managed = append(s.managed, "AmazonS3ReadOnlyAccess") }, after: func(s *shape) {
			s.managed[slices.Index(s.managed, "AmazonS3ReadOnlyAccess")] = "AmazonS3FullAccess"
		}, role: "DetachRolePolicy AttachRolePolicy"},
		{name: "an inline policy added", after: func(s *shape) { s.inline["comes"] = "s3:PutObject" }, role: "PutRolePolicy"},
		{name: "an inline policy changed", before: func(s *shape) { s.inline["varies"] = "sqs:SendMessage" }, after: func(s *shape) { s.inline["varies"] = "sqs:ReceiveMessage" }, role: "PutRolePolicy"},
		{name: "an inline policy removed", before: func(s *shape) { s.inline["goes"] = "s3:DeleteObject" }, after: func(s *shape) { delete(s.inline, "goes") }, role: "DeleteRolePolicy"},
		{name: "a tag added", after: func(s *shape) { s.tags["comes"] = "new" }, role: "TagRole"},
		{name: "a tag changed", before: func(s *shape) { s.tags["varies"] = "old" }, after: func(s *shape) { s.tags["varies"] = "new" }, role: "TagRole"},
		{name: "a tag removed", before: func(s *shape) { s.tags["goes"] = "old" }, after: func(s *shape) { delete(s.tags, "goes") }, role: "UntagRole"},
		{name: "the guard set", field: "guard", after: func(s *shape) { s.guard = true }, role: "TagRole"},
		{name: "path", after: func(s *shape) { s.path = "/pulumi/" }, replaces: true},
		{name: "letter case of the name", field: "name", after: func(s *shape) { s.name = "Payments" }, replaces: true},
		{name: "name", field: "name", after: func(s *shape) { s.name = "billing" }, replaces: true},
		{name: "environment renamed, same role", after: func(s *shape) { s.environment = "payments/renamed" }, role: "UpdateAssumeRolePolicy TagRole"},
		{name: "ESC content", after: func(s *shape) { s.variables["AWS_REGION"] = "us-east-1" }},
		{name: "no ESC file any more", after: func(s *shape) { s.emit = false }},

		{name: "an audience added by a trust block", after: func(s *shape) { s.deploys = true },
			role: "UpdateAssumeRolePolicy", others: "TagOpenIDConnectProvider AddClientIDToOpenIDConnectProvider"},
		{name: "an audience removed with a trust block", before: func(s *shape) { s.foreign = true }, after: func(s *shape) { s.foreign = false },
			role: "UpdateAssumeRolePolicy", others: "UntagOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider"},
		{name: "an organization added", field: "beta", after: func(s *shape) { s.beta = true },
			others: "TagOpenIDConnectProvider AddClientIDToOpenIDConnectProvider CreateRole", files: 1},
		{name: "an organization removed", field: "beta", before: func(s *shape) { s.beta = true }, after: func(s *shape) { s.beta = false },
			others: "UntagOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider DeleteRole", files: 1},
		{name: "an environment added", field: "second", after: func(s *shape) { s.second = true }, others: "CreateRole", files: 1},
		{name: "an environment removed", field: "second", before: func(s *shape) { s.second = true }, after: func(s *shape) { s.second = false }, others: "DeleteRole", files: 1},
		{name: "thumbprints pinned", field: "thumbprints", after: pin("a"), others: "UpdateOpenIDConnectProviderThumbprint"},
		{name: "thumbprints changed", field: "thumbprints", before: pin("b"), after: pin("c"), others: "UpdateOpenIDConnectProviderThumbprint"},
		{name: "thumbprints pinned no longer", field: "thumbprints", before: pin("b"), after: func(s *shape) { s.thumbprints = nil }},
		{name: "a provider tag added", after: func(s *shape) { s.providerTags["comes"] = "new" }, others: "TagOpenIDConnectProvider"},
		{name: "a provider tag changed", before: func(s *shape) { s.providerTags["varies"] = "old" }, after: func(s *shape) { s.providerTags["varies"] = "new" }, others: "TagOpenIDConnectProvider"},
		{name: "a provider tag removed", before: func(s *shape) { s.providerTags["goes"] = "old" }, after: func(s *shape) { delete(s.providerTags, "goes") }, others: "UntagOpenIDConnectProvider"},
	}
}

// once are the calls that carry several fields of an object at a time.
func once() []string {
	return []string{
		"UpdateRole", "UpdateAssumeRolePolicy", "TagRole", "UntagRole",
		"TagOpenIDConnectProvider", "UntagOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint",
	}
}

// expected are the calls that the table gives for edits made together.
func expected(before, after shape, together []edit) map[string]int {
	want := map[string]int{}
	add := func(action string, n int) {
		switch {
		case n == 0:
		case slices.Contains(once(), action):
			want[action] = 1
		default:
			want[action] += n
		}
	}
	replaced := slices.ContainsFunc(together, func(e edit) bool { return e.replaces })
	for _, e := range together {
		if !replaced {
			for _, action := range strings.Fields(e.role) {
				add(action, 1)
			}
		}
		for _, action := range strings.Fields(e.others) {
			add(action, 1)
		}
	}
	if replaced { // emptied, deleted, made with all it can carry, filled
		add("DetachRolePolicy", len(before.managed))
		add("DeleteRolePolicy", len(before.inline))
		add("DeleteRole", 1)
		add("CreateRole", 1)
		add("PutRolePolicy", len(after.inline))
		add("AttachRolePolicy", len(after.managed))
	}
	return want
}

// expectedFiles is how many ESC files are touched: the environment's own holds
// the role's ARN.
func expectedFiles(before, after shape, together []edit) (n int) {
	for _, e := range together {
		n += e.files
	}
	moved := before.environment != after.environment
	switch {
	case !after.emit:
		n++ // the old one goes
	case moved:
		n += 2
	case !maps.Equal(before.variables, after.variables), before.path != after.path, before.name != after.name:
		n++
	}
	return n
}

func TestTheWritesAreExactlyTheFieldsThatDiffer(t *testing.T) {
	all := edits()
	for i, first := range all {
		t.Run(first.name, func(t *testing.T) { checkEdits(t, first) })
		for _, second := range all[i+1:] {
			if clash(first, second) || testing.Short() {
				continue
			}
			t.Run(first.name+" and "+second.name, func(t *testing.T) { checkEdits(t, first, second) })
		}
	}
}

// clash says whether two edits cannot be made together.
func clash(a, b edit) bool {
	forbidden := func(a, b edit) bool { return (a.field == "guard" || a.keeps) && b.replaces }
	return a.field != "" && a.field == b.field || forbidden(a, b) || forbidden(b, a)
}

func checkEdits(t *testing.T, together ...edit) {
	t.Parallel()
	before := base()
	for _, e := range together {
		if e.before != nil {
			e.before(&before)
		}
	}
	after := before.clone()
	for _, e := range together {
		e.after(&after)
	}
	w := newWorld(t, sandbox.Options{})
	w.configure(before.String())
	w.compute().apply()
	w.configure(after.String())
	r := w.compute()
	seen := r.apply()
	if diff := cmp.Diff(expected(before, after, together), seen.counts()); diff != "" {
		t.Errorf("calls (-want +got):\n%s\n%s", diff, r.text())
	}
	if got, want := int(r.folder.written.Load()+r.folder.removed.Load()), expectedFiles(before, after, together); got != want {
		t.Errorf("%d ESC files were touched, want %d\n%s", got, want, r.text())
	}
	w.settled(r)
}

func TestANewEnvironmentIsThreeWritesAndNoRead(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.configure(base().String())
	w.apply()
	after := base()
	after.second = true
	text := strings.Replace(after.String(), `environment "payments/second" {}`, `environment "payments/second" {
    role {
      managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      inline_policies = { deploy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] }) }
    }
  }`, 1)
	w.configure(text)
	r := w.compute()
	seen := r.apply()
	if diff := cmp.Diff([]string{"CreateRole", "PutRolePolicy", "AttachRolePolicy"}, seen.actions()); diff != "" {
		t.Errorf("calls in the order in which the server got them (-want +got):\n%s", diff)
	}
	for _, c := range seen {
		if c.account != prod || c.form.Get("RoleName") != "esc-acme--payments--second" {
			t.Errorf("%s went to account %q and role %q", c.action, c.account, c.form.Get("RoleName"))
		}
	}
	w.settled(r)
}

func (cs calls) actions() []string {
	var all []string
	for _, c := range cs {
		all = append(all, c.action)
	}
	return all
}
