package mysite

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRouters(t *testing.T) {
	application := build(t, inDevelopment)
	names := []string{"chi", "gorilla", "gin", "echo"}

	t.Run("inside", func(t *testing.T) {
		server := httptest.NewServer(application)
		defer server.Close()
		for _, name := range names {
			got := fetch(t, server.URL+"/"+name+"/hello/w%C3%B6rld")
			if want := name + ": wörld"; got.status != 200 || got.body != want {
				t.Errorf("%s: %d %q, want %q", name, got.status, got.body, want)
			}
			if got.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: the project's middleware did not see it", name)
			}
			if got := fetch(t, server.URL+"/"+name+"/nothing"); got.status != 404 {
				t.Errorf("%s: a URL that the router does not have is a %d", name, got.status)
			}
			wantStream(t, server.URL+"/"+name+"/stream")
		}
	})

	t.Run("around", func(t *testing.T) {
		routers := around(application)
		for _, name := range names {
			server := httptest.NewServer(routers[name])
			for _, test := range []struct {
				path   string
				status int
				text   string
			}{
				{"/own", 200, "the router's own"},
				{"/", 200, `href="/static/style.css"`},
				{"/healthz", 200, "ok"}, // sets no status, which gin takes for its 404
				{"/nothing", 404, "Page not found"},
				{"/static/style.css", 200, "body"},
				{"/site/", 200, `href="/site/static/style.css"`},
				{"/site/healthz", 200, "ok"},
				{"/site/nothing", 404, "Page not found"},
				{"/site/static/style.css", 200, "body"},
			} {
				if got := fetch(t, server.URL+test.path); got.status != test.status || !strings.Contains(got.body, test.text) {
					t.Errorf("%s: %s is a %d without %q:\n%s", name, test.path, got.status, test.text, got.body)
				}
			}
			wantStream(t, server.URL+"/stream")
			wantStream(t, server.URL+"/site/stream")
			wantStream(t, server.URL+"/"+name+"/stream") // the router inside the project inside the router
			server.Close()
		}
	})
}

type answer struct {
	status int
	header http.Header
	body   string
}

func fetch(t *testing.T, url string) answer {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// wantStream has the first line before the handler may write the last.
func wantStream(t *testing.T, url string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() || resp.StatusCode != 200 || lines.Text() != "first line" {
		t.Fatalf("%s: %s %q", url, resp.Status, lines.Text())
	}
	proceed <- struct{}{}
	if !lines.Scan() || lines.Text() != "last line" {
		t.Errorf("%s ended with %q", url, lines.Text())
	}
}
