package runserver

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestWatcherGivesUp is each reason for which no events come: one notice, and
// batches without names from then on.
func TestWatcherGivesUp(t *testing.T) {
	for _, test := range []struct {
		name, notice string
		watch        error
		silent       string
	}{
		{"no watch left", "max_user_watches", &fs.PathError{Op: "add", Err: syscall.ENOSPC}, ""},
		{"no descriptor left", "max_user_instances", fmt.Errorf("adding: %w", syscall.EMFILE), ""},
		{"another reason", "operation not permitted", syscall.EPERM, ""},
		{"a mount without events", " is on 9p)", nil, "9p"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var notices []string
			w := newWatcher(func(text string) { notices = append(notices, text) })
			w.watch = func(string) error { return test.watch }
			w.silent = func(string) string { return test.silent }
			dir := t.TempDir()
			w.add(dir)
			w.add(dir)
			if len(notices) != 1 || !strings.Contains(notices[0], test.notice) {
				t.Errorf("notices %q, want one with %q", notices, test.notice)
			}
			go w.run(t.Context())
			select {
			case names := <-w.batches:
				if names != nil {
					t.Errorf("a batch of %q", names)
				}
			case <-time.After(patience):
				t.Error("nobody looks at the files")
			}
		})
	}
}

// TestWatcherGone is no reason: a directory may go while it is found.
func TestWatcherGone(t *testing.T) {
	w := newWatcher(func(text string) { t.Errorf("notice: %s", text) })
	w.add(t.TempDir() + "/gone")
	if kind := silentFileSystem(t.TempDir() + "/gone"); kind != "" {
		t.Errorf("nothing is on %s", kind)
	}
}
