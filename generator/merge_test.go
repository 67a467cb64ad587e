package generator

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestMerge(t *testing.T) {
	const conflict = "<<<<<<< yours\n%s||||||| base\n%s=======\n%s>>>>>>> template\n"
	tests := []struct{ name, base, mine, theirs, want string }{
		{"no change", "a\n", "a\n", "a\n", "a\n"},
		{"mine", "a\nb\n", "a\nx\n", "a\nb\n", "a\nx\n"},
		{"theirs", "a\nb\n", "a\nb\n", "a\ny\n", "a\ny\n"},
		{"both the same", "a\nb\n", "a\nx\n", "a\nx\n", "a\nx\n"},
		{"apart", "a\nb\nc\n", "x\nb\nc\n", "a\nb\ny\n", "x\nb\ny\n"},
		{"touching", "a\nb\n", "x\nb\n", "a\ny\n", fmt.Sprintf(conflict, "x\nb\n", "a\nb\n", "a\ny\n")},
		{"overlap", "a\nb\nc\n", "a\nx\nc\n", "a\ny\nc\n", "a\n" + fmt.Sprintf(conflict, "x\n", "b\n", "y\n") + "c\n"},
		{"common ends of a conflict", "a\nb\nc\n", "a\n1\nx\n2\nc\n", "a\n1\ny\n2\nc\n", "a\n1\n" + fmt.Sprintf(conflict, "x\n", "b\n", "y\n") + "2\nc\n"},
		{"changed and deleted", "a\nb\nc\n", "a\nc\n", "a\ny\nc\n", "a\n" + fmt.Sprintf(conflict, "", "b\n", "y\n") + "c\n"},
		{"both delete", "a\nb\nc\n", "a\nc\n", "a\nc\n", "a\nc\n"},
		{"both append", "a\n", "a\nx\n", "a\ny\n", "a\n" + fmt.Sprintf(conflict, "x\n", "", "y\n")},
		{"newline at the end, added by me", "a\nb", "a\nb\n", "a\ny", "a\ny\n"},
		{"newline at the end, taken away by the template", "a\nb\n", "a\nx\n", "a\nb", "a\nx"},
		{"newline at the end, kept away", "a\nb\nc", "x\nb\nc", "a\nb\nc", "x\nb\nc"},
		{"no newline in a conflict", "a", "x", "y", fmt.Sprintf(conflict, "x\n", "a\n", "y\n")},
		{"CRLF here, LF there", "a\nb\nc\n", "x\r\nb\r\nc\r\n", "a\nb\ny\n", "x\r\nb\r\ny\r\n"},
		{"CRLF in a conflict", "a\r\n", "x\r\n", "y\r\n", strings.ReplaceAll(fmt.Sprintf(conflict, "x\n", "a\n", "y\n"), "\n", "\r\n")},
		{"the template turns to CRLF", "a\nb\nc\n", "x\nb\nc\n", "a\r\nb\r\nc\r\n", "x\r\nb\r\nc\r\n"},
		{"mixed ends are part of lines", "a\nb\r\nc\n", "x\nb\r\nc\n", "a\nb\r\ny\n", "x\nb\r\ny\n"},
		{"all taken away, all kept", "a\n", "", "a\n", ""},
	}
	for _, test := range tests {
		got := mergeText([]byte(test.base), []byte(test.mine), []byte(test.theirs))
		if string(got.data) != test.want {
			t.Errorf("%s:\n%q, want\n%q", test.name, got.data, test.want)
		}
	}
}

// Without a base no change is known, only what differs: all of that is for the user to decide.
func TestMergeWithoutBase(t *testing.T) {
	got := mergeText(nil, []byte("a\nx\nb\nc\n"), []byte("a\nb\ny\nc\n"))
	want := "a\n<<<<<<< yours\nx\n||||||| base\n=======\n>>>>>>> template\nb\n<<<<<<< yours\n||||||| base\n=======\ny\n>>>>>>> template\nc\n"
	if string(got.data) != want || !slices.Equal(got.conflicts, []int{2, 8}) {
		t.Errorf("conflicts in %v:\n%s", got.conflicts, got.data)
	}
	if got := mergeText(nil, []byte("a\n"), []byte("a\n")); string(got.data) != "a\n" || got.conflicts != nil {
		t.Errorf("the same text twice is %q", got.data)
	}
}

func TestIsBinary(t *testing.T) {
	for text, want := range map[string]bool{"": false, "a\x00": true, "caf\xe9\n": false, strings.Repeat("a", 8000) + "\x00": false} {
		if isBinary([]byte(text)) != want {
			t.Errorf("isBinary(%.10q) = %v", text, !want)
		}
	}
}

// checkMerge is what holds for any merge.
func checkMerge(t *testing.T, base, mine, theirs []byte) {
	t.Helper()
	if got := mergeText(base, mine, base); !bytes.Equal(got.data, mine) {
		t.Errorf("the template has not changed: %q, want %q", got.data, mine)
	}
	if got := mergeText(base, base, theirs); !bytes.Equal(got.data, theirs) {
		t.Errorf("the user has not changed: %q, want %q", got.data, theirs)
	}
	if got := mergeText(base, mine, mine); !bytes.Equal(got.data, mine) {
		t.Errorf("both have changed alike: %q, want %q", got.data, mine)
	}
	got, swapped := mergeText(base, mine, theirs), mergeText(base, theirs, mine)
	if len(got.conflicts) != len(swapped.conflicts) {
		t.Errorf("%d conflicts, but %d from the other side", len(got.conflicts), len(swapped.conflicts))
	}
	if again := mergeText(base, mine, theirs); !bytes.Equal(got.data, again.data) {
		t.Error("twice the same merge, two outcomes")
	}
	lines := splitLines(string(got.data))
	for _, n := range got.conflicts {
		if !strings.HasPrefix(lines[n-1], markMine) {
			t.Errorf("line %d is %q, not the first of a conflict", n, lines[n-1])
		}
	}
	for _, text := range [][]byte{mine, theirs} { // nothing that either side has added is lost
		for _, line := range splitLines(string(text)) {
			if line = strings.TrimRight(line, "\r\n"); !bytes.Contains(base, []byte(line)) && !bytes.Contains(got.data, []byte(line)) {
				t.Errorf("%q is lost: %q", line, got.data)
			}
		}
	}
}

func TestMergeProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for range 2000 {
		x := cutEnds(random, editedTriple(random, letters(random), 8))
		checkMerge(t, x.base, x.mine, x.theirs)
	}
	for range 200 {
		x := editedTriple(random, goLines(random), 12)
		checkMerge(t, x.base, x.mine, x.theirs)
		checkMerge(t, x.base, withCRLF(x).mine, x.theirs)
	}
}

func FuzzMerge(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nx\nc\n", "a\ny\nc")
	f.Add("", "a\r\n", "b\n")
	f.Add("<<<<<<< yours\n", "=======\n", ">>>>>>> template\n")
	f.Fuzz(func(t *testing.T, base, mine, theirs string) {
		checkMerge(t, []byte(base), []byte(mine), []byte(theirs))
	})
}

func FuzzDiff(f *testing.F) {
	f.Add("a\nb\na\nb\n", "b\na\n")
	f.Fuzz(func(t *testing.T, a, b string) { checkDiff(t, splitLines(a), splitLines(b)) })
}

// checkDiff applies a diff and sees whether it gives the other text.
func checkDiff(t *testing.T, a, b []string) {
	t.Helper()
	var out []string
	at := 0
	for _, h := range diffLines(a, b) {
		if h.a < at || h.a == at && at > 0 && len(out) != h.b || h.a == h.aEnd && h.b == h.bEnd {
			t.Fatalf("hunk %v after line %d", h, at)
		}
		out = append(append(out, a[at:h.a]...), b[h.b:h.bEnd]...)
		at = h.aEnd
	}
	if out = append(out, a[at:]...); !slices.Equal(out, b) {
		t.Errorf("%q to %q gives %q", a, b, out)
	}
}

// TestDiffOfStrangers has 10,000 lines of which each is on both sides, in no order: the search would go on for
// hundreds of millions of steps if it were not cut short.
func TestDiffOfStrangers(t *testing.T) {
	a := make([]string, 10_000)
	for i := range a {
		a[i] = fmt.Sprintf("line %d\n", i)
	}
	b := slices.Clone(a)
	rand.New(rand.NewPCG(3, 3)).Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
	checkDiff(t, a, b)
}

func BenchmarkMerge(b *testing.B) {
	random := rand.New(rand.NewPCG(5, 5))
	lines := make([]string, 10_000)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %d\n", random.IntN(2000))
	}
	x := editedTriple(random, lines, 400)
	for b.Loop() {
		mergeText(x.base, x.mine, x.theirs)
	}
}
