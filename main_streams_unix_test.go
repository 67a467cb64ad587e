//go:build unix

// Each command where there is no terminal: in cron, in CI, behind a pipe, with streams that are closed or full.
package main

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// surrounding is what a command may find itself in. full is where what it prints has no room.
type surrounding struct {
	name   string
	shell  string // becomes "$@"
	env    string
	full   bool
	silent bool // standard input is open, and nobody writes
}

var surroundings = []surrounding{
	{name: "a pipe that nobody writes to", shell: `exec "$@"`, silent: true},
	{name: "no input", shell: `exec "$@" </dev/null`},
	{name: "closed input", shell: `exec "$@" <&-`},
	{name: "closed output", shell: `exec "$@" </dev/null >&-`},
	{name: "closed errors", shell: `exec "$@" </dev/null 2>&-`},
	{name: "nothing open", shell: `exec "$@" <&- >&- 2>&-`},
	{name: "full output", shell: `exec "$@" </dev/null >/dev/full`, full: true},
	{name: "full errors", shell: `exec "$@" </dev/null 2>/dev/full`},
	{name: "CI", shell: `exec "$@" </dev/null`, env: "CI=1"},
	{name: "dumb terminal", shell: `exec "$@" </dev/null`, env: "TERM=dumb"},
	{name: "NO_COLOR", shell: `exec "$@" </dev/null`, env: "NO_COLOR=1"},
	{name: "no home", shell: `unset HOME XDG_CONFIG_HOME XDG_CACHE_HOME; exec "$@" </dev/null`},
}

// quietCommand is a command and what it ends with. The working directory has projects and a template; what is called
// new or pages is removed before the next one.
type quietCommand struct {
	args   string
	dir    string // below the working directory; new is a copy of the project
	code   int
	prints bool // on standard output
	reads  bool // standard input
}

var quietCommands = []quietCommand{
	{args: "", prints: true},
	{args: "help", prints: true},
	{args: "help startproject", prints: true},
	{args: "startproject --help", prints: true},
	{args: "version", prints: true},
	{args: "version --json", prints: true},
	{args: "--version", prints: true},
	{args: "nosuch", code: 2},
	{args: "completion bash", prints: true},
	{args: "completion", code: 2},
	{args: "man", prints: true},
	{args: "man pages"},
	{args: "startproject", code: 2},
	{args: "startproject -i", code: 2},
	{args: "startproject new", prints: true},
	{args: "startproject new --verbosity 0"},
	{args: "startproject new --json", prints: true},
	{args: "startproject new --dry-run", prints: true},
	{args: "startproject mysite", code: 3},
	{args: "startproject new --answers -", code: 2, reads: true},
	{args: "startproject new --template template", code: 2},
	{args: "startproject new --template template --set author=x", prints: true},
	{args: "template list", prints: true},
	{args: "template list --json", prints: true},
	{args: "template from mysite new", prints: true},
	{args: "template from mysite new --json", prints: true},
	{args: "template from nosuch", code: 2},
	{args: "template test template", code: 2},
	{args: "template test tested --compare", prints: true},
	{args: "template test tested --compare --json", prints: true},
	{args: "template lint template", prints: true},
	{args: "template lint template --json", prints: true},
	{args: "template lint nosuch", code: 2},
	{args: "startapp blog", code: 2},
	{args: "startapp", dir: "new", code: 2},
	{args: "startapp blog", dir: "new", prints: true},
	{args: "startapp blog --json", dir: "new", prints: true},
	{args: "add", dir: "new", code: 2},
	{args: "add nosuch", dir: "new", code: 2},
	{args: "add editor", code: 2},
	{args: "add editor", dir: "new", prints: true},
	{args: "add editor --json", dir: "new", prints: true},
	{args: "add --list", prints: true},
	{args: "add --list --json", dir: "mysite", prints: true},
	{args: "update", code: 2},
	{args: "update", dir: "mysite", prints: true},
	{args: "update --json", dir: "mysite", prints: true},
	{args: "update --template ../template", dir: "mysite", code: 2},
	{args: "update --abort", dir: "mysite", code: 1},
	{args: "diff", code: 2},
	{args: "diff", dir: "mysite"},
	{args: "diff --stat", dir: "mysite", prints: true},
	{args: "diff --json", dir: "mysite", prints: true},
	{args: "diff", dir: "edited", prints: true},
	{args: "diff --exit-code", dir: "edited", code: 1, prints: true},
	{args: "runserver", code: 1},
	{args: "runserver --json", code: 1},
}

// TestStreams runs each command in all surroundings: it ends, with the right code, and says nothing that only
// a terminal or a developer of gostart understands.
func TestStreams(t *testing.T) {
	start := t.TempDir()
	writeFiles(t, start, map[string]string{
		"template/template.json": `{"version": 1, "questions": [{"name": "author"}]}`,
		"template/hello.tmpl":    "{{ .author }}\n",

		"tested/hello.tmpl":               "{{ .project_name }}\n",
		"tested/template_test/case.txtar": "-- want/hello --\nmysite\n",
	})
	cmd := exec.CommandContext(t.Context(), "gostart", "startproject", "mysite")
	cmd.Dir = start
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.CopyFS(filepath.Join(start, "edited"), os.DirFS(filepath.Join(start, "mysite"))); err != nil {
		t.Fatal(err)
	}
	writeFiles(t, start, map[string]string{"edited/README.md": "Mine.\n"})
	for _, s := range surroundings {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(start)); err != nil {
				t.Fatal(err)
			}
			for _, c := range quietCommands {
				if s.silent && c.reads {
					continue
				}
				err := errors.Join(os.RemoveAll(filepath.Join(dir, "new")), os.RemoveAll(filepath.Join(dir, "pages")))
				if err == nil && c.dir == "new" {
					err = os.CopyFS(filepath.Join(dir, "new"), os.DirFS(filepath.Join(start, "mysite")))
				}
				if err != nil {
					t.Fatal(err)
				}
				cmd, out := s.command(t, filepath.Join(dir, c.dir), strings.Fields(c.args)...)
				_ = cmd.Wait() // the code tells
				code, output := cmd.ProcessState.ExitCode(), out.String()
				want := c.code
				if s.full && c.prints {
					want = max(c.code, 1)
				}
				if code != want {
					t.Errorf("gostart %s: exit code %d, want %d\n%s", c.args, code, want, output)
				}
				for _, never := range []string{"panic:", "goroutine ", "\x1b", "\r"} {
					if strings.Contains(output, never) {
						t.Errorf("gostart %s prints %q:\n%s", c.args, never, output)
					}
				}
			}
		})
	}
}

// command is gostart in these surroundings. What it prints where that can be read is in the Builder.
func (s surrounding) command(t *testing.T, dir string, args ...string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	if _, err := os.Stat("/dev/full"); err != nil && strings.Contains(s.shell, "/dev/full") {
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", s.shell, "sh", "gostart"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CI=", s.env)
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	silent, err := cmd.StdinPipe()
	if err == nil {
		t.Cleanup(func() { _ = silent.Close() })
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return cmd, &output
}

// TestStreamsRunserver serves and ends in all surroundings; a server goes on when its log cannot be written.
func TestStreamsRunserver(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, keyedModule)
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} { // without a home, the go command wants to be told
		t.Setenv(name, goEnv(t, name))
	}
	for _, s := range surroundings {
		t.Run(s.name, func(t *testing.T) {
			browser := filepath.Join(t.TempDir(), "browser")
			writeFiles(t, filepath.Dir(browser), map[string]string{"browser": "#!/bin/sh\necho $1 >" + browser + ".url\n"})
			if err := errors.Join(os.Chmod(browser, 0o700), syscall.Mkfifo(browser+".url", 0o600)); err != nil {
				t.Skipf("no named pipes here: %v", err)
			}
			pipe, err := os.OpenFile(browser+".url", os.O_RDWR|syscall.O_NONBLOCK, 0) // nobody waits for the other
			if err == nil {
				defer pipe.Close()
				err = pipe.SetReadDeadline(time.Now().Add(patience))
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv("BROWSER", browser)
			cmd, output := s.command(t, dir, "runserver", "0", "--application", "web.Handler", "--open")
			url, err := bufio.NewReader(pipe).ReadString('\n')
			if err != nil {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				t.Fatalf("%v; runserver printed:\n%s", err, output)
			}
			if page := getPage(http.DefaultClient, strings.TrimSpace(url), http.Header{}); !strings.Contains(page, "keyed") {
				t.Errorf("%s", page)
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil || strings.Contains(output.String(), "\x1b") {
				t.Errorf("%v; runserver printed:\n%s", err, output)
			}
		})
	}
}

// TestStreamsAll wants each command in the table.
func TestStreamsAll(t *testing.T) {
	for path := range leafCommands(commands()) {
		if !slices.ContainsFunc(quietCommands, func(q quietCommand) bool { return strings.HasPrefix(q.args+" ", path+" ") }) {
			t.Errorf("quietCommands has no %q", path)
		}
	}
}
