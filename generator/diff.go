// What differs between two texts, by lines: the shortest edit script, as Myers found it (An O(ND) Difference
// Algorithm and Its Variations, 1986), in linear space.
//
// What a diff says is ambiguous wherever a line repeats, and a merge stands or falls with it. So two things are
// done as git does them, after which a merge here and one of git's agree: lines that are common elsewhere are not
// matched amid lines that are new (a lone blank line between two rewritten functions would interleave them), and
// a run of changed lines slides down as far as it can, or to where the other text has one. Where the texts have
// little in common the search is cut short: a longer script in time is better than the shortest one too late.
package generator

import (
	"slices"
	"strings"
)

// hunk is a place where two texts differ: lines [a, aEnd) of the one are lines [b, bEnd) of the other.
type hunk struct{ a, aEnd, b, bEnd int }

// splitLines splits a text into lines that keep their ends. All but the last have one.
func splitLines(text string) []string {
	return slices.Collect(strings.Lines(text))
}

// diffLines gives the hunks in order. Between two of them there is at least one line that is in both texts.
func diffLines(a, b []string) []hunk {
	one, other := numberLines(a, b)
	head := 0
	for head < min(len(a), len(b)) && one.lines[head] == other.lines[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && one.lines[len(a)-1-tail] == other.lines[len(b)-1-tail] {
		tail++
	}
	// Both choose before either marks: what one leaves out is no reason for the other to do so.
	first, second := one.candidates(head, tail, other), other.candidates(head, tail, one)
	one.mark(head, tail, first)
	other.mark(head, tail, second)
	newSearch(one, other, first, second).compare(0, len(first), 0, len(second))
	one.slide(other.gaps())
	other.slide(one.gaps())

	var hunks []hunk
	for i, j := 0, 0; i < len(a) || j < len(b); {
		if h := (hunk{i, one.run(i), j, other.run(j)}); h.a < h.aEnd || h.b < h.bEnd {
			hunks = append(hunks, h)
			i, j = h.aEnd, h.bEnd
			continue
		}
		i, j = i+1, j+1
	}
	return hunks
}

// side is one of the two texts that are compared.
type side struct {
	lines   []int  // a number for each line; the same one for the same line
	count   []int  // how often this text has the line of a number
	changed []bool // the line is in no pair of the edit script
}

func numberLines(a, b []string) (*side, *side) {
	numbers := map[string]int{}
	number := func(text []string) *side {
		s := &side{lines: make([]int, len(text)), changed: make([]bool, len(text))}
		for i, line := range text {
			n, ok := numbers[line]
			if !ok {
				n = len(numbers)
				numbers[line] = n
			}
			s.lines[i] = n
		}
		return s
	}
	one, other := number(a), number(b)
	for _, s := range []*side{one, other} {
		s.count = make([]int, len(numbers))
		for _, n := range s.lines {
			s.count[n]++
		}
	}
	return one, other
}

// candidates are the lines, without head and tail, that may be in a pair: not those that the other text does not
// have, nor those that it has often if they stand mostly among such.
func (s *side) candidates(head, tail int, other *side) []int {
	often := min(roughRoot(len(s.lines)), 1024)
	end := len(s.lines) - tail
	found := func(i int) int { return other.count[s.lines[i]] }
	var kept []int
	for i := head; i < end; i++ {
		if n := found(i); n == 0 || n >= often && amidNew(i, head, end, often, found) {
			continue
		}
		kept = append(kept, i)
	}
	return kept
}

// amidNew tells whether the line i, one that is often in the other text, is one of a run of such lines and of
// lines that are not there at all, the latter on both sides of it and in the majority by far. No run is looked
// at further than 100 lines.
func amidNew(i, start, end, often int, found func(int) int) bool {
	const window = 100
	absent, common := 0, 0
	for _, step := range []int{-1, +1} {
		before := absent
		for j := i + step; j >= max(start, i-window) && j <= min(end-1, i+window); j += step {
			n := found(j)
			if n > 0 && n < often {
				break
			}
			if n == 0 {
				absent++
			} else {
				common++
			}
		}
		if absent == before {
			return false
		}
	}
	return 3*(common+2) < absent
}

// roughRoot is the power of two just above a number's root.
func roughRoot(n int) int {
	root := 1
	for ; n > 0; n >>= 2 {
		root <<= 1
	}
	return root
}

// mark takes each line between head and tail for changed that is not kept.
func (s *side) mark(head, tail int, kept []int) {
	for i := head; i < len(s.lines)-tail; i++ {
		s.changed[i] = true
	}
	for _, i := range kept {
		s.changed[i] = false
	}
}

// run is where the changed lines from i on end.
func (s *side) run(i int) int {
	for i < len(s.lines) && s.changed[i] {
		i++
	}
	return i
}

// gaps counts the changed lines before the first unchanged line, between it and the second, and so on.
func (s *side) gaps() []int {
	gaps := []int{0}
	for _, changed := range s.changed {
		if changed {
			gaps[len(gaps)-1]++
		} else {
			gaps = append(gaps, 0)
		}
	}
	return gaps
}

// slide moves each run of changed lines as far down as equal lines allow, joining those that it meets, but
// back up to the last place where the other text has changed lines too, if there is one.
func (s *side) slide(gaps []int) {
	k := 0 // the unchanged lines before start, hence the gap that the run is in
	for start := 0; start < len(s.lines); {
		if !s.changed[start] {
			start, k = start+1, k+1
			continue
		}
		end, match := s.run(start), -1
		up := func() bool {
			if start == 0 || s.lines[start-1] != s.lines[end-1] {
				return false
			}
			start, end, k = start-1, end-1, k-1
			s.changed[start], s.changed[end] = true, false
			for start > 0 && s.changed[start-1] {
				start--
			}
			return true
		}
		for size := -1; size != end-start; {
			size, match = end-start, -1
			for up() {
			}
			for {
				if gaps[k] > 0 {
					match = k
				}
				if end == len(s.lines) || s.lines[start] != s.lines[end] {
					break
				}
				s.changed[start], s.changed[end] = false, true
				start, end, k = start+1, s.run(end), k+1
			}
		}
		for match >= 0 && k > match {
			up()
		}
		start = end
	}
}
