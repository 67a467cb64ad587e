package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestInotifyLimit is a machine without watches to spare: a user namespace has a limit of its own. An edit is
// seen by the request after it, and without one too.
func TestInotifyLimit(t *testing.T) {
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
	attributes := &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	limit := "echo 1 > /proc/sys/user/max_inotify_watches"
	try := exec.CommandContext(t.Context(), "sh", "-c", limit)
	try.SysProcAttr = attributes
	if out, err := try.CombinedOutput(); err != nil {
		t.Skipf("no user namespaces here: %v %s", err, out)
	}
	s := &served{done: make(chan error, 1), more: make(chan struct{})}
	s.cmd = exec.CommandContext(t.Context(), "sh", "-c", limit+" && exec gostart runserver 0 --application web.Handler")
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr, s.cmd.SysProcAttr = dir, s, s, attributes
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- s.cmd.Wait() }()
	wait := func(pattern string) []string {
		t.Helper()
		found, err := s.waitFor(regexp.MustCompile(pattern))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	wait(`file events can't be had \(the limit fs.inotify.max_user_watches is reached\)`)
	url := wait(startedLine.String())[1]
	edit := func(from, to string) {
		t.Helper()
		name := filepath.Join(dir, "web", "web.go")
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	edit(`w, "keyed"`, `w, "edited"`)
	if page := getPage(http.DefaultClient, url, http.Header{}); !strings.Contains(page, "edited") {
		t.Errorf("after an edit: %q", page)
	}
	wait(`web/web.go changed, reloaded in`)
	edit(`w, "edited"`, `w, "again"`)
	wait(`web/web.go changed, reloaded in`)
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	if all := s.printed.String(); strings.Count(all, "file events") != 1 {
		t.Errorf("more than one notice:\n%s", all)
	}
}
