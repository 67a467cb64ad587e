// The modules that add-ons bring into a project. testdata/modules is a module that imports all of them: its go.mod is the one
// list of versions. What each add-on says follows from it. To change a version, or to add a module:
//
//	go -C testdata/modules get example.com/module@v1.2.3 && go -C testdata/modules mod tidy
//	go test -run AddonModules -update .
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// moduleAddon is an add-on with modules.
type moduleAddon struct {
	name, dir string
	config    []byte // its template.json
	requires  []string
}

func moduleAddons(t *testing.T) (all []moduleAddon) {
	t.Helper()
	files, err := filepath.Glob("templates/addons/*/template.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		a := moduleAddon{dir: filepath.Dir(file), name: filepath.Base(filepath.Dir(file))}
		if a.config, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
		var says struct{ Requires, Modules []string }
		if err := json.Unmarshal(a.config, &says); err != nil {
			t.Fatal(err)
		}
		if a.requires = says.Requires; says.Modules != nil {
			all = append(all, a)
		}
	}
	if len(all) == 0 {
		t.Fatal("no add-on has modules")
	}
	return all
}

// TestAddonModules has go mod tidy tell what each add-on needs, at the versions of the list.
func TestAddonModules(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the go command about whole projects")
	}
	list := readGoMod(t, "testdata/modules/go.mod")
	sums, err := os.ReadFile("testdata/modules/go.sum")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, addon := range moduleAddons(t) {
		lines, checksums := tidied(t, list, sums, addon.name)
		if len(addon.requires) > 0 { // what those bring need not be brought again
			beneath, _ := tidied(t, list, sums, addon.requires...)
			lines = slices.DeleteFunc(lines, func(line string) bool { return slices.Contains(beneath, line) })
		}
		for _, line := range lines {
			used[strings.Fields(line)[0]] = true
		}
		text, err := json.MarshalIndent(lines, "  ", "  ")
		if err != nil {
			t.Fatal(err)
		}
		config := regexp.MustCompile(`"modules": \[[^]]*\]`).ReplaceAllLiteral(addon.config, append([]byte(`"modules": `), text...))
		compareFile(t, filepath.Join(addon.dir, "template.json"), config)
		compareFile(t, filepath.Join(addon.dir, "go.sum"), []byte(strings.Join(checksums, "\n")+"\n"))
	}
	for _, r := range list.Require {
		if !r.Indirect && !used[r.Mod.Path] {
			t.Errorf("testdata/modules has %s, which no add-on needs", r.Mod.Path)
		}
	}
}

// TestAddonModulesTogether wants the go command to have nothing to change in a project with all of them, nor to fetch
// anything to build it once the modules are there.
func TestAddonModulesTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a whole project")
	}
	var names []string
	for _, addon := range moduleAddons(t) {
		names = append(names, addon.name)
	}
	cmd := exec.CommandContext(t.Context(), "gostart", "startproject", "mysite", "--yes", "--with", strings.Join(names, ","))
	cmd.Dir = t.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil || bytes.Contains(out, []byte("is left to you")) {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	dir := filepath.Join(cmd.Dir, "mysite")
	goCommand(t, dir, "mod", "tidy", "-diff")
	goCommand(t, dir, "mod", "download")
	for _, args := range [][]string{{"build", "-o", os.DevNull, "."}, {"vet", "./..."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off", "GOTOOLCHAIN=local")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", cmd.Args, err, out)
		}
	}
}

// tidied are the requirements and checksums of a project with add-ons, at the versions of the list.
func tidied(t *testing.T, list *modfile.File, sums []byte, addons ...string) (lines, checksums []string) {
	t.Helper()
	dir := generate(t, "mysite", "--with", strings.Join(addons, ","))
	name := filepath.Join(dir, "go.mod")
	made := readGoMod(t, name)
	before := made.Go.Version
	made.SetRequire(nil)
	for _, r := range list.Require {
		if err := made.AddRequire(r.Mod.Path, r.Mod.Version); err != nil {
			t.Fatal(err)
		}
	}
	made.Cleanup()
	text, err := made.Format()
	if err := errors.Join(err, os.WriteFile(name, text, 0o600), os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o600)); err != nil {
		t.Fatal(err)
	}
	goCommand(t, dir, "mod", "tidy")
	made = readGoMod(t, name)
	if made.Go.Version != before {
		t.Fatalf("%v: their modules need go %s, and projects have go %s: take older versions", addons, made.Go.Version, before)
	}
	for _, r := range made.Require {
		line := r.Mod.Path + " " + r.Mod.Version
		if !slices.ContainsFunc(list.Require, func(l *modfile.Require) bool { return l.Mod == r.Mod }) {
			t.Errorf("%v: %s is not in testdata/modules: import it there, and run go mod tidy", addons, line)
		}
		if r.Indirect {
			line += " // indirect"
		}
		lines = append(lines, line)
	}
	text, err = os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return lines, strings.Split(strings.TrimSpace(string(text)), "\n")
}

func readGoMod(t *testing.T, name string) *modfile.File {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := modfile.Parse(name, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func goCommand(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GOTOOLCHAIN=local")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

// compareFile wants a file to be as it should, or makes it so.
func compareFile(t *testing.T, name string, should []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, should, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	is, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(is, should) {
		t.Errorf("%s is not what go mod tidy says: go test -run AddonModules -update . (%v)\n%s", name, err, firstDifference(string(is), string(should)))
	}
}

func firstDifference(is, should string) string {
	a, b := strings.Split(is, "\n"), strings.Split(should, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d: %s\n   want: %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}
