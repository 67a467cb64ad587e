package generator

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestUpdateDirectories: what the user has where a directory of the template's was stays, whatever becomes of that
// directory, and is there again after an abort.
func TestUpdateDirectories(t *testing.T) {
	for _, test := range []struct {
		name      string
		then, now []string
		change    func(t *testing.T, dir string)
		conflicts int
	}{
		{"a file where the template's directory was, which goes", []string{"a", "1", "docs/x.md", "x"}, []string{"a", "2"}, replaced("docs", "notes"), 0},
		{"a directory that was deleted", []string{"static/a.css", lines}, []string{"static/css/a.css", lines, "b", "b"}, replaced("static", ""), 0},
		{"a file where a new directory would be", []string{"a", "1"}, []string{"a", "2", "docs/img/x", "x"}, replaced("docs", "notes"), 1},
		{"a link where the template's directory was, which goes", []string{"a", "1", "docs/x.md", "x"}, []string{"a", "2"}, linked("docs"), 0},
		{"a link where a new directory would be", []string{"a", "1"}, []string{"a", "2", "docs/img/x", "x"}, linked("docs"), 1},
		{"a file that moves behind a link", []string{"guide.md", lines}, []string{"docs/guide.md", lines, "b", "b"}, linked("docs"), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			then, now := builtin(test.then...), builtin(test.now...)
			dir := made(t, then)
			test.change(t, dir)
			before := tree(t, dir)
			r, err := Update(t.Context(), updateOptions(dir, then, now))
			if r == nil || len(r.Conflicts) != test.conflicts {
				t.Fatalf("%+v, %v", r, err)
			}
			after := tree(t, dir)
			for _, mine := range []string{"docs", "guide.md"} {
				if after[mine] != before[mine] {
					t.Errorf("%s was %q, and is %q", mine, before[mine], after[mine])
				}
			}
			if maps.Equal(before, after) {
				t.Error("nothing was updated")
			}
			if r, err := Update(t.Context(), updateOptions(dir, then, now)); err != nil || !r.UpToDate {
				t.Errorf("once more: %+v, %v", r, err)
			}
			if _, err := UpdateAbort(UpdateOptions{Options: Options{Directory: dir}}); err != nil {
				t.Fatal(err)
			}
			if got := tree(t, dir); !maps.Equal(got, before) {
				t.Errorf("abort left %v, want %v", got, before)
			}
		})
	}
}

// replaced puts a file where a directory is or could be; without a text, nothing.
func replaced(name, text string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if text != "" {
			lay(t, dir, name, text)
		}
	}
}

// linked moves a directory, if it is there, and puts a link to it in its place.
func linked(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		to := filepath.Join(dir, "moved")
		if err := os.Rename(filepath.Join(dir, name), to); os.IsNotExist(err) {
			err = os.Mkdir(to, 0o777)
			if err != nil {
				t.Fatal(err)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("moved", filepath.Join(dir, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
}

// TestAbortWhereDirectoriesAreGone: after the update, the user puts something else where it wrote.
func TestAbortWhereDirectoriesAreGone(t *testing.T) {
	then := builtin("static/a.css", "1", "old/e", "e")
	now := builtin("static/a.css", "2", "docs/x.md", "x")
	dir := made(t, then)
	if _, err := Update(t.Context(), updateOptions(dir, then, now)); err != nil {
		t.Fatal(err)
	}
	replaced("docs", "notes")(t, dir)
	replaced("old", "mine")(t, dir)
	linked("static")(t, dir)
	r, err := UpdateAbort(UpdateOptions{Options: Options{Directory: dir}})
	if err != nil || !slices.Equal(r.Kept, []string{editedDir + "/1/static", editedDir + "/1/old"}) {
		t.Fatalf("%+v, %v", r, err)
	}
	if to, err := os.Readlink(filepath.Join(dir, filepath.FromSlash(r.Kept[0]))); err != nil || to != "moved" {
		t.Errorf("what was kept leads to %q (%v)", to, err)
	}
	for name, want := range map[string]string{"docs": "notes", "moved/a.css": "2", "static/a.css": "1", "old/e": "e", r.Kept[1]: "mine"} {
		if data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); err != nil || string(data) != want {
			t.Errorf("%s is %q (%v), want %q", name, data, err, want)
		}
	}
}
