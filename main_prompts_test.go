//go:build unix

// The questions of templates, asked at a real terminal.
package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// askingTemplate has one question of each type.
var askingTemplate = map[string]string{
	"template.json": `{
  "questions": [
    {"name": "owner", "help": "who owns it", "required": true, "pattern": "[a-z]+", "message": "small letters only"},
    {"name": "database", "type": "choice", "default": "sqlite", "choices": [
      {"value": "sqlite", "help": "one file"}, {"value": "postgres", "help": "a server"}, "mysql"
    ]},
    {"name": "dsn", "when": "ne .database ` + "`sqlite`" + `", "default": "{{.database}}://{{.owner}}"},
    {"name": "features", "type": "choices", "choices": ["tests", "docs", "ci"], "required": true, "default": ["docs"]},
    {"name": "docker", "type": "bool", "default": true},
    {"name": "token", "type": "secret", "pattern": ".{4,}", "message": "it has four characters or more"}
  ],
  "private": [".env"]
}`,
	".env.tmpl":    "TOKEN={{.token}}\n",
	"answers.tmpl": "{{.owner}} {{.database}} {{.dsn}} {{.features}} {{.docker}}\n",
}

// wantFiles compares what was made.
func wantFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s is %q (%v), want %q", name, got, err, want)
		}
	}
}

// TestQuestionsLineByLine is a dumb terminal, or a screen reader: lines only, numbers for choices, nothing that
// moves a cursor.
func TestQuestionsLineByLine(t *testing.T) {
	for _, how := range []string{"TERM=dumb", "GOSTART_ACCESSIBLE=1"} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			writeFiles(t, filepath.Join(dir, "tmpl"), askingTemplate)
			term := startInTerminalWith(t, how, dir, nil, "startproject", "--template", "tmpl")
			all := ""
			answer := func(prompt, line string) {
				t.Helper()
				all += term.waitFor(prompt)
				term.press(line + "\n")
			}
			answer("Project name (a directory and a Go package: lower-case letters and digits)\r\nAnswer: ", "My Site")
			answer("Not valid: \"My Site\" is not a valid project name: \" \" is not allowed in a Go package name; try \"mysite\" or \"my_site\"\r\nAnswer: ", "mysite")
			answer("Module path (the project's name will do until others import it)\r\nAnswer [mysite]: ", "")
			answer("owner (who owns it)\r\nAnswer: ", "")
			answer("Not valid: it must not be empty\r\nAnswer: ", "Ada")
			answer("Not valid: \"Ada\": small letters only\r\nAnswer: ", "ada")
			answer("database\r\n  1. sqlite: one file\r\n  2. postgres: a server\r\n  3. mysql\r\nNumber or name [sqlite]: ", "4")
			answer("Not valid: \"4\" is not one of sqlite, postgres, mysql\r\nNumber or name [sqlite]: ", "2")
			answer("dsn\r\nAnswer [postgres://ada]: ", "")
			answer("features\r\n  1. tests\r\n  2. docs\r\n  3. ci\r\nNumbers or names with commas between them, or none [docs]: ", "none")
			answer("Not valid: at least one is needed of tests, docs, ci\r\n", "3, tests")
			answer("docker\r\nyes or no [yes]: ", "maybe")
			answer("Not valid: \"maybe\" is neither yes nor no\r\nyes or no [yes]: ", "n")
			answer("token\r\nAnswer, which is not shown: ", "abc")
			answer("Not valid: the secret: it has four characters or more\r\nAnswer, which is not shown: ", "s3cret")
			all += term.waitFor("GOSTART_ANSWER_TOKEN=... gostart startproject mysite --template tmpl" +
				" --set database=postgres --set docker=false --set dsn=postgres://ada --set features=tests,ci --set owner=ada\r\n")
			if code := term.exit(); code != 0 {
				t.Errorf("exit code %d, want 0; the terminal showed:\n%s", code, all)
			}
			if strings.Contains(all, "\x1b") || strings.Contains(all, "s3cret") {
				t.Errorf("the terminal was told to move its cursor, or a secret was shown:\n%q", all)
			}
			wantFiles(t, filepath.Join(dir, "mysite"), map[string]string{
				"answers": "ada postgres postgres://ada [tests ci] false\n", ".env": "TOKEN=s3cret\n",
			})
		})
	}
}

// TestQuestionsWithArrows is any other terminal: choices are found by arrows or by typing, several are marked with
// the space bar, and what is not valid is asked for again with the reason.
func TestQuestionsWithArrows(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, filepath.Join(dir, "tmpl"), askingTemplate)
	keys := []string{"mysite\r", "\r", "Ada\r", "ada\r", "\r", "n\r", "abc\r", "s3cret\r"}
	term := startInTerminal(t, dir, keys, "startproject", "--template", "tmpl")
	all := term.waitFor("owner (who owns it)")
	all += term.waitFor(`"Ada": small letters only`)
	all += term.waitFor("postgres - a server")
	term.press("x\x7f\x1b[B\r") // typing, taking it back, one down
	all += term.waitFor("dsn")
	all += term.waitFor("features")
	all += term.waitFor("[x]  docs")
	term.press("\x1b[B \r") // none: at least one is needed
	all += term.waitFor("at least one is needed of tests, docs, ci")
	all += term.waitFor("[ ]  ci")
	term.press("ci \r") // typing leaves one, which space marks beside the default
	all += term.waitFor("docker")
	all += term.waitFor("token")
	all += term.waitFor("the secret: it has four characters or more")
	all += term.waitFor("GOSTART_ANSWER_TOKEN=... gostart startproject mysite --template tmpl" +
		" --set database=postgres --set docker=false --set dsn=postgres://ada --set features=docs,ci --set owner=ada\r\n")
	if code := term.exit(); code != 0 {
		t.Errorf("exit code %d, want 0; the terminal showed:\n%s", code, all)
	}
	if strings.Contains(all, "s3cret") || strings.Contains(all, "\x1b[3") {
		t.Errorf("a secret was shown, or colour where NO_COLOR is set:\n%q", all)
	}
	wantFiles(t, filepath.Join(dir, "mysite"), map[string]string{
		"answers": "ada postgres postgres://ada [docs ci] false\n", ".env": "TOKEN=s3cret\n",
	})
}

// TestUpdateAsksOnce: a new private file needs its secret, for which the template is rendered once more; what was
// answered by then is not asked for again.
func TestUpdateAsksOnce(t *testing.T) {
	dir := t.TempDir()
	tmpl := filepath.Join(dir, "tmpl")
	writeFiles(t, tmpl, map[string]string{"a": "a\n"})
	if code := startInTerminalWith(t, "TERM=dumb", dir, nil, "startproject", "mysite", "--template", "tmpl").exit(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	writeFiles(t, tmpl, map[string]string{
		"template.json": `{"private": [".env"], "questions": [{"name": "year", "required": true}, {"name": "token", "type": "secret"}]}`,
		".env.tmpl":     "{{.year}} {{.token}}\n",
	})
	term := startInTerminalWith(t, "TERM=dumb", filepath.Join(dir, "mysite"), nil, "update")
	term.waitFor("year\r\nAnswer: ")
	term.press("2026\n")
	term.waitFor("token\r\nAnswer, which is not shown: ")
	term.press("s3cret\n")
	if code := term.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	wantFiles(t, filepath.Join(dir, "mysite"), map[string]string{".env": "2026 s3cret\n"})
}

// TestQuestionsThatAreMissing asks only for what has no answer and no default when the project has its name, all
// but what was given when it has none, and nothing at all where CI is set.
func TestQuestionsThatAreMissing(t *testing.T) {
	tests := []struct {
		name, variable string
		args           []string
		prompts        string // each is answered with "word" and Enter
		end            string
		code           int
	}{
		{"missing", "TERM=dumb", []string{"mysite"}, "owner token", "Created mysite", 0},
		{"given", "TERM=dumb", []string{"mysite", "--set", "owner=ada"}, "token", "Created mysite", 0},
		{"nothing missing", "GOSTART_ANSWER_TOKEN=word", []string{"mysite", "--set", "owner=ada"}, "", "Created mysite", 0},
		{"invalid", "TERM=dumb", []string{"mysite", "--set", "owner=Ada"}, "", `--set owner: "Ada": small letters only`, 2},
		{"CI", "CI=1", []string{"mysite"}, "", "GOSTART_ANSWER_TOKEN=... gostart startproject mysite --template tmpl --set database=sqlite" +
			" --set docker=true --set features=docs --set owner=...", 2},
		{"yes", "TERM=xterm", []string{"mysite", "-y"}, "", "answers are missing:", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFiles(t, filepath.Join(dir, "tmpl"), askingTemplate)
			term := startInTerminalWith(t, test.variable, dir, nil, append([]string{"startproject", "--template", "tmpl"}, test.args...)...)
			for prompt := range strings.FieldsSeq(test.prompts) {
				if before := term.waitFor(": "); !strings.Contains("\n"+before, "\n"+prompt) {
					t.Fatalf("%q is asked, want %q", before, prompt)
				}
				term.press("word\n")
			}
			term.waitFor(test.end)
			if code := term.exit(); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
		})
	}
}

// TestQuestionsNotAnswered ends at a prompt: by Ctrl-C, and by the end of the input. Each time nothing is written,
// and the terminal shows again what is typed.
func TestQuestionsNotAnswered(t *testing.T) {
	for _, test := range []struct {
		prompt, keys, want string
		code               int
	}{
		{"owner", "\x03", "", 130}, // the system drops what is being shown
		{"owner", "\x04", `the input ended before "owner (who owns it)" was answered`, 2},
		{"token", "\x03", "interrupted, nothing was written", 130},
		{"token", "\x04", `the input ended before "token" was answered`, 2},
	} {
		t.Run(test.prompt, func(t *testing.T) {
			dir := t.TempDir()
			writeFiles(t, filepath.Join(dir, "tmpl"), askingTemplate)
			term := startInTerminalWith(t, "TERM=dumb", dir, nil, "startproject", "--template", "tmpl", "mysite")
			term.waitFor("Answer: ")
			if test.prompt == "token" {
				term.press("word\n")
				term.waitFor("not shown: ")
			}
			term.press(test.keys)
			term.waitFor(test.want)
			if code := term.exitInLineMode(); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if _, err := os.Stat(filepath.Join(dir, "mysite")); err == nil {
				t.Error("a project was made")
			}
		})
	}
}
