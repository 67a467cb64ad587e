// What users receive, checked in whole: a change of a template shows in testdata/golden as the change of a
// project, and the project is built, vetted and tested as its owner would, with no network and no gostart.
package main

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write testdata/golden anew")

// secret is what differs from one project to the next.
var secret = regexp.MustCompile(`[a-z0-9!@#$%^&*(\-_=+)]{50}`)

// A golden project is one .txtar: as a directory it would be a module of its own, with a .gitignore that
// hides parts of it from git.
func TestGolden(t *testing.T) {
	compareGolden(t, "mysite", "gostart startproject mysite", generate(t, "mysite"), "")
}

// TestGoldenLayers has what an app and add-ons make of that project: the files that come and those that change.
func TestGoldenLayers(t *testing.T) {
	compareGolden(t, "layers", "gostart startproject mysite --with ci,editor; gostart startapp polls", ciProject(t), generate(t, "mysite"))
}

// compareGolden compares the project in dir, but for what is the same in another one, with testdata/golden.
func compareGolden(t *testing.T, name, command, dir, but string) {
	t.Helper()
	golden := "testdata/golden/" + name + ".txtar"
	archive := &txtar.Archive{Comment: []byte(command + "; written by: go test -run Golden -update\n")}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || but != "" && (path == ".env" || path == ".gostart.json") {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if same, sameErr := os.ReadFile(filepath.Join(but, filepath.FromSlash(path))); but != "" && sameErr == nil && bytes.Equal(data, same) {
			return err
		}
		if path == ".env" {
			data = secret.ReplaceAllLiteral(data, []byte("*50 random characters*"))
		}
		if len(data) > 0 && data[len(data)-1] != '\n' {
			t.Errorf("%s does not end in a newline", path)
		}
		archive.Files = append(archive.Files, txtar.File{Name: path, Data: data})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got := txtar.Format(archive)
	if *update {
		if err := os.WriteFile(golden, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(golden, want, "generated", got); d != nil {
		t.Errorf("the project has changed; if it should, go test -run Golden -update\n%s", d)
	}
}

// TestGeneratedProject builds, vets and tests projects whose names and module paths differ in kind.
func TestGeneratedProject(t *testing.T) {
	if testing.Short() {
		t.Skip("builds whole projects")
	}
	for _, args := range [][]string{{"mysite"}, {"my_site2", "--module", "example.com/team/web/v2"}, {"layers"}} {
		t.Run(args[0], func(t *testing.T) {
			dir := ""
			if args[0] == "layers" {
				dir = ciProject(t)
			} else {
				dir = generate(t, args...)
			}
			for _, command := range [][]string{
				{"gofmt", "-l", "."},
				{"go", "mod", "tidy", "-diff"},
				{"go", "vet", "./..."},
				{"go", "build", "-o", os.DevNull, "."},
				{"go", "test", "./..."},
			} {
				cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off", "GOTOOLCHAIN=local")
				out, err := cmd.CombinedOutput()
				if err != nil || command[0] == "gofmt" && len(out) > 0 {
					t.Fatalf("%v: %v\n%s", command, err, out)
				}
			}
		})
	}
}

// generate runs startproject, and gives the project's directory.
func generate(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "gostart", append([]string{"startproject", "-v0"}, args...)...)
	cmd.Dir = t.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("startproject %v: %v\n%s", args, err, out)
	}
	return filepath.Join(cmd.Dir, args[0])
}
