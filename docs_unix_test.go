//go:build unix

// The pages of docs, followed as a reader does: files are saved, commands typed, and what they print is compared
// with the page. go test -run Docs -update writes what they print into the page.
package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
)

func TestDocsTemplates(t *testing.T) { followPage(t, "docs/templates.md") }

// TestDocsTemplatesComplete wants a line about each key that the schema of template.json has.
func TestDocsTemplatesComplete(t *testing.T) {
	page, err := os.ReadFile("docs/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("templates/template.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type object struct{ Properties map[string]any }
	var schema struct {
		object
		Defs struct{ Question object } `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for _, keys := range []map[string]any{schema.Properties, schema.Defs.Question.Properties} {
		for key := range keys {
			if row := regexp.MustCompile("(?m)^\\|.*`" + regexp.QuoteMeta(key) + "`.* \\| ."); !row.Match(page) {
				t.Errorf("docs/templates.md has no line about %q", key)
			}
		}
	}
}

func TestDocsJSON(t *testing.T) { followPage(t, "docs/json.md") }

// TestDocsJSONComplete wants a section for each command that has --json, and a word about each key.
func TestDocsJSONComplete(t *testing.T) {
	text, err := os.ReadFile("docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	page, prose := string(text), docsBlock.ReplaceAllString(string(text), "")
	for path, c := range leafCommands(commands()) {
		if flagNamed(c, "json") != nil && !strings.Contains(page, "\n## "+path+"\n") {
			t.Errorf("docs/json.md has no section about %s", path)
		}
	}
	for _, block := range docsBlock.FindAllStringSubmatch(page, -1) {
		if block[2] != "console" {
			continue
		}
		for _, key := range regexp.MustCompile(`"([\w.]+)": ?`).FindAllStringSubmatch(block[3], -1) {
			if !strings.Contains(prose, "`"+key[1]+"`") {
				t.Errorf("docs/json.md does not explain the key %s", key[1])
			}
		}
	}
}

// TestDocsLinks follows each link to a file of the repository.
func TestDocsLinks(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages (%v)", err)
	}
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`).FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), link[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
}

var (
	// docsBlock is a fenced block, with the file name of "Save as `NAME`:" before it.
	docsBlock = regexp.MustCompile("(?ms)(?:`([^`\n]+)`:\n\n)?^```(\\w*)\n(.*?)^```$")

	// docsVaries is what differs from one run to the next, each with what pages have.
	docsVaries = []struct{ pattern, text string }{
		{`"time":"[^"]*"`, `"time":"2026-11-21T09:10:31.5+01:00"`},
		{`127\.0\.0\.1:\d+`, `127.0.0.1:8000`},
		{`"pid":\d+`, `"pid":4711`},
		{`"bytes":\d+`, `"bytes":1412`},
		{`"ms":[\d.]+`, `"ms":213.6`},
		{`("\.gostart[^"]*\.(?:json|zip)",\s+"size": )\d+`, `${1}557`}, // they have the version
		{`\b` + regexp.QuoteMeta(versionName()) + `\b`, `v0.1.0`},
		{regexp.QuoteMeta(runtime.Version()), `go1.26.8`},
	}
)

// docsShell is what commands of a page are run in. Its gostart runserver is asked for a page and ended.
const docsShell = `
exec 2>&1
typed() { local code=$?; printf '\036\n'; return $code; }
gostart() {
	[[ $1 == runserver ]] || { command gostart "$@"; return; }
	local line port
	coproc command gostart "$@" <&-
	while read -r line <&"${COPROC[0]}"; do
		printf '%s\n' "$line"
		case $line in
		*'"started"'*) port=${line##*127.0.0.1:} port=${port%%/*} ;;
		*'"ready"'*) exec 3<>"/dev/tcp/127.0.0.1/$port"; printf 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3; cat <&3 >/dev/null; exec 3>&- ;;
		*'"request"'*) kill -INT "$COPROC_PID" ;;
		*'"stopped"'*) break ;;
		esac
	done
	wait "$COPROC_PID"
}
cd
`

// followPage runs the commands of a page one after the other, in one shell.
func followPage(t *testing.T, name string) {
	skipWithout(t, "bash")
	skipWithout(t, "git")
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	script := docsShell
	for _, block := range docsBlock.FindAllStringSubmatch(string(page), -1) {
		file, language, text := block[1], block[2], block[3]
		if file != "" {
			script += "mkdir -p " + path.Dir(file) + "; cat >" + file + " <<'END OF FILE'\n" + text + "END OF FILE\n"
		} else if language == "console" {
			for _, c := range typedIn(text) {
				script += "typed\n" + c.command + "\n"
			}
		}
	}
	printed := runDocs(t, script)
	got := docsBlock.ReplaceAllStringFunc(string(page), func(block string) string {
		before, text, ok := strings.Cut(block, "```console\n")
		if !ok {
			return block
		}
		var b strings.Builder
		for _, c := range typedIn(strings.TrimSuffix(text, "```")) {
			if len(printed) == 0 {
				t.Fatalf("%s: nothing was printed by %s", name, c.command)
			}
			b.WriteString("$ " + c.command + "\n")
			if c.matches(printed[0]) {
				b.WriteString(c.output)
			} else {
				b.WriteString(printed[0])
			}
			printed = printed[1:]
		}
		return before + "```console\n" + b.String() + "```"
	})
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if d := diff.Diff(name, page, "what is printed", []byte(got)); d != nil {
		t.Errorf("%s is not what happens; if it should, go test -run Docs -update\n%s", name, d)
	}
}

// runDocs gives what each command printed, with what varies made the same.
func runDocs(t *testing.T, script string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "--norc", "-c", script)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir, "XDG_CACHE_HOME=", "XDG_CONFIG_HOME=", "CI=", "LC_ALL=C", "TERM=dumb",
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "GIT_AUTHOR_NAME=You", "GIT_AUTHOR_EMAIL=you@example.com",
		"GIT_COMMITTER_NAME=You", "GIT_COMMITTER_EMAIL=you@example.com",
		"GIT_AUTHOR_DATE=2026-11-21T09:10:31Z", "GIT_COMMITTER_DATE=2026-11-21T09:10:31Z")
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		cmd.Env = append(cmd.Env, name+"="+goEnv(t, name))
	}
	out, err := cmd.Output()
	if err != nil {
		t.Logf("the last command: %v", err)
	}
	text := strings.ReplaceAll(string(out), cmd.Dir, "/home/you")
	for _, v := range docsVaries {
		text = regexp.MustCompile(v.pattern).ReplaceAllString(text, v.text)
	}
	return strings.Split(text, "\x1e\n")[1:]
}

// typedCommand is a line of a console block, and what the page says that it prints.
type typedCommand struct{ command, output string }

func typedIn(block string) []typedCommand {
	var all []typedCommand
	for line := range strings.Lines(block) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, typedCommand{command: strings.TrimSuffix(command, "\n")})
		} else if len(all) > 0 {
			all[len(all)-1].output += line
		}
	}
	return all
}

// matches takes a line of dots for any lines.
func (c typedCommand) matches(printed string) bool {
	pattern := regexp.QuoteMeta(c.output)
	pattern = regexp.MustCompile(`(?m)^ *\\\.\\\.\\\.\n`).ReplaceAllString(pattern, `(?s:.*?)`)
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(printed)
}
