package pattern

import "slices"

// readable is the letters that witnesses prefer, in this order: those of names
// first.
const readable = "xyzwvutsrqponmlkjihgfedcba0123456789-_.ABCDEFGHIJKLMNOPQRSTUVWXYZ/:@+=,~!%&#|;<>()[]{}'\"`^$\\*? "

// marks are the units that some tokens ask for. One that is not marked is
// taken by ? and * alone: it is the best choice where any letter would do.
type marks struct {
	ascii   [2]uint64
	others  []token
	classes Class
}

func (m *marks) clear() { *m = marks{others: m.others[:0]} }

func (m *marks) add(t token) {
	switch {
	case t == end || t == one || t == run:
	case t.literal():
		m.name(t)
	case t.folds():
		var buffer [4]token
		for _, u := range t.members(buffer[:0]) {
			m.name(u)
		}
	default:
		m.classes |= t.class()
	}
}

func (m *marks) name(u token) {
	if u < 128 {
		m.ascii[u/64] |= 1 << (u % 64)
	} else {
		m.others = append(m.others, u)
	}
}

// fresh is the most readable unit of a class that is not marked.
func (m *marks) fresh(c Class) (token, bool) {
	if c &^= m.classes; c == 0 {
		return 0, false
	}
	for i := range len(readable) {
		if u := token(readable[i]); classOf(u)&c != 0 && m.ascii[u/64]&(1<<(u%64)) == 0 {
			return u, true
		}
	}
	if c&Other != 0 {
		slices.Sort(m.others)
		taken := m.others
		for u := token('à'); u < 0xD800; u++ { // no half of an astral letter
			for len(taken) > 0 && taken[0] < u {
				taken = taken[1:]
			}
			if u != dotted && (len(taken) == 0 || taken[0] != u) {
				return u, true
			}
		}
	}
	return 0, false
}

// choices appends the units of a class that are worth trying: one that is not
// marked; failing that, of each class without its like one that nobody names,
// or each of its members.
func (m *marks) choices(c Class, to []token) []token {
	if u, ok := m.fresh(c); ok {
		return append(to, u)
	}
	named := *m
	named.classes = 0
	for flag := Class(1); flag <= Other; flag <<= 1 {
		if c&flag == 0 {
			continue
		}
		if u, ok := named.fresh(flag); ok {
			to = append(to, u)
			continue
		}
		for i := range len(readable) {
			if u := token(readable[i]); classOf(u) == flag {
				to = append(to, u)
			}
		}
	}
	return to
}
