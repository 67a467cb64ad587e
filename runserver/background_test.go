package runserver

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrongFastBuild: a fast build that differs from the go command's ends them all, unless the files have changed: the
// go command may have read a save that nobody has noticed yet, or a template that needs no build.
func TestWrongFastBuild(t *testing.T) {
	files := map[string]string{
		"site/site.go":              "package site\n\nimport \"embed\"\n\n//go:embed templates\nvar templates embed.FS\n",
		"site/templates/index.html": "<p>",
	}
	for saved, want := range map[string]bool{"": true, "site/site_test.go": true, "site/new.go": false, "site/templates/index.html": false} {
		tr := newTree(t, files)
		s := &server{
			tracker: tr.tracker, barrier: newBarrier(nil), supervisor: &supervisor{},
			console: newConsole(Options{Stdout: io.Discard, Stderr: io.Discard}, project{}),
		}
		tr.tracker.want = s.barrier.want
		tr.tracker.check()
		o := &outcome{print: tr.tracker.print}
		if saved != "" {
			tr.write(saved, "package site\n")
		}
		s.took(background{outcome: o, wrong: true})
		if s.supervisor.slow != want {
			t.Errorf("after a save of %q there are no more fast builds: %t, want %t", saved, s.supervisor.slow, want)
		}
	}
}

func TestSameContent(t *testing.T) {
	write := func(text string) string {
		name := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return name
	}
	piece := strings.Repeat("x", 64<<10)
	for _, pair := range [][2]string{{"", ""}, {"", "a"}, {"a", "a"}, {"a", "b"}, {"a", "ab"}, {piece, piece}, {piece, piece + "a"}, {piece + "a", piece + "b"}} {
		got, err := sameContent(write(pair[0]), write(pair[1]))
		if want := pair[0] == pair[1]; err != nil || got != want {
			t.Errorf("%d and %d bytes: %t (%v), want %t", len(pair[0]), len(pair[1]), got, err, want)
		}
	}
	if _, err := sameContent(write("a"), t.TempDir()); err == nil {
		t.Error("a directory was compared")
	}
}
