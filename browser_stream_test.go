// How the pages of a browser share an event stream, and what a page's policy lets them do.
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"
)

// TestBrowserStreams counts the event streams that the pages of one browser have, each way that a browser may have to
// share one.
func TestBrowserStreams(t *testing.T) {
	browser := startBrowser(t)
	s := serveSite(t, generate(t, "mysite"), "0")
	text := 0
	const hide = "window.isHidden = true; document.dispatchEvent(new Event('visibilitychange'))"
	for _, way := range []struct {
		name   string
		tabs   int
		script string
	}{
		{"worker", 8, ""}, // more than the connections that a browser opens to a host
		{"leader", 8, "delete window.SharedWorker"},
		{"alone", 3, `delete window.SharedWorker
			Object.defineProperty(navigator, "locks", { value: undefined })
			Object.defineProperty(document, "hidden", { get: () => !!window.isHidden })`},
	} {
		t.Run(way.name, func(t *testing.T) {
			s.t = t
			streams := streamCounter{changed: make(chan struct{})}
			server := httptest.NewServer(streams.proxy(s.url))
			defer server.Close()
			var tabs []*tab
			for len(tabs) < way.tabs {
				b := openTab(t, browser, way.script)
				defer b.close()
				b.open(server.URL)
				b.waitLoaded("document.querySelector('h1')")
				streams.wait(t, 1)
				if tabs = append(tabs, b); way.name == "alone" {
					b.eval(hide)
					streams.wait(t, 0)
				}
			}
			edit := func() {
				text++
				s.edit("mysite/templates/index.html", "It works", fmt.Sprintf("It works %d", text))
				for _, b := range tabs {
					if way.name == "alone" {
						b.eval("window.isHidden = false; document.dispatchEvent(new Event('visibilitychange'))")
					}
					b.waitLoaded(fmt.Sprintf("document.querySelector('h1').textContent.startsWith('It works %d')", text))
					streams.wait(t, 1)
					if way.name == "alone" {
						b.eval(hide)
					}
				}
			}
			edit()
			tabs[0].close() // it may be the one that listens for all
			tabs = tabs[1:]
			edit()
			for _, b := range tabs {
				b.quiet("")
			}
		})
	}
}

// streamCounter knows the event streams that go through it.
type streamCounter struct {
	mu      sync.Mutex
	open    int
	changed chan struct{} // closed when open changes
}

func (c *streamCounter) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open += n
	close(c.changed)
	c.changed = make(chan struct{})
}

// wait returns when n streams are open.
func (c *streamCounter) wait(t *testing.T, n int) {
	t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		open, changed := c.open, c.changed
		c.mu.Unlock()
		if open == n {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("%d event streams are open, not %d", open, n)
		}
	}
}

// proxy forwards to a server.
func (c *streamCounter) proxy(to string) http.Handler {
	forward := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		target, _ := url.Parse(to)
		r.SetURL(target)
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/__gostart/events" {
			c.add(1)
			defer c.add(-1)
		}
		forward.ServeHTTP(w, r)
	})
}

// policyApp serves one page under several policies, by path.
const policyApp = `package app

import (
	"fmt"
	"net/http"
)

var policies = map[string]string{
	"/none":     "",
	"/self":     "default-src 'self'",
	"/nonce":    "default-src 'self'; script-src 'nonce-abc'",
	"/dynamic":  "script-src 'nonce-abc' 'strict-dynamic'; object-src 'none'; base-uri 'none'",
	"/two":      "script-src 'self', script-src 'nonce-abc'",
	"/trusted":  "require-trusted-types-for 'script'; trusted-types 'none'",
	"/worker":   "script-src 'self'; connect-src 'none'",
	"/sandbox":  "sandbox allow-scripts allow-same-origin",
	"/isolated": "",
	"/base":     "",
	"/refused":  "script-src 'none'",
}

var App http.HandlerFunc = func(w http.ResponseWriter, r *http.Request) {
	policy, ok := policies[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNoContent) // the icon
		return
	}
	if policy != "" {
		w.Header().Set("Content-Security-Policy", policy)
	}
	if r.URL.Path == "/isolated" {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
	}
	if r.URL.Path == "/base" {
		fmt.Fprint(w, "<!doctype html><html><head><base href='http://elsewhere.invalid/'><link rel=icon href='data:,'></head>")
	}
	fmt.Fprint(w, "<h1>one</h1>")
}
`

// TestBrowserPolicies wants live reload to work wherever a Content-Security-Policy lets it, and to leave no trace
// where it does not.
func TestBrowserPolicies(t *testing.T) {
	browser := startBrowser(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.test/policies\n\ngo 1.26\n", "app/app.go": policyApp} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s := serveSite(t, dir, "0", "--application", "app.App")
	tabs := map[string]*tab{}
	for _, found := range regexp.MustCompile(`(?m)^\t"(/\w+)":`).FindAllStringSubmatch(policyApp, -1) {
		b := openTab(t, browser)
		b.open(s.url + found[1])
		if got := b.eval("!!window[Symbol.for('gostart.livereload')]"); got != fmt.Sprint(found[1] != "/refused") {
			t.Errorf("%s has live reload: %s", found[1], got)
		}
		tabs[found[1]] = b
	}
	if len(tabs) < 11 {
		t.Fatalf("only %d policies are found", len(tabs))
	}
	s.edit("app/app.go", "<h1>one", "<h1>two")
	for path, b := range tabs {
		if path != "/refused" {
			b.waitLoaded("document.querySelector('h1').textContent === 'two'")
		}
		b.quiet("^warning: An iframe which has both allow-scripts and allow-same-origin") // said of /sandbox
	}
	if _, err := s.waitFor(regexp.MustCompile("live reload leaves /refused alone: its Content-Security-Policy")); err != nil {
		t.Error(err)
	}
}
