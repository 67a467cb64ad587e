// Three-way merge by lines: what the user changed and what the template changed, both since the base.
//
// A change that one side made is taken, and so is one that both made. Where changes overlap, or touch, both
// sides stand between git's markers with the base in the middle, as `git merge-file --zdiff3` gives it: lines
// that both sides begin or end with are taken out of the conflict. A text keeps its line ends: if all of it has
// CRLF, as git checks files out on Windows, it is merged as if it had LF, and gets CRLF again. Nor is it a
// change of the last line when an editor has added the newline that it lacked.
//
// Bytes that are no text (a NUL among the first 8000, as git has it) cannot be merged, nor marked.
package generator

import (
	"bytes"
	"strings"
)

// The markers of a conflict. Editors know them by their first seven characters.
const (
	markMine   = "<<<<<<< yours"
	markBase   = "||||||| base"
	markMiddle = "======="
	markTheirs = ">>>>>>> template"
)

// merged is the outcome of a merge.
type merged struct {
	data      []byte
	conflicts []int // the lines, counted from 1, of the markers that conflicts begin with
	disputed  int   // the lines between markers
}

// mergeText merges mine and theirs, which both come from base. A nil base is none: all that differs is a conflict.
func mergeText(base, mine, theirs []byte) merged {
	end := pick(lineEnd(base), lineEnd(mine), lineEnd(theirs))
	if end == mixedEnds { // they are part of the lines
		first, _, _ := bytes.Cut(mine, []byte("\n"))
		return mergeLines(string(base), string(mine), string(theirs), base != nil, strings.HasSuffix(string(first), "\r"))
	}
	out := mergeLines(toLF(base), toLF(mine), toLF(theirs), base != nil, false)
	if len(out.conflicts) > 0 && (lastLine(base) != lastLine(mine) || lastLine(mine) != lastLine(theirs)) {
		out = lessDisputed(out, mergeClosed(base, mine, theirs))
	}
	if end == "\r\n" {
		out.data = bytes.ReplaceAll(out.data, []byte("\n"), []byte(end))
	}
	return out
}

// mergeClosed merges texts as if each of them ended in a newline; whether the outcome does is merged apart.
func mergeClosed(base, mine, theirs []byte) merged {
	closed := func(text []byte) string {
		if lastLine(text) == openLine {
			return toLF(text) + "\n"
		}
		return toLF(text)
	}
	out := mergeLines(closed(base), closed(mine), closed(theirs), base != nil, false)
	if pick(lastLine(base), lastLine(mine), lastLine(theirs)) == openLine && !bytes.HasSuffix(out.data, []byte(markTheirs+"\n")) {
		out.data = bytes.TrimSuffix(out.data, []byte("\n"))
	}
	return out
}

func lessDisputed(a, b merged) merged {
	if b.disputed < a.disputed {
		return b
	}
	return a
}

// What lineEnd gives beside "\n" and "\r\n", and what lastLine gives.
const (
	neither   = ""
	mixedEnds = "both"
	openLine  = "open"
	endedLine = "ended"
)

// pick merges what lineEnd or lastLine say of three texts; a text without lines has no say.
func pick(base, mine, theirs string) string {
	switch {
	case base == mixedEnds || mine == mixedEnds || theirs == mixedEnds:
		return mixedEnds
	case mine == neither || mine == base && theirs != neither:
		return theirs
	}
	return mine
}

// lineEnd is what all lines of a text end in.
func lineEnd(text []byte) string {
	all, crlf := bytes.Count(text, []byte("\n")), bytes.Count(text, []byte("\r\n"))
	switch {
	case all == 0:
		return neither
	case crlf == 0:
		return "\n"
	case crlf == all:
		return "\r\n"
	}
	return mixedEnds
}

// lastLine tells whether the last line ends as the others do.
func lastLine(text []byte) string {
	switch {
	case len(text) == 0:
		return neither
	case bytes.HasSuffix(text, []byte("\n")):
		return endedLine
	}
	return openLine
}

// toLF is a text of one kind of ends, with "\n".
func toLF(text []byte) string {
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// sameLines compares texts but for the kind of their line ends.
func sameLines(a, b []byte) bool {
	return lineEnd(a) != mixedEnds && lineEnd(b) != mixedEnds && !isBinary(a) && toLF(a) == toLF(b)
}

// isBinary tells bytes that are no text, by what git goes by.
func isBinary(data []byte) bool {
	return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0
}

// merger writes a merge.
type merger struct {
	merged
	line int    // of data, counted from 1
	end  string // of markers
}

func mergeLines(base, mine, theirs string, hasBase, crlf bool) merged {
	m := merger{line: 1, end: "\n"}
	if crlf {
		m.end = "\r\n"
	}
	if hasBase {
		m.threeWay(splitLines(base), splitLines(mine), splitLines(theirs))
	} else {
		m.twoWay(splitLines(mine), splitLines(theirs))
	}
	return m.merged
}

// threeWay goes through the changes of both sides in the order of the base.
func (m *merger) threeWay(base, mine, theirs []string) {
	ours, yours := diffLines(base, mine), diffLines(base, theirs)
	at := 0                  // in the base, up to which all is written
	inMine, inTheirs := 0, 0 // the line of either side that base line at is
	for len(ours) > 0 || len(yours) > 0 {
		// A region is changes that overlap or touch: all in it is replaced by what one side has, or is a conflict.
		start := regionStart(ours, yours)
		end, n, k := start, 0, 0
		for grown := true; grown; {
			grown = false
			for n < len(ours) && ours[n].a <= end {
				end, n, grown = max(end, ours[n].aEnd), n+1, true
			}
			for k < len(yours) && yours[k].a <= end {
				end, k, grown = max(end, yours[k].aEnd), k+1, true
			}
		}
		m.write(base[at:start])
		inMine, inTheirs = inMine+start-at, inTheirs+start-at
		mineEnd, theirsEnd := inMine+end-start+growth(ours[:n]), inTheirs+end-start+growth(yours[:k])
		x, y := mine[inMine:mineEnd], theirs[inTheirs:theirsEnd]
		switch {
		case k == 0:
			m.write(x)
		case n == 0:
			m.write(y)
		default:
			m.conflict(base[start:end], x, y)
		}
		at, inMine, inTheirs = end, mineEnd, theirsEnd
		ours, yours = ours[n:], yours[k:]
	}
	m.write(base[at:])
}

// regionStart is the first line of the base that either side changed; there is one.
func regionStart(ours, yours []hunk) int {
	if len(yours) == 0 || len(ours) > 0 && ours[0].a < yours[0].a {
		return ours[0].a
	}
	return yours[0].a
}

// growth is the number of lines that hunks add, less those that they take away.
func growth(hunks []hunk) int {
	n := 0
	for _, h := range hunks {
		n += h.bEnd - h.b - (h.aEnd - h.a)
	}
	return n
}

// twoWay takes what both sides have, and makes a conflict of all else.
func (m *merger) twoWay(mine, theirs []string) {
	at := 0
	for _, h := range diffLines(mine, theirs) {
		m.write(mine[at:h.a])
		m.conflict(nil, mine[h.a:h.aEnd], theirs[h.b:h.bEnd])
		at = h.aEnd
	}
	m.write(mine[at:])
}

func (m *merger) write(lines []string) {
	for _, line := range lines {
		m.data = append(m.data, line...)
	}
	m.line += len(lines)
}

// conflict writes both sides with markers, or once what they have in common.
func (m *merger) conflict(base, mine, theirs []string) {
	head := 0
	for head < min(len(mine), len(theirs)) && mine[head] == theirs[head] {
		head++
	}
	m.write(mine[:head])
	mine, theirs = mine[head:], theirs[head:]
	tail := 0
	for tail < min(len(mine), len(theirs)) && mine[len(mine)-1-tail] == theirs[len(theirs)-1-tail] {
		tail++
	}
	if len(mine) > tail || len(theirs) > tail {
		m.conflicts = append(m.conflicts, m.line)
		m.disputed += len(mine) + len(base) + len(theirs) - 2*tail
		m.mark(markMine, mine[:len(mine)-tail])
		m.mark(markBase, base)
		m.mark(markMiddle, theirs[:len(theirs)-tail])
		m.mark(markTheirs, nil)
	}
	m.write(mine[len(mine)-tail:])
}

// mark writes a marker and the lines below it, the last of which may lack its end.
func (m *merger) mark(marker string, lines []string) {
	m.write([]string{marker + m.end})
	m.write(lines)
	if n := len(lines); n > 0 && !strings.HasSuffix(lines[n-1], "\n") {
		m.data = append(m.data, m.end...)
	}
}
