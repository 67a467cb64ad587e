package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"
)

// newProxy is a module proxy in a directory, with example.com/Web at v1.0.0 and v1.1.0.
func newProxy(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command here")
	}
	proxy, modules := t.TempDir(), t.TempDir()
	for name, value := range map[string]string{
		"GOPROXY": "file://" + filepath.ToSlash(proxy), "GOSUMDB": "off", "GONOSUMDB": "", "GOPRIVATE": "", "GONOPROXY": "",
		"GOMODCACHE": modules, "GOCACHE": filepath.Join(modules, "build"), "GOENV": "off", "GOTOOLCHAIN": "local", "TMPDIR": t.TempDir(),
	} {
		t.Setenv(name, value)
	}
	t.Cleanup(func() { // its directories are read-only
		_ = exec.Command("go", "clean", "-modcache").Run() //nolint:noctx // the test's context is over
	})
	dir := filepath.Join(proxy, "example.com/!web/@v")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"v1.0.0", "v1.1.0"} {
		prefix := "example.com/Web@" + version + "/"
		data := zipped(t, packed{name: prefix + "go.mod", text: "module example.com/Web\n"}, packed{name: prefix + "go.mod.tmpl", text: "module {{.module}}\n"},
			packed{name: prefix + "a.txt", text: version}, packed{name: prefix + "web/b.txt", text: "web"})
		for name, text := range map[string]string{
			version + ".info": fmt.Sprintf(`{"Version": %q, "Time": "2026-01-02T03:04:05Z"}`, version),
			version + ".mod":  "module example.com/Web\n", version + ".zip": string(data), "list": "v1.0.0\nv1.1.0\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return proxy
}

// TestModule opens a module by version and by query, whatever module and settings the user is in.
func TestModule(t *testing.T) {
	newProxy(t)
	ownCache(t)
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"go.mod": "broken", "go.work": "broken", "vendor": ""} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOFLAGS", "-modfile=nosuch.mod")
	t.Setenv("GOWORK", filepath.Join(os.TempDir(), "nosuch.work"))
	for name, want := range map[string]string{"example.com/Web@v1.0.0": "v1.0.0", "example.com/Web@latest": "v1.1.0", "example.com/Web@v1": "v1.1.0"} {
		src, err := open(t, name, sourceOptions{})
		wantFile(t, src, err, "a.txt", want)
		if src.revision != want || src.name != name || src.where("a.txt") != "example.com/Web/a.txt" {
			t.Errorf("%s: name %s, revision %s, a.txt at %s", name, src.name, src.revision, src.where("a.txt"))
		}
		if _, err := fs.Stat(src.files, "go.mod"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the template's own go.mod would be copied (%v)", err)
		}
	}
	src, err := open(t, "example.com/Web@latest", sourceOptions{revision: "v1.0.0"}) // the base of an update
	wantFile(t, src, err, "a.txt", "v1.0.0")
	src, err = open(t, "example.com/Web@v1.0.0//web", sourceOptions{})
	wantFile(t, src, err, "b.txt", "web")
	if _, err := open(t, "example.com/Web@v1.0.0//nosuch", sourceOptions{}); err == nil || !strings.Contains(err.Error(), `has no directory "nosuch"`) {
		t.Errorf("//nosuch: %v", err)
	}
	wantNothingLeft(t)
}

// TestModuleOffline needs no proxy for what was there once, "latest" included.
func TestModuleOffline(t *testing.T) {
	proxy := newProxy(t)
	ownCache(t)
	for _, name := range []string{"example.com/Web@v1.0.0", "example.com/Web@latest"} {
		if _, err := open(t, name, sourceOptions{offline: true}); err == nil || !strings.Contains(err.Error(), "is not in the cache: ") {
			t.Errorf("before: %v", err)
		}
	}
	if _, err := open(t, "example.com/Web@latest", sourceOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(proxy); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"example.com/Web@v1.1.0", "example.com/Web@latest"} {
		src, err := open(t, name, sourceOptions{offline: true})
		wantFile(t, src, err, "a.txt", "v1.1.0")
	}
}

// TestModuleErrors has versions that are not there, zips that were changed, and a checksum that is not the database's.
func TestModuleErrors(t *testing.T) {
	proxy := newProxy(t)
	ownCache(t)
	for name, want := range map[string]string{
		"example.com/Web@v9.0.0": "v9.0.0",
		"example.com/no@latest":  "example.com/no",
		"example.com/Web@<=>":    "example.com/Web@<=>",
	} {
		if _, err := open(t, name, sourceOptions{}); err == nil || !strings.Contains(err.Error(), `downloading template "`+name+`": `) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("site.v@2.zip", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, "site.v@2.zip", sourceOptions{})
	var hinted interface{ Hint() string }
	if !errors.As(err, &hinted) || hinted.Hint() != "the file of this name is ./site.v@2.zip" {
		t.Errorf("a file that is named like a module: %v", err)
	}
	if _, err := open(t, "example.com/Web@v1.0.0", sourceOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, "example.com/Web@v1.0.0", sourceOptions{maxDownload: 100}); err == nil || !strings.Contains(err.Error(), "it has more than") {
		t.Errorf("too large: %v", err)
	}
	cached := filepath.Join(os.Getenv("GOMODCACHE"), "cache/download/example.com/!web/@v/v1.0.0.zip")
	evil := zipped(t, packed{name: "example.com/Web@v1.0.0/a.txt", text: "evil"})
	if err := os.WriteFile(cached, evil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, "example.com/Web@v1.0.0", sourceOptions{}); err == nil || !strings.Contains(err.Error(), "was changed since go checked it") {
		t.Errorf("a zip that was changed: %v", err)
	}
	t.Setenv("GOSUMDB", sumDatabase(t))
	if err := os.WriteFile(filepath.Join(proxy, "example.com/!web/@v/v1.1.0.zip"), evil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, "example.com/Web@v1.1.0", sourceOptions{}); err == nil || !strings.Contains(err.Error(), "checksum mismatch") {
		t.Errorf("another checksum than the database's: %v", err)
	}
	wantNothingLeft(t)
	t.Setenv("PATH", t.TempDir())
	if _, err := open(t, "example.com/Web@v1.0.0", sourceOptions{}); err == nil || !strings.Contains(err.Error(), "needs the go command, which is not on PATH") {
		t.Errorf("without go: %v", err)
	}
}

// sumDatabase is a checksum database that knows another hash for each module.
func sumDatabase(t *testing.T) string {
	t.Helper()
	private, public, err := note.GenerateKey(nil, "sum.example.com")
	if err != nil {
		t.Fatal(err)
	}
	database := sumdb.NewTestServer(private, func(path, version string) ([]byte, error) {
		m := module.Version{Path: path, Version: version}
		hash := "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
		return fmt.Appendf(nil, "%s %s\n%s/go.mod %s\n", m.Path, m.Version+" "+hash, m.Path+" "+m.Version, hash), nil
	})
	server := httptest.NewServer(sumdb.NewServer(database))
	t.Cleanup(server.Close)
	return public + " " + server.URL
}

// TestModuleInterrupted ends go while it waits for a proxy.
func TestModuleInterrupted(t *testing.T) {
	newProxy(t)
	ownCache(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		cancel()
		<-request.Context().Done()
		close(ended)
	}))
	defer server.Close()
	t.Setenv("GOPROXY", server.URL)
	_, err := openSource(ctx, "example.com/x@v1.0.0", sourceOptions{kind: kindProject, builtin: builtin("a", "")})
	if !errors.Is(err, errInterrupted) {
		t.Errorf("error %v", err)
	}
	<-ended
	wantNothingLeft(t)
}
