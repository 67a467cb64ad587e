package generator

import (
	"archive/zip"
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// withHistory adds the templates of an older version, as a release records them.
func withHistory(now fstest.MapFS, version string, then fstest.MapFS) fstest.MapFS {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(then)) {
		if strings.HasPrefix(name, historyDir) {
			continue
		}
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(then[name].Data)
		}
		if err != nil {
			panic(err) // it is written to memory
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	all := maps.Clone(now)
	for name, f := range then {
		if strings.HasPrefix(name, historyDir) {
			all[name] = f
		}
	}
	all[historyDir+"/"+version+".zip"] = &fstest.MapFile{Data: out.Bytes()}
	return all
}

// made makes a project of built-in templates in a new directory, as gostart v1.0.0.
func made(t *testing.T, builtin fstest.MapFS, set ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mysite")
	if _, err := StartProject(t.Context(), Options{Name: "mysite", Directory: dir, Builtin: builtin, Version: "v1.0.0", Set: set}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// updateOptions are those of gostart v2.0.0, whose templates are now, in a project made of then.
func updateOptions(dir string, then, now fstest.MapFS) UpdateOptions {
	return UpdateOptions{Options: Options{Directory: dir, Builtin: withHistory(now, "v1.0.0", then), Version: "v2.0.0"}}
}

const lines = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"

func TestUpdate(t *testing.T) {
	then := builtin("a.txt", lines, "b.txt", lines, "c.txt", "c\n", "d.txt", "d\n", "old/e.txt", lines, "{{x}}.txt", "x")
	now := builtin("a.txt", strings.Replace(lines, "2", "two", 1), "b.txt", strings.Replace(lines, "5", "FIVE", 1), "d.txt", "D\n", "new/e.txt", lines, "f.txt", "f\n", "{{x}}.txt", "x")
	dir := made(t, then)
	lay(t, dir, "a.txt", strings.Replace(lines, "8", "eight", 1), "b.txt", strings.Replace(lines, "5", "fuenf", 1), "mine.txt", "mine\n",
		"old/e.txt", strings.Replace(lines, "1", "one", 1))
	if err := os.Remove(filepath.Join(dir, "d.txt")); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)

	o := updateOptions(dir, then, now)
	o.DryRun = true
	dry, err := Update(t.Context(), o)
	if got := tree(t, dir); !maps.Equal(got, before) {
		t.Errorf("a dry run left %v", got)
	}
	if err == nil || err.(*refusal).code != exitConflict || len(dry.Files) != 6 {
		t.Fatalf("a dry run: %v, %v", dry, err)
	}

	o.DryRun = false
	r, err := Update(t.Context(), o)
	if err == nil || err.(*refusal).code != exitConflict || !strings.Contains(err.Error(), "the update has left 1 conflict:\n  b.txt:5") {
		t.Fatalf("error %v, want one about the conflict", err)
	}
	var did []string
	for _, f := range r.Files {
		did = append(did, strings.TrimSpace(f.Action+" "+f.From+" "+f.Path))
	}
	if got, want := strings.Join(did, ", "), "merge  a.txt, conflict  b.txt, remove  c.txt, keep  d.txt, create  f.txt, rename old/e.txt new/e.txt"; got != want {
		t.Errorf("did %s, want %s", got, want)
	}
	after := tree(t, dir)
	for name, want := range map[string]string{
		"a.txt": strings.Replace(strings.Replace(lines, "8", "eight", 1), "2", "two", 1),
		"b.txt": "1\n2\n3\n4\n<<<<<<< yours\nfuenf\n||||||| base\n5\n=======\nFIVE\n>>>>>>> template\n6\n7\n8\n9\n",
		"f.txt": "f\n", "mine.txt": "mine\n", "new/e.txt": strings.Replace(lines, "1", "one", 1),
	} {
		if got := strings.TrimPrefix(after[name], "-rw-r--r-- "); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"c.txt", "d.txt", "old", "old/e.txt"} {
		if _, ok := after[name]; ok {
			t.Errorf("%s is there", name)
		}
	}

	// Conflicts have to be decided before the next update.
	if _, err := Update(t.Context(), o); err == nil || !strings.Contains(err.Error(), "1 conflict of the last update still marked:\n  b.txt:5") {
		t.Errorf("a second run: %v", err)
	}
	lay(t, dir, "b.txt", "decided\n")
	after = tree(t, dir)
	r, err = Update(t.Context(), o)
	if err != nil || !r.UpToDate || len(r.Files) != 0 {
		t.Errorf("after the decision: %v, %v", r, err)
	}
	if got := tree(t, dir); !maps.Equal(got, after) {
		t.Errorf("a second run changed %v", got)
	}

	// Back.
	aborted, err := UpdateAbort(UpdateOptions{Options: Options{Directory: dir}})
	if err != nil || len(aborted.Kept) != 1 || !strings.HasSuffix(aborted.Kept[0], "/b.txt") {
		t.Fatalf("abort: %v, %v", aborted, err)
	}
	if got := tree(t, dir); !maps.Equal(got, before) {
		t.Errorf("abort left %v, want %v", got, before)
	}
	if data, err := os.ReadFile(filepath.Join(dir, aborted.Kept[0])); err != nil || string(data) != "decided\n" {
		t.Errorf("kept %q (%v)", data, err)
	}
	if _, err := UpdateAbort(UpdateOptions{Options: Options{Directory: dir}}); err == nil || !strings.Contains(err.Error(), "there is no update") {
		t.Errorf("a second abort: %v", err)
	}
	if r, err := Update(t.Context(), o); r == nil || len(r.Files) != 6 {
		t.Errorf("once more: %v, %v", r, err)
	}
}
