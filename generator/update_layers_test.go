package generator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// twoLayers makes a project with an add-on.
func twoLayers(t *testing.T, builtin fstest.MapFS) string {
	t.Helper()
	dir := made(t, builtin)
	t.Chdir(dir)
	if _, err := Add(t.Context(), Options{With: []string{"ci"}, Builtin: builtin, Version: "v1.0.0", Yes: true}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestUpdateLayers: an add-on follows its template together with the project.
func TestUpdateLayers(t *testing.T) {
	addon := func(files fstest.MapFS, pairs ...string) fstest.MapFS {
		for i := 0; i < len(pairs); i += 2 {
			files["addons/ci/"+pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
		}
		return files
	}
	then := addon(builtin("a.txt", "a\n"), "ci.yml.tmpl", "test {{.project_name}}\n", "old.txt", "old\n")
	now := addon(builtin("a.txt", "A\n", "ci2.txt", "the project's\n"), "ci.yml.tmpl", "test -race {{.project_name}}\n", "a.txt", "the add-on's\n")
	dir := twoLayers(t, then)
	lay(t, dir, "mine.txt", "mine\n")
	r, err := Update(t.Context(), updateOptions(dir, then, now))
	if err != nil {
		t.Fatal(err)
	}
	got := tree(t, dir)
	for name, want := range map[string]string{"a.txt": "A\n", "ci.yml": "test -race mysite\n", "ci2.txt": "the project's\n", "old.txt": ""} {
		if text := strings.TrimPrefix(got[name], "-rw-r--r-- "); text != want {
			t.Errorf("%s is %q, want %q", name, text, want)
		}
	}
	if note := r.Files[1].Note; len(r.Layers) != 2 || r.Files[1].Path != "a.txt" || note != "it is of the project" {
		t.Errorf("%+v", r)
	}
	if r, err := Update(t.Context(), updateOptions(dir, then, now)); err != nil || !r.UpToDate {
		t.Errorf("once more: %+v, %v", r, err)
	}
	if r, err := Diff(t.Context(), updateOptions(dir, then, now)); err != nil || r.Patch != "" || len(r.Files) != 1 || r.Files[0].Path != "mine.txt" {
		t.Errorf("diff: %+v, %v", r, err)
	}

	// An add-on that gostart no longer has: its files stay, and are said to.
	without := builtin("a.txt", "AA\n")
	r, err = Update(t.Context(), UpdateOptions{Options: Options{Directory: dir, Builtin: withHistory(without, "v2.0.0", now), Version: "v3.0.0"}})
	if err != nil || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], `no template for the add-on "ci" any more`) {
		t.Errorf("%+v, %v", r, err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "ci.yml")); err != nil || string(data) != "test -race mysite\n" {
		t.Errorf("ci.yml is %q (%v)", data, err)
	}
}

// TestUpdateMoves: a file goes from one layer to another, with what the user changed in it; and one that both have anew
// is of the first.
func TestUpdateMoves(t *testing.T) {
	templates := func(project, addon []string) fstest.MapFS {
		files := builtin(append(project, "a.txt", "a\n")...)
		for i := 0; i < len(addon); i += 2 {
			files["addons/ci/"+addon[i]] = &fstest.MapFile{Data: []byte(addon[i+1])}
		}
		return files
	}
	changed := strings.Replace(lines, "2", "two", 1)
	for name, now := range map[string][2][]string{
		"to the add-on":    {{"new.txt", "the project's\n"}, {"moved.txt", changed, "new.txt", "the add-on's\n"}},
		"to the project":   {{"moved.txt", changed, "new.txt", "the project's\n"}, {"new.txt", "the add-on's\n"}},
		"and is had twice": {{"moved.txt", changed, "new.txt", "the project's\n"}, {"moved.txt", changed, "new.txt", "the add-on's\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			old := []string{"moved.txt", lines, "removed.txt", lines}
			then := templates(old, []string{"ci.txt", "ci\n"})
			if name == "to the project" {
				then = templates(nil, append(old, "ci.txt", "ci\n"))
			}
			dir := twoLayers(t, then)
			lay(t, dir, "moved.txt", strings.Replace(lines, "8", "eight", 1))
			o := updateOptions(dir, then, templates(now[0], append(now[1], "ci.txt", "ci\n")))
			for range 2 {
				if _, err := Update(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				want := map[string]string{"moved.txt": strings.Replace(changed, "8", "eight", 1), "new.txt": "the project's\n", "removed.txt": "", "a.txt": "a\n", "ci.txt": "ci\n"}
				for file, text := range want {
					if data, err := os.ReadFile(filepath.Join(dir, file)); string(data) != text || text != "" && err != nil {
						t.Errorf("%s is %q (%v), want %q", file, data, err, text)
					}
				}
			}
			if r, err := Update(t.Context(), o); err != nil || !r.UpToDate {
				t.Errorf("once more: %+v, %v", r, err)
			}
			if r, err := Diff(t.Context(), o); err != nil || len(r.Files) != 1 || r.Files[0].Path != "moved.txt" {
				t.Errorf("diff: %+v, %v", r, err)
			}
		})
	}
}

// TestUpdateInsertions: a line that the new version of an add-on has for a file of the user's is told, once,
// and not put there.
func TestUpdateInsertions(t *testing.T) {
	addon := func(insert string) fstest.MapFS {
		files := builtin("wsgi.txt", "begin\nend\n")
		files["addons/ci/template.json"] = &fstest.MapFile{Data: []byte(`{"version": 1, "kind": "addon", "insert": [` + insert + `]}`)}
		files["addons/ci/a.txt"] = &fstest.MapFile{Data: []byte("a\n")}
		return files
	}
	const one = `{"file": "wsgi.txt", "before": "end", "text": "one"}`
	then, now := addon(one), addon(one+`, {"file": "wsgi.txt", "after": "begin", "text": "two"}`)
	dir := twoLayers(t, then)
	lay(t, dir, "wsgi.txt", "all is mine\n") // the line that it had was taken out
	o := updateOptions(dir, then, now)
	r, err := Update(t.Context(), o)
	if err != nil || len(r.Insertions) != 1 || r.Insertions[0].Text != "two" || r.Insertions[0].Reason != "it is new in ci" {
		t.Errorf("%+v, %v", r, err)
	}
	if got := strings.Join(read(t, dir, "wsgi.txt"), ""); got != "all is mine\n" {
		t.Errorf("wsgi.txt is %q", got)
	}
	if r, err := Update(t.Context(), o); err != nil || len(r.Insertions) != 0 {
		t.Errorf("once more: %+v, %v", r, err)
	}
}

// TestUpdateInsertionsOfDirectory is the same with a template that changes in its place.
func TestUpdateInsertionsOfDirectory(t *testing.T) {
	files, template := builtin("wsgi.txt", "begin\nend\n"), filepath.Join(t.TempDir(), "early")
	config := func(insert string) string { return `{"version": 1, "kind": "addon", "insert": [` + insert + `]}` }
	const one = `{"file": "wsgi.txt", "before": "end", "text": "one"}`
	lay(t, template, "a.txt", "a\n", "template.json", config(one))
	dir := made(t, files)
	t.Chdir(dir)
	if _, err := Add(t.Context(), Options{With: []string{template}, Builtin: files, Version: "v1.0.0", Yes: true}); err != nil {
		t.Fatal(err)
	}
	lay(t, dir, "wsgi.txt", "all is mine\n")
	o := updateOptions(dir, files, files)
	for _, step := range []struct{ text, insert, want string }{
		{"b\n", one, ""}, {"c\n", one + `, {"file": "wsgi.txt", "after": "begin", "text": "two"}`, "two"}, {"d\n", one, ""},
	} {
		lay(t, template, "a.txt", step.text, "template.json", config(step.insert))
		r, err := Update(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, in := range r.Insertions {
			told = append(told, in.Text)
		}
		if got := strings.Join(told, ", "); got != step.want {
			t.Errorf("told %q, want %q", got, step.want)
		}
	}
}

// TestUpdatePrivate has a private file that cannot be rendered without its secret.
func TestUpdatePrivate(t *testing.T) {
	template := func(text string) fstest.MapFS {
		return builtin("template.json", `{"version": 1, "private": [".env"], "questions": [{"name": "password", "type": "secret"}]}`,
			".env.tmpl", `{{if not .password}}{{fail "no password"}}{{end}}{{.password}}`, "a.txt", text)
	}
	then, now := template("a\n"), template("b\n")
	dir := made(t, then, "password=hunter2")
	if _, err := Update(t.Context(), updateOptions(dir, then, now)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(append(read(t, dir, ".env"), read(t, dir, "a.txt")...), ""); got != "hunter2b\n" {
		t.Errorf("there is %q", got)
	}
}
