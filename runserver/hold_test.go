package runserver

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// TestHold: it is told once, and only when attempts are overtaken for long.
func TestHold(t *testing.T) {
	var h hold
	start := time.Now()
	for i, test := range []struct {
		after time.Duration
		want  bool
	}{{0, false}, {time.Hour, false}, {time.Hour + holdGrace - 1, false}, {time.Hour + holdGrace, true}, {2 * time.Hour, false}} {
		if got := h.begins(start.Add(test.after)); got != test.want {
			t.Errorf("attempt %d, after %v: %t", i, test.after, got)
		}
	}
}

// TestKeepsChanging saves faster than anything is built, until that is told. The last save is what answers.
func TestKeepsChanging(t *testing.T) {
	if testing.Short() {
		t.Skip("saves for some seconds")
	}
	dir := t.TempDir()
	for name, text := range lossSite {
		writeTestFile(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	view := filepath.Join(dir, "mysite", "views.go")
	writeTestFile(t, view, lossView(1))
	s := startServer(t, Options{Dir: dir})
	const want = "gostart: requests wait: files change faster than they are built, just now mysite/views.go\n"
	told := make(chan bool, 1)
	go func() { told <- s.errors.await(want) }()
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for version, over := int64(5), false; !over; version += 4 {
		select {
		case <-pace.C:
		case ok := <-told:
			if over = true; !ok {
				t.Fatal("it is not told")
			}
		}
		if err := saves[1](view, lossView(version)); err != nil {
			t.Fatal(err)
		}
		if over {
			if got := get(t, s.addr, "/"); got != fmt.Sprint(version) {
				t.Errorf("the answer is %s, the last save was %d", got, version)
			}
		}
	}
}
