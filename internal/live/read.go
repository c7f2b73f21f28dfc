package live

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/trustctl/trustctl/internal/trust"
)

// Read is what the accounts hold of what is wanted. An account that was not
// reached, or that could not be read to its end, is in the state with its
// Failure and nothing else. The error is that of a context that ended, or a
// *BugError.
func Read(ctx context.Context, sessions *Sessions, want Want) (trust.State, error) {
	ctx = context.WithValue(ctx, reading{}, true)
	parts := make([]trust.State, len(sessions.All))
	docs := &documents{}
	var group errgroup.Group
	group.SetLimit(sessions.options.parallelism())
	for i, s := range sessions.All {
		group.Go(guarded(func() (err error) {
			parts[i], err = s.read(ctx, want, sessions.options.pageSize(), docs)
			return err
		}))
	}
	if err := group.Wait(); err != nil {
		return trust.State{}, err
	}
	if ctx.Err() != nil {
		return trust.State{}, sessions.ended(ctx)
	}
	var state trust.State
	for _, part := range parts {
		state.Accounts = append(state.Accounts, part.Accounts...)
		state.Providers = append(state.Providers, part.Providers...)
		state.Roles = append(state.Roles, part.Roles...)
		state.Unread = append(state.Unread, part.Unread...)
	}
	inOrder(&state)
	return state, nil
}

// inOrder sorts a state.
func inOrder(state *trust.State) {
	slices.SortFunc(state.Accounts, func(a, b trust.Account) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(state.Providers, func(a, b trust.OIDCProvider) int { return a.Address().Compare(b.Address()) })
	slices.SortFunc(state.Roles, func(a, b trust.Role) int { return a.Address().Compare(b.Address()) })
	slices.SortFunc(state.Unread, func(a, b trust.Unread) int {
		return cmp.Or(a.Address().Compare(b.Address()), cmp.Compare(a.Path, b.Path))
	})
}

// read is one account's part of the state.
func (s *Session) read(ctx context.Context, want Want, pageSize int32, docs *documents) (trust.State, error) {
	account := s.Account
	if account.Failure != "" {
		return trust.State{Accounts: []trust.Account{account}}, nil
	}
	part, quotas, err := s.readAll(ctx, want, pageSize, docs)
	if err == nil {
		var former []Issuer
		var others []trust.Unread
		if former, others, err = s.formerIssuers(ctx, want, part.Roles); len(former) > 0 {
			// Whoever else trusts their providers was not kept the first time.
			want.Issuers = append(slices.Clone(want.Issuers), former...)
			part, quotas, err = s.readAll(ctx, want, pageSize, docs)
		}
		part.Unread = append(part.Unread, others...)
	}
	var bug *BugError
	if errors.As(err, &bug) {
		return trust.State{}, err
	}
	if err != nil {
		account.Failure = s.failure(err)
		return trust.State{Accounts: []trust.Account{account}}, nil
	}
	account.Complete, account.Quotas = true, quotas
	part.Accounts = []trust.Account{account}
	return part, nil
}

func (s *Session) readAll(ctx context.Context, want Want, pageSize int32, docs *documents) (trust.State, trust.Quotas, error) {
	var quotas trust.Quotas
	found := make([]*trust.OIDCProvider, len(want.Issuers))
	rs := &roles{account: s.Account, wanted: want.role(s.Account), docs: docs, names: want.Snapshot, waiting: map[roleKey]half{}}
	var all together
	s.bulk(ctx, &all, pageSize, rs)
	all.Go(func() (err error) {
		quotas, err = readQuotas(ctx, s.IAM)
		return err
	})
	for i, issuer := range want.Issuers {
		all.Go(func() error {
			p, ok, err := ReadProvider(ctx, s.IAM, s.Account, issuer)
			if ok {
				found[i] = &p
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return trust.State{}, quotas, err
	}
	single, err := s.readSingle(ctx, rs)
	if err != nil {
		return trust.State{}, quotas, err
	}
	var part trust.State
	for _, p := range found {
		if p != nil {
			part.Providers = append(part.Providers, *p)
		}
	}
	// Two of one name are a role deleted and made anew while both lists were read.
	part.Roles = append(single, rs.kept...)
	slices.SortStableFunc(part.Roles, func(a, b trust.Role) int { return a.Address().Compare(b.Address()) })
	part.Roles = slices.CompactFunc(part.Roles, func(a, b trust.Role) bool { return a.Address() == b.Address() })
	part.Unread = rs.others
	return part, quotas, nil
}

// bulk reads both lists of the account's roles, side by side.
func (s *Session) bulk(ctx context.Context, all *together, pageSize int32, rs *roles) {
	all.Go(func() error {
		pages, err := readDetails(ctx, s.IAM, pageSize, rs.detail)
		s.detailPages.Store(int64(pages))
		return err
	})
	all.Go(func() error {
		pages, err := readList(ctx, s.IAM, pageSize, rs.list)
		s.listPages.Store(int64(pages))
		return err
	})
}

// readSingle reads the roles that came in one of the two lists only. One that
// is gone by now takes what the lists said under its name with it.
func (s *Session) readSingle(ctx context.Context, rs *roles) ([]trust.Role, error) {
	var read []trust.Role
	for _, h := range rs.single() {
		r, ok, err := readNamed(ctx, s.IAM, s.Account, h.name, rs.docs, rs.wanted)
		if err != nil {
			return nil, err
		}
		if ok {
			read = append(read, r)
		} else { // not wanted, or gone: its name does no harm
			rs.pass(h)
		}
		address := trust.RoleAddress(s.Account.ID, h.name)
		rs.kept = slices.DeleteFunc(rs.kept, func(r trust.Role) bool { return r.Address() == address })
	}
	return read, nil
}

// role says which roles of an account are wanted: the declared ones, those
// that carry a mark of ours, and those that trust a wanted issuer.
func (w Want) role(account trust.Account) func(trust.Role) bool {
	var providers []string
	for _, issuer := range w.Issuers {
		providers = append(providers, string(trust.ProviderARN(account.Partition, account.ID, issuer.URL)))
	}
	return func(r trust.Role) bool {
		if w.Roles[r.Address()] {
			return true
		}
		for key := range r.Tags {
			if trust.IsMark(key) {
				return true
			}
		}
		return slices.ContainsFunc(providers, r.Trust.Trusts)
	}
}
