// Differences as `git diff` prints them, so that `git apply` and `patch -p1` take them; of files that
// are no text, they tell no more than that they differ.
package generator

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
)

// version is a file at one time; nil is no file.
type version struct {
	data []byte
	mode fs.FileMode
}

// patch is how a file came from one version to another.
type patch struct {
	path     string // of the later version
	from     string // of the earlier one
	was, now *version
}

const contextLines = 3

// String is the patch; "" when nothing has changed.
func (p patch) String() string {
	if p.path == p.from && p.was != nil && p.now != nil && bytes.Equal(p.was.data, p.now.data) && p.was.git() == p.now.git() {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "diff --git %s %s\n", quotePath("a/"+p.from), quotePath("b/"+p.path))
	old, fresh := quotePath("a/"+p.from), quotePath("b/"+p.path)
	var was, now []byte
	switch {
	case p.was == nil:
		fmt.Fprintf(&b, "new file mode %s\n", p.now.git())
		old, now = "/dev/null", p.now.data
	case p.now == nil:
		fmt.Fprintf(&b, "deleted file mode %s\n", p.was.git())
		fresh, was = "/dev/null", p.was.data
	default:
		was, now = p.was.data, p.now.data
		if p.was.git() != p.now.git() {
			fmt.Fprintf(&b, "old mode %s\nnew mode %s\n", p.was.git(), p.now.git())
		}
		if p.path != p.from {
			fmt.Fprintf(&b, "rename from %s\nrename to %s\n", quotePath(p.from), quotePath(p.path))
		}
	}
	switch {
	case bytes.Equal(was, now):
	case isBinary(was) || isBinary(now):
		fmt.Fprintf(&b, "Binary files %s and %s differ\n", old, fresh)
	default:
		fmt.Fprintf(&b, "--- %s\n+++ %s\n", old, fresh)
		unified(&b, splitLines(string(was)), splitLines(string(now)))
	}
	return b.String()
}

// git is a mode as git has it.
func (v *version) git() string {
	if v.mode&0o100 != 0 {
		return "100755"
	}
	return "100644"
}

// changed counts the lines that a patch adds and takes away.
func (p patch) changed() (added, removed int) {
	var was, now []byte
	if p.was != nil {
		was = p.was.data
	}
	if p.now != nil {
		now = p.now.data
	}
	if isBinary(was) || isBinary(now) {
		return 0, 0
	}
	for _, h := range diffLines(splitLines(string(was)), splitLines(string(now))) {
		added, removed = added+h.bEnd-h.b, removed+h.aEnd-h.a
	}
	return added, removed
}

// unified writes the hunks of two texts that differ, each with the lines around it.
func unified(b *strings.Builder, was, now []string) {
	hunks := diffLines(was, now)
	for len(hunks) > 0 {
		n := 1
		for n < len(hunks) && hunks[n].a-hunks[n-1].aEnd <= 2*contextLines {
			n++
		}
		first, last := hunks[0], hunks[n-1]
		before := min(contextLines, first.a)
		after := min(contextLines, len(was)-last.aEnd)
		fmt.Fprintf(b, "@@ -%s +%s @@\n", lineRange(first.a-before, last.aEnd+after), lineRange(first.b-before, last.bEnd+after))
		at := first.a - before
		for _, h := range hunks[:n] {
			writeLines(b, " ", was[at:h.a])
			writeLines(b, "-", was[h.a:h.aEnd])
			writeLines(b, "+", now[h.b:h.bEnd])
			at = h.aEnd
		}
		writeLines(b, " ", was[at:last.aEnd+after])
		hunks = hunks[n:]
	}
}

// lineRange is lines [start, end), counted from 0, as a hunk names them.
func lineRange(start, end int) string {
	switch end - start {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, end-start)
}

func writeLines(b *strings.Builder, sign string, lines []string) {
	for _, line := range lines {
		b.WriteString(sign + line)
		if !strings.HasSuffix(line, "\n") {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// quotePath quotes a path in which a program that reads a patch would lose its way.
func quotePath(name string) string {
	if strings.ContainsAny(name, "\"\\\n\t") {
		return fmt.Sprintf("%q", name)
	}
	return name
}
