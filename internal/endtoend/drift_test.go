package endtoend_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

const issuer = "api.pulumi.com/oidc"

func providerARN(account string) *string {
	return aws.String("arn:aws:iam::" + account + ":oidc-provider/" + issuer)
}

// hand edits an account through IAM's own API, as anybody may.
type hand struct {
	t       *rapid.T
	w       *world
	account string
	iam     *iam.Client
}

func (w *world) hand(t *rapid.T, account string) *hand {
	return &hand{t: t, w: w, account: account, iam: w.iam(account)}
}

// done demands that an edit was made; what is gone already may be.
func (h *hand) done(err error) {
	h.t.Helper()
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "NoSuchEntity" {
		return
	}
	check(h.t, err)
}

// trusts are trust policies that people write.
func (h *hand) trusts() []string {
	web := func(aud, sub string) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"ByHand","Effect":"Allow","Principal":{"Federated":[%q]},"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{"api.pulumi.com/oidc:AUD":[%q]},"StringLike":{"api.pulumi.com/oidc:sub":%s}}}]}`,
			*providerARN(h.account), aud, sub)
	}
	return []string{
		web("aws:acme", `"pulumi:environments:*"`),
		web("aws:beta-2", `["pulumi:environments:b","pulumi:environments:a"]`),
		web("acme", `"pulumi:deploy:org:acme:*"`),
		web("stranger", `"pulumi:*"`),
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com"]},"Action":"sts:AssumeRole"}}`,
	}
}

func (h *hand) tag(name, key, value string) {
	_, err := h.iam.TagRole(context.Background(), &iam.TagRoleInput{RoleName: &name, Tags: []types.Tag{{Key: &key, Value: &value}}})
	h.done(err)
}

// drift does one thing to a role of ours.
func (h *hand) drift(name string) {
	ctx, t := context.Background(), h.t
	var err error
	switch what := one(t, "drift", "trust", "trust", "attach", "detach", "put", "delete policy", "tag", "tag", "untag", "description", "session", "boundary", "no boundary", "mark", "delete"); what {
	case "trust":
		_, err = h.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &name, PolicyDocument: aws.String(one(t, "trust", h.trusts()...))})
	case "attach":
		_, err = h.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: aws.String("arn:aws:iam::aws:policy/AmazonS3FullAccess")})
	case "detach":
		_, err = h.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: aws.String(arns([]string{one(t, "policy", somePolicies...)})[0])})
	case "put":
		_, err = h.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String(one(t, "policy", "READ", "deploy", "by-hand")),
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sns:Publish","S3:getobject"],"Resource":["*"]}]}`)})
	case "delete policy":
		_, err = h.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: aws.String(one(t, "policy", someInline...))})
	case "tag":
		h.tag(name, one(t, "key", "TEAM", "team", "by-hand", "ignored", "IGNORED"), one(t, "value", "a", "z"))
	case "untag":
		_, err = h.iam.UntagRole(ctx, &iam.UntagRoleInput{RoleName: &name, TagKeys: []string{one(t, "key", someTags...)}})
	case "description":
		_, err = h.iam.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: &name, Description: aws.String(one(t, "description", "", "by hand\n\tü"))})
	case "session":
		_, err = h.iam.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: &name, MaxSessionDuration: aws.Int32(7200)})
	case "boundary":
		_, err = h.iam.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: &name, PermissionsBoundary: aws.String("arn:aws:iam::aws:policy/SecurityAudit")})
	case "no boundary":
		_, err = h.iam.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: &name})
	case "mark":
		h.tag(name, trust.TagEnvironment, "acme/some/where")
	case "delete":
		h.deleteRole(name)
	}
	h.done(err)
}

func (h *hand) deleteRole(name string) {
	ctx := context.Background()
	attached, err := h.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &name})
	if err != nil {
		h.done(err)
		return
	}
	for _, p := range attached.AttachedPolicies {
		_, err := h.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: p.PolicyArn})
		h.done(err)
	}
	inline, err := h.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &name})
	h.done(err)
	for _, p := range inline.PolicyNames {
		_, err := h.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: &p})
		h.done(err)
	}
	_, err = h.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name})
	h.done(err)
}

// driftProvider does one thing to the shared provider.
func (h *hand) driftProvider() {
	ctx, t, arn := context.Background(), h.t, providerARN(h.account)
	audience := one(t, "audience", "aws:acme", "acme", "aws:beta-2", "beta-2", "stranger")
	mark := trust.AudienceMark(audience)
	var err error
	switch one(t, "provider drift", "remove", "remove", "add", "unmark", "tag", "other's mark", "delete") {
	case "remove":
		_, err = h.iam.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: &audience})
	case "add":
		_, err = h.iam.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: &audience})
	case "unmark":
		_, err = h.iam.UntagOpenIDConnectProvider(ctx, &iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, TagKeys: []string{mark}})
	case "tag":
		_, err = h.iam.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: []types.Tag{{Key: aws.String(one(t, "key", "team", "by-hand")), Value: aws.String("hand")}}})
	case "other's mark":
		_, err = h.iam.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: []types.Tag{{Key: &mark, Value: aws.String("another")}}})
	case "delete":
		_, err = h.iam.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	}
	h.done(err)
}

// adoptable is a role that nobody's mark is on.
type adoptable struct{ account, name, path string }

// strangers makes roles and providers that are nobody's or another stack's,
// and says which roles may be taken over.
func (h *hand) strangers() (free []adoptable) {
	ctx, t := context.Background(), h.t
	if seldom(t, "the provider was there") {
		_, err := h.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://" + issuer),
			ClientIDList: some(t, "its audiences", []string{"aws:acme", "stranger"}), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("theirs")}}})
		check(t, err)
	}
	_, err := h.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://token.actions.githubusercontent.com"),
		ClientIDList: []string{"sts.amazonaws.com"}, Tags: []types.Tag{{Key: aws.String(trust.TagStack), Value: aws.String("generated")}}})
	check(t, err)
	for i := range rapid.IntRange(0, 3).Draw(t, "strangers") {
		name, path := fmt.Sprint("stranger-", i), one(t, "path", "/", "/theirs/")
		in := &iam.CreateRoleInput{RoleName: &name, Path: &path, Description: aws.String("not yours"),
			AssumeRolePolicyDocument: aws.String(one(t, "trust", h.trusts()...))}
		for key, value := range one(t, "marks", nil, map[string]string{"team": "them"},
			map[string]string{trust.TagStack: "another", trust.TagRole: name, trust.TagEnvironment: "acme/web/theirs"},
			map[string]string{trust.TagStack: "generated", trust.TagRole: "copied-from", trust.TagEnvironment: "acme/web/env-1"}) {
			in.Tags = append(in.Tags, types.Tag{Key: aws.String(key), Value: aws.String(value)})
		}
		if len(in.Tags) < 3 {
			free = append(free, adoptable{h.account, name, path})
		}
		_, err := h.iam.CreateRole(ctx, in)
		check(t, err)
		_, err = h.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})
		check(t, err)
	}
	return free
}

// stranger is everything IAM says of the strangers' providers, and of their
// roles but for those that were taken over.
func (h *hand) stranger(taken map[string]bool) string {
	ctx := context.Background()
	var all []any
	roles, err := h.iam.ListRoles(ctx, &iam.ListRolesInput{})
	check(h.t, err)
	for _, r := range roles.Roles {
		if !strings.HasPrefix(*r.RoleName, "stranger-") || taken[h.account+*r.RoleName] {
			continue
		}
		role, err := h.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: r.RoleName})
		check(h.t, err)
		attached, err := h.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: r.RoleName})
		check(h.t, err)
		inline, err := h.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: r.RoleName})
		check(h.t, err)
		all = append(all, role.Role, attached.AttachedPolicies, inline.PolicyNames)
	}
	other, err := h.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{
		OpenIDConnectProviderArn: aws.String("arn:aws:iam::" + h.account + ":oidc-provider/token.actions.githubusercontent.com")})
	check(h.t, err)
	all = append(all, other.ClientIDList, other.ThumbprintList, other.Tags)
	text, err := json.MarshalIndent(all, "", " ")
	check(h.t, err)
	return string(text)
}

// doors are the strangers' roles that tokens of theirs open.
func (h *hand) doors(taken map[string]bool) []string {
	var open []string
	for i := range 3 {
		name := fmt.Sprint("stranger-", i)
		for _, token := range [][2]string{
			{"aws:acme", "pulumi:environments:x"}, {"aws:beta-2", "pulumi:environments:a"}, {"acme", "pulumi:deploy:org:acme:x"}, {"stranger", "pulumi:x"},
		} {
			for _, path := range []string{"/", "/theirs/"} {
				arn := trust.RoleARN("aws", trust.AccountID(h.account), path, name)
				if !taken[h.account+name] && h.w.assume(arn, token[0], token[1]) == nil {
					open = append(open, fmt.Sprintf("%s with a token for %s", arn, token[0]))
				}
			}
		}
	}
	return open
}

// shared is the shared provider; nil where there is none.
func (h *hand) shared() *iam.GetOpenIDConnectProviderOutput {
	p, err := h.iam.GetOpenIDConnectProvider(context.Background(), &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: providerARN(h.account)})
	if err != nil {
		h.done(err)
		return nil
	}
	return p
}

func tagsOf(p *iam.GetOpenIDConnectProviderOutput) map[string]string {
	all := map[string]string{}
	for _, t := range p.Tags {
		all[*t.Key] = *t.Value
	}
	return all
}

// keptOfStrangers demands that a provider kept what isn't ours: client ids
// without our mark, others' marks, and, of a provider that we did not make,
// everything else.
func keptOfStrangers(before, after *iam.GetOpenIDConnectProviderOutput) error {
	if before == nil {
		return nil
	}
	was := tagsOf(before)
	ours := was[trust.TagStack] == "generated"
	theirs := slices.DeleteFunc(slices.Clone(before.ClientIDList), func(id string) bool { return was[trust.AudienceMark(id)] == "generated" })
	if after == nil {
		if !ours || len(theirs) > 0 {
			return fmt.Errorf("a provider with the audiences %v of others, made by stack %q, is gone", theirs, was[trust.TagStack])
		}
		return nil
	}
	is := tagsOf(after)
	for _, id := range theirs {
		if !slices.Contains(after.ClientIDList, id) {
			return fmt.Errorf("the audience %q of others is gone", id)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(was)) {
		free := ours && !trust.IsMark(key) || was[key] == "generated" && trust.IsMark(key)
		if !free && is[key] != was[key] {
			return fmt.Errorf("the tag %s was %q and is %q", key, was[key], is[key])
		}
	}
	if !ours && !slices.Equal(before.ThumbprintList, after.ThumbprintList) {
		return fmt.Errorf("thumbprints of others were %v and are %v", before.ThumbprintList, after.ThumbprintList)
	}
	return nil
}

// driftFiles edits, deletes and adds ESC files.
func driftFiles(t *rapid.T, w *world) {
	var paths []string
	for path := range w.tree() {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range some(t, "file", paths) {
		at := filepath.Join(w.dir, "out", filepath.FromSlash(path))
		switch one(t, "file drift", "edit", "delete", "touch") {
		case "edit":
			text, err := os.ReadFile(at)
			check(t, err)
			check(t, os.WriteFile(at, append(text, "# by hand\n"...), 0o644))
		case "delete":
			check(t, os.Remove(at))
		}
	}
	if rapid.Bool().Draw(t, "a file of others") {
		at := filepath.Join(w.dir, "out", "esc", "acme", "web")
		check(t, os.MkdirAll(at, 0o755))
		check(t, os.WriteFile(filepath.Join(at, "theirs.yaml"), []byte("values: {}\n"), fs.FileMode(0o644)))
	}
}
