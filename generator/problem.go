// What is wrong in a file that somebody wrote: where, what, and the line itself.
package generator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// problem is one fault of a template, or of a file of answers.
type problem struct {
	file   string // as its author would open it
	line   int    // 0 when the fault is in no line
	col    int    // in bytes, from 1, as Go's tools count
	text   string
	source string // the line; "" when there is nothing to show
}

// locate sets the place from an offset in the file's content.
func (p *problem) locate(content string, offset int) {
	line, col := position(content, offset)
	p.place(content, line, col)
}

// place sets the place, and the line that is shown.
func (p *problem) place(content string, line, col int) {
	p.source = lineOf(content, line)
	p.line, p.col = line, min(col, len(p.source)+1) // the end of a line may have two bytes
}

// String is the problem as Go's tools write one, and below it the line with a caret under the column.
func (p problem) String() string {
	where := p.file
	if p.line > 0 {
		where = fmt.Sprintf("%s:%d:%d", p.file, p.line, p.col)
	}
	text := strings.ReplaceAll(harmless(where+": "+p.text), "\n", " ")
	if strings.TrimSpace(p.source) != "" {
		text += "\n" + p.excerpt()
	}
	return text
}

// excerpt is the part of the line that is around the column, and a caret. Tabs stay, in both, so that
// they are as wide above as below; what would move a terminal's cursor is shown as U+FFFD.
func (p problem) excerpt() string {
	const before, after = 60, 60
	at := min(max(p.col-1, 0), len(p.source))
	left, right := []rune(p.source[:at]), []rune(p.source[at:])
	prefix, suffix := "", ""
	if len(left) > before {
		prefix, left = "...", left[len(left)-before:]
	}
	if len(right) > after {
		suffix, right = "...", right[:after]
	}
	shown := harmless(prefix + string(left))
	blank := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, shown)
	return "    " + shown + harmless(string(right)+suffix) + "\n    " + blank + "^"
}

// harmless is text without the characters that a terminal obeys, but for tabs and ends of lines.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return utf8.RuneError
		}
		return r
	}, text)
}

// problems are all faults of a template: an author mends them in one go, not one a run.
type problems []problem

func (ps problems) Error() string { return ps.list("the template has") }

// list is all of them, under a heading when there are several.
func (ps problems) list(heading string) string {
	if len(ps) == 1 {
		return ps[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d problems:", heading, len(ps))
	for _, p := range ps {
		b.WriteString("\n  " + strings.ReplaceAll(p.String(), "\n", "\n  "))
	}
	return b.String()
}

// err is nil when there are no problems.
func (ps problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b problem) int {
		return cmp.Or(strings.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.col, b.col))
	})
	return ps
}

// position is the line and column of an offset, both from 1.
func position(text string, offset int) (line, col int) {
	before := text[:min(offset, len(text))]
	return 1 + strings.Count(before, "\n"), len(before) - strings.LastIndex(before, "\n")
}

// lineOf is a line of a text, without its end.
func lineOf(text string, line int) string {
	for i := 1; i < line; i++ {
		_, text, _ = strings.Cut(text, "\n")
	}
	text, _, _ = strings.Cut(text, "\n")
	return strings.TrimSuffix(text, "\r")
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}
