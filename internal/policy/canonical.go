package policy

import (
	"cmp"
	"slices"
	"strings"
)

// Canonical is the one form of documents that say the same: statements split
// and joined in one way, lists as sorted sets, no Sid and no Id, values
// without a wildcard under StringEquals, condition keys and principals in one
// spelling, Version2012 unless a value means something else under Version2008.
// Each audience (a key that ends in :aud) has a statement of its own.
//
// Joined and split statements are compared by their atoms, the statements of
// one value each that they stand for; only a document of more than 20,000 of
// these keeps the cut that it has. Actions keep their letter case, but for
// those of STS, since IAM keeps it too; Equal doesn't regard it.
func (d Document) Canonical() Document {
	if d.opaque != "" {
		return d
	}
	if len(d.Statements) == 0 {
		return Document{}
	}
	l := d.language()
	spelling := spellings(d.Statements)
	boxes := make([]box, 0, len(d.Statements))
	for _, s := range d.Statements {
		boxes = append(boxes, reading{l, s}.boxes(spelling)...)
	}
	boxes = join(boxes)
	out := Document{Version: string(l), Statements: make([]Statement, len(boxes))}
	for i, b := range boxes {
		out.Statements[i] = b.statement(l)
	}
	slices.SortFunc(out.Statements, compareStatements)
	return out
}

// Equal tells whether both documents say the same, as far as their canonical
// forms show; it never calls two equal that differ. An opaque document is
// equal to one of the same bytes.
func (d Document) Equal(e Document) bool {
	if d.opaque != "" || e.opaque != "" {
		return d.opaque == e.opaque
	}
	if d.same(e) {
		return true
	}
	return d.Canonical().same(e.Canonical())
}

// same tells whether two documents are spelled alike, but for the letter case
// of actions.
func (d Document) same(e Document) bool {
	return d.Version == e.Version && slices.EqualFunc(d.Statements, e.Statements, func(s, t Statement) bool {
		return compareStatements(s, t) == 0
	})
}

// compareStatements orders the statements of canonical forms.
func compareStatements(a, b Statement) int {
	return cmp.Or(
		strings.Compare(string(a.Effect), string(b.Effect)),
		comparePrincipals(a.Principals, b.Principals),
		comparePrincipals(a.NotPrincipals, b.NotPrincipals),
		compareLists(a.Actions, b.Actions, compareFold),
		compareLists(a.NotActions, b.NotActions, compareFold),
		compareLists(a.Resources, b.Resources, strings.Compare),
		compareLists(a.NotResources, b.NotResources, strings.Compare),
		slices.CompareFunc(a.Conditions, b.Conditions, func(c, d Condition) int {
			return cmp.Or(compareConditions(c, d), compareLists(c.Values, d.Values, strings.Compare))
		}),
	)
}

func comparePrincipals(a, b []Principal) int {
	return compareLists(a, b, comparePrincipal)
}

func comparePrincipal(p, q Principal) int {
	return cmp.Or(strings.Compare(p.Type, q.Type), strings.Compare(p.Value, q.Value))
}

// compareLists is an order in which an absent list is not an empty one.
func compareLists[E any](a, b []E, compare func(E, E) int) int {
	if (a == nil) != (b == nil) {
		if a == nil {
			return -1
		}
		return 1
	}
	return slices.CompareFunc(a, b, compare)
}

// compareFold orders strings without regard to the letter case of A to Z.
func compareFold(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if c := cmp.Compare(lowerByte(a[i]), lowerByte(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// set sorts a copy of a list and drops what repeats; nil stays nil.
func set(list []string, compare func(a, b string) int) []string {
	if len(list) < 2 {
		return list
	}
	list = slices.Clone(list)
	slices.SortFunc(list, compare)
	return slices.CompactFunc(list, func(a, b string) bool { return compare(a, b) == 0 })
}
