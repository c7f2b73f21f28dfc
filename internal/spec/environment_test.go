package spec

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/trust"
)

// roleOf is the role of an environment.
func roleOf(t testing.TB, c *Config, environment string) trust.Role {
	t.Helper()
	for _, r := range c.State.Roles {
		if r.Environment == environment {
			return r
		}
	}
	t.Fatalf("environment %s has no role", environment)
	return trust.Role{}
}

// fileOf is the file of an environment.
func fileOf(t testing.TB, c *Config, environment string) trust.EnvironmentFile {
	t.Helper()
	for _, f := range c.State.Files {
		if f.Environment == environment {
			return f
		}
	}
	t.Fatalf("environment %s has no file", environment)
	return trust.EnvironmentFile{}
}

func TestOrganizationDefaultsMergeAttributeByAttribute(t *testing.T) {
	c := sound(t, `
org "acme" {
  account = account.dev
  role {
    path                 = "/pulumi/"
    description          = "default"
    max_session_duration = "4h"
    managed_policies     = ["arn:aws:iam::aws:policy/B", "arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/A"]
    tags                 = { Team = "platform", OWNER = "acme" }
  }
  esc {
    duration     = "3h"
    session_name = "default"
  }
  environment "a/own" {
    role {
      description      = null
      managed_policies = []
      tags             = { team = "payments" }
    }
    esc { duration = "30m" }
  }
  environment "a/default" {}
}`)
	own, base := roleOf(t, c, "acme/a/own"), roleOf(t, c, "acme/a/default")
	type relevant struct {
		Path, Description string
		MaxSession        time.Duration
		Managed           []trust.ARN
		Tags              map[string]string
	}
	of := func(r trust.Role) relevant {
		tags := map[string]string{}
		for k, v := range r.Tags {
			if !trust.IsMark(k) {
				tags[k] = v
			}
		}
		return relevant{r.Path, r.Description, r.MaxSession, r.Managed, tags}
	}
	want := relevant{"/pulumi/", "default", 4 * time.Hour, nil, map[string]string{"Account": "dev", "OWNER": "acme", "team": "payments"}}
	if diff := cmp.Diff(want, of(own)); diff != "" {
		t.Errorf("with its own: %s", diff)
	}
	want.Managed = []trust.ARN{"arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"}
	want.Tags = map[string]string{"Account": "dev", "OWNER": "acme", "Team": "platform"}
	if diff := cmp.Diff(want, of(base)); diff != "" {
		t.Errorf("with the defaults alone: %s", diff)
	}
	if d := fileOf(t, c, "acme/a/own").Document.Login; d.Duration != 30*time.Minute || d.SessionName != "default" {
		t.Errorf("the login lasts %s under the name %s", d.Duration, d.SessionName)
	}
	wantTags := map[string]string{"Account": "dev", "Owner": "platform", "trustctl:stack": "test", "trustctl:audience:aws:acme": "test"}
	if diff := cmp.Diff(wantTags, c.State.Providers[0].Tags); diff != "" {
		t.Errorf("the provider: %s", diff)
	}
}

func TestAnOrganizationMayBeWrittenAgainInAnyFile(t *testing.T) {
	c, diags := compiled(t, `
org "acme" {
  environment "a/one" {}
}`, map[string]string{
		"b.trust.hcl": "org \"acme\" {\n  account = account.prod\n}",
		"z.trust.hcl": "org \"acme\" {\n  environment \"a/two\" {}\n}",
	})
	if diags.HasErrors() {
		t.Fatal(listed(diags))
	}
	if len(c.State.Roles) != 2 {
		t.Errorf("there are %d roles", len(c.State.Roles))
	}
}

func TestForEachMakesAnEnvironmentOfEveryElement(t *testing.T) {
	c := sound(t, `
account "fleet" {
  for_each = { eu = "100000000001", us = "100000000002" }
  name     = "fleet-${each.key}"
  id       = each.value
}
org "acme" {
  environment "of a map" {
    for_each = { eu = { days = 7 }, us = { days = 30 } }
    name     = "fleet/${each.key}"
    account  = account["fleet-${each.key}"]
    role { description = "${each.value.days} days" }
  }
  environment "of a set" {
    for_each = toset(["x", "y"])
    name     = "set/${each.value}"
    account  = each.key == "x" ? account.prod : account.dev
  }
  environment "of nothing" {
    for_each = {}
    account  = account.prod
  }
}`)
	var got []string
	for _, r := range c.State.Roles {
		got = append(got, fmt.Sprintf("%s %s %s", r.Environment, r.Account, r.Description))
	}
	want := []string{
		"acme/fleet/eu 100000000001 7 days", "acme/fleet/us 100000000002 30 days",
		"acme/set/x 123456789012 ", "acme/set/y 210987654321 ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(c.State.Providers) != 4 {
		t.Errorf("there are %d providers, and four accounts are used", len(c.State.Providers))
	}
}

func TestEmitDecidesWhetherThereIsAFile(t *testing.T) {
	c := sound(t, `
org "acme" {
  account = account.prod
  emit    = false
  environment "a/none" { subs = [env_sub("a/other")] }
  environment "a/file" { emit = true }
}`)
	if len(c.State.Files) != 1 || c.State.Files[0].Environment != "acme/a/file" {
		t.Errorf("the files are %v", c.State.Files)
	}
	if len(c.State.Roles) != 2 {
		t.Errorf("there are %d roles", len(c.State.Roles))
	}
}

func TestABoundaryLeftOutStaysAndAnEmptyOneGoes(t *testing.T) {
	for _, tt := range []struct {
		role string
		arn  trust.ARN
		keep bool
	}{
		{"", "", true},
		{"permissions_boundary = null", "", true},
		{`permissions_boundary = ""`, "", false},
		{`permissions_boundary = "arn:aws:iam::123456789012:policy/b"`, "arn:aws:iam::123456789012:policy/b", false},
	} {
		r := onlyRole(t, sound(t, environmentOf("role {\n"+tt.role+"\n}")))
		if r.Boundary != tt.arn || r.KeepBoundary != tt.keep {
			t.Errorf("%s: the boundary is %q, kept %v", tt.role, r.Boundary, r.KeepBoundary)
		}
	}
}

func TestARoleMayNameAnotherRole(t *testing.T) {
	c := sound(t, `
org "acme" {
  account = account.prod
  environment "a/one" {
    role { description = role_arn("other/b/two") }
    esc {
      values = { target = role_arn("other/b/two"), self = role_arn("acme/a/one") }
    }
  }
}
org "other" {
  account = account.china
  environment "b/two" {
    role {
      path        = "/p/"
      name        = "two"
      description = role_arn("acme/a/one")
    }
  }
}`)
	if got := roleOf(t, c, "acme/a/one").Description; got != "arn:aws-cn:iam::111122223333:role/p/two" {
		t.Errorf("one names %s", got)
	}
	if got := roleOf(t, c, "other/b/two").Description; got != "arn:aws:iam::123456789012:role/esc-acme--a--one" {
		t.Errorf("two names %s", got)
	}
}

func TestLifecycleIsReadAsTextsAndAsBareNames(t *testing.T) {
	c := sound(t, environmentOf(`
lifecycle {
  prevent_destroy = true
  adopt           = true
  overlap         = true
  ignore_changes  = [tags, "trust", "description", tags]
}`))
	r := onlyRole(t, c)
	want := trust.Lifecycle{PreventDestroy: true, Adopt: true, Overlap: true, IgnoreChanges: []string{"description", "tags", "trust"}}
	if diff := cmp.Diff(want, r.Lifecycle); diff != "" {
		t.Error(diff)
	}
	if r.Tags[trust.TagPreventDestroy] != "true" {
		t.Error("the role does not carry the guard's mark")
	}
}

func TestRemovedAndAcceptedAreKept(t *testing.T) {
	c := sound(t, `
removed "acme/z/gone" { destroy = true }
removed "acme/a/forgotten" {}
`+environmentOf(`
accept "TRUST106" { reason = "all of them" }
accept "TRUST105" { reason = "and others" }`))
	if diff := cmp.Diff([]trust.Removed{
		{Environment: "acme/a/forgotten", Pos: trust.Pos{File: "main.trust.hcl", Line: 3, Column: 1}},
		{Environment: "acme/z/gone", Destroy: true, Pos: trust.Pos{File: "main.trust.hcl", Line: 2, Column: 1}},
	}, c.State.Removed); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Accept{
		{"TRUST105", "acme/payments/prod", "and others", trust.Pos{File: "main.trust.hcl", Line: 9, Column: 1}},
		{"TRUST106", "acme/payments/prod", "all of them", trust.Pos{File: "main.trust.hcl", Line: 8, Column: 1}},
	}, c.Accepts); diff != "" {
		t.Error(diff)
	}
}

func TestATestReferenceIsExpandedByWhatItAsks(t *testing.T) {
	c := sound(t, `
org "acme" {
  account = account.prod
  environment "a/attributes" {
    esc { subject_attributes = ["pulumi.organization.login", "currentEnvironment.name"] }
  }
}
test "both" {
  role  = "acme/a/attributes"
  allow = [env_sub("acme", "a/attributes"), env_sub("acme", "a/undeclared")]
  deny  = [env_sub("acme", "default/x"), deploy_sub("acme", {})]
}`)
	const prefix = "pulumi:environments:pulumi.organization.login:acme:pulumi.organization.login:acme:currentEnvironment.name:"
	if diff := cmp.Diff([]string{prefix + "a/attributes", prefix + "a/undeclared"}, c.Tests[0].Allow); diff != "" {
		t.Error(diff)
	}
	deny := strings.Join(c.Tests[0].Deny, "\n") + "\n"
	for _, part := range []string{
		"pulumi:environments:org:acme:env:x\n", "currentEnvironment.name:default/x\n", "currentEnvironment.name:x\n",
		":rootEnvironment.name:x:currentEnvironment.name:default/x\n", "pulumi:deploy:org:acme:project:*:stack:*:operation:*:scope:write\n",
	} {
		if !strings.Contains(deny, part) {
			t.Errorf("%q is not among what must be denied", part)
		}
	}
}

func TestAPartialConfigurationIsCheckedAsFarAsItIsKnown(t *testing.T) {
	const source = `
variable "id" { type = string }
variable "names" { type = set(string) }
account "unknown" { id = var.id }
org "acme" {
  account = account.unknown
  role { inline_policies = { a = var.id } }
  environment "a/one" {
    subs = [env_sub("a/one"), "pulumi:deploy:org:acme:project:${var.id}:*"]
    role {
      name             = "role-${var.id}"
      managed_policies = ["arn:aws:iam::${var.id}:policy/P", "arn:aws:iam::aws:policy/Q"]
      tags             = { id = var.id }
    }
    esc { values = { id = var.id, n = [var.id] } }
  }
  environment "a/${"two"}" {
    name = "a/${var.id}"
    %s
  }
  environment "each" {
    for_each = var.names
    name     = each.key
    account  = account[each.value]
    role { description = each.value }
  }
}
test "t" {
  role = "acme/a/three"
  deny = [var.id]
}`
	load := func(extra string) (*Config, []string) {
		dir := folderOf(t, fmt.Sprintf(strings.Replace(source, `a/${"two"}`, "a/two", 1), extra))
		c, _, diags := Load(Options{Path: dir, Partial: true})
		return c, lines(diags)
	}
	if c, got := load(""); len(got) > 0 || c == nil {
		t.Errorf("it has mistakes: %v", got)
	}
	_, got := load("role { max_session_duration = \"1m\" }")
	if diff := cmp.Diff([]string{"main.trust.hcl:20:35: Duration out of range"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAMistakeInEveryInstanceIsSaidAFewTimes(t *testing.T) {
	_, diags := compiled(t, `
org "acme" {
  account = account.prod
  environment "each" {
    for_each = toset([for i in range(100) : "n${i}"])
    name     = "a/${each.key}"
    role { name = "not a name ${each.key}" }
    esc { duration = "1m" }
  }
}`, nil)
	text := listed(diags)
	if n := strings.Count(text, "Invalid role name"); n != reportedAtOnePlace {
		t.Errorf("the names are reported %d times:\n%s", n, text)
	}
	if n := strings.Count(text, "Duration out of range"); n != 1 {
		t.Errorf("the duration is reported %d times:\n%s", n, text)
	}
	if !strings.Contains(text, "for 97 more") || !strings.Contains(text, `each.key is "n0"`) {
		t.Errorf("it is not said which and how many:\n%s", text)
	}
}
