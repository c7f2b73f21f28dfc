package apply

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// ExistsError is the error for an object that exists already and is not the
// one that the step would create.
type ExistsError struct {
	Stack  string
	Owner  string   // the stack whose mark it carries, or ""
	Differ []string // in what it differs, under the language's names; of one that is the stack's
	Unread error    // why there is no telling whose it is
	Err    error    // IAM's
}

func (e *ExistsError) Error() string {
	switch {
	case e.Unread != nil:
		return "it exists already, and reading it to see whose it is failed: " + plainText(e.Unread)
	case e.Owner == "":
		return "it exists already, and no stack's mark is on it"
	case e.Owner != e.Stack:
		return "it exists already, and belongs to stack " + e.Owner
	}
	return "it exists already, is this stack's, and differs from the plan in " + strings.Join(e.Differ, ", ")
}

// Unwrap is IAM's own error.
func (e *ExistsError) Unwrap() error { return e.Err }

// settle answers the question that EntityAlreadyExists asks after a create of
// ours. IAM's creates take no token by which it could know one from a second
// one, and the SDK tries again when an answer is lost: the object may be the
// one that we have just made. It is if it carries our marks and equals what
// the step creates; then there is no error. unseen says that IAM does not
// show it yet.
func settle(ctx context.Context, c IAM, step plan.Step, stack string, exists error) (unseen bool, err error) {
	var owner string
	var differ []string
	switch s := step.(type) {
	case plan.CreateRole:
		got, err := c.GetRole(ctx, &iam.GetRoleInput{RoleName: &s.RoleName})
		if err != nil || got.Role == nil {
			return unreadable(exists, err)
		}
		tags := tagMap(got.Role.Tags)
		owner, differ = tags[trust.TagStack], roleDiffers(s, got.Role, tags)
	case plan.CreateOpenIDConnectProvider:
		got, err := c.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn(s.ARN)})
		if err != nil {
			return unreadable(exists, err)
		}
		tags := tagMap(got.Tags)
		owner, differ = tags[trust.TagStack], providerDiffers(s, got, tags)
	default:
		return false, exists
	}
	if owner == stack && len(differ) == 0 {
		return false, nil
	}
	return false, &ExistsError{Stack: stack, Owner: owner, Differ: differ, Err: exists}
}

// gone says whether what a step takes away is there no more: the object, or
// the tags of one. Where the caller's permission asks for the object's tags,
// IAM refuses the second attempt at it when the answer to the first was lost:
// what is gone has none, and what was untagged has them no longer.
func gone(ctx context.Context, c IAM, step plan.Step) bool {
	var err error
	switch s := step.(type) {
	case plan.DeleteRole:
		_, err = c.GetRole(ctx, &iam.GetRoleInput{RoleName: &s.RoleName})
	case plan.DeleteOpenIDConnectProvider:
		_, err = c.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn(s.ARN)})
	case plan.UntagRole:
		got, failed := c.GetRole(ctx, &iam.GetRoleInput{RoleName: &s.RoleName})
		if failed == nil && got.Role != nil {
			return hasNone(got.Role.Tags, s.Keys)
		}
		err = failed
	case plan.UntagOpenIDConnectProvider:
		got, failed := c.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn(s.ARN)})
		if failed == nil {
			return hasNone(got.Tags, s.Keys)
		}
		err = failed
	}
	return isCode(err, noSuchEntity)
}

// hasNone reports whether tags lack all of the keys.
func hasNone(tags []types.Tag, keys []string) bool {
	return !slices.ContainsFunc(tags, func(t types.Tag) bool { return slices.Contains(keys, aws.ToString(t.Key)) })
}

// unreadable is what there is to say of an object that could not be looked at.
func unreadable(exists, err error) (unseen bool, _ error) {
	if err == nil || isCode(err, noSuchEntity) {
		return true, exists
	}
	return false, &ExistsError{Unread: err, Err: exists}
}

// roleDiffers says in what a role differs from what the step creates.
func roleDiffers(s plan.CreateRole, got *types.Role, tags map[string]string) []string {
	boundary := ""
	if b := got.PermissionsBoundary; b != nil {
		boundary = aws.ToString(b.PermissionsBoundaryArn)
	}
	want := time.Hour // IAM's default
	if s.MaxSession != 0 {
		want = s.MaxSession
	}
	d := differences{}
	d.note("name", aws.ToString(got.RoleName) == s.RoleName)
	d.note("path", aws.ToString(got.Path) == s.Path)
	d.note("description", aws.ToString(got.Description) == s.Description)
	d.note("trust", sameTrust(s, aws.ToString(got.AssumeRolePolicyDocument)))
	d.note("max_session_duration", time.Duration(aws.ToInt32(got.MaxSessionDuration))*time.Second == want)
	d.note("permissions_boundary", boundary == string(s.Boundary))
	d.note("tags", sameTags(tags, s.Tags))
	return d
}

// sameTrust compares a trust policy as IAM sends it, encoded, in meaning.
func sameTrust(s plan.CreateRole, encoded string) bool {
	text, err := url.PathUnescape(encoded)
	if err != nil {
		return false
	}
	live := s.Trust // of the same type; overwritten whole
	if err := json.Unmarshal([]byte(text), &live); err != nil {
		return false
	}
	return live.Equal(s.Trust)
}

func providerDiffers(s plan.CreateOpenIDConnectProvider, got *iam.GetOpenIDConnectProviderOutput, tags map[string]string) []string {
	d := differences{}
	d.note("url", trust.IssuerHost(aws.ToString(got.Url)) == trust.IssuerHost(s.URL))
	d.note("client_ids", sameSet(got.ClientIDList, s.ClientIDs))
	d.note("thumbprints", len(s.Thumbprints) == 0 || sameSet(got.ThumbprintList, s.Thumbprints))
	d.note("tags", sameTags(tags, s.Tags))
	return d
}

type differences []string

func (d *differences) note(name string, same bool) {
	if !same {
		*d = append(*d, name)
	}
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Compact(slices.Sorted(slices.Values(a))), slices.Compact(slices.Sorted(slices.Values(b))))
}

// sameTags compares tags but for those that AWS itself puts on.
func sameTags(live, want map[string]string) bool {
	n := 0
	for key, value := range live {
		if strings.HasPrefix(key, "aws:") {
			continue
		}
		if w, ok := want[key]; !ok || w != value {
			return false
		}
		n++
	}
	return n == len(want)
}

func tagMap(list []types.Tag) map[string]string {
	m := make(map[string]string, len(list))
	for _, t := range list {
		m[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return m
}
