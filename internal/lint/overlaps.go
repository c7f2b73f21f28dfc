package lint

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/pattern"
	"github.com/trustctl/trustctl/internal/policy"
)

// overlaps finds roles that share a subject. Every distinct value is looked up
// once, in an index by what it begins with, for values of earlier roles; that
// the two roles, with all their statements, share a token is asked of the few
// pairs that come out alone.
func (l *linter) overlaps() {
	indexes := map[string]*valueIndex{} // by host
	for i, v := range l.views {
		x := indexes[v.host]
		if x == nil {
			x = &valueIndex{at: map[valueKey]int{}, by: map[string][]int{}, budget: l.budget.Part(overlapBudget)}
			indexes[v.host] = x
		}
		x.add(i, v)
	}
	for _, host := range sortedKeys(indexes) {
		indexes[host].sort()
	}
	sets := make([]*access.Set, len(l.views))
	set := func(i int) access.Set {
		if sets[i] == nil {
			s := l.views[i].set(l.views[i].role.Trust)
			sets[i] = &s
		}
		return *sets[i]
	}
	for i, v := range l.views {
		for _, j := range indexes[v.host].earlier(i, v) {
			if l.views[j].role == v.role {
				continue
			}
			if v.shares(l.views[j], set(i), set(j)) {
				break
			}
		}
	}
}

// overlapBudget is the share of the budget that the index may take.
const overlapBudget = wholeBudget / 5

// shares reports that two roles have a token in common. The providers of two
// accounts are two, so the set of the one is asked with the other's policy
// rewritten to it.
func (v *view) shares(w *view, own, other access.Set) bool {
	if w.provider != v.provider {
		other = access.Of(w.as(v), v.accessIssuer())
	}
	a := access.Overlap(own, other, v.options())
	if a.Outcome != access.Some || a.Witness == nil {
		return false
	}
	v.found(a, Finding{Code: shared, Remedy: "Where that is not meant, narrow the patterns so that every environment has one role."},
		"a token that both roles admit", func(sub string) string {
			return fmt.Sprintf("Role %s admits the subject %s, and so does role %s%s: whoever has that token chooses between them.", v.role.Name, sub, w.role.Name, w.where(v))
		})
	return true
}

// as is the role's policy as if it stood in the account of another.
func (v *view) as(w *view) policy.Document {
	d := v.role.Trust
	d.Statements = slices.Clone(d.Statements)
	for i := range d.Statements {
		s := &d.Statements[i]
		s.Principals = slices.Clone(s.Principals)
		for j, p := range s.Principals {
			if p.Type == "Federated" && p.Value == string(v.provider) {
				s.Principals[j].Value = string(w.provider)
			}
		}
	}
	return d
}

// where names a role's account where it is not the other's.
func (v *view) where(w *view) string {
	if v.role.Account == w.role.Account {
		return ""
	}
	return " of account " + v.l.accountName(v.role.Account)
}

// valueKey tells values for subjects apart, with the audience they stand under.
type valueKey struct{ operator, text, audience string }

// indexedValue is a distinct value.
type indexedValue struct {
	valueKey
	prefix   string // what every match begins with
	views    []int  // the first few views that have it, in order
	of       *view
	compiled bool
	pattern  pattern.Pattern
	unknown  bool // what it matches depends on the request
}

// fewViews bounds how many partners are kept for a value, and asked for a role.
const fewViews = 4

// valueIndex finds the values that may have a subject in common with another.
type valueIndex struct {
	values  []indexedValue
	at      map[valueKey]int
	by      map[string][]int // by prefix
	lengths []int            // of prefixes
	sorted  []int            // by prefix
	budget  *pattern.Budget
	own     [][]int // the values of each view added, by its number
}

func (x *valueIndex) add(i int, v *view) {
	for len(x.own) <= i {
		x.own = append(x.own, nil)
	}
	for _, g := range v.grants {
		audiences := []string{""}
		if values := v.values(g.Statement, "aud"); len(values) > 0 && !slices.ContainsFunc(values, v.wild) {
			audiences = nil
			for _, t := range values {
				audiences = append(audiences, t.text)
			}
		}
		subjects := v.values(g.Statement, "sub")
		if subjects == nil {
			subjects = []tested{{"*", "StringLike"}}
		}
		for _, audience := range audiences {
			for _, t := range subjects {
				x.put(i, v, t, audience)
			}
		}
	}
}

func (x *valueIndex) put(i int, v *view, t tested, audience string) {
	key := valueKey{t.operator, t.text, audience}
	at, have := x.at[key]
	if !have {
		prefix := literalStart(t.text)
		if strings.Contains(t.operator, "IgnoreCase") {
			prefix = ""
		}
		at = len(x.values)
		x.at[key] = at
		x.values = append(x.values, indexedValue{valueKey: key, prefix: prefix, of: v})
		if x.by[prefix] = append(x.by[prefix], at); !slices.Contains(x.lengths, len(prefix)) {
			x.lengths = append(x.lengths, len(prefix))
		}
	}
	if views := x.values[at].views; len(views) < fewViews && !slices.Contains(views, i) {
		x.values[at].views = append(views, i)
	}
	x.own[i] = append(x.own[i], at)
}

// meets tells whether two values certainly have a string in common.
func (w *indexedValue) meets(u *indexedValue, b *pattern.Budget) bool {
	w.compile()
	u.compile()
	return !w.unknown && !u.unknown && w.pattern.Meets(u.pattern, b) == pattern.Inhabited
}

// compile makes a value a pattern, when that is first needed.
func (w *indexedValue) compile() {
	if w.compiled {
		return
	}
	w.compiled = true
	if strings.Contains(w.operator, "IgnoreCase") {
		w.pattern, w.unknown = pattern.Fold(w.text), strings.Contains(w.text, "${")
		return
	}
	pieces, ok := w.of.role.Trust.Pieces(w.text)
	parts := make([]pattern.Pattern, len(pieces))
	for i, piece := range pieces {
		parts[i] = pattern.Exact(piece.Raw + piece.Exact)
		if likes(w.operator) && piece.Raw != "" {
			parts[i] = pattern.Like(piece.Raw)
		}
		ok = ok && piece.Variable == ""
	}
	w.pattern, w.unknown = pattern.Join(parts...), !ok
}

// sort readies the index for lookups.
func (x *valueIndex) sort() {
	x.sorted = make([]int, len(x.values))
	for i := range x.sorted {
		x.sorted[i] = i
	}
	sort.SliceStable(x.sorted, func(a, b int) bool { return x.values[x.sorted[a]].prefix < x.values[x.sorted[b]].prefix })
	slices.Sort(x.lengths)
}

// earlier are a few views before the i'th that may share a subject with it.
func (x *valueIndex) earlier(i int, v *view) []int {
	var out []int
	take := func(views []int) (full bool) {
		for _, j := range views {
			if j < i && !slices.Contains(out, j) {
				out = append(out, j)
			}
		}
		return len(out) >= fewViews
	}
	for _, at := range x.own[i] {
		w := &x.values[at]
		if take(w.views) {
			break
		}
		if w.views[0] == i && x.near(i, w, take) {
			break
		}
	}
	return out
}

// near looks for values that have a subject in common with w, and stops as
// soon as take has enough, or the budget ends.
func (x *valueIndex) near(i int, w *indexedValue, take func([]int) bool) (stop bool) {
	try := func(at int) bool {
		u := &x.values[at]
		if !x.budget.Spend(1) {
			return true
		}
		if u.views[0] >= i || u.audience != w.audience && u.audience != "" && w.audience != "" || !w.meets(u, x.budget) {
			return false
		}
		return take(u.views)
	}
	for _, n := range x.lengths {
		if n > len(w.prefix) {
			break
		}
		if slices.ContainsFunc(x.by[w.prefix[:n]], try) {
			return true
		}
	}
	if w.prefix == w.text {
		return false // one text: what begins so and is longer is another
	}
	from := sort.Search(len(x.sorted), func(k int) bool { return x.values[x.sorted[k]].prefix > w.prefix })
	for _, at := range x.sorted[from:] {
		if !strings.HasPrefix(x.values[at].prefix, w.prefix) {
			break
		}
		if try(at) {
			return true
		}
	}
	return false
}
