package live

import (
	"context"

	"github.com/trustctl/trustctl/internal/trust"
)

// Again reads objects of one account once more, after a run has changed them:
// no more than what a change can make of them.
type Again struct {
	session  *Session
	pageSize int32
}

// Again is for an account that was reached.
func (s *Sessions) Again(account trust.AccountID) (*Again, error) {
	session, err := s.Session(account)
	if err != nil {
		return nil, err
	}
	return &Again{session, s.options.pageSize()}, nil
}

// RolesCost is how many calls reading all roles takes, by the last reading.
func (a *Again) RolesCost() int {
	return int(max(1, a.session.detailPages.Load()) + max(1, a.session.listPages.Load()))
}

// Roles reads all roles and keeps the wanted ones. One that is in one of the
// account's two lists only counts as not seen yet.
func (a *Again) Roles(ctx context.Context, wanted map[trust.Address]bool) ([]trust.Role, error) {
	rs := &roles{
		account: a.session.Account, docs: &documents{}, waiting: map[roleKey]half{},
		wanted: func(r trust.Role) bool { return wanted[r.Address()] },
	}
	var all together
	a.session.bulk(ctx, &all, a.pageSize, rs)
	if err := all.Wait(); err != nil {
		return nil, err
	}
	return rs.kept, nil
}

// RoleCost is how many calls reading a role by its name takes that has so many
// inline policies; -1 is one that is gone.
func (a *Again) RoleCost(inline int) int {
	if inline < 0 {
		return 1
	}
	return 3 + inline
}

// Role reads a role by its name; false where there is none. Its instance
// profiles, which no change touches, are not asked for.
func (a *Again) Role(ctx context.Context, name string) (trust.Role, bool, error) {
	return readParts(ctx, a.session.IAM, a.session.Account, name, &documents{}, everyRole, readManaged, readInline)
}

// Provider reads the provider of an issuer's URL; false where there is none.
func (a *Again) Provider(ctx context.Context, url string) (trust.OIDCProvider, bool, error) {
	return ReadProvider(ctx, a.session.IAM, a.session.Account, Issuer{URL: url})
}
