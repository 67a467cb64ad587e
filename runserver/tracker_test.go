package runserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The names of these tests are those of Django's tests of its autoreloader
// (tests/utils_tests/test_autoreload.py), where they mean something here.

// tree is a module on disk and its tracker.
type tree struct {
	*testing.T
	root    string
	tracker *tracker
	watched map[string]bool
	wanted  fingerprint
	told    int // how often something new was wanted
}

func newTree(t *testing.T, files map[string]string) *tree {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	tr := &tree{T: t, root: dir, watched: map[string]bool{}}
	tr.write("go.mod", "module tree\n")
	for name, text := range files {
		tr.write(name, text)
	}
	tr.tracker = &tracker{
		envFile: filepath.Join(dir, ".env"),
		disk:    filepath.Join(dir, "site"),
		added:   func(dir string) { tr.watched[tr.rel(dir)] = true },
		want: func(print fingerprint) {
			if print != tr.wanted {
				tr.told++
			}
			tr.wanted = print
		},
	}
	tr.tracker.scan([]root{{path: dir, module: "tree"}})
	tr.told = 0
	tr.tracker.takeChanged()
	return tr
}

func (t *tree) rel(name string) string {
	rel, err := filepath.Rel(t.root, name)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(rel)
}

func (t *tree) path(name string) string { return filepath.Join(t.root, filepath.FromSlash(name)) }

func (t *tree) write(name, text string) { writeTestFile(t.T, t.path(name), text) }

// look makes the tracker look, by events for the names and then at everything,
// and returns what it says has changed.
func (t *tree) look(events ...string) []string {
	t.Helper()
	var names []string
	for _, name := range events {
		names = append(names, t.path(name))
	}
	t.tracker.update(names)
	return t.changed()
}

// check makes the tracker look without events.
func (t *tree) check() []string {
	t.Helper()
	t.tracker.checked = time.Time{}
	t.tracker.check()
	return t.changed()
}

func (t *tree) changed() []string {
	var changed []string
	for _, name := range t.tracker.takeChanged() {
		changed = append(changed, t.rel(name))
	}
	return changed
}

func (t *tree) want(got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("changed are %q, want %q", got, want)
	}
}

// TestTracksFiles is AR01 (file_added), AR10 and AR12: which files count, each
// change once, with events and without.
func TestTracksFiles(t *testing.T) {
	tr := newTree(t, map[string]string{"site/site.go": "package site\n", "site/note.txt": "x", "site/site_test.go": "x"})
	for _, test := range []struct {
		file  string
		count bool
	}{
		{"site/new.go", true}, {"other/deep/er/new.go", true}, {"site/asm.s", true}, {"site/c.h", true}, {"go.sum", true},
		{"site/new_test.go", false}, {"site/.hidden.go", false}, {"site/_ignored.go", false}, {"site/data.json", false},
		{".git/x.go", false}, {"node_modules/a/b.go", false}, {"site/node_modules/b.go", false}, {"site/.swp", false},
		{"nested/go.mod", false}, {".env", true},
	} {
		var want []string
		if test.count {
			want = []string{test.file}
		}
		tr.write(test.file, "package p // "+test.file+"\n")
		top, _, _ := strings.Cut(test.file, "/")
		tr.want(tr.look(top, test.file), want...)
		tr.want(tr.look(top, test.file)) // tick_does_not_trigger_twice
		tr.want(tr.check())
		tr.write(test.file, "package p // "+test.file+" edited\n")
		tr.want(tr.check(), want...)
		if err := os.Remove(tr.path(test.file)); err != nil {
			t.Fatal(err)
		}
		tr.want(tr.check(), want...)
	}
}

// TestComparesContent: what Django's mtime comparison gets wrong, both ways.
func TestComparesContent(t *testing.T) {
	tr := newTree(t, map[string]string{"a.go": "package a\n"})
	before := tr.wanted
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(tr.path("a.go"), later, later); err != nil {
		t.Fatal(err)
	}
	tr.want(tr.check()) // a touch
	tr.write("a.go", "package a\n")
	tr.want(tr.look("a.go")) // an identical save
	if tr.told != 0 {
		t.Errorf("%d changes were told of, want none", tr.told)
	}
	tr.write("a.go", "package b\n")
	old := time.Now().Add(-24 * time.Hour) // git checkout, cp -p: an older time
	if err := os.Chtimes(tr.path("a.go"), old, old); err != nil {
		t.Fatal(err)
	}
	tr.want(tr.check(), "a.go")
	tr.write("a.go", "package a\n")
	tr.want(tr.look("a.go"), "a.go")
	if tr.wanted != before {
		t.Error("a change that is taken back leaves another fingerprint")
	}
}

// TestSameSizeSameTick: two saves within one tick of the file system's clock.
func TestSameSizeSameTick(t *testing.T) {
	tr := newTree(t, map[string]string{"a.go": "package a // 0\n"})
	info, err := os.Stat(tr.path("a.go"))
	if err != nil {
		t.Fatal(err)
	}
	tr.write("a.go", "package a // 1\n")
	if err := os.Chtimes(tr.path("a.go"), info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	tr.want(tr.check(), "a.go")
}

// TestDirectories is AR05: directories are watched, new ones and renamed ones
// too, and what no build reads is not.
func TestDirectories(t *testing.T) {
	tr := newTree(t, map[string]string{"a/a.go": "package a\n", "a/b/b.go": "package b\n", ".git/config": "", "node_modules/x/x.go": "package x\n"})
	for dir, want := range map[string]bool{".": true, "a": true, "a/b": true, ".git": false, "node_modules": false} {
		if tr.watched[dir] != want {
			t.Errorf("watched[%q] = %t, want %t", dir, tr.watched[dir], want)
		}
	}
	if err := os.Rename(tr.path("a"), tr.path("z")); err != nil {
		t.Fatal(err)
	}
	tr.want(tr.look("a", "z"), "a/a.go", "a/b/b.go", "z/a.go", "z/b/b.go")
	tr.write("z/b/b.go", "package b // edited\n")
	tr.want(tr.look("z/b/b.go"), "z/b/b.go")
	if err := os.RemoveAll(tr.path("z")); err != nil {
		t.Fatal(err)
	}
	tr.want(tr.check(), "z/a.go", "z/b/b.go")
}

// TestVitalDirectories: a request looks at the directories where a new file counts, not at thousands of others, and
// sees a new package all the same, be its files or its import saved first.
func TestVitalDirectories(t *testing.T) {
	tr := newTree(t, map[string]string{"a/a.go": "package a\n", "b/b.go": "package b\n"})
	for i := range 100 {
		tr.write(fmt.Sprintf("data/%d/x.json", i), "{}")
	}
	tr.look("data")
	tr.check()
	if want := 3; len(tr.tracker.vital) != want {
		t.Errorf("each request looks at %d directories, want %d: %q", len(tr.tracker.vital), want, tr.tracker.vital)
	}
	tr.write("data/1/one.go", "package one\n")
	tr.want(tr.check())
	tr.write("a/a.go", `package a; import _ "tree/data/1"`)
	tr.want(tr.check(), "a/a.go", "data/1/one.go")
	tr.write("data/1/two.go", "package one\n")
	tr.want(tr.check(), "data/1/two.go")
	tr.write("b/b.go", `package b; import _ "tree/data/new/deep"`)
	tr.want(tr.check(), "b/b.go")
	tr.write("data/new/deep/deep.go", "package deep\n")
	tr.want(tr.check(), "data/new/deep/deep.go")
}

// TestGitignore: what git ignores does not count, unless the build reads it.
func TestGitignore(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	tr := newTree(t, nil)
	if out, err := exec.Command("git", "-C", tr.root, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("git init: %s", out)
	}
	tr.write(".gitignore", "/out/\n/gen/\n/assets/\n!kept/\n")
	tr.write("out/x.go", "package out\n")
	tr.write("kept/x.go", "package kept\n")
	tr.want(tr.look("out", "kept"), "kept/x.go")
	tr.write("gen/db/db.go", "package db\n")
	tr.want(tr.look("gen"))
	tr.write("main.go", "package main\n\nimport _ \"tree/gen/db\"\n")
	tr.want(tr.look("main.go"), "gen/db/db.go", "main.go")
	tr.write("assets/app.js", "1")
	tr.want(tr.look("assets"))
	tr.write("embed.go", "package main\n\n//go:embed assets\nvar assets embed.FS\n")
	tr.want(tr.look("embed.go"), "assets/app.js", "embed.go")
	tr.write("assets/new.js", "1")
	tr.want(tr.look("assets/new.js"), "assets/new.js")
}

// TestEmbeddedClass: what the project package embeds is read from disk in development; what another package embeds is
// not, be it the same file.
func TestEmbeddedClass(t *testing.T) {
	tr := newTree(t, map[string]string{
		"site/site.go":              "package site\n\n//go:embed templates static words\nvar files embed.FS\n",
		"site/templates/index.html": "", "site/templates/shared.html": "", "site/static/a/b.css": "", "site/words/one.txt": "",
		"polls/polls.go":             "package polls\n\n//go:embed templates\nvar files embed.FS\n",
		"polls/templates/index.html": "",
		"tree.go":                    "package tree\n\n//go:embed site/templates/shared.html\nvar shared string\n",
	})
	for name, want := range map[string]class{
		"site/templates/index.html": asset, "site/static/a/b.css": asset, "site/words/one.txt": source,
		"polls/templates/index.html": source, "site/templates/shared.html": source, "site/templates/_none.html": untracked,
	} {
		for range 10 { // a map's order is random
			if got := tr.tracker.classify(tr.path(name)); got != want {
				t.Fatalf("%s is of class %d, want %d", name, got, want)
			}
		}
	}
}

func TestMatchesEmbed(t *testing.T) {
	for _, test := range []struct {
		patterns, rel string
		want          bool
	}{
		{"static", "static/a/b.css", true}, {"static", "static/.hidden", false}, {"static", "static/_x/y", false},
		{"all:static", "static/.hidden/x", true}, {"static/*", "static/.hidden", true}, {"*.txt", "a.txt", true},
		{"*.txt", "d/a.txt", false}, {"d/*.txt", "d/a.txt", true}, {"static", "statics/a", false}, {"[", "a", false},
	} {
		if got := matchesEmbed(strings.Fields(test.patterns), test.rel); got != test.want {
			t.Errorf("matchesEmbed(%q, %q) = %t, want %t", test.patterns, test.rel, got, test.want)
		}
	}
}

func TestScanGo(t *testing.T) {
	text := "package a\n\nimport \"C\"\nimport x \"tree/gen/x\"\n\n" +
		"//go:embed a.txt \"with space\" `raw`\n//go:embed\tall:dir\nvar f embed.FS\n// \"treetop/y\"\n" +
		"var (\n\t//go:embed grouped.txt\n\ts string\n)\n"
	got := scanGo([]byte(text), []root{{path: "/r", module: "tree"}})
	want := goScan{embeds: []string{"a.txt", "with space", "raw", "all:dir", "grouped.txt"}, imports: []string{filepath.FromSlash("/r/gen/x")}, cgo: true}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("scanGo = %v, want %v", got, want)
	}
}

// TestNestedModule: a directory that becomes a module of its own counts no more.
func TestNestedModule(t *testing.T) {
	tr := newTree(t, map[string]string{"nested/nested.go": "package nested\n"})
	tr.write("nested/go.mod", "module nested\n")
	tr.want(tr.look("nested/go.mod"), "nested/nested.go")
	tr.write("nested/nested.go", "package nested // edited\n")
	tr.want(tr.look("nested/nested.go"))
}
