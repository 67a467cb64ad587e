package generator

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// asking is a template with questions, whose a.txt shows the answers.
func asking(questions, text string, pairs ...string) fstest.MapFS {
	return builtin(append([]string{"template.json", `{"version": 1, "questions": [` + questions + `]}`, "a.txt.tmpl", text}, pairs...)...)
}

func TestUpdateAnswers(t *testing.T) {
	const author = `{"name": "author"}`
	then := asking(author, "{{.author}}\n")
	tests := []struct {
		name string
		now  fstest.MapFS
		set  []string
		want string // of a.txt, or the error
		hint string
	}{
		{"recorded", asking(author, "by {{.author}}\n"), nil, "by ada\n", ""},
		{"given anew", asking(author, "by {{.author}}\n"), []string{"author=bob"}, "by bob\n", ""},
		{"given anew, and nothing else is new", then, []string{"author=bob"}, "bob\n", ""},
		{"a new question's default", asking(author+`, {"name": "year", "default": "2026"}`, "{{.author}} {{.year}}\n"), nil, "ada 2026\n", ""},
		{"a default that uses an answer", asking(author+`, {"name": "owner", "default": "{{.author}} & sons"}`, "{{.owner}}\n"), nil, "ada & sons\n", ""},
		{"a new question's answer", asking(author+`, {"name": "year"}`, "{{.author}} {{.year}}\n"), []string{"year=2027"}, "ada 2027\n", ""},
		{"answers are missing", asking(author+`, {"name": "year", "help": "of birth"}, {"name": "place"}`, "{{.year}}{{.place}}\n"), nil,
			"answers are missing:\n  year: of birth\n  place", "gostart update --set year=... --set place=..."},
		{"a question that is gone", asking("", "nobody\n"), nil, "nobody\n", ""},
		{"not a question", asking("", "nobody\n"), []string{"author=bob"}, `--set: the template does not ask for "author"`, "the template has no questions"},
		{"an answer that is no longer one", asking(`{"name": "author", "type": "choice", "choices": ["eve", "bob"]}`, "{{.author}}\n"), nil,
			`the answer "author" in .gostart.json: "ada" is not one of eve, bob`, ""},
		{"and is given anew", asking(`{"name": "author", "type": "choice", "choices": ["eve", "bob"]}`, "{{.author}}\n"), []string{"author=eve"}, "eve\n", ""},
		{"another type", asking(`{"name": "author", "type": "bool"}`, "{{.author}}\n"), nil,
			`the answer "author" in .gostart.json is not of the type that the question has`, "gostart update --set author=..."},
	}
	for _, test := range tests {
		dir := made(t, then, "author=ada")
		before := tree(t, dir)
		o := updateOptions(dir, then, test.now)
		o.Set = test.set
		_, err := Update(t.Context(), o)
		if err == nil {
			data, err := os.ReadFile(filepath.Join(dir, "a.txt"))
			if err != nil || string(data) != test.want {
				t.Errorf("%s: a.txt is %q (%v), want %q", test.name, data, err, test.want)
			}
			o.Set = nil
			if r, err := Update(t.Context(), o); err != nil || !r.UpToDate {
				t.Errorf("%s: once more: %v, %v", test.name, r, err)
			}
			continue
		}
		r, ok := err.(*refusal)
		if !ok || r.code != exitUsage || !strings.Contains(err.Error(), test.want) || !strings.Contains(r.hint, test.hint) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
		if got := tree(t, dir); !maps.Equal(got, before) {
			t.Errorf("%s: the project has changed", test.name)
		}
	}
}

// TestUpdateSecrets: a private file is the user's and stays, a secret is asked for only when a new private file
// needs it, and none is recorded.
func TestUpdateSecrets(t *testing.T) {
	questions := `"questions": [{"name": "password", "type": "secret"}]`
	then := builtin("template.json", `{"version": 1, "private": [".env"], `+questions+`}`, ".env.tmpl", "{{.password}} {{.secret_key}}\n", "a.txt", "a\n")
	now := builtin("template.json", `{"version": 1, "private": [".env"], `+questions+`}`, ".env.tmpl", "new {{.password}} {{.secret_key}}\n", "a.txt", "b\n")
	dir := made(t, then, "password=hunter2")
	env, err := os.ReadFile(filepath.Join(dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Update(t.Context(), updateOptions(dir, then, now)); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, ".env")); err != nil || string(data) != string(env) {
		t.Errorf(".env was changed: %q (%v)", data, err)
	}

	more := builtin("template.json", `{"version": 1, "private": [".env", ".env.test"], `+questions+`}`,
		".env.tmpl", "new {{.password}} {{.secret_key}}\n", ".env.test.tmpl", "{{.password}}\n", "a.txt", "b\n")
	o := updateOptions(dir, now, more)
	if _, err := Update(t.Context(), o); err == nil || !strings.Contains(err.Error(), "answers are missing:\n  password") {
		t.Errorf("error %v, want one about the password", err)
	}
	o.LookupEnv = func(name string) (string, bool) { return "swordfish", name == "GOSTART_ANSWER_PASSWORD" }
	if _, err := Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, ".env.test")); err != nil || string(data) != "swordfish\n" {
		t.Errorf(".env.test is %q (%v)", data, err)
	}
	for name, text := range tree(t, dir) {
		if strings.Contains(text, "swordfish") && name != ".env.test" || strings.Contains(text, "hunter2") && name != ".env" {
			t.Errorf("%s has a secret: %s", name, text)
		}
	}
}

// TestUpdateConditions: a file that an answer lets in comes and goes with it.
func TestUpdateConditions(t *testing.T) {
	then := builtin("template.json", `{"version": 1, "files": {"Dockerfile": ".docker", "d": ".docker"}, "questions": [{"name": "docker", "type": "bool", "default": true}]}`,
		"Dockerfile", "FROM scratch\n", "d/x", "x\n", "a.txt", "a\n")
	dir := made(t, then)
	o := updateOptions(dir, then, then)
	o.Set = []string{"docker=no"}
	if _, err := Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); got["Dockerfile"] != "" || got["d"] != "" || got["a.txt"] == "" {
		t.Errorf("without docker: %v", got)
	}
	o.Set = []string{"docker=yes"}
	if _, err := Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); got["Dockerfile"] == "" || got["d/x"] == "" {
		t.Errorf("with docker: %v", got)
	}
}
