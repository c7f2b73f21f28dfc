package live

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// A role comes in two halves: GetAccountAuthorizationDetails has all but its
// description and session duration, ListRoles has those two. roles joins the
// halves as they arrive, from two lists that run side by side, and keeps a
// joined role only if it is wanted. What waits for its other half is what one
// list is ahead of the other.
type roles struct {
	account trust.Account
	wanted  func(trust.Role) bool
	docs    *documents

	mu      sync.Mutex
	waiting map[roleKey]half
	kept    []trust.Role
	names   bool           // whether those are noted that are not wanted:
	others  []trust.Unread // these
}

// roleKey tells a role from one of the same name that came after it.
type roleKey struct{ id, name string }

type half struct {
	role   trust.Role // of a detail that is wanted
	listed bool       // from ListRoles
	drop   bool       // from a detail that isn't wanted

	path, name  string
	description string
	maxSession  time.Duration
}

// pass notes the name of a role that is not wanted.
func (rs *roles) pass(h half) {
	if rs.names {
		rs.others = append(rs.others, trust.Unread{Account: rs.account.ID, Path: h.path, Name: h.name})
	}
}

// detail takes a role of GetAccountAuthorizationDetails.
func (rs *roles) detail(d *types.RoleDetail) {
	if reserved(aws.ToString(d.Path)) {
		return
	}
	h := half{drop: true, path: aws.ToString(d.Path), name: aws.ToString(d.RoleName)}
	text := aws.ToString(d.AssumeRolePolicyDocument)
	doc, known := rs.docs.known(text)
	if !known {
		doc = parseDocument(text)
	}
	if r := fromDetail(rs.account, d, doc); rs.wanted(r) {
		rs.docs.remember(text, doc)
		r.Managed = managed(d.AttachedManagedPolicies)
		r.InstanceProfiles = instanceProfiles(d.InstanceProfileList)
		for _, p := range d.RolePolicyList {
			if r.Inline == nil {
				r.Inline = map[string]policy.Document{}
			}
			r.Inline[aws.ToString(p.PolicyName)] = rs.docs.parse(aws.ToString(p.PolicyDocument))
		}
		h.role, h.drop = r, false
	}
	rs.join(roleKey{aws.ToString(d.RoleId), strings.ToLower(aws.ToString(d.RoleName))}, h)
}

// list takes a role of ListRoles.
func (rs *roles) list(d *types.Role) {
	if reserved(aws.ToString(d.Path)) {
		return
	}
	rs.join(roleKey{aws.ToString(d.RoleId), strings.ToLower(aws.ToString(d.RoleName))},
		half{listed: true, path: aws.ToString(d.Path), name: aws.ToString(d.RoleName), description: aws.ToString(d.Description), maxSession: maxSession(d.MaxSessionDuration)})
}

func (rs *roles) join(key roleKey, h half) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	other, ok := rs.waiting[key]
	if !ok || other.listed == h.listed {
		rs.waiting[key] = h
		return
	}
	delete(rs.waiting, key)
	detail, listed := h, other
	if h.listed {
		detail, listed = other, h
	}
	if !detail.drop {
		r := detail.role
		r.Description, r.MaxSession = listed.description, listed.maxSession
		rs.kept = append(rs.kept, r)
		return
	}
	rs.pass(detail)
}

// single are the roles that came in one list only and may be wanted: they were
// made or deleted while the lists were read.
func (rs *roles) single() []half {
	byName := map[string]half{}
	for key, h := range rs.waiting {
		if h.drop {
			rs.pass(h)
			continue
		}
		byName[key.name] = h
	}
	list := slices.Collect(maps.Values(byName))
	slices.SortFunc(list, func(a, b half) int { return strings.Compare(a.name, b.name) })
	return list
}

// readDetails gives how many pages there were.
func readDetails(ctx context.Context, client *iam.Client, size int32, each func(*types.RoleDetail)) (pages int, err error) {
	err = eachPage(func(marker *string) (page, error) {
		out, err := client.GetAccountAuthorizationDetails(ctx, &iam.GetAccountAuthorizationDetailsInput{
			Filter: []types.EntityType{types.EntityTypeRole}, MaxItems: &size, Marker: marker,
		})
		if err != nil {
			return page{}, err
		}
		pages++
		for i := range out.RoleDetailList {
			each(&out.RoleDetailList[i])
		}
		return page{out.IsTruncated, out.Marker}, nil
	})
	if err != nil {
		return pages, fmt.Errorf("reading the account's roles in detail: %w", err)
	}
	return pages, nil
}

func readList(ctx context.Context, client *iam.Client, size int32, each func(*types.Role)) (pages int, err error) {
	err = eachPage(func(marker *string) (page, error) {
		out, err := client.ListRoles(ctx, &iam.ListRolesInput{MaxItems: &size, Marker: marker})
		if err != nil {
			return page{}, err
		}
		pages++
		for i := range out.Roles {
			each(&out.Roles[i])
		}
		return page{out.IsTruncated, out.Marker}, nil
	})
	if err != nil {
		return pages, fmt.Errorf("listing the account's roles: %w", err)
	}
	return pages, nil
}
