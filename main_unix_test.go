//go:build unix

// What only a signal or a terminal can do.
package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// ownGroup makes a command the leader of a process group, which killGroup ends.
func ownGroup(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
}

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// TestInterrupt sends a real SIGINT and SIGTERM to a startproject that waits for its answers.
func TestInterrupt(t *testing.T) {
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			dir := t.TempDir()
			answers := filepath.Join(t.TempDir(), "answers.json")
			if err := syscall.Mkfifo(answers, 0o600); err != nil {
				t.Skipf("no named pipes here: %v", err)
			}
			cmd := exec.CommandContext(t.Context(), "gostart", "startproject", "mysite", "deep/er", "--answers", answers)
			cmd.Dir = dir
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			pipe, err := os.OpenFile(answers, os.O_WRONLY, 0) // returns once gostart reads
			if err != nil {
				t.Fatal(err)
			}
			defer pipe.Close()
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
				t.Errorf("exit: %v, want exit status 130", err)
			}
			if got, want := stderr.String(), "gostart: error: interrupted, nothing was written\n"; got != want {
				t.Errorf("stderr = %q, want %q", got, want)
			}
			wantEmpty(t, dir)
		})
	}
}

// terminal is a gostart whose standard streams are a terminal.
type terminal struct {
	*testing.T
	cmd    *exec.Cmd
	pty    *os.File
	output chan string // pieces of what is shown
	seen   string
}

// startInTerminal starts gostart, and types keys[i] at the i-th prompt. survey asks the terminal where its
// cursor is, and drops what has been typed when it reads the answer, but for what is before the answer: so
// that is where the keys go.
func startInTerminal(t *testing.T, dir string, keys []string, args ...string) *terminal {
	t.Helper()
	return startInTerminalWith(t, "TERM=xterm", dir, keys, args...)
}

// startInTerminalWith is startInTerminal with one more variable in the environment.
func startInTerminalWith(t *testing.T, variable, dir string, keys []string, args ...string) *terminal {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "gostart", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CI=", "NO_COLOR=1", "TERM=xterm", variable)
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 200})
	if err != nil {
		t.Skipf("no terminal here: %v", err)
	}
	term := &terminal{T: t, cmd: cmd, pty: f, output: make(chan string, 100)}
	go func() {
		defer close(term.output)
		var asked string // what may be the beginning of a question
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			if err != nil {
				return
			}
			asked += string(buf[:n])
			for {
				before, after, found := strings.Cut(asked, "\x1b[6n") // where is the cursor?
				if !found {
					break
				}
				asked = after
				answer := "\x1b[10;20R"
				if strings.HasSuffix(before, "\x1b[999;999f") { // in the last corner: how large is the terminal?
					answer = "\x1b[40;200R"
				} else if len(keys) > 0 {
					answer, keys = keys[0]+answer, keys[1:]
				}
				_, _ = io.WriteString(f, answer)
			}
			term.output <- string(buf[:n])
		}
	}()
	return term
}

// waitFor waits until want is shown, and gives all that was shown up to there since the last time.
func (t *terminal) waitFor(want string) string {
	t.Helper()
	for !strings.Contains(t.seen, want) {
		piece, ok := <-t.output
		if !ok {
			t.Fatalf("the terminal closed before it showed %q; it showed:\n%q", want, t.seen)
		}
		t.seen += piece
	}
	before, after, _ := strings.Cut(t.seen, want)
	t.seen = after
	return before + want
}

// exit waits for the end and gives the exit code.
func (t *terminal) exit() int {
	for piece := range t.output {
		t.seen += piece
	}
	_ = t.cmd.Wait() // the code tells
	_ = t.pty.Close()
	return t.cmd.ProcessState.ExitCode()
}

// TestPrompt asks for the name again with the reason, and prints the command that needs no answers.
func TestPrompt(t *testing.T) {
	dir := t.TempDir()
	keys := []string{"my-site\r", "mysite\r", "example.com/mysite\r"}
	term := startInTerminal(t, dir, keys, "startproject")
	term.waitFor("Project name")
	term.waitFor(`"-" is not allowed in a Go package name; try "mysite" or "my_site"`)
	term.waitFor("Project name")
	term.waitFor("Module path")
	term.waitFor("gostart startproject mysite --module example.com/mysite")
	if code := term.exit(); code != 0 {
		t.Errorf("exit code %d, want 0; the terminal showed:\n%s", code, term.seen)
	}
	if _, err := os.Stat(filepath.Join(dir, "mysite", "go.mod")); err != nil {
		t.Error(err)
	}
}

// TestPromptInterrupted leaves nothing behind, and no stack on the screen.
func TestPromptInterrupted(t *testing.T) {
	for name, keys := range map[string][]string{"Ctrl-C": {"mysi\x03"}, "SIGTERM": nil} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			term := startInTerminal(t, dir, keys, "startproject", "-i", "mysite", "deep/er")
			term.waitFor("Project name")
			if keys == nil {
				if err := term.cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			term.waitFor("gostart: error: interrupted, nothing was written")
			if code := term.exit(); code != 130 {
				t.Errorf("exit code %d, want 130", code)
			}
			wantEmpty(t, dir)
		})
	}
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 0 {
		t.Errorf("%v was left behind", entries)
	}
}
