package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
)

// builtin makes a built-in project template of path, content, path, content, ...
func builtin(pairs ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		files["project/"+pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1]), Mode: 0o644}
	}
	return files
}

// countdown is a context that is cancelled when it has been asked n times: a Ctrl-C at each step there is.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestInterruptAtEachStep stops at the first check of the context, at the second, and so on until a run
// comes through: each time the disk is as before.
func TestInterruptAtEachStep(t *testing.T) {
	files := builtin("go.mod.tmpl", "module {{.module}}\n", "a/b/c.txt", "c", "a/d.txt", "d", "mysite/wsgi.go", "package mysite\n")
	for _, directory := range []string{"", "deep/er/site", "existing"} {
		t.Run("directory="+directory, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.MkdirAll("existing/a", 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile("existing/a/mine.txt", []byte("mine"), 0o666); err != nil {
				t.Fatal(err)
			}
			before := listing(t)
			for step := 0; ; step++ {
				ctx := &countdown{Context: t.Context()}
				ctx.left.Store(int64(step))
				_, err := StartProject(ctx, Options{Name: "mysite", Directory: directory, Builtin: files})
				if err == nil {
					if step < 10 {
						t.Errorf("came through at step %d: is the context still checked?", step)
					}
					return
				}
				if !errors.Is(err, errInterrupted) {
					t.Fatalf("step %d: %v", step, err)
				}
				if after := listing(t); !slices.Equal(before, after) {
					t.Fatalf("step %d left %v, want %v", step, after, before)
				}
			}
		})
	}
}

// TestFailureWhileWriting has a file come into the way between plan and write: a file of the user's is
// not replaced, and what was made is removed.
func TestFailureWhileWriting(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	files := []file{{path: "a", mode: fs.ModeDir}, {path: "a/b.txt", data: []byte("b"), mode: 0o666}, {path: "z.txt", mode: 0o666}}
	p, err := makePlan(place{dir: dir, exists: true}, files)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("z.txt", []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := p.apply(t.Context(), writing{}); err == nil || !strings.Contains(err.Error(), "z.txt in ") {
		t.Errorf("error %v, want one about z.txt", err)
	}
	if got, want := listing(t), []string{"z.txt=mine"}; !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}

	// A directory that becomes a link to elsewhere after the plan is not followed out of the project.
	if err := os.Remove("z.txt"); err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir()
	if err := os.Symlink(outside, "a"); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := p.apply(t.Context(), writing{}); err == nil {
		t.Error("wrote through a symbolic link")
	}
	if entries, _ := os.ReadDir(outside); len(entries) > 0 {
		t.Errorf("wrote %v outside of the project", entries)
	}
}

// listing is each path below the working directory, with the contents of files.
func listing(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || path == ".":
			return err
		case d.IsDir():
			all = append(all, path+"/")
			return nil
		}
		data, err := os.ReadFile(path)
		all = append(all, path+"="+string(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestHostilePaths gives paths that only another system, or another program, would make.
func TestHostilePaths(t *testing.T) {
	for path, want := range map[string]string{
		`..\evil.txt`:            `gives the path "..\\evil.txt"`,
		`C:evil.txt`:             `gives the path "C:evil.txt"`,
		"aux.go":                 "which not every system can have",
		"trailing.":              "which not every system can have",
		"a|b.txt":                "which not every system can have",
		"line\nbreak.txt":        `gives the path "line\nbreak.txt"`,
		"project_name.con/x":     "", // fine: mysite.con
		"com1/project_name.go":   "which not every system can have",
		"space ":                 "a name begins or ends with a space",
		"CON .txt":               `"CON " is a device on Windows`,
		"conin$":                 `"conin$" is a device on Windows`,
		"a/git~1/config":         `gives the path "a/git~1", which is git's own`,
		strings.Repeat("x", 256): "a name has more than 255 bytes",
	} {
		_, err := StartProject(t.Context(), Options{Name: "mysite", Directory: t.TempDir(), DryRun: true, Builtin: builtin(path, "x")})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: error %v, want %q", path, err, want)
		}
	}
	// What no fs.FS has, but a plan refuses all the same.
	for _, path := range []string{"../evil", "/etc/evil", "a/../../evil", "a//b", "./a", "", ".GIT/hooks/pre-push", "a/.git"} {
		if _, err := makePlan(place{}, []file{{path: path, mode: 0o666}}); err == nil {
			t.Errorf("%q was accepted", path)
		}
	}
}

func TestContext(t *testing.T) {
	key, err := secretKey()
	if err != nil {
		t.Fatal(err)
	}
	a := &answers{name: "my_site", module: "example.com/x", values: map[string]any{"author": "ada"}, secretKey: key}
	data := a.context("/srv/site", "v1")
	want := "author camel_case_project_name go_version gostart_version module project_directory project_name secret_key"
	if got := strings.Join(slices.Sorted(maps.Keys(data)), " "); got != want {
		t.Errorf("the context has %s, want %s", got, want)
	}
	if got := fmt.Sprint(data["camel_case_project_name"], data["module"], data["project_directory"]); got != "MySite"+"example.com/x"+"/srv/site" {
		t.Errorf("the context's values are %s", got)
	}
	if key := data["secret_key"].(string); len(key) != 50 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)") != "" {
		t.Errorf("secret_key is %q", key)
	}
}

func TestQuoteWord(t *testing.T) {
	for word, want := range map[string]string{
		"mysite": "mysite", "a b": "'a b'", "": "''", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "author=ada": "author=ada",
	} {
		if got := quoteWord(word); got != want {
			t.Errorf("quoteWord(%q) = %s, want %s", word, got, want)
		}
	}
}
