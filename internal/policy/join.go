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

// joinAlike joins boxes of one shape by their atoms. Where these are too many,
// only boxes that differ in one dimension are joined.
func joinAlike(boxes []box) []box {
	if len(boxes) == 1 || separate(boxes) {
		return boxes
	}
	dimensions := boxes[0].dimensions
	rows := make([]row, len(boxes))
	for i, b := range boxes {
		rows[i] = make(row, len(dimensions))
		for j, d := range b.dimensions {
			rows[i][j] = d.values
		}
	}
	for {
		if atoms(rows) <= maxAtoms {
			exploded := explode(rows)
			rows = merge(exploded, dimensions, false)
			if other := merge(exploded, dimensions, true); shorter(other, rows) {
				rows = other
			}
			break
		}
		before := len(rows)
		if rows = merge(rows, dimensions, false); len(rows) == before {
			break
		}
	}
	out := make([]box, len(rows))
	for i, r := range rows {
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

// atoms is the number of atoms of all rows, or more than maxAtoms.
func atoms(rows []row) (sum int) {
	for _, r := range rows {
		n := 1
		for _, list := range r {
			if n *= len(list); n > maxAtoms {
				return n
			}
		}
		sum += n
	}
	return sum
}

// explode takes rows apart into their atoms.
func explode(rows []row) []row {
	out := make([]row, 0, atoms(rows))
	for _, r := range rows {
		from := len(out)
		out = append(out, make(row, len(r)))
		for j, list := range r {
			n := len(out)
			for k := range list {
				for _, atom := range out[from:n] {
					if k > 0 {
						atom = slices.Clone(atom)
						out = append(out, atom)
					}
					atom[j] = list[k : k+1 : k+1]
				}
			}
		}
	}
	return out
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
