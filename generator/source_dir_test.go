package generator

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDirectory reads a directory once: its revision is the same until a file of the template changes.
func TestDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		err := os.MkdirAll(filepath.Dir(name), 0o777)
		if err == nil {
			err = os.WriteFile(name, []byte(text), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	revision := func() string {
		t.Helper()
		src, err := open(t, "./template", Options{}.sourceOptions(kindProject))
		if err != nil {
			t.Fatal(err)
		}
		return src.revision
	}
	write("template/a.txt", "a")
	write("template/web/b.txt", "b")
	first := revision()
	write("template/.git/config", "changes all the time")
	write("template/node_modules/x", "large")
	if second := revision(); second != first || !strings.HasPrefix(first, "h1:") {
		t.Errorf("revisions %s and %s", first, second)
	}
	write("template/web/b.txt", "c")
	if revision() == first {
		t.Error("a file changed, and the revision did not")
	}
	src, err := open(t, "template", sourceOptions{})
	write("template/a.txt", "changed after it was read")
	wantFile(t, src, err, "a.txt", "a")
	src, err = open(t, "template//web", sourceOptions{})
	wantFile(t, src, err, "b.txt", "c")
}

// TestRecordedName is how a manifest names a template, so that an update finds it from the project.
func TestRecordedName(t *testing.T) {
	r := newRepository(t)
	ownCache(t)
	t.Chdir(r.root)
	if err := os.WriteFile("web.zip", zipped(t, packed{name: "top/web/a.txt.tmpl"}, packed{name: "top/a.txt.tmpl"}), 0o666); err != nil {
		t.Fatal(err)
	}
	slashed := filepath.ToSlash(r.root)
	for _, test := range []struct{ name, dest, want string }{
		{"work", "mysite", "../work"},
		{"./work/", "a/b/mysite", "../../../work"},
		{slashed + "/work", "mysite", slashed + "/work"},
		{"file://" + slashed + "/work", "mysite", slashed + "/work"},
		{"work//web", "mysite", "../work/web"},
		{"web.zip", "mysite", "../web.zip"},
		{"web.zip//web", "mysite", "../web.zip//web"},
		{"web.zip", ".", "./web.zip"},
		{"template.git?ref=v1.0", "mysite", "../template.git?ref=v1.0"},
		{"template.git//web", "mysite", "git+file://../template.git//web"},
		{"git+file://work", "mysite", "git+file://../work"},
	} {
		src, err := open(t, test.name, sourceOptions{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		dest := filepath.Join(r.root, test.dest)
		recorded := src.recorded(dest)
		if recorded != test.want {
			t.Errorf("%s is recorded in %s as %s, want %s", test.name, test.dest, recorded, test.want)
		}
		again, err := open(t, recorded, sourceOptions{relativeTo: dest, revision: src.revision})
		if err != nil || again.revision != src.revision || again.recorded(dest) != recorded {
			t.Errorf("%s opens %+v, %v", recorded, again, err)
		}
	}
}

// TestBuiltinNames: a word means the same wherever it is typed.
func TestBuiltinNames(t *testing.T) {
	files := builtin("go.mod.tmpl", "")
	files["app/a.txt"], files["addons/ci/b.txt"], files["addons/editor/.editorconfig"] = files["project/go.mod.tmpl"], files["project/go.mod.tmpl"], files["project/go.mod.tmpl"]
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("ci/addons", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ kind, name, file string }{
		{kindProject, "", "go.mod.tmpl"}, {kindProject, "project", "go.mod.tmpl"}, {kindApp, "", "a.txt"}, {kindApp, "app", "a.txt"},
		{kindAddon, "ci", "b.txt"}, {kindAddon, "editor", ".editorconfig"},
	} {
		src, err := openSource(t.Context(), test.name, sourceOptions{kind: test.kind, builtin: files})
		if err == nil {
			_, err = fs.Stat(src.files, test.file)
		}
		if err != nil || !strings.HasPrefix(src.revision, "h1:") || src.recorded("/srv") != src.name {
			t.Errorf("%s %q: %v", test.kind, test.name, err)
		}
	}
	for _, test := range []struct{ kind, name string }{{kindProject, "app"}, {kindApp, "project"}, {kindAddon, "project"}, {kindAddon, ""}, {kindAddon, "../app"}, {kindAddon, "."}} {
		if src, err := openSource(t.Context(), test.name, sourceOptions{kind: test.kind, builtin: files}); err == nil && (src.dir == "" || test.name == "") {
			t.Errorf("%s %q is %+v", test.kind, test.name, src)
		}
	}
	if got, want := (sourceOptions{kind: kindAddon, builtin: files}).builtinNames(), []string{"ci", "editor"}; !slices.Equal(got, want) {
		t.Errorf("add-ons %v, want %v", got, want)
	}
}

// touched is a directory whose file a.txt grows at its first read.
type touched struct{ fs.FS }

func (d touched) Open(name string) (fs.File, error) {
	f, err := d.FS.Open(name)
	return &growing{File: f}, err
}

type growing struct {
	fs.File
	grown bool
}

func (f *growing) Read(p []byte) (int, error) {
	if !f.grown {
		f.grown = true
		if err := os.WriteFile("a.txt", []byte("longer than it was"), 0o666); err != nil {
			return 0, err
		}
	}
	return f.File.Read(p)
}

// TestFileChangesWhileRead refuses a mixture of two versions of a file.
func TestFileChangesWhileRead(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("a.txt", []byte("short"), 0o666); err != nil {
		t.Fatal(err)
	}
	err := newTree("template", maxBytes).addFile(touched{os.DirFS(".")}, "a.txt")
	if err == nil || err.Error() != "a.txt was changed while it was read" {
		t.Errorf("error %v", err)
	}
	err = newTree("template", 10).addFile(os.DirFS("."), "a.txt") // larger than there is room
	if err == nil || !strings.Contains(err.Error(), "holds more than a template may") {
		t.Errorf("error %v", err)
	}
	_, err = open(t, "nosuch/file", sourceOptions{})
	if errors.Is(err, fs.ErrNotExist) || err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("error %v", err)
	}
}
