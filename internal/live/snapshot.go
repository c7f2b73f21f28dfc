package live

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// Snapshot is what accounts held at a time, as far as a plan may need it: read
// with Want.Snapshot, kept in a file, and asked in the place of the accounts.
type Snapshot struct {
	Taken   time.Time
	Version string // of trustctl
	Stack   string // of the configuration that it was taken with
	Sandbox bool
	Issuers []string // URLs: who trusts another one's provider is not known
	Digest  string   // of the whole text, sha256:…: set by Encode and Decode

	accounts  []trust.Account
	providers []trust.OIDCProvider
	roles     []storedRole
	unread    []trust.Unread
	policies  []string
}

// storedRole is a role with its policies as places in a list: most roles of an
// account share a few.
type storedRole struct {
	role   trust.Role
	trust  int
	inline map[string]int
}

// NewSnapshot makes a snapshot of a state that was read with Want.Snapshot.
func NewSnapshot(state trust.State, taken time.Time, version, stack string, sandbox bool, issuers []string) *Snapshot {
	s := &Snapshot{
		Taken: taken.UTC().Truncate(time.Second), Version: version, Stack: stack, Sandbox: sandbox, Issuers: set(slices.Clone(issuers)),
		accounts: state.Accounts, providers: state.Providers, unread: state.Unread,
	}
	places := map[string]int{}
	place := func(d policy.Document) int {
		text := d.String()
		at, known := places[text]
		if !known {
			at = len(s.policies)
			places[text] = at
			s.policies = append(s.policies, text)
		}
		return at
	}
	for _, r := range state.Roles {
		stored := storedRole{role: r, trust: place(r.Trust)}
		for _, name := range slices.Sorted(maps.Keys(r.Inline)) {
			if stored.inline == nil {
				stored.inline = make(map[string]int, len(r.Inline))
			}
			stored.inline[name] = place(r.Inline[name])
		}
		s.roles = append(s.roles, stored)
	}
	return s
}

// Accounts are the accounts of the snapshot, those with a Failure included, of
// which nothing else is in it.
func (s *Snapshot) Accounts() []trust.Account { return slices.Clone(s.accounts) }

// State is what Read would have given when the snapshot was taken: of the
// accounts, what is wanted. Something that a configuration declares and of
// which the snapshot has no more than the name is among the state's Unread. An
// account that the snapshot lacks has a Failure that says so.
func (s *Snapshot) State(accounts []trust.Account, want Want) trust.State {
	var state trust.State
	parsed := make([]*policy.Document, len(s.policies))
	document := func(at int) policy.Document {
		if parsed[at] == nil {
			d := policy.ParseLive(s.policies[at])
			parsed[at] = &d
		}
		return *parsed[at]
	}
	read := map[trust.AccountID]bool{}
	for _, declared := range accounts {
		account := s.account(declared)
		if account.Failure == "" {
			read[account.ID] = true
			s.part(&state, account, want, document)
		}
		state.Accounts = append(state.Accounts, account)
	}
	for _, u := range s.unread {
		if u.URL == "" && read[u.Account] && want.Roles[u.Address()] {
			state.Unread = append(state.Unread, u)
		}
	}
	inOrder(&state)
	return state
}

// account is a declared account as the snapshot has it.
func (s *Snapshot) account(declared trust.Account) trust.Account {
	if declared.Partition == "" {
		declared.Partition = "aws"
	}
	i := slices.IndexFunc(s.accounts, func(a trust.Account) bool { return a.ID == declared.ID })
	switch {
	case i < 0:
		declared.Failure = "the snapshot does not have it"
	case s.accounts[i].Failure != "":
		declared.Failure = "the snapshot says of it: " + oneLine(s.accounts[i].Failure)
	case s.accounts[i].Partition != declared.Partition:
		declared.Failure = fmt.Sprintf("the snapshot has it in the partition %s", oneLine(s.accounts[i].Partition))
	default:
		declared.Caller, declared.Complete, declared.Quotas = s.accounts[i].Caller, true, s.accounts[i].Quotas
	}
	return declared
}

// part adds what the snapshot has of one account.
func (s *Snapshot) part(state *trust.State, account trust.Account, want Want, document func(int) policy.Document) {
	var roles []trust.Role
	for _, stored := range s.of(account.ID) {
		r := stored.role
		r.Trust = document(stored.trust)
		roles = append(roles, r)
	}
	want.Issuers = append(slices.Clone(want.Issuers), s.former(account, want, roles)...)
	wanted := want.role(account)
	for i, stored := range s.of(account.ID) {
		if r := roles[i]; wanted(r) {
			for name, at := range stored.inline {
				if r.Inline == nil {
					r.Inline = make(map[string]policy.Document, len(stored.inline))
				}
				r.Inline[name] = document(at)
			}
			state.Roles = append(state.Roles, r)
		}
	}
	for _, issuer := range want.Issuers {
		s.provider(state, account, issuer)
	}
}

// of are the roles of an account, which stand together.
func (s *Snapshot) of(account trust.AccountID) []storedRole {
	first, _ := slices.BinarySearchFunc(s.roles, account, func(r storedRole, id trust.AccountID) int {
		if r.role.Account < id {
			return -1
		}
		return 1
	})
	last := first
	for last < len(s.roles) && s.roles[last].role.Account == account {
		last++
	}
	return s.roles[first:last]
}

// provider adds an issuer's provider, or that no more is known of it.
func (s *Snapshot) provider(state *trust.State, account trust.Account, issuer Issuer) {
	address := trust.ProviderAddress(account.ID, issuer.URL)
	for _, p := range s.providers {
		if p.Address() == address {
			p.Issuer = issuer.Name
			state.Providers = append(state.Providers, p)
			return
		}
	}
	unread := trust.Unread{Account: account.ID, URL: issuer.URL}
	unread.Absent = !slices.ContainsFunc(s.unread, func(u trust.Unread) bool { return u.URL != "" && u.Address() == address })
	if !unread.Absent || !slices.ContainsFunc(s.Issuers, func(url string) bool { return trust.IssuerHost(url) == trust.IssuerHost(issuer.URL) }) {
		state.Unread = append(state.Unread, unread)
	}
}

// former are the issuers that Session.formerIssuers would find.
func (s *Snapshot) former(account trust.Account, want Want, roles []trust.Role) []Issuer {
	hosts := want.formerHosts(account, roles)
	var former []Issuer
	for _, p := range s.providers {
		host := trust.IssuerHost(p.URL)
		if p.Account == account.ID && !want.declares(host) && p.TouchedBy(want.Stack) && (want.EveryProvider || slices.Contains(hosts, host)) {
			former = append(former, Issuer{URL: p.URL})
		}
	}
	return former
}
