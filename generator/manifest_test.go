package generator

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestManifestEdits edits the manifest as people and git do. Each time the error says what is wrong and what to do, and
// nothing is written.
func TestManifestEdits(t *testing.T) {
	then := builtin("template.json", `{"version": 1, "questions": [{"name": "author", "default": "ada"}]}`,
		"a.txt.tmpl", "{{.author}}\n", "b.txt", "b\n", "place.txt.tmpl", "{{.project_directory}}\n")
	now := builtin("template.json", `{"version": 1, "questions": [{"name": "author", "default": "ada"}]}`,
		"a.txt.tmpl", "by {{.author}}\n", "b.txt", "B\n", "place.txt.tmpl", "{{.project_directory}}\n")
	hash := func(text string) string { return contentSum([]byte(text)) }
	tests := []struct{ name, old, with, want, hint string }{
		{"an answer", `"author": "ada"`, `"author": "bob"`, "the manifest was edited by hand: with its answers, the template of the project gives other files than those that it lists:\n  a.txt", "gostart update --set NAME=VALUE"},
		{"an answer of another type", `"author": "ada"`, `"author": true`, `the answer "author" in .gostart.json is not of the type that the question has`, "git checkout .gostart.json"},
		{"an answer that is no answer", `"author": "ada"`, `"author": 7`, `.gostart.json:13:19: the answer "author" is a number, want a string, true or false, or strings`, "git checkout .gostart.json"},
		{"a hash", hash("b\n"), hash("x\n"), "gives other files than those that it lists:\n  b.txt", "git checkout .gostart.json"},
		{"what is no hash", hash("b\n"), "none", `"none" is no hash`, "git checkout .gostart.json"},
		{"a file that is not the template's", `"b.txt": `, `"c.txt": `, "other files than those that it lists:\n  b.txt\n  c.txt", "git checkout .gostart.json"},
		{"a path that leads out", `"b.txt": `, `"../b.txt": `, `"../b.txt" is no path inside the project`, "git checkout .gostart.json"},
		{"an unknown key", `"kind"`, `"knid"`, `unknown key "knid"; did you mean "kind"?`, "git checkout .gostart.json"},
		{"a key twice", `"name": "mysite",`, `"name": "mysite", "name": "mysite",`, `the key "name" is there twice`, "git checkout .gostart.json"},
		{"no JSON", `"layers": [`, `"layers": `, ".gostart.json:", "git checkout .gostart.json"},
		{"nothing", "{", "", ".gostart.json:", "git checkout .gostart.json"},
		{"no layers", `"layers"`, `"layer"`, `unknown key "layer"; did you mean "layers"?`, "git checkout .gostart.json"},
		{"a kind", `"kind": "project"`, `"kind": "thing"`, `a layer of the kind "thing"`, "git checkout .gostart.json"},
		{"another format", `"version": 1`, `"version": 2`, ".gostart.json has the format 2, and this gostart knows 1", "go install gostart@v1.0.0"},
		{"a revision", `"revision": "h1:`, `"revision": "h1:x`, "the project was made by gostart v1.0.0 from a template that gostart v2.0.0 does not know", "gostart update --base"},
		{"a template", `"template": "project"`, `"template": "../none"`, `template "../none" not found`, ""},
		{"git's markers", `  "layers"`, "<<<<<<< HEAD\n  \"layers\"", ".gostart.json:4: a merge has left a conflict in the manifest", "git checkout --ours .gostart.json, or --theirs"},
	}
	for _, test := range tests {
		dir := made(t, then)
		name := filepath.Join(dir, manifestFile)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		edited := strings.Replace(string(data), test.old, test.with, 1)
		if edited == string(data) {
			t.Fatalf("%s: %q is not there:\n%s", test.name, test.old, data)
		}
		if test.name == "nothing" {
			edited = ""
		}
		lay(t, dir, manifestFile, edited)
		before := tree(t, dir)
		_, err = Update(t.Context(), updateOptions(dir, then, now))
		var hint string
		if r, ok := err.(*refusal); ok {
			hint = r.hint
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(hint, test.hint) {
			t.Errorf("%s: error %v (%s), want %q (%s)", test.name, err, hint, test.want, test.hint)
		}
		if got := tree(t, dir); !maps.Equal(got, before) {
			t.Errorf("%s: the project has changed", test.name)
		}
		if _, err := Diff(t.Context(), updateOptions(dir, then, now)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: diff: %v, want %q", test.name, err, test.want)
		}
	}

	// A project may be moved, though a file of it has the place that it was made at.
	dir := made(t, then)
	moved := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	if _, err := Update(t.Context(), updateOptions(moved, then, now)); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(filepath.Join(moved, "place.txt")); err != nil || string(data) != dir+"\n" {
		t.Errorf("place.txt is %q (%v)", data, err)
	}
}

// TestManifestForce goes by the template after an edit.
func TestManifestForce(t *testing.T) {
	then, now := builtin("a.txt", "a\n"), builtin("a.txt", "b\n")
	dir := made(t, then)
	data, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	lay(t, dir, manifestFile, strings.Replace(string(data), contentSum([]byte("a\n")), contentSum([]byte("x")), 1))
	o := updateOptions(dir, then, now)
	o.Force = true
	if _, err := Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "a.txt")); err != nil || string(data) != "b\n" {
		t.Errorf("a.txt is %q (%v)", data, err)
	}
}

// TestManifestRoundTrip reads what is written, with all that a layer can have.
func TestManifestRoundTrip(t *testing.T) {
	m := manifest{Version: manifestVersion, Gostart: "v1", Layers: []layer{
		{Kind: kindProject, Template: "../x", Revision: "h1:x", Name: "mysite", Gostart: "v1", Go: "1.25.0", Extensions: []string{"py"}, Names: []string{"Makefile"}, Exclude: []string{""},
			Answers: map[string]any{"module": "m", "yes": true, "list": []string{"a", "b"}, "none": []string{}}, Files: map[string]string{"a": contentSum(nil)}},
		{Kind: kindApp, Template: "app", Name: "blog", Directory: "apps/blog", Answers: map[string]any{"project_name": "mysite"}, Files: map[string]string{"apps/blog/a": contentSum(nil)}},
	}}
	f, err := m.file()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	lay(t, dir, manifestFile, string(f.data))
	p, err := openProject(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	want, errWant := json.Marshal(m)
	got, errGot := json.Marshal(p.manifest)
	if errWant != nil || errGot != nil || string(got) != string(want) {
		t.Errorf("read %s, want %s", got, want)
	}
}

// FuzzManifest has no manifest bring gostart down, or out of the project.
func FuzzManifest(f *testing.F) {
	f.Add(`{"version": 1, "gostart": "v1", "layers": [{"kind": "project", "template": "project", "name": "x", "files": {"../a": "x"}}]}`)
	f.Add("{\"version\": 1,\n<<<<<<< HEAD\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseManifest([]byte(text))
		if err != nil {
			return
		}
		for _, l := range m.Layers {
			for name := range l.Files {
				if !filepath.IsLocal(name) {
					t.Errorf("%q was taken", name)
				}
			}
		}
	})
}
