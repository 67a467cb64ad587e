package generator

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// TestUpdateTo goes from one version of the built-in templates to the next, to another, and back.
func TestUpdateTo(t *testing.T) {
	v1, v2, v3 := builtin("a.txt", "one\n"), builtin("a.txt", "two\n"), builtin("a.txt", "three\n")
	all := withHistory(withHistory(v3, "v1.0.0", v1), "v2.0.0", v2)
	dir := made(t, v1)
	for _, step := range []struct{ to, want string }{
		{"v2.0.0", "two\n"}, {"", "three\n"}, {"v1.0.0", "one\n"}, {"2.0.0", "two\n"}, {"v3.0.0", "three\n"},
	} {
		r, err := Update(t.Context(), UpdateOptions{To: step.to, Options: Options{Directory: dir, Builtin: all, Version: "v3.0.0"}})
		if err != nil {
			t.Fatalf("--to %s: %v", step.to, err)
		}
		data, err := os.ReadFile(filepath.Join(dir, "a.txt"))
		if err != nil || string(data) != step.want || len(r.Files) != 1 {
			t.Errorf("--to %s: a.txt is %q (%v), %v", step.to, data, err, r)
		}
	}
	for to, hint := range map[string]string{"v9.0.0": "go install gostart@v9.0.0, then type this again", "v1.5.0": "it has those of v3.0.0, v2.0.0, v1.0.0"} {
		_, err := Update(t.Context(), UpdateOptions{To: to, Options: Options{Directory: dir, Builtin: all, Version: "v3.0.0"}})
		if r, ok := err.(*refusal); !ok || r.code != exitUsage || r.hint != hint {
			t.Errorf("--to %s: %v", to, err)
		}
	}
}

// TestUpdateUnknownRevision has a project whose template gostart does not know.
func TestUpdateUnknownRevision(t *testing.T) {
	then, now := builtin("a.txt", "1\n2\n3\n"), builtin("a.txt", "1\n2\nthree\n")
	dir := made(t, then)
	lay(t, dir, "a.txt", "one\n2\n3\n")
	for version, hint := range map[string]string{
		"v0.9.0": "install that one or a newer one: go install gostart@v1.0.0",
		"v2.0.0": "name the template that it was made from: gostart update --base DIRECTORY",
	} {
		_, err := Update(t.Context(), UpdateOptions{Options: Options{Directory: dir, Builtin: now, Version: version}})
		if r, ok := err.(*refusal); !ok || r.code != exitFailed || r.hint != hint {
			t.Errorf("gostart %s: %v", version, err)
		}
	}
	base := t.TempDir()
	lay(t, base, "a.txt", "1\n2\n3\n")
	if _, err := Update(t.Context(), UpdateOptions{Base: base, Options: Options{Directory: dir, Builtin: now, Version: "v2.0.0"}}); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "a.txt")); err != nil || string(data) != "one\n2\nthree\n" {
		t.Errorf("a.txt is %q (%v)", data, err)
	}
	lay(t, base, "a.txt", "another\n")
	_, err := Update(t.Context(), UpdateOptions{Base: base, Options: Options{Directory: made(t, then), Builtin: now, Version: "v2.0.0"}})
	if err == nil || !strings.Contains(err.Error(), "a.txt") {
		t.Errorf("another base: %v", err)
	}
}

// TestUpdateDamagedHistory has a zip that is none.
func TestUpdateDamagedHistory(t *testing.T) {
	dir := made(t, builtin("a.txt", "a\n"))
	now := builtin("a.txt", "b\n")
	now["history/v1.0.0.zip"] = &fstest.MapFile{Data: []byte("PK")}
	_, err := Update(t.Context(), UpdateOptions{Options: Options{Directory: dir, Builtin: now, Version: "v2.0.0"}})
	if err == nil || !strings.Contains(err.Error(), "reading the templates of gostart v1.0.0: ") {
		t.Error(err)
	}
}

// TestHistoryIsWhatIsEmbedded archives the committed templates as make history does: each has the revision that
// projects made of the embedded one record.
func TestHistoryIsWhatIsEmbedded(t *testing.T) {
	git := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = "../templates"
		return cmd.Output()
	}
	if changed, err := git("status", "--porcelain", "--", "."); err != nil || len(changed) > 0 {
		t.Skipf("only for a checkout without changes: %v %s", err, changed)
	}
	data, err := git("archive", "--format=zip", "HEAD", "project", "app", "addons")
	if err != nil {
		t.Fatal(err)
	}
	archived, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(os.DirFS("../templates"), "addons/*")
	if err != nil || len(names) == 0 {
		t.Fatalf("no add-ons (%v)", err)
	}
	for _, name := range append(names, kindProject, kindApp) {
		o := sourceOptions{kind: kindAddon}
		if !strings.Contains(name, "/") {
			o.kind = name
		}
		var revisions []string
		for _, builtin := range []fs.FS{archived, os.DirFS("../templates")} {
			o.builtin = builtin
			src, err := openSource(t.Context(), strings.TrimPrefix(name, "addons/"), o)
			if err != nil {
				t.Fatal(err)
			}
			revisions = append(revisions, src.revision)
		}
		if revisions[0] != revisions[1] {
			t.Errorf("%s has the revision %s in the archive, and %s embedded", name, revisions[0], revisions[1])
		}
	}
}
