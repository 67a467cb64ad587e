//go:build unix

package main

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slowServer sends half an archive, and the rest when it is told to go on; ended is closed when the client is gone.
func slowServer(t *testing.T) (address string, goOn, ended chan struct{}) {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	_, err := w.Create("a.txt")
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	half := archive.Len() / 2
	goOn, ended = make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(archive.Next(half))
		_ = http.NewResponseController(w).Flush()
		select {
		case <-goOn:
			_, _ = w.Write(archive.Bytes())
		case <-r.Context().Done():
			close(ended)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/x.zip", goOn, ended
}

// TestDownloadProgress shows a download that takes over a second, in one line that is gone in the end.
func TestDownloadProgress(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, goOn, _ := slowServer(t)
	dir := t.TempDir()
	began := time.Now()
	term := startInTerminal(t, dir, nil, "startproject", "mysite", "--template", address)
	term.waitFor("\r\x1b[Kdownloading " + address + " 0.0 MiB")
	if took := time.Since(began); took < time.Second {
		t.Errorf("it was shown after %v", took)
	}
	close(goOn)
	term.waitFor("\r\x1b[KCreated mysite in " + dir)
	term.waitFor("gostart: warning: the template came without a checksum")
	if code := term.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

// TestDownloadInterrupted ends a download by Ctrl-C: at once, and with nothing left anywhere.
func TestDownloadInterrupted(t *testing.T) {
	home, temporary, dir := t.TempDir(), t.TempDir(), t.TempDir()
	t.Setenv("XDG_CACHE_HOME", home)
	t.Setenv("TMPDIR", temporary)
	address, _, ended := slowServer(t)
	term := startInTerminal(t, dir, nil, "startproject", "mysite", "--template", address)
	term.waitFor("downloading")
	if _, err := term.pty.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	term.waitFor("gostart: error: interrupted, nothing was written")
	if code := term.exit(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	<-ended
	for _, dir := range []string{home, temporary, dir} {
		wantEmpty(t, dir)
	}
}

// TestFetchInterrupted is the same for git, whose helper must not go on without it.
func TestFetchInterrupted(t *testing.T) {
	temporary, dir := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, ".cache"))
	t.Setenv("TMPDIR", temporary)
	asked, ended := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
		close(ended)
	}))
	defer server.Close()
	term := startInTerminal(t, dir, nil, "startproject", "mysite", "--template", "git+"+server.URL)
	<-asked
	if err := term.cmd.Process.Signal(os.Signal(syscall.SIGTERM)); err != nil {
		t.Fatal(err)
	}
	term.waitFor("gostart: error: interrupted, nothing was written")
	term.exit()
	<-ended
	wantEmpty(t, temporary)
	wantEmpty(t, dir)
}

// TestFetchAsksPassword has git ask where somebody is there to answer, and not before it has to.
func TestFetchAsksPassword(t *testing.T) {
	root := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=x", "-c", "user.email=x"}, args...)...)
		cmd.Dir = root
		out, err := cmd.Output()
		if err != nil {
			t.Skipf("git %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "--quiet", ".")
	if err := os.WriteFile(filepath.Join(root, "a.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	git("add", "a.txt")
	git("commit", "--quiet", "-m", "x")
	backend := &cgi.Handler{Path: filepath.Join(git("--exec-path"), "git-http-backend"), Stderr: io.Discard, Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1"}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != "secret" {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	defer server.Close()
	dir := t.TempDir()
	term := startInTerminal(t, dir, nil, "startproject", "mysite", "--template", "git+"+server.URL+"/.git")
	term.waitFor("Username for '" + server.URL + "': ")
	if _, err := term.pty.WriteString("ada\n"); err != nil {
		t.Fatal(err)
	}
	term.waitFor("Password for ")
	if _, err := term.pty.WriteString("secret\n"); err != nil {
		t.Fatal(err)
	}
	term.waitFor("Created mysite in " + dir)
	if code := term.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}
