package sandbox_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// seen is what one way of reading has of a role: its tags, "-" if it is not there.
func seen(t *testing.T, c *iam.Client, action, name string) string {
	t.Helper()
	ctx := t.Context()
	switch action {
	case "GetRole":
		got, err := c.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
		if code(err) == "NoSuchEntity" {
			return "-"
		}
		return shownTags(must[*iam.GetRoleOutput](t)(got, err).Role.Tags)
	case "ListRoleTags":
		got, err := c.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: &name})
		if code(err) == "NoSuchEntity" {
			return "-"
		}
		return shownTags(must[*iam.ListRoleTagsOutput](t)(got, err).Tags)
	case "GetAccountAuthorizationDetails":
		got := must[*iam.GetAccountAuthorizationDetailsOutput](t)(c.GetAccountAuthorizationDetails(ctx, &iam.GetAccountAuthorizationDetailsInput{}))
		for _, r := range got.RoleDetailList {
			if *r.RoleName == name {
				return shownTags(r.Tags)
			}
		}
	}
	return "-"
}

func tag(t *testing.T, c *iam.Client, name, value string) {
	t.Helper()
	must[*iam.TagRoleOutput](t)(c.TagRole(t.Context(), &iam.TagRoleInput{RoleName: &name, Tags: sdkTags("v", value)}))
}

func TestReadsLagBehindWritesAndCatchUp(t *testing.T) {
	for _, action := range []string{"GetRole", "ListRoleTags", "GetAccountAuthorizationDetails"} {
		t.Run(action, func(t *testing.T) {
			s := start(t, sandbox.Options{})
			c := s.iam(prod)
			s.set(t, sandbox.Faults{Lags: []sandbox.Lag{{Reads: 2}}})
			makeRole(t, c, "role")
			var got []string
			read := func() { got = append(got, seen(t, c, action, "role")) }
			read()
			tag(t, c, "role", "1")
			read()
			read() // sees the role, the second read after it was made having passed
			tag(t, c, "role", "2")
			read()
			read()
			read()
			must[*iam.DeleteRoleOutput](t)(c.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: aws.String("role")}))
			read()
			read()
			read()
			want := []string{"-", "-", "[]", "[v=1]", "[v=1]", "[v=2]", "[v=2]", "[v=2]", "-"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestALagInCallsIsCountedOverAllOfThem(t *testing.T) {
	s := start(t, sandbox.Options{})
	c := s.iam(prod)
	makeRole(t, c, "role")
	s.set(t, sandbox.Faults{Lags: []sandbox.Lag{{Match: sandbox.Match{Actions: []string{"GetRole"}}, Calls: 3}}})
	tag(t, c, "role", "1")
	got := seen(t, c, "GetRole", "role") + seen(t, c, "ListRoleTags", "role") + seen(t, s.iam(staging), "GetRole", "role") + seen(t, c, "GetRole", "role")
	if want := "[][v=1]-[v=1]"; got != want {
		t.Errorf("want %s, got %s", want, got)
	}
	faults := fmt.Sprint(s.Log()[2].Faults, s.Log()[3].Faults, s.Log()[4].Faults, s.Log()[5].Faults)
	if faults != "[lag] [] [] []" {
		t.Errorf("the log says %s", faults)
	}
}

func TestBulkReadsMayLagWhereReadsByNameDoNot(t *testing.T) {
	s := start(t, sandbox.Options{})
	c := s.iam(prod)
	s.set(t, sandbox.Faults{Lags: []sandbox.Lag{
		{Match: sandbox.Match{Actions: []string{"GetAccountAuthorizationDetails"}}, Reads: 1},
		{Match: sandbox.Match{Actions: []string{"ListRoles"}}, Reads: 2},
	}})
	makeRole(t, c, "role")
	listed := func() string {
		got := must[*iam.ListRolesOutput](t)(c.ListRoles(t.Context(), &iam.ListRolesInput{}))
		return fmt.Sprint(len(got.Roles))
	}
	got := strings.Join([]string{
		seen(t, c, "GetRole", "role"), seen(t, c, "GetAccountAuthorizationDetails", "role"), seen(t, c, "GetAccountAuthorizationDetails", "role"),
		listed(), listed(), listed(),
	}, " ")
	if want := "[] - [] 0 0 1"; got != want {
		t.Errorf("want %s, got %s", want, got)
	}
}

func TestWritesSeeTheTruthAndLoseNothingWhileReadsLag(t *testing.T) {
	s := start(t, sandbox.Options{})
	c := s.iam(prod)
	s.set(t, sandbox.Faults{Lags: []sandbox.Lag{{Reads: 100}}})
	makeRole(t, c, "role")
	tag(t, c, "role", "1")
	must[*iam.UpdateRoleOutput](t)(c.UpdateRole(t.Context(), &iam.UpdateRoleInput{RoleName: aws.String("role"), Description: aws.String("text")}))
	if got := code(tryRole(t.Context(), c, "role")); got != "EntityAlreadyExists" {
		t.Errorf("a second create: %s", got)
	}
	s.set(t, sandbox.Faults{})
	got := must[*iam.GetRoleOutput](t)(c.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("role")})).Role
	if shownTags(got.Tags) != "[v=1]" || *got.Description != "text" {
		t.Errorf("got %s, %s", shownTags(got.Tags), *got.Description)
	}
}

func TestDeleteRoleStillSeesWhatWasDetachedAMomentAgo(t *testing.T) {
	s := start(t, sandbox.Options{})
	ctx, c, name := t.Context(), s.iam(prod), aws.String("role")
	makeRole(t, c, "role")
	must[*iam.AttachRolePolicyOutput](t)(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String(readOnlyARN)}))
	remove := func() string {
		_, err := c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name})
		return code(err)
	}
	s.set(t, sandbox.Faults{Lags: []sandbox.Lag{{Match: sandbox.Match{Actions: []string{"DeleteRole"}}, Reads: 1}}})
	must[*iam.DetachRolePolicyOutput](t)(c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: aws.String(readOnlyARN)}))
	if got := remove() + " " + remove(); got != "DeleteConflict accepted" {
		t.Errorf("detached: got %s", got)
	}
	makeRole(t, c, "role")
	s.set(t, sandbox.Faults{Lags: []sandbox.Lag{{Match: sandbox.Match{Actions: []string{"DeleteRole"}}, Reads: 1}}})
	must[*iam.AttachRolePolicyOutput](t)(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String(readOnlyARN)}))
	if got := remove(); got != "DeleteConflict" {
		t.Errorf("attached: a role in use is deleted: got %s", got)
	}
}

func TestWhatIsNewIsNotFoundForSomeCalls(t *testing.T) {
	s := start(t, sandbox.Options{})
	ctx, c := t.Context(), s.iam(prod)
	s.set(t, sandbox.Faults{Unseen: 2})
	for name, x := range map[string]struct {
		create func() error
		name   func(context.Context) error
	}{
		"role": {
			func() error { return tryRole(ctx, c, "Role") },
			func(ctx context.Context) error {
				_, err := c.TagRole(ctx, &iam.TagRoleInput{RoleName: aws.String("role"), Tags: sdkTags("a", "b")})
				return err
			},
		},
		"provider": {
			func() error {
				_, err := c.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://api.pulumi.com/oidc")})
				return err
			},
			func(ctx context.Context) error {
				_, err := c.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(pulumiARN)})
				return err
			},
		},
	} {
		var got []string
		for _, call := range []func() error{
			x.create, func() error { return x.name(ctx) }, x.create, func() error { return x.name(ctx) }, func() error { return x.name(ctx) },
		} {
			got = append(got, code(call()))
		}
		want := []string{"accepted", "NoSuchEntity", "EntityAlreadyExists", "NoSuchEntity", "accepted"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
