package generator

import (
	"archive/tar"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestDownload tells the story of an archive at an address: with a warning that has the checksum; by that
// checksum from the cache alone; offline; and after the cache was damaged.
func TestDownload(t *testing.T) {
	cache := ownCache(t)
	data := gzipped(t, tarred(t, &tar.Header{Name: theArchive.name, Uname: theArchive.text}))
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if got := r.UserAgent(); got != "gostart/v9" {
			t.Errorf("User-Agent is %q", got)
		}
		w.Header().Set("Content-Disposition", `attachment; filename="../../../evil.zip"`)
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Encoding", "gzip") // as some say of a tar.gz, which is not to be unpacked on the way
		_, _ = w.Write(data)
	}))
	defer server.Close()
	name := server.URL + "/x"
	if _, err := open(t, name, sourceOptions{offline: true}); err == nil || !strings.Contains(err.Error(), "is not in the cache: it was never fetched on this machine") {
		t.Errorf("offline, before: %v", err)
	}
	src, err := open(t, name, sourceOptions{version: "v9"})
	wantFile(t, src, err, "a.txt.tmpl", theArchive.text)
	pinned := name + "#sha256=" + fmt.Sprintf("%x", sha256Sum(data))
	if want := "the template came without a checksum; --template '" + pinned + "' makes sure that the next one is the same"; !slices.Equal(src.warnings, []string{want}) {
		t.Errorf("warnings %q, want %q", src.warnings, want)
	}
	if want := "sha256:" + pinned[len(pinned)-64:]; src.revision != want || src.name != name {
		t.Errorf("name %s, revision %s", src.name, src.revision)
	}
	server.Close()
	for _, o := range []sourceOptions{{offline: true}, {revision: src.revision}} { // as typed, and as an update finds it again
		src, err = open(t, name, o)
		wantFile(t, src, err, "a.txt.tmpl", theArchive.text)
	}
	src, err = open(t, pinned, sourceOptions{})
	wantFile(t, src, err, "a.txt.tmpl", theArchive.text)
	if len(src.warnings) > 0 || src.name != pinned || asked.Load() != 1 {
		t.Errorf("warnings %q, name %s, %d requests", src.warnings, src.name, asked.Load())
	}
	files, err := filepath.Glob(filepath.Join(cache, "sha256-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the cache has %v (%v)", files, err)
	}
	if err := os.WriteFile(files[0], zipped(t, packed{name: "a.txt.tmpl", text: "evil"}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{name, pinned} {
		if _, err := open(t, name, sourceOptions{offline: true}); err == nil || !strings.Contains(err.Error(), "was changed since it was written") {
			t.Errorf("a damaged cache: %v", err)
		}
	}
	if _, err := open(t, pinned, sourceOptions{}); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("a damaged cache is no cache, but: %v", err)
	}
}

// TestPasswordIsKeptNowhere looks for the password of an address in all that startproject prints and writes.
func TestPasswordIsKeptNowhere(t *testing.T) {
	cache := ownCache(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password == "secret" {
			_, _ = w.Write(zipped(t, theArchive))
		}
	}))
	defer server.Close()
	t.Chdir(t.TempDir())
	result, err := StartProject(t.Context(), Options{Name: "mysite", Template: strings.Replace(server.URL, "://", "://ada:secret@", 1)})
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%+v %v", result, listing(t))
	t.Chdir(cache)
	text += fmt.Sprint(listing(t))
	if !strings.Contains(text, server.URL) || strings.Contains(text, "secret@") || strings.Contains(text, "ada") {
		t.Errorf("printed and wrote %s", text)
	}
}

// TestDownloadAgain mends a damaged cache, and keeps nothing else in it.
func TestDownloadAgain(t *testing.T) {
	cache := ownCache(t)
	data := zipped(t, theArchive)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }))
	defer server.Close()
	pinned := server.URL + "#sha256=" + fmt.Sprintf("%x", sha256Sum(data))
	for range 2 {
		src, err := open(t, pinned, sourceOptions{})
		wantFile(t, src, err, "a.txt.tmpl", theArchive.text)
		files, _ := filepath.Glob(filepath.Join(cache, "*"))
		if len(files) != 2 {
			t.Errorf("the cache has %v", files)
		}
		if err := os.WriteFile(filepath.Join(cache, "sha256-"+pinned[len(pinned)-64:]), []byte("bad"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDownloadManyAtOnce has several gostarts fill and read one cache.
func TestDownloadManyAtOnce(t *testing.T) {
	ownCache(t)
	data := zipped(t, theArchive)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }))
	defer server.Close()
	pinned := server.URL + "#sha256=" + fmt.Sprintf("%x", sha256Sum(data))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := open(t, pinned, sourceOptions{}); err != nil {
				t.Error(err)
			}
			if _, err := open(t, pinned, sourceOptions{offline: true}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// TestDownloadWithoutCache warns, and goes on.
func TestDownloadWithoutCache(t *testing.T) {
	cache := ownCache(t)
	if err := os.MkdirAll(filepath.Dir(filepath.Dir(cache)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Dir(cache), nil, 0o600); err != nil { // where a directory should be
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(zipped(t, theArchive)) }))
	defer server.Close()
	src, err := open(t, server.URL, sourceOptions{})
	wantFile(t, src, err, "a.txt.tmpl", theArchive.text)
	if len(src.warnings) != 2 || !strings.Contains(src.warnings[1], "the template is not in the cache: ") {
		t.Errorf("warnings %q", src.warnings)
	}
}
