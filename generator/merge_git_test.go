// Our merge beside git's, on texts that a random number generator has edited.
package generator

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// triple is a base and what two people made of it.
type triple struct{ base, mine, theirs []byte }

// TestMergeBesideGit merges 1,000 triples here and with git merge-file --zdiff3, and compares the table with
// that of docs/update.md. A merge is as good as git's if it has the same bytes, better if it has fewer lines in
// conflict.
func TestMergeBesideGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git here")
	}
	random := rand.New(rand.NewPCG(4, 1000))
	dir := t.TempDir()
	table := "texts                                 triples  clean  same bytes  fewer conflicting lines  else\n"
	for _, kind := range []struct {
		name string
		make func(*rand.Rand) triple
	}{
		{"like Go source, 1 to 3 edits a side", func(r *rand.Rand) triple { return editedTriple(r, goLines(r), 3) }},
		{"like Go source, up to 12 edits a side", func(r *rand.Rand) triple { return editedTriple(r, goLines(r), 12) }},
		{"lines of one letter of four", func(r *rand.Rand) triple { return editedTriple(r, letters(r), 6) }},
		{"no newline at the end", func(r *rand.Rand) triple { return cutEnds(r, editedTriple(r, letters(r), 2)) }},
		{"CRLF", func(r *rand.Rand) triple { return withCRLF(editedTriple(r, goLines(r), 6)) }},
	} {
		const n = 200
		clean, same, fewer := 0, 0, 0
		for range n {
			x := kind.make(random)
			want, conflicts := gitMerge(t, dir, x)
			got := mergeText(x.base, x.mine, x.theirs)
			ours, gits := conflictLines(got.data), conflictLines(want)
			switch {
			case bytes.Equal(got.data, want) && conflicts == len(got.conflicts):
				same++
			case ours < gits:
				fewer++
			default:
				t.Errorf("%s: %d lines in conflict, git has %d\nbase %q\nmine %q\ntheirs %q\ngot %q\ngit %q", kind.name, ours, gits, x.base, x.mine, x.theirs, got.data, want)
			}
			if len(got.conflicts) == 0 {
				clean++
			}
		}
		table += fmt.Sprintf("%-37s %7d %6d %11d %24d %5d\n", kind.name, n, clean, same, fewer, n-same-fewer)
	}
	page, err := os.ReadFile("../docs/update.md")
	if err != nil || !strings.Contains(string(page), "```\n"+table+"```\n") {
		t.Errorf("docs/update.md has another table (%v), not\n%s", err, table)
	}
}

// gitMerge is what git makes of a triple, and in how many conflicts.
func gitMerge(t *testing.T, dir string, x triple) ([]byte, int) {
	t.Helper()
	for name, data := range map[string][]byte{"mine": x.mine, "base": x.base, "theirs": x.theirs} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "git", "merge-file", "-p", "--zdiff3", "-L", "yours", "-L", "base", "-L", "template", "mine", "base", "theirs")
	cmd.Dir = dir
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 127) {
		t.Fatalf("git merge-file: %v", err)
	}
	return out, cmd.ProcessState.ExitCode()
}

// conflictLines counts the lines between markers.
func conflictLines(data []byte) int {
	n, inside := 0, false
	for line := range strings.Lines(string(data)) {
		switch strings.TrimRight(line, "\r\n") {
		case markMine:
			inside = true
		case markTheirs:
			inside = false
		case markBase, markMiddle:
		default:
			if inside {
				n++
			}
		}
	}
	return n
}

func editedTriple(random *rand.Rand, base []string, edits int) triple {
	mine := edited(random, base, "mine", 1+random.IntN(edits))
	theirs := edited(random, base, "theirs", 1+random.IntN(edits))
	return triple{[]byte(strings.Join(base, "")), []byte(strings.Join(mine, "")), []byte(strings.Join(theirs, ""))}
}

// goLines is made of functions, in which closing braces, blank lines and error checks come again and again.
func goLines(random *rand.Rand) []string {
	var lines []string
	for i := range 2 + random.IntN(12) {
		lines = append(lines, fmt.Sprintf("func f%d() error {\n", i))
		for range random.IntN(8) {
			call := fmt.Sprintf("\terr := call%d()\n", random.IntN(40))
			lines = append(lines, call, "\tif err != nil {\n", "\t\treturn err\n", "\t}\n")
		}
		lines = append(lines, "\treturn nil\n", "}\n", "\n")
	}
	return lines
}

func letters(random *rand.Rand) []string {
	lines := make([]string, random.IntN(30))
	for i := range lines {
		lines[i] = string(rune('a'+random.IntN(4))) + "\n"
	}
	return lines
}

// edited is text with n edits: lines that are added, taken away, changed, repeated or moved.
func edited(random *rand.Rand, text []string, who string, n int) []string {
	out := slices.Clone(text)
	for i := range n {
		at := random.IntN(len(out) + 1)
		to := min(len(out), at+1+random.IntN(4))
		some := slices.Clone(out[at:to])
		switch random.IntN(5) {
		case 0:
			out = slices.Insert(out, at, fmt.Sprintf("\t%s(%d)\n", who, i), "\n")
		case 1:
			out = slices.Delete(out, at, to)
		case 2:
			for j := range some {
				out[at+j] = strings.ToUpper(some[j])
			}
		case 3:
			out = slices.Insert(out, at, some...)
		case 4:
			out = slices.Delete(out, at, to)
			out = slices.Insert(out, random.IntN(len(out)+1), some...)
		}
	}
	return out
}

// cutEnds takes the last newline off some of a triple.
func cutEnds(random *rand.Rand, x triple) triple {
	for _, text := range []*[]byte{&x.base, &x.mine, &x.theirs} {
		if random.IntN(2) == 0 {
			*text = bytes.TrimSuffix(*text, []byte("\n"))
		}
	}
	return x
}

func withCRLF(x triple) triple {
	for _, text := range []*[]byte{&x.base, &x.mine, &x.theirs} {
		*text = bytes.ReplaceAll(*text, []byte("\n"), []byte("\r\n"))
	}
	return x
}
