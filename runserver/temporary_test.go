package runserver

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestSweep: what a run that was killed has left is removed by the next one. What lives stays, and what may: another
// machine's, what has no lock, what is no run's, and what a link leads to.
func TestSweep(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	t.Setenv("TMP", temporary)
	host, err := os.Hostname()
	if err != nil {
		t.Skip(err)
	}
	living, remove, err := makeTemporary()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"gostart-killed/" + temporaryLock: host, "gostart-killed/launcher1": "x", "gostart-killed/overlay/main.go": "x",
		"gostart-elsewhere/" + temporaryLock: "another", "gostart-new/" + temporaryLock: "", "gostart-module-1/go.mod": "",
		"other/" + temporaryLock: host,
	} {
		writeTestFile(t, filepath.Join(temporary, filepath.FromSlash(name)), text)
	}
	want := []string{filepath.Base(living), "gostart-elsewhere", "gostart-module-1", "gostart-new", "other"}
	if os.Symlink("other", filepath.Join(temporary, "gostart-link")) == nil {
		want = append(want, "gostart-link")
	}
	next, removeNext, err := makeTemporary()
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, filepath.Base(next))
	slices.Sort(want)
	if got := namesIn(t, temporary); !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
	if got := namesIn(t, filepath.Join(temporary, "other")); len(got) != 1 {
		t.Errorf("behind the link there are %q", got)
	}
	remove()
	removeNext()
	if got := namesIn(t, temporary); len(got) != len(want)-2 {
		t.Errorf("in the end there are %q", got)
	}
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
