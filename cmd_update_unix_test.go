//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsnotify/fsnotify"
)

func TestDocsUpdate(t *testing.T) { followPage(t, "docs/update.md") }

// TestUpdateAsks has a terminal: what is new in the template is asked, with its default; what is recorded is
// not, and no secret.
func TestUpdateAsks(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, filepath.Join(dir, "tmpl"), askingTemplate)
	run := exec.CommandContext(t.Context(), "gostart", "startproject", "mysite", "--template", "./tmpl", "--set", "owner=ada")
	run.Dir, run.Env = dir, append(os.Environ(), "GOSTART_ANSWER_TOKEN=s3cret")
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	next := map[string]string{}
	for name, text := range askingTemplate {
		next[name] = text
	}
	next["template.json"] = strings.Replace(next["template.json"], `{"name": "docker"`, `{"name": "year", "default": "2026"}, {"name": "place"}, {"name": "docker"`, 1)
	next["answers.tmpl"] = "{{.owner}} in {{.place}}, {{.year}}\n"
	writeFiles(t, filepath.Join(dir, "tmpl"), next)

	site := filepath.Join(dir, "mysite")
	term := startInTerminalWith(t, "TERM=dumb", site, nil, "update")
	all := term.waitFor("year\r\nAnswer [2026]: ")
	term.press("\n")
	all += term.waitFor("place\r\nAnswer: ")
	term.press("London\n")
	all += term.waitFor("replace  answers")
	if code := term.exit(); code != 0 || strings.Contains(all, "owner") || strings.Contains(all, "token") {
		t.Errorf("exit code %d; the terminal showed:\n%s", code, all)
	}
	wantFiles(t, site, map[string]string{"answers": "ada in London, 2026\n", ".env": "TOKEN=s3cret\n"})

	term = startInTerminalWith(t, "TERM=dumb", site, nil, "update")
	all = term.waitFor("mysite is up to date")
	if code := term.exit(); code != 0 || strings.Contains(all, "Answer") {
		t.Errorf("exit code %d; the terminal showed:\n%s", code, all)
	}
}

// TestUpdateKilled ends an update by kill -9 while it writes five hundred files. The next command, whichever it
// is, finds all as it was and says so, or all done.
func TestUpdateKilled(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{}
	for i := range 500 {
		files[fmt.Sprintf("%04d.txt", i)] = "old\n"
	}
	writeFiles(t, filepath.Join(dir, "tmpl"), files)
	gostart := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "gostart", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("gostart %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	gostart("startproject", "mysite", "--template", "./tmpl", "-v0")
	for name := range files {
		files[name] = "new\n"
	}
	writeFiles(t, filepath.Join(dir, "tmpl"), files)
	dir = filepath.Join(dir, "mysite")

	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		err = watcher.Add(filepath.Join(dir, ".gostart"))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	update := exec.CommandContext(t.Context(), "gostart", "update")
	update.Dir = dir
	if err := update.Start(); err != nil {
		t.Fatal(err)
	}
	for e := range watcher.Events { // there comes one in the end, or the test's time is over
		if filepath.Base(e.Name) == "journal" {
			break
		}
	}
	if err := update.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended := update.Wait()
	said := gostart("diff", "--stat")
	want := "old\n"
	if ended == nil || !strings.Contains(said, "gostart: gostart update was interrupted while it wrote to ") {
		want = "new\n"
	}
	t.Logf("killed: %v, then %s", ended, said)
	if !strings.Contains(said, "0 of the templates' files changed") {
		t.Errorf("after the kill:\n%s", said)
	}
	for name := range files {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(data, []byte(want)) {
			t.Fatalf("%s is %q (%v), want %q", name, data, err, want)
		}
	}
	gostart("update")
	wantFiles(t, dir, files)
}
