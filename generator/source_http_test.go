package generator

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// ownCache gives the test a cache of its own, and tells where it is.
func ownCache(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} { // one for each system
		t.Setenv(name, home)
	}
	dir, err := cacheDirectory()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var theArchive = packed{name: "top/a.txt.tmpl", text: "{{.project_name}}"}

// open opens a template as startproject does.
func open(t *testing.T, name string, o sourceOptions) (*source, error) {
	t.Helper()
	o.kind, o.builtin = kindProject, builtin("a", "")
	return openSource(t.Context(), name, o)
}

func wantFile(t *testing.T, src *source, err error, name, want string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(src.files, name); err != nil || string(got) != want {
		t.Errorf("%s: %s is %q (%v), want %q", src.name, name, got, err, want)
	}
}

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

// TestDownloadErrors is what a server can do wrong. No error tells the password, and nothing stays behind.
func TestDownloadErrors(t *testing.T) {
	cache := ownCache(t)
	data := zipped(t, theArchive)
	gone := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/missing", http.NotFound)
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "ada" || password != "secret" {
			t.Errorf("user %q, password %q", user, password)
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "\n<!DOCTYPE html><title>Sign in</title>") })
	mux.HandleFunc("/text", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		_, _ = w.Write(data[:len(data)/2])
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		for range 2 {
			_, _ = w.Write(make([]byte, 1<<20))
		}
	})
	mux.HandleFunc("/says-large", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(1<<20+1))
	})
	mux.HandleFunc("/silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/falls-silent", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(data[:10])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(gone)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	address := strings.Replace(server.URL, "://", "://ada:secret@", 1)
	for path, want := range map[string]string{
		"/missing":      `the server answers "404 Not Found"`,
		"/login":        `the server answers "401 Unauthorized"`,
		"/page":         "there is a web page, not an archive",
		"/text":         "it is not a zip, tar",
		"/loop":         "the server sends elsewhere more than 5 times",
		"/file":         "the server sends to an address of file, which is not as safe",
		"/cut":          "the connection ended before the archive did",
		"/large":        "it has more than 1 MiB",
		"/says-large":   "it has more than 1 MiB",
		"/silent":       "the server has said nothing for 100ms",
		"/falls-silent": "the server has said nothing for 100ms",
	} {
		_, err := open(t, address+path, sourceOptions{silence: 100 * time.Millisecond, maxDownload: 1 << 20})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), server.URL+path) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
		if strings.Contains(fmt.Sprint(err), "secret") || strings.Contains(fmt.Sprintf("%+v", err), "ada") {
			t.Errorf("%s tells the password: %v", path, err)
		}
		if path == "/page" {
			var hinted interface{ Hint() string }
			if !errors.As(err, &hinted) || hinted.Hint() != "for a git repository: git+"+server.URL+path {
				t.Errorf("%s: the hint is %q", path, hinted)
			}
		}
	}
	<-gone
	if files, _ := filepath.Glob(filepath.Join(cache, "*")); len(files) > 0 {
		t.Errorf("left %v", files)
	}
	_, err := open(t, "http://ada:secret@127.0.0.1:1/x", sourceOptions{})
	if err == nil || !strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), "secret") {
		t.Errorf("no server: %v", err)
	}
}

// TestDownloadRedirect follows to another host without the password, from http to https, and never back.
func TestDownloadRedirect(t *testing.T) {
	ownCache(t)
	data := zipped(t, theArchive)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Referer") != "" && strings.Contains(r.Header.Get("Referer"), "secret") {
			t.Errorf("another host gets the headers %v", r.Header)
		}
		_, _ = w.Write(data)
	}))
	defer other.Close()
	_, port, err := net.SplitHostPort(other.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.RedirectHandler("http://localhost:"+port+"/x", http.StatusFound))
	defer server.Close()
	src, err := open(t, strings.Replace(server.URL, "://", "://ada:secret@", 1), sourceOptions{})
	wantFile(t, src, err, "a.txt.tmpl", theArchive.text)

	request := func(address string) *http.Request { return httptest.NewRequest(http.MethodGet, address, nil) }
	for _, test := range []struct {
		from, to string
		ok       bool
	}{{"http://a/", "https://b/", true}, {"https://a/", "https://b/", true}, {"https://a/", "http://b/", false}, {"http://a/", "ftp://b/", false}} {
		if err := checkRedirect(request(test.to), []*http.Request{request(test.from)}); (err == nil) != test.ok {
			t.Errorf("from %s to %s: %v", test.from, test.to, err)
		}
	}
	if err := checkRedirect(request("http://c/"), []*http.Request{request("http://a/"), request("https://b/")}); err == nil {
		t.Error("from http to https and back was followed")
	}
}

// TestDownloadInterrupted ends a download in its middle, at once, and leaves nothing.
func TestDownloadInterrupted(t *testing.T) {
	cache := ownCache(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(zipped(t, theArchive)[:10])
		_ = http.NewResponseController(w).Flush()
		cancel(errors.New("interrupt signal received"))
		<-r.Context().Done()
		close(ended)
	}))
	defer server.Close()
	t.Chdir(t.TempDir())
	_, err := StartProject(ctx, Options{Name: "mysite", Template: server.URL})
	if !errors.Is(err, errInterrupted) {
		t.Errorf("error %v", err)
	}
	<-ended
	if files, _ := filepath.Glob(filepath.Join(cache, "*")); len(files)+len(listing(t)) > 0 {
		t.Errorf("left %v and %v", files, listing(t))
	}
}

// TestProgress is told after a second, also where nothing comes, and its end if it was told at all.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []Progress
		p := newProgress(func(now Progress) { told = append(told, now) }, "x", "bytes", 0)
		p.add(1)
		time.Sleep(progressAfter - time.Millisecond)
		if synctest.Wait(); len(told) > 0 {
			t.Errorf("told before a second was over: %v", told)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		p.expect(10)
		p.add(2)
		time.Sleep(progressEvery)
		synctest.Wait()
		p.end()
		time.Sleep(time.Hour)
		want := []Progress{{What: "x", Unit: "bytes", Done: 1}, {What: "x", Unit: "bytes", Done: 3, Total: 10}, {What: "x", Unit: "bytes", Done: 3, Total: 10, End: true}}
		if !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
		quick := newProgress(func(Progress) { t.Error("told of what took no second") }, "x", "bytes", 0)
		quick.end()
		time.Sleep(time.Hour)
		newProgress(nil, "x", "bytes", 0).end()
	})
}
