package generator

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUpdateModule follows a Go module from the version that the project was made of to the newest, and to others.
func TestUpdateModule(t *testing.T) {
	proxy := newProxy(t)
	ownCache(t)
	dir := filepath.Join(t.TempDir(), "mysite")
	if _, err := StartProject(t.Context(), Options{Name: "mysite", Directory: dir, Template: "example.com/Web@v1.0.0"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, stateDir)); !os.IsNotExist(err) {
		t.Errorf("a version of a module stays what it is, but its files are kept: %v", err)
	}
	lay(t, dir, "go.mod", "module mysite\n\ngo 1.26\n")
	for _, step := range []struct{ to, want, template string }{
		{"", "v1.1.0", "example.com/Web@v1.1.0"}, {"v1.0.0", "v1.0.0", "example.com/Web@v1.0.0"}, {"latest", "v1.1.0", "example.com/Web@latest"},
	} {
		r, err := Update(t.Context(), UpdateOptions{To: step.to, Options: Options{Directory: dir}})
		if err != nil {
			t.Fatalf("--to %s: %v", step.to, err)
		}
		if got := strings.Join(read(t, dir, "a.txt"), ""); got != step.want || r.Layers[0].Template != step.template || r.Layers[0].To != step.want {
			t.Errorf("--to %s: a.txt is %q, %+v", step.to, got, r.Layers)
		}
		if got := strings.Join(read(t, dir, "go.mod"), ""); got != "module mysite\n\ngo 1.26\n" {
			t.Errorf("go.mod is %q", got)
		}
	}
	if _, err := Update(t.Context(), UpdateOptions{To: "v1.1.0", Options: Options{Directory: dir}}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(proxy, "example.com/!web/@v/list"), []byte("v1.0.0\n"), 0o666); err != nil { // as if v1.1.0 were early
		t.Fatal(err)
	}
	if r, err := Update(t.Context(), UpdateOptions{Options: Options{Directory: dir}}); err != nil || r.Layers[0].To != "v1.1.0" {
		t.Errorf("latest is older: %+v, %v", r, err)
	}
	if _, err := Update(t.Context(), UpdateOptions{To: "v7.0.0", Options: Options{Directory: dir}}); err == nil || !strings.Contains(err.Error(), "v7.0.0") {
		t.Errorf("a version that is not there: %v", err)
	}
}

// TestUpdateArchive follows an archive that changes under its address, and one that has a checksum and so never does.
func TestUpdateArchive(t *testing.T) {
	ownCache(t)
	one, two := zipped(t, packed{name: "a.txt", text: lines}), zipped(t, packed{name: "a.txt", text: strings.Replace(lines, "2", "two", 1)})
	now := one
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/one.zip" {
			_, _ = w.Write(one)
		} else {
			_, _ = w.Write(now)
		}
	}))
	defer server.Close()
	disk := t.TempDir()
	sum := func(data []byte) string { return strings.Replace(contentSum(data), ":", "=", 1) }
	for _, test := range []struct {
		name, template string
		kept           bool
	}{
		{"changes", server.URL + "/now.zip", true},
		{"has a checksum", server.URL + "/one.zip#" + sum(one), false},
		{"on disk", filepath.Join(disk, "now.zip"), true},
	} {
		now = one
		lay(t, disk, "now.zip", string(now))
		dir := filepath.Join(t.TempDir(), "mysite")
		if _, err := StartProject(t.Context(), Options{Name: "mysite", Directory: dir, Template: test.template}); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, stateDir)); err == nil != test.kept {
			t.Errorf("%s: files are kept: %v, want %v", test.name, err == nil, test.kept)
		}
		lay(t, dir, "a.txt", strings.Replace(lines, "8", "eight", 1))
		now = two
		lay(t, disk, "now.zip", string(now))
		o := UpdateOptions{Options: Options{Directory: dir}}
		if !test.kept {
			if r, err := Update(t.Context(), o); err != nil || !r.UpToDate {
				t.Errorf("%s: %+v, %v", test.name, r, err)
			}
			o.Template = server.URL + "/now.zip#" + sum(two)
		}
		if _, err := Update(t.Context(), o); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if got, want := strings.Join(read(t, dir, "a.txt"), ""), strings.Replace(strings.Replace(lines, "8", "eight", 1), "2", "two", 1); got != want {
			t.Errorf("%s: a.txt is %q, want %q", test.name, got, want)
		}
		o.Template = ""
		if r, err := Update(t.Context(), o); err != nil || !r.UpToDate {
			t.Errorf("%s, once more: %+v, %v", test.name, r, err)
		}
	}
}

// TestUpdateKeepsWhatItNeeds: the files of a template that may change are kept in the project, and no longer
// when the project follows one that does not.
func TestUpdateKeepsWhatItNeeds(t *testing.T) {
	dir := made(t, builtin("a.txt", "a\n"))
	template := t.TempDir()
	lay(t, template, "a.txt", "b\n")
	kept := filepath.Join(dir, stateDir, "base", "project.tar.gz")
	o := updateOptions(dir, builtin("a.txt", "a\n"), builtin("a.txt", "c\n"))
	o.Template = template
	if _, err := Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(kept, []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	o.Template = "project"
	if _, err := Update(t.Context(), o); err == nil || !strings.Contains(err.Error(), ".gostart/base/project.tar.gz, the template's files as they were, is damaged: ") {
		t.Errorf("error %v, want one about the damage", err)
	}
	if _, err := UpdateAbort(o); err != nil {
		t.Fatal(err)
	}
	o.Template = template
	if _, err := Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	o.Template = "project"
	if _, err := Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(kept)); !os.IsNotExist(err) {
		t.Errorf("what is kept is still there: %v", err)
	}
	if got := strings.Join(read(t, dir, "a.txt"), ""); got != "c\n" {
		t.Errorf("a.txt is %q", got)
	}
}
