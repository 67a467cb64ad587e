// The search of a diff: from both ends at once, until the two meet; then the same on either side of that place.
package generator

import "math"

// search compares the candidates of two texts. A diagonal d holds the pairs (x, y) with x-y = d; forward and
// backward have, for each diagonal, how far the search from that end has come.
type search struct {
	one, other        *side
	first, second     []int // the candidates
	forward, backward []int // by diagonal+offset
	offset            int
	limit             int // of edits, after which the search is cut short
}

func newSearch(one, other *side, first, second []int) *search {
	size := len(first) + len(second) + 3
	return &search{
		one: one, other: other, first: first, second: second,
		forward: make([]int, size), backward: make([]int, size), offset: len(second) + 1,
		limit: max(roughRoot(size), 256),
	}
}

func (s *search) equal(x, y int) bool {
	return s.one.lines[s.first[x]] == s.other.lines[s.second[y]]
}

// compare marks what differs between the candidates [x, xEnd) of the one and [y, yEnd) of the other.
func (s *search) compare(x, xEnd, y, yEnd int) {
	for x < xEnd && y < yEnd && s.equal(x, y) {
		x, y = x+1, y+1
	}
	for x < xEnd && y < yEnd && s.equal(xEnd-1, yEnd-1) {
		xEnd, yEnd = xEnd-1, yEnd-1
	}
	if x == xEnd || y == yEnd {
		for _, i := range s.first[x:xEnd] {
			s.one.changed[i] = true
		}
		for _, j := range s.second[y:yEnd] {
			s.other.changed[j] = true
		}
		return
	}
	xMid, yMid := s.split(x, xEnd, y, yEnd)
	s.compare(x, xMid, y, yMid)
	s.compare(xMid, xEnd, yMid, yEnd)
}

// span is the diagonals that a search is at: from low to high, each second one.
type span struct{ low, high int }

// widen adds a diagonal at either end, or takes one off where there is none within the bounds; a new one gets
// a neighbour that never wins.
func (p *span) widen(low, high int, reached []int, offset, never int) {
	if p.low > low {
		p.low--
		reached[p.low-1+offset] = never
	} else {
		p.low++
	}
	if p.high < high {
		p.high++
		reached[p.high+1+offset] = never
	} else {
		p.high--
	}
}

// split finds a pair on a shortest way from (x, y) to (xEnd, yEnd), or when that takes too long, one that much
// can be reached by.
func (s *search) split(x, xEnd, y, yEnd int) (int, int) {
	low, high := x-yEnd, xEnd-y
	down, up := span{x - y, x - y}, span{xEnd - yEnd, xEnd - yEnd}
	odd := (down.low-up.low)%2 != 0
	forward, backward := s.forward, s.backward
	forward[down.low+s.offset], backward[up.low+s.offset] = x, xEnd
	for edits := 1; ; edits++ {
		down.widen(low, high, forward, s.offset, -1)
		for d := down.high; d >= down.low; d -= 2 {
			i := max(forward[d-1+s.offset]+1, forward[d+1+s.offset])
			for i < xEnd && i-d < yEnd && s.equal(i, i-d) {
				i++
			}
			forward[d+s.offset] = i
			if odd && up.low <= d && d <= up.high && backward[d+s.offset] <= i {
				return i, i - d
			}
		}
		up.widen(low, high, backward, s.offset, math.MaxInt)
		for d := up.high; d >= up.low; d -= 2 {
			i := min(backward[d-1+s.offset], backward[d+1+s.offset]-1)
			for i > x && i-d > y && s.equal(i-1, i-d-1) {
				i--
			}
			backward[d+s.offset] = i
			if !odd && down.low <= d && d <= down.high && i <= forward[d+s.offset] {
				return i, i - d
			}
		}
		if edits >= s.limit {
			return s.furthest(x, xEnd, y, yEnd, down, up)
		}
	}
}

// furthest is the pair at which the better of the two searches has most behind it.
func (s *search) furthest(x, xEnd, y, yEnd int, down, up span) (int, int) {
	type pair struct{ x, y int }
	sum := func(p, q pair) int { return p.x + p.y - q.x - q.y }
	best, worst := pair{x, y}, pair{xEnd, yEnd}
	for d := down.high; d >= down.low; d -= 2 {
		i := min(s.forward[d+s.offset], xEnd, yEnd+d)
		if p := (pair{i, i - d}); p.y >= y && sum(p, best) > 0 {
			best = p
		}
	}
	for d := up.high; d >= up.low; d -= 2 {
		i := max(s.backward[d+s.offset], x, y+d)
		if p := (pair{i, i - d}); p.y <= yEnd && sum(worst, p) > 0 {
			worst = p
		}
	}
	if sum(best, pair{x, y}) >= sum(pair{xEnd, yEnd}, worst) {
		return best.x, best.y
	}
	return worst.x, worst.y
}
