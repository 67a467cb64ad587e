package runserver

import (
	"maps"
	"os"
	"runtime"
	"slices"
	"testing"
)

// TestRootAway: the module's directory goes away and comes back, is replaced by another one with the same files, and is
// renamed and back before anybody looks. It is watched again each time, with all below it, and all is made anew.
func TestRootAway(t *testing.T) {
	tr := newTree(t, map[string]string{"a/a.go": "package a\n"})
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	aside, other := tr.root+"-aside", tr.root+"-other"
	t.Cleanup(func() { _ = os.RemoveAll(aside) })
	rewatched := func(want ...string) {
		t.Helper()
		if got := slices.Sorted(maps.Keys(tr.watched)); !slices.Equal(got, want) {
			t.Errorf("watched anew are %q, want %q", got, want)
		}
		clear(tr.watched)
	}
	before := tr.wanted
	clear(tr.watched)
	move(tr.root, aside)
	tr.want(tr.look("."), "a/a.go", "go.mod")
	move(aside, tr.root)
	tr.want(tr.check(), "a/a.go", "go.mod")
	rewatched(".", "a")
	if tr.wanted == before {
		t.Error("what ran in the directory that went would answer")
	}
	if err := os.CopyFS(other, os.DirFS(tr.root)); err != nil {
		t.Fatal(err)
	}
	move(tr.root, aside)
	move(other, tr.root)
	tr.look(".")
	if runtime.GOOS == "linux" {
		rewatched(".", "a")
	}
	clear(tr.watched)
	move(tr.root, other)
	move(other, tr.root)
	tr.want(tr.look("."))
	rewatched(".")
	tr.write("a/a.go", "package a // edited\n")
	tr.want(tr.check(), "a/a.go")
}
