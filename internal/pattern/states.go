package pattern

import "slices"

// push adds a state, unless it is known with a word that is no longer.
func (s *search) push(match, avoid []int32, from int32, letter token) {
	next := state{from: from, letter: letter}
	if from >= 0 {
		next.length = s.states[from].length + 1
	}
	for _, p := range match {
		next.need = max(next.need, s.need[p])
	}
	s.b.Spend(1 + (len(match)+len(avoid))/4)
	h := hash(hash(0, match), avoid)
	head, known := s.seen[h]
	if !known {
		head = -1
	}
	for i := head; i >= 0; i = s.states[i].next {
		other := &s.states[i]
		s.b.Spend(1 + len(other.places)/4)
		if slices.Equal(other.places[:s.count], match) && slices.Equal(other.places[s.count:], avoid) {
			if s.greedy || other.length <= next.length {
				return
			}
		}
	}
	if !s.b.Spend(20 + len(match) + len(avoid)) {
		return
	}
	next.next = head
	next.places = s.keep(match, avoid)
	id := int32(len(s.states))
	s.states = append(s.states, next)
	s.seen[h] = id
	promise := int(next.need + next.length)
	if s.greedy {
		promise = int(next.need)
		for _, p := range avoid {
			if s.need[p] <= next.need {
				promise++
			}
		}
	}
	for len(s.queue) <= promise {
		s.queue = append(s.queue, nil)
	}
	s.queue[promise] = append(s.queue[promise], id)
	s.low = min(s.low, promise)
}

// keep copies places to where they stay.
func (s *search) keep(match, avoid []int32) []int32 {
	n := len(match) + len(avoid)
	if cap(s.arena)-len(s.arena) < n {
		s.arena = make([]int32, 0, max(n, 1024, min(2*cap(s.arena), 1<<16)))
	}
	from := len(s.arena)
	s.arena = append(append(s.arena, match...), avoid...)
	return s.arena[from:len(s.arena):len(s.arena)]
}

// superfluous tells whether a state seen before stands at the same places to
// match and at no place to avoid that this one doesn't. Its word is no longer:
// states with the same places to match come up in the order of their length.
func (s *search) superfluous(id int32) bool {
	at := s.states[id].places
	h := hash(0, at[:s.count])
	front := s.fronts[h]
	for _, other := range front {
		seen := s.states[other].places
		s.b.Spend(1 + len(seen)/4)
		if slices.Equal(seen[:s.count], at[:s.count]) && subset(seen[s.count:], at[s.count:]) {
			return true
		}
	}
	if len(front) < antichain {
		s.fronts[h] = append(front, id)
		return false
	}
	for i, other := range front {
		seen := s.states[other].places
		if slices.Equal(seen[:s.count], at[:s.count]) && subset(at[s.count:], seen[s.count:]) {
			front[i] = id
			break
		}
	}
	return false
}

// subset tells whether every place of one sorted set is in another.
func subset(small, large []int32) bool {
	if len(small) > len(large) {
		return false
	}
	for _, p := range small {
		for len(large) > 0 && large[0] < p {
			large = large[1:]
		}
		if len(large) == 0 || large[0] != p {
			return false
		}
		large = large[1:]
	}
	return true
}

func hash(h uint64, places []int32) uint64 {
	for _, p := range places {
		h = (h ^ uint64(p+1)) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return h
}

// word is the word of a state, from where the search began.
func (s *search) word(id int32) []token {
	var units []token
	for ; s.states[id].from >= 0; id = s.states[id].from {
		units = append(units, s.states[id].letter)
	}
	slices.Reverse(units)
	return units
}
