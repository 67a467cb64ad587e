package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestRecoveryAtEachStep has the taking back fail at each of its steps, and then done again.
func TestRecoveryAtEachStep(t *testing.T) {
	s := scenarios()[0]
	before, _, steps := s.beforeAndAfter(t)
	interrupt := func(dir string) { // all is written, and then the disk fails for good
		n := 0
		err := s.run(t.Context(), dir, func(string) error {
			if n++; n < steps-1 {
				return nil
			}
			return syscall.EIO
		})
		if err == nil {
			t.Fatal("no error")
		}
	}
	for n, more := 1, true; more; n++ {
		dir, count := t.TempDir(), 0
		s.prepare(t, dir)
		interrupt(dir)
		_, err := recoverAt(dir, func(string) error {
			if count++; count == n {
				return syscall.EIO
			}
			return nil
		})
		if more = count >= n; more && err != nil {
			if _, err := recoverAt(dir, nil); err != nil {
				t.Fatal(err)
			}
		}
		if got := tree(t, dir); !maps.Equal(got, before) {
			t.Fatalf("step %d left %v", n, got)
		}
	}
}

// TestRecoveryKeepsEdits edits what an interrupted write has left, before it is taken back.
func TestRecoveryKeepsEdits(t *testing.T) {
	s := scenarios()[0]
	before, _, steps := s.beforeAndAfter(t)
	dir, n := t.TempDir(), 0
	s.prepare(t, dir)
	err := s.run(t.Context(), dir, func(string) error {
		if n++; n < steps-1 {
			return nil
		}
		return syscall.EIO
	})
	if err == nil || !strings.Contains(err.Error(), "putting things back") {
		t.Fatalf("error %v", err)
	}
	lay(t, dir, "a.txt", "edited", "top.txt", "edited too", "dir/b.txt", "made again")
	r, err := recoverAt(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); !maps.Equal(got, before) {
		t.Errorf("left %v", got)
	}
	kept := []string{".gostart/edited/1/top.txt", ".gostart/edited/1/dir/b.txt", ".gostart/edited/1/a.txt"}
	if !slices.Equal(r.Kept, kept) || r.Directory != dir || len(r.Restored) == 0 || len(r.Said) != 1 {
		t.Errorf("said %+v", r)
	}
	for name, want := range map[string]string{"a.txt": "edited", "top.txt": "edited too", "dir/b.txt": "made again"} {
		if data, err := os.ReadFile(filepath.Join(dir, editedDir, "1", name)); err != nil || string(data) != want {
			t.Errorf("%s is %q (%v)", name, data, err)
		}
	}
}

// TestRecoveryKeepsNewFiles has the user make the very file that a gostart that was killed did not come to make: empty, or
// as it would have begun.
func TestRecoveryKeepsNewFiles(t *testing.T) {
	for _, text := range []string{"", "x"} {
		dir := t.TempDir()
		layOld(t, dir)
		killed := false
		err := changesOfEachKind(dir).apply(t.Context(), writing{command: "update", step: func(step string) error {
			if killed = killed || step == "linking new/x.txt"; killed {
				return syscall.EIO
			}
			return nil
		}})
		if err == nil || !killed {
			t.Fatalf("error %v", err)
		}
		lay(t, dir, "new/x.txt", text)
		r, err := recoverAt(dir, nil)
		if err != nil || len(r.Kept) != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		if data, err := os.ReadFile(filepath.Join(dir, r.Kept[0])); err != nil || string(data) != text {
			t.Errorf("%s is %q (%v)", r.Kept[0], data, err)
		}
	}
}

// TestChangedMeanwhile has somebody else write between plan and write.
func TestChangedMeanwhile(t *testing.T) {
	for _, name := range []string{"a.txt", "dir/b.txt", "new/x.txt", "top.txt"} {
		dir := t.TempDir()
		layOld(t, dir)
		p := changesOfEachKind(dir)
		lay(t, dir, name, "theirs")
		before := tree(t, dir)
		err := p.apply(t.Context(), writing{command: "update"})
		if err == nil || !strings.Contains(err.Error(), name+" in ") {
			t.Errorf("error %v, want one about %s", err, name)
		}
		if got := tree(t, dir); !maps.Equal(got, before) {
			t.Errorf("left %v", got)
		}
	}
}

// TestLock has two gostarts write at once.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	layOld(t, dir)
	second := func(step string) error {
		if !strings.Contains(step, journalDir) {
			return nil
		}
		err := changesOfEachKind(dir).apply(context.Background(), writing{command: "update"})
		if err == nil || !strings.Contains(err.Error(), "another gostart is writing to ") {
			t.Errorf("the second one: %v", err)
		}
		return nil
	}
	if err := changesOfEachKind(dir).apply(t.Context(), writing{command: "update", step: second}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, lockFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the lock is left: %v", err)
	}
}

// TestHostileJournal is a repository whose journal would have a file written where git runs it.
func TestHostileJournal(t *testing.T) {
	for _, name := range []string{".git/hooks/pre-commit", "../outside", "a/../../outside", ".GIT/config"} {
		dir := t.TempDir()
		lay(t, dir, ".git/config", "config", manifestFile, "{}", journalDir+"/old/0", "evil",
			journalDir+"/journal.json", fmt.Sprintf(`{"command": "update", "changes": [{"path": %q, "old": "x", "new": %q}]}`, name, contentSum([]byte("config"))))
		before := tree(t, dir)
		if _, err := Recover(dir); err == nil || !strings.Contains(err.Error(), "was not written by gostart: it has the path ") {
			t.Errorf("%s: %v", name, err)
		}
		if got := tree(t, dir); !maps.Equal(got, before) {
			t.Errorf("%s: left %v", name, got)
		}
	}
}

// TestLinkMeanwhile has a directory become a link to another one of the project between plan and write.
func TestLinkMeanwhile(t *testing.T) {
	dir := t.TempDir()
	layOld(t, dir)
	p := changesOfEachKind(dir)
	lay(t, dir, "elsewhere/b.txt", "b", "elsewhere/x", "x")
	if err := os.RemoveAll(filepath.Join(dir, "dir")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"dir", "new"} {
		if err := os.Symlink("elsewhere", filepath.Join(dir, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	before := tree(t, dir)
	if err := p.apply(t.Context(), writing{command: "update"}); err == nil {
		t.Error("written through a link")
	}
	if got := tree(t, dir); !maps.Equal(got, before) {
		t.Errorf("left %v", got)
	}
}
