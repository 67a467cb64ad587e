//go:build linux

// The project that the hosts serve, and the processes that they are made of.
package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A hostedProject is a project "mysite" with the views of the suite.
type hostedProject struct {
	dir    string   // its root
	run    string   // for sockets: a path short enough for one
	binary string   // what go build made of it
	env    []string // the production settings
}

func newHostedProject(t *testing.T, addons ...string) *hostedProject {
	t.Helper()
	dir := generate(t, "mysite")
	run, err := os.MkdirTemp("", "hosts") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(run) })
	p := &hostedProject{dir: dir, run: run, binary: filepath.Join(dir, "bin", "mysite")}
	p.env = append(os.Environ(),
		"CGO_ENABLED=0", // as the pages have it
		"GOSTART_SETTINGS_MODULE=mysite.settings.production",
		"SECRET_KEY="+strings.Repeat("secret", 10),
		"ALLOWED_HOSTS=127.0.0.1,localhost,example.test",
		"DATA_UPLOAD_MAX_MEMORY_SIZE=8000000")

	views, err := os.ReadFile("testdata/hosts/conformance.go")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mysite", "conformance.go"), views, 0o600); err != nil {
		t.Fatal(err)
	}
	p.edit(t, "mysite/urls.go", "return table", `return append(table, route{"/conformance/", s.conformance})`)
	for _, addon := range addons {
		p.lay(t, addon)
	}
	p.command(t, "go", "build", "-trimpath", "-o", p.binary, ".")
	return p
}

// lay adds an add-on: its name, and answers as name=value.
func (p *hostedProject) lay(t *testing.T, addon string) {
	t.Helper()
	args := []string{"add", "-v0"}
	for i, word := range strings.Fields(addon) {
		if i > 0 {
			args = append(args, "--set")
		}
		args = append(args, word)
	}
	p.command(t, "gostart", args...)
}

// edit replaces each old by the new that follows it, in a file of the project; each old must be there.
func (p *hostedProject) edit(t *testing.T, file string, oldnew ...string) {
	t.Helper()
	file = filepath.Join(p.dir, file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(oldnew); i += 2 {
		if !bytes.Contains(text, []byte(oldnew[i])) {
			t.Fatalf("%s has no %q", file, oldnew[i])
		}
	}
	if err := os.WriteFile(file, []byte(strings.NewReplacer(oldnew...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
}

// read gives a file of the project.
func (p *hostedProject) read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// command runs a command in the project to its end, and gives what it printed.
func (p *hostedProject) command(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = p.dir, p.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return string(out)
}

// serve starts the project's own program on a socket, and gives its path.
func (p *hostedProject) serve(t *testing.T) (socket string) {
	t.Helper()
	socket = filepath.Join(p.run, "mysite.sock")
	cmd := exec.Command(p.binary, "--bind", "unix:"+socket)
	cmd.Dir, cmd.Env = p.dir, p.env
	startServer(t, cmd, "unix", socket)
	return socket
}

// startServer starts a server in the foreground, and returns once it accepts connections on the address. What it
// ended with is sent, as runServer has it.
func startServer(t *testing.T, cmd *exec.Cmd, network, address string) (ended chan error) {
	t.Helper()
	ended = runServer(t, cmd)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// Servers have no common way to tell that they are ready, so knock until somebody answers.
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			_ = conn.Close()
			return ended
		}
		select {
		case <-tick.C:
		case err := <-ended:
			ended <- err
			t.Fatalf("%v ended: %v", cmd.Args, err)
		case <-ctx.Done():
			t.Fatalf("%v does not serve: %v", cmd.Args, err)
		}
	}
}

// runServer starts a process that ends with the test, as do all the others of its group. What it printed is in the
// log of a failed test; what it ended with is sent, and to be sent back for the test's end.
func runServer(t *testing.T, cmd *exec.Cmd) (ended chan error) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log")) // a file: children that outlive cmd hold no pipe open
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended = make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			_ = err // a signal ended it
		case <-time.After(30 * time.Second):
			t.Errorf("%v did not end on SIGTERM", cmd.Args)
		}
		killGroup(cmd)
		if text, _ := os.ReadFile(log.Name()); t.Failed() {
			t.Logf("%s:\n%s", cmd.Path, text[max(0, len(text)-8000):])
		}
		_ = log.Close()
	})
	return ended
}
