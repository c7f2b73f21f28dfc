package plan

import (
	"fmt"
	"time"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/trust"
)

// Snapshot says of which snapshot a plan was made, in the place of the accounts.
type Snapshot struct {
	Taken  time.Time     `json:"taken"`
	Age    time.Duration `json:"age"` // when the plan was made
	Digest string        `json:"digest"`
}

// oldAge is from when on a plan warns of its snapshot: a day, since accounts
// change by the day.
const oldAge = 24 * time.Hour

// age warns of a snapshot that is old.
func (c *comparison) age() {
	if s := c.o.Snapshot; s != nil && s.Age > oldAge {
		c.warn(trust.Address{}, trust.Pos{}, "The snapshot is old",
			fmt.Sprintf("It was taken %s ago. What has changed in the accounts since then is not in this plan: take a new one.", s.Old()))
	}
}

// Old is the snapshot's age, for people.
func (s *Snapshot) Old() string {
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		switch n := int(s.Age / unit.of); {
		case n == 1:
			return "1 " + unit.name
		case n > 1:
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return "less than a minute"
}

func unreadByAddress(s trust.State) map[trust.Address]trust.Unread {
	all := make(map[trust.Address]trust.Unread, len(s.Unread))
	for _, u := range s.Unread {
		all[u.Address()] = u
	}
	return all
}

// unreadRole plans a declared role that is there and of which a snapshot has
// the name alone. It carries no mark, or it would have been read: it can only
// be adopted.
func (c *comparison) unreadRole(ch *Change, account trust.Account, d *trust.Role, u trust.Unread) {
	live := &trust.Role{Account: u.Account, Path: u.Path, Name: u.Name, ARN: trust.RoleARN(account.Partition, u.Account, u.Path, u.Name)}
	c.declaredRole(ch, account, d, live)
	ch.Unread, ch.Fields = true, nil
	if ch.Refused == "" {
		c.warn(ch.Address, d.Source[""], "Known only live",
			fmt.Sprintf("Role %s is there, and the snapshot has its name alone. What changes by its adoption, and who may use it now, only a plan of the account itself can say.", u.Name))
	}
}

// unreadProvider plans a declared provider of which a snapshot has no more
// than that it is there, or, if it isn't, not which roles trust it.
func (c *comparison) unreadProvider(ch *Change, d *trust.OIDCProvider, u trust.Unread) {
	after := cleanProvider(d)
	ch.Unread = true
	detail := fmt.Sprintf("The snapshot was taken without this issuer, so it does not say which roles of the account trust %s already.", d.ARN)
	if u.Absent {
		ch.Action, ch.After = Create, &Object{Provider: after}
	} else {
		before := cleanProvider(&trust.OIDCProvider{Account: d.Account, ARN: d.ARN, Issuer: d.Issuer, URL: d.URL})
		ch.Action, ch.Before, ch.After = Update, &Object{Provider: before}, &Object{Provider: after}
		detail = fmt.Sprintf("Provider %s is there, and the snapshot has its name alone: neither its audiences, nor which roles trust it.", d.ARN)
	}
	c.warn(ch.Address, d.Source[""], "Known only live", detail+" Only a plan of the account itself can say what changes.")
}

// unknownAccess is that of a change of which not enough is known.
func unknownAccess() *Access {
	open := access.Side{Outcome: access.Undecided}
	return &Access{ChangeDelta: access.ChangeDelta{
		Headline: access.Unknown, Tokens: access.Delta{Relation: access.Unknown, Gained: open, Lost: open},
		Principals:  access.PrincipalDelta{Relation: access.Unknown},
		Permissions: access.PermissionDelta{Relation: access.Unknown},
	}}
}
