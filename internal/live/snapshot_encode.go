package live

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/trustctl/trustctl/internal/trust"
)

// Encode is the text of a snapshot; it sets the Digest.
func (s *Snapshot) Encode() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	var failed error
	put := func(l snapshotLine) {
		if failed == nil {
			failed = e.Encode(l)
		}
	}
	put(snapshotLine{Snapshot: &lineHeader{
		FormatVersion: SnapshotVersion, Version: s.Version, Taken: s.Taken, Stack: s.Stack, Sandbox: s.Sandbox, Issuers: s.Issuers,
	}})
	policies := 0
	others := groups(s.unread)
	for i := range s.accounts {
		account := s.accounts[i]
		put(snapshotLine{Account: &account})
		for j := range s.providers {
			if s.providers[j].Account == account.ID {
				put(snapshotLine{Provider: &s.providers[j]})
			}
		}
		for _, stored := range s.of(account.ID) {
			need := stored.trust // places are given in the order of use
			for _, at := range stored.inline {
				need = max(need, at)
			}
			for ; policies <= need; policies++ {
				put(snapshotLine{Policy: &s.policies[policies]})
			}
			put(snapshotLine{Role: lineOf(stored)})
		}
		for _, group := range others[account.ID] {
			put(snapshotLine{Others: &group})
		}
	}
	sum := sha256.Sum256(out.Bytes())
	s.Digest = "sha256:" + hex.EncodeToString(sum[:])
	put(snapshotLine{Digest: &s.Digest})
	if failed != nil {
		return nil, fmt.Errorf("encoding the snapshot: %w", failed)
	}
	if out.Len() > MaxSnapshot {
		return nil, fmt.Errorf("the snapshot has %d MiB, and at most %d are read again: take several, each of some accounts", out.Len()>>20, MaxSnapshot>>20)
	}
	return out.Bytes(), nil
}

// groups are the names by account and path, in lines of bounded length.
func groups(unread []trust.Unread) map[trust.AccountID][]lineOthers {
	const most = 1000
	type key struct {
		account trust.AccountID
		path    string
	}
	providers, roles := map[trust.AccountID][]string{}, map[key][]string{}
	for _, u := range unread {
		if u.URL != "" {
			providers[u.Account] = append(providers[u.Account], u.URL)
			continue
		}
		k := key{u.Account, u.Path}
		roles[k] = append(roles[k], u.Name)
	}
	all := map[trust.AccountID][]lineOthers{}
	for id, urls := range providers {
		all[id] = append(all[id], lineOthers{Account: id, Providers: set(urls)})
	}
	for _, k := range slices.SortedFunc(maps.Keys(roles), func(a, b key) int { return bytes.Compare([]byte(a.path), []byte(b.path)) }) {
		for chunk := range slices.Chunk(set(roles[k]), most) {
			all[k.account] = append(all[k.account], lineOthers{Account: k.account, Path: k.path, Roles: chunk})
		}
	}
	return all
}
