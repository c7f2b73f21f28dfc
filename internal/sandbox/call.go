package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// call is one request on its way through an action: who asks, for which
// account, with which parameters.
type call struct {
	server  *Server
	action  string
	params  params
	caller  caller
	account *account
	now     time.Time
}

// caller is whom the request's access key id stands for.
type caller struct {
	Account   string
	Partition string
	Region    string
	ARN       string
	UserID    string
	RoleARN   string // of a session: the role's
	Sandbox   bool   // a key of the form SANDBOX…, not a dummy
	Session   bool   // credentials that AssumeRole gave out
}

// put makes a row's new value last, then seen. The world is locked for writing.
func put[T any](c *call, table, key string, value T) error {
	return c.server.write(c.account, table, key, value)
}

// drop removes a row.
func drop(c *call, table, key string) error {
	return c.server.write(c.account, table, key, nil)
}

func (s *Server) write(a *account, table, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encoding a row of %s: %w", table, err)
	}
	r := record{a.ID, table, key, text}
	if s.store != nil {
		if s.store.size > compactAt {
			if err := s.store.compact(&s.world); err != nil {
				return fmt.Errorf("writing the sandbox's state: %w", err)
			}
		}
		if err := s.store.append(r); err != nil {
			return fmt.Errorf("writing the sandbox's journal: %w", err)
		}
	}
	s.desk.note(s.world.account(a.ID), table, key)
	return s.world.apply(r)
}

// arn is an ARN of IAM in the account: arn:PARTITION:iam::ACCOUNT:resource.
func (c *call) arn(resource string) string {
	return "arn:" + c.caller.Partition + ":iam::" + c.account.ID + ":" + resource
}

// role is a role of the account by its name, in any letter case.
func (c *call) role() (role, error) {
	r, ok := c.account.Roles[fold(c.params.text("RoleName"))]
	if !ok {
		return role{}, fail(noSuchEntity, "The role with name %s cannot be found.", c.params.text("RoleName"))
	}
	r.Tags, r.Inline, r.Managed = maps.Clone(r.Tags), maps.Clone(r.Inline), slices.Clone(r.Managed)
	return r, nil
}

// modifiableRole is role for an action that changes it. Service-linked roles,
// and those of IAM Identity Center, belong to AWS.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
func (c *call) modifiableRole() (role, error) {
	r, err := c.role()
	if err != nil {
		return role{}, err
	}
	if strings.HasPrefix(r.Path, "/aws-service-role/") || strings.HasPrefix(r.Path, "/aws-reserved/") {
		return role{}, fail(unmodifiableEntity, "Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", r.Name)
	}
	return r, nil
}

func (c *call) putRole(r role) error { return put(c, tableRoles, fold(r.Name), r) }

// quotas are the account's.
func (c *call) quotas() Quotas { return c.server.quotas(c.account) }

// partitionOf is the partition of a Region, by its prefix.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func partitionOf(region string) string {
	for _, p := range []struct{ prefix, partition string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-isob-", "aws-iso-b"}, {"us-isof-", "aws-iso-f"},
		{"eu-isoe-", "aws-iso-e"}, {"us-iso-", "aws-iso"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}
