//go:build unix

// The keys of runserver, pressed in a terminal: alone, and under a shell that stops it and sends it to the background.
package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// keyedModule is a module whose application prints to the terminal that it is there.
var keyedModule = map[string]string{
	"go.mod": "module example.com/keyed\n\ngo 1.25\n",
	"web/web.go": `package web

import (
	"fmt"
	"net/http"
)

func Handler(w http.ResponseWriter, _ *http.Request) {
	fmt.Println("printed by the application")
	fmt.Fprintln(w, "keyed")
}
`,
}

// startTerminal runs a command whose terminal the test is.
func startTerminal(t *testing.T, name string, args ...string) *terminal {
	t.Helper()
	dir := t.TempDir()
	for file, text := range keyedModule {
		file = filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "TERM=xterm", "PS1=prompt> ", "BROWSER="+filepath.Join(dir, "browser"))
	script := "#!/bin/sh\necho \"the browser shows $1\" > /dev/tty\n"
	if err := os.WriteFile(filepath.Join(dir, "browser"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 200})
	if err != nil {
		t.Skipf("no terminal here: %v", err)
	}
	term := &terminal{T: t, cmd: cmd, pty: f, output: make(chan string, 100)}
	go func() {
		defer close(term.output)
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			if err != nil {
				return
			}
			term.output <- string(buf[:n])
		}
	}()
	return term
}

func (t *terminal) press(keys string) {
	t.Helper()
	if _, err := io.WriteString(t.pty, keys); err != nil {
		t.Fatal(err)
	}
}

// waitForURL waits for the banner.
func (t *terminal) waitForURL() string {
	t.Helper()
	t.waitFor("Starting development server at ")
	for !strings.Contains(t.seen, "\n") {
		t.seen += <-t.output
	}
	return strings.TrimSpace(t.seen[:strings.Index(t.seen, "\n")])
}

// lineMode tells whether the terminal reads lines and echoes them, as a shell wants it.
func (t *terminal) lineMode() bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "stty", "-a")
	cmd.Stdin = t.pty
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("stty: %v", err)
	}
	return regexp.MustCompile(`[\s;]icanon`).Match(out) && regexp.MustCompile(`[\s;]echo[\s;]`).Match(out)
}

func TestKeys(t *testing.T) {
	term := startTerminal(t, "gostart", "runserver", "0", "--application", "web.Handler")
	url := term.waitForURL()
	term.waitFor("Keys: r rebuild, o open the browser, c clear the screen, q quit, h help\r\n")
	if term.lineMode() {
		t.Error("the terminal still reads lines")
	}
	term.press("h")
	term.waitFor("Serving " + url + "\r\n") // output still begins its lines on the left
	term.waitFor("c  clear the screen")
	term.press("r")
	term.waitFor("asked for, reloaded in")
	term.press("c")
	term.waitFor("\x1b[2J")
	term.press("o")
	term.waitFor("the browser shows " + url)
	term.press("q")
	if code := term.exitInLineMode(); code != 0 {
		t.Errorf("exit code %d, want 0; the terminal showed:\n%s", code, term.seen)
	}
}

// exitInLineMode wants the terminal as it was before.
func (t *terminal) exitInLineMode() int {
	t.Helper()
	for piece := range t.output { // all of it: a program that can't print does not end
		t.seen += piece
	}
	_ = t.cmd.Wait() // the code tells
	if !t.lineMode() {
		t.Error("the terminal was left without lines and echo")
	}
	_ = t.pty.Close()
	return t.cmd.ProcessState.ExitCode()
}

// TestKeysSignals is each way out that a signal takes.
func TestKeysSignals(t *testing.T) {
	for name, keys := range map[string]string{"Ctrl-C": "\x03", "Ctrl-C twice": "\x03\x03", `Ctrl-\`: "\x1c"} {
		t.Run(name, func(t *testing.T) {
			term := startTerminal(t, "gostart", "runserver", "0", "--application", "web.Handler")
			term.waitFor("Keys: ")
			term.press(keys)
			if code := term.exitInLineMode(); name == "Ctrl-C" && code != 0 {
				t.Errorf("exit code %d, want 0; the terminal showed:\n%s", code, term.seen)
			}
		})
	}
}

// TestKeysJobs is a shell with job control: Ctrl-Z gives it a terminal that reads lines, fg gives the keys
// back, and in the background runserver serves and leaves the terminal alone.
func TestKeysJobs(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash here")
	}
	term := startTerminal(t, "bash", "--norc", "--noprofile", "--noediting", "-i")
	term.waitFor("prompt> ")
	term.press("stty tostop\n")
	term.waitFor("prompt> ")
	term.press("gostart runserver 0 --application web.Handler\n")
	url := term.waitForURL()
	term.waitFor("Keys: ")
	term.press("\x1a")
	term.waitFor("Stopped")
	term.waitFor("prompt> ")
	if !term.lineMode() {
		t.Error("the shell got a terminal without lines and echo")
	}
	term.press("fg\n")
	term.waitFor("web.Handler")
	term.press("h")
	term.waitFor("clear the screen")
	term.press("\x1a")
	term.waitFor("Stopped")
	term.waitFor("prompt> ")
	term.press("bg\n")
	term.waitFor("web.Handler &")
	if page := getPage(http.DefaultClient, url, http.Header{}); !strings.Contains(page, "keyed") {
		t.Errorf("in the background, runserver answers %q", page)
	}
	term.waitFor("printed by the application")
	term.press("jobs\n")
	term.waitFor("Running")
	if !term.lineMode() {
		t.Error("in the background, runserver set the terminal")
	}
	term.press("fg\n")
	term.waitFor("web.Handler")
	for deadline := time.Now().Add(patience); term.lineMode(); { // a shell does not tell it
		if time.Now().After(deadline) {
			t.Fatal("in the foreground, runserver does not take its keys")
		}
	}
	term.press("h")
	term.waitFor("clear the screen")
	term.press("q")
	term.waitFor("prompt> ")
	if !term.lineMode() {
		t.Error("at the end, the shell got a terminal without lines and echo")
	}
	term.press("gostart runserver 0 --application web.Handler &\n")
	url = term.waitForURL()
	if page := getPage(http.DefaultClient, url, http.Header{}); !strings.Contains(page, "keyed") {
		t.Errorf("in the background, runserver answers %q", page)
	}
	term.press("kill %1; wait; exit\n")
	term.exit()
}
