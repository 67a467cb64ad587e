//go:build unix

// What a terminal has to do with a server that a project built.
package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/creack/pty"
)

// TestTerminalGone closes the terminal of a server in the foreground. SIGHUP means that it shall end then, and not
// that a new process takes over which nobody sees.
func TestTerminalGone(t *testing.T) {
	dir := generate(t, "mysite")
	binary := filepath.Join(dir, "mysite.test")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), binary, "--bind", "127.0.0.1:0")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOSTART_SETTINGS_MODULE=")
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Skipf("no terminal here: %v", err)
	}
	var address string
	for lines := bufio.NewScanner(terminal); address == "" && lines.Scan(); {
		if found := programLine.FindStringSubmatch(lines.Text()); found != nil {
			address = "127.0.0.1:" + found[2]
		}
	}
	if address == "" {
		t.Fatal("it did not print its address")
	}
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		_ = conn.Close()
		t.Error("another process serves")
	}
}
