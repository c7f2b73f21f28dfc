package live

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// What is taken of a snapshot. It is input like another: whoever wrote it must
// not be able to fill the memory.
const (
	// MaxSnapshot is the longest text: some sixty thousand roles.
	MaxSnapshot = 64 << 20
	maxLine     = 1 << 20
	maxList     = 1000 // more than IAM's quotas allow of anything an object has
	maxObjects  = 400_000
	maxOthers   = 2_000_000
)

// DecodeSnapshot reads the text of a snapshot. It refuses one that was cut
// short or changed, one of another format, and one that contradicts itself.
func DecodeSnapshot(r io.Reader) (*Snapshot, error) {
	d := &decoder{
		in:     bufio.NewReaderSize(io.LimitReader(r, MaxSnapshot+1), maxLine),
		hash:   sha256.New(),
		result: &Snapshot{},
	}
	for !d.done {
		if err := d.line(); err != nil {
			if d.number == 1 {
				return nil, fmt.Errorf("this is not a snapshot of trustctl: %w", err)
			}
			return nil, fmt.Errorf("line %d of the snapshot: %w", d.number, err)
		}
	}
	if _, err := d.in.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the snapshot goes on after its end")
	}
	return d.result, nil
}

// decoder reads a snapshot line by line.
type decoder struct {
	in      *bufio.Reader
	hash    hash.Hash
	result  *Snapshot
	number  int
	size    int
	done    bool
	account *trust.Account // the one whose objects follow
	last    trust.Address  // the object before
}

func (d *decoder) line() error {
	d.number++
	text, err := d.in.ReadSlice('\n')
	d.size += len(text)
	switch {
	case d.size > MaxSnapshot:
		return fmt.Errorf("it is larger than %d MiB", MaxSnapshot>>20)
	case errors.Is(err, bufio.ErrBufferFull):
		return fmt.Errorf("it is longer than %d MiB", maxLine>>20)
	case errors.Is(err, io.EOF):
		return errors.New("the text ends here, without a digest: it is cut short")
	case err != nil:
		return err
	}
	var l snapshotLine
	if d.number == 1 { // of a format that came later, this much can be told
		var first struct {
			Snapshot struct {
				FormatVersion string `json:"format_version"`
			} `json:"snapshot"`
		}
		if err := json.Unmarshal(text, &first); err != nil {
			return err
		}
		switch version := first.Snapshot.FormatVersion; version {
		case SnapshotVersion:
		case "":
			return errors.New("it has no format_version")
		default:
			return fmt.Errorf("it has format version %q, and this trustctl reads %q: take it again", version, SnapshotVersion)
		}
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&l); err != nil {
		return err
	}
	if rest, err := io.ReadAll(strict.Buffered()); err != nil || len(bytes.TrimSpace(rest)) > 0 {
		return errors.New("it holds more than one JSON value")
	}
	if l.Digest != nil {
		if sum := "sha256:" + hex.EncodeToString(d.hash.Sum(nil)); *l.Digest != sum {
			return errors.New("the snapshot was changed after it was taken: take it again")
		}
		d.result.Digest, d.done = *l.Digest, true
		return nil
	}
	d.hash.Write(text)
	return d.take(l)
}

// take adds what a line says.
func (d *decoder) take(l snapshotLine) error {
	s := d.result
	if len(s.accounts)+len(s.providers)+len(s.roles)+len(s.policies) > maxObjects {
		return fmt.Errorf("a snapshot has at most %d objects", maxObjects)
	}
	switch {
	case (l.Snapshot != nil) != (d.number == 1):
		return errors.New("what it is must be said once, first")
	case l.Snapshot != nil:
		h := l.Snapshot
		if h.Taken.IsZero() {
			return errors.New("it does not say when it was taken")
		}
		s.Taken, s.Version, s.Stack, s.Sandbox, s.Issuers = h.Taken, h.Version, h.Stack, h.Sandbox, h.Issuers
		return few(len(h.Issuers))
	case l.Account != nil:
		return d.takeAccount(*l.Account)
	case l.Policy != nil:
		s.policies = append(s.policies, *l.Policy)
		return nil
	case l.Provider != nil:
		return d.takeProvider(*l.Provider)
	case l.Role != nil:
		return d.takeRole(l.Role)
	case l.Others != nil:
		return d.takeOthers(l.Others)
	}
	return errors.New("it says nothing")
}

func (d *decoder) takeAccount(a trust.Account) error {
	s := d.result
	switch last := len(s.accounts) - 1; {
	case !policy.IsAccountID(string(a.ID)):
		return fmt.Errorf("%q is no account id", a.ID)
	case last >= 0 && s.accounts[last].ID >= a.ID:
		return errors.New("the account is out of order, or there twice")
	case a.Failure == "" && !a.Complete:
		return errors.New("the account was not read to its end, and says no failure")
	}
	s.accounts = append(s.accounts, a)
	d.account, d.last = &s.accounts[len(s.accounts)-1], trust.Address{}
	return nil
}

// follows checks that an object is of the account before it, and in order.
func (d *decoder) follows(account trust.AccountID, address trust.Address) error {
	switch {
	case d.account == nil || d.account.ID != account || d.account.Failure != "":
		return errors.New("it does not stand under its account")
	case d.last != trust.Address{} && d.last.Compare(address) >= 0:
		return errors.New("it is out of order, or there twice")
	}
	d.last = address
	return nil
}

func (d *decoder) takeProvider(p trust.OIDCProvider) error {
	if err := d.follows(p.Account, p.Address()); err != nil {
		return err
	}
	if p.ARN != trust.ProviderARN(d.account.Partition, p.Account, p.URL) {
		return errors.New("the provider's ARN is not that of its URL")
	}
	d.result.providers = append(d.result.providers, p)
	return few(len(p.ClientIDs), len(p.Thumbprints), len(p.Tags))
}

func (d *decoder) takeRole(l *lineRole) error {
	if err := d.follows(l.Account, trust.RoleAddress(l.Account, l.Name)); err != nil {
		return err
	}
	if l.Name == "" || !strings.HasPrefix(l.Path, "/") || !strings.HasSuffix(l.Path, "/") {
		return errors.New("the role has no name, or a path that is none")
	}
	known := func(at int) bool { return at >= 0 && at < len(d.result.policies) }
	if !known(l.Trust) {
		return errors.New("the role's trust policy is not there")
	}
	for _, at := range l.Inline {
		if !known(at) {
			return errors.New("an inline policy of the role is not there")
		}
	}
	const longest = 1 << 20 // seconds: twelve days
	if l.MaxSession < 0 || l.MaxSession > longest {
		return errors.New("the role's session duration is none")
	}
	d.result.roles = append(d.result.roles, l.stored())
	return few(len(l.Managed), len(l.Inline), len(l.Tags), len(l.InstanceProfiles))
}

func (d *decoder) takeOthers(l *lineOthers) error {
	if d.account == nil || d.account.ID != l.Account || d.account.Failure != "" {
		return errors.New("it does not stand under its account")
	}
	s := d.result
	for _, url := range l.Providers {
		s.unread = append(s.unread, trust.Unread{Account: l.Account, URL: url})
	}
	for _, name := range l.Roles {
		s.unread = append(s.unread, trust.Unread{Account: l.Account, Path: l.Path, Name: name})
	}
	if len(s.unread) > maxOthers {
		return fmt.Errorf("a snapshot has at most %d names", maxOthers)
	}
	return few(len(l.Providers), len(l.Roles))
}

// few refuses lists that no account has.
func few(lengths ...int) error {
	for _, n := range lengths {
		if n > maxList {
			return fmt.Errorf("it has a list of %d things, and at most %d are taken", n, maxList)
		}
	}
	return nil
}
