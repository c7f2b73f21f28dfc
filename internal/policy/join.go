package policy

import (
	"slices"
	"strings"
)

// join turns boxes into the boxes that every cut of the same atoms comes to.
func join(boxes []box) []box {
	if len(boxes) == 1 {
		return boxes
	}
	type shaped struct {
		shape string
		box
	}
	list := make([]shaped, len(boxes))
	for i, b := range boxes {
		list[i] = shaped{b.shape(), b}
	}
	slices.SortStableFunc(list, func(a, b shaped) int { return strings.Compare(a.shape, b.shape) })
	var out []box
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].shape == list[0].shape {
			n++
		}
		alike := make([]box, n)
		for i, s := range list[:n] {
			alike[i] = s.box
		}
		out = append(out, joinAlike(alike)...)
		list = list[n:]
	}
	return out
}

// A row is a box of a given shape: a list of values for each dimension.
type row [][]string

// joinAlike joins boxes of one shape.
func joinAlike(boxes []box) []box {
	if len(boxes) == 1 || separate(boxes) {
		return boxes
	}
	dimensions := boxes[0].dimensions
	rows := explode(boxes)
	best := merge(rows, dimensions, false)
	if other := merge(rows, dimensions, true); shorter(other, best) {
		best = other
	}
	out := make([]box, len(best))
	for i, r := range best {
		out[i] = box{fixed: boxes[0].fixed, dimensions: slices.Clone(dimensions)}
		for j := range r {
			out[i].dimensions[j].values = r[j]
		}
	}
	return out
}

// separate tells whether no two of the boxes can be joined, not even in part:
// they have no value in common in two dimensions, or in one that is never
// joined.
func separate(boxes []box) bool {
	const most = 64 // the work grows with the square
	if len(boxes) > most {
		return false
	}
	for i, a := range boxes {
		for _, b := range boxes[:i] {
			foreign := 0
			for j, d := range a.dimensions {
				if disjoint(d.values, b.dimensions[j].values) {
					if foreign++; d.apart() {
						foreign++
					}
				}
			}
			if foreign < 2 {
				return false
			}
		}
	}
	return true
}

// disjoint tells whether two sorted lists share nothing.
func disjoint(a, b []string) bool {
	for len(a) > 0 && len(b) > 0 {
		switch strings.Compare(a[0], b[0]) {
		case 0:
			return false
		case -1:
			a = a[1:]
		default:
			b = b[1:]
		}
	}
	return true
}

// explode are the atoms of all boxes; the boxes themselves where the atoms are
// too many.
func explode(boxes []box) []row {
	atoms := 0
	for _, b := range boxes {
		n := 1
		for _, d := range b.dimensions {
			if n *= len(d.values); n > maxAtoms {
				break
			}
		}
		atoms += n
	}
	if atoms > maxAtoms {
		rows := make([]row, len(boxes))
		for i, b := range boxes {
			for _, d := range b.dimensions {
				rows[i] = append(rows[i], d.values)
			}
		}
		return rows
	}
	rows := make([]row, 0, atoms)
	for _, b := range boxes {
		from := len(rows)
		rows = append(rows, make(row, len(b.dimensions)))
		for j, d := range b.dimensions {
			n := len(rows) - from
			for k := range d.values {
				for _, r := range rows[from : from+n] {
					if k > 0 {
						r = slices.Clone(r)
						rows = append(rows, r)
					}
					r[j] = d.values[k : k+1 : k+1]
				}
			}
		}
	}
	return rows
}

// merge joins rows that are equal in all dimensions but one, dimension by
// dimension, in their order or the reverse of it.
func merge(rows []row, dimensions []dimension, reverse bool) []row {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b row) int { return compareRows(a, b, -1) })
	rows = slices.CompactFunc(rows, func(a, b row) bool { return compareRows(a, b, -1) == 0 })
	for i := range dimensions {
		if reverse {
			i = len(dimensions) - 1 - i
		}
		if dimensions[i].apart() {
			continue
		}
		slices.SortFunc(rows, func(a, b row) int { return compareRows(a, b, i) })
		var out []row
		for len(rows) > 0 {
			n := 1
			for n < len(rows) && compareRows(rows[0], rows[n], i) == 0 {
				n++
			}
			joined := rows[0]
			if n > 1 {
				var values []string
				for _, r := range rows[:n] {
					values = append(values, r[i]...)
				}
				joined = slices.Clone(joined)
				joined[i] = set(values, strings.Compare)
			}
			out = append(out, joined)
			rows = rows[n:]
		}
		rows = out
	}
	return rows
}

// compareRows orders rows by all dimensions but one.
func compareRows(a, b row, but int) int {
	for i := range a {
		if i == but {
			continue
		}
		if c := slices.Compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// shorter prefers fewer rows, then fewer values.
func shorter(a, b []row) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return values(a) < values(b)
}

func values(rows []row) (n int) {
	for _, r := range rows {
		for _, list := range r {
			n += len(list)
		}
	}
	return n
}
