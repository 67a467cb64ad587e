package generator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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
		"/silent":       "the server has said nothing for 1s",
		"/falls-silent": "the server has said nothing for 1s",
	} {
		o := sourceOptions{maxDownload: 1 << 20}
		if strings.Contains(path, "silent") {
			o.silence = time.Second
		}
		_, err := open(t, address+path, o)
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
