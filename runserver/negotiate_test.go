package runserver

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestNegotiate(t *testing.T) {
	for accept, want := range map[string]form{
		"":    asText,
		"*/*": asText, // curl
		"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8": asHTML, // a browser
		"text/html, */*":                          asHTML, // htmx
		"application/json, text/plain, */*":       asJSON, // axios
		"application/vnd.api+json":                asJSON,
		"application/json;q=0.5, */*":             asText,
		"text/html;q=0.5, application/json":       asJSON,
		"application/json;q=0.9, text/html;q=0.9": asJSON, // equal: the first
		"text/html;q=0, */*":                      asText,
		"TEXT/HTML":                               asHTML,
		"image/avif,image/webp,*/*;q=0.8":         asText,
		"text/event-stream":                       asText,
		"text/plain, text/html":                   asText,
		"text/*, text/html":                       asHTML,
		";;,=,q=1,text/html;q=nonsense":           asHTML,
	} {
		if got := negotiate(http.Header{"Accept": {accept}}); got != want {
			t.Errorf("Accept %q: %s, want %s", accept, got, want)
		}
	}
	if got := negotiate(http.Header{"Accept": {"*/*;q=0.1", "text/html"}}); got != asHTML {
		t.Errorf("two lines: %s", got)
	}
}

func TestAllowedHost(t *testing.T) {
	for _, host := range []string{"localhost", "LOCALHOST:8000", "localhost.", "my.site.localhost:80", "127.0.0.1:8000", "[::1]:8000", "[::1]",
		"192.168.1.4:8000", "dev.example.test", "Dev.Example.Test:8000"} {
		if !allowedHost(host, "dev.example.test") {
			t.Errorf("%q is not trusted", host)
		}
	}
	for _, host := range []string{"", ":8000", "evil.example", "localhost.evil.example", "notlocalhost", "127.0.0.1.evil.example", "dev.example.test.evil"} {
		if allowedHost(host, "dev.example.test") || allowedHost(host, "") {
			t.Errorf("%q is trusted", host)
		}
	}
}

func TestWhoIsToldOfPanics(t *testing.T) {
	s := testServer(t, nil)
	for _, test := range []struct {
		client, host string
		want         form
	}{
		{"127.0.0.1:4000", "localhost:8000", asHTML},
		{"[::1]:4000", "[::1]:8000", asHTML},
		{"[::ffff:127.0.0.1]:4000", "127.0.0.1", asHTML},
		{"127.0.0.1:4000", "evil.example", ""},
		{"192.168.1.9:4000", "192.168.1.4:8000", ""},
		{"@", "localhost", ""}, // not over TCP, as it seems, yet not by a unix socket either
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Host = test.client, test.host
		r.Header.Set("Accept", "text/html")
		if got := s.panicForm(r); got != test.want {
			t.Errorf("%s at %s: %q, want %q", test.client, test.host, got, test.want)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr, r.Host = "@", "localhost"
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.UnixAddr{Name: "/run/x", Net: "unix"}))
	if s.panicForm(r) != asText {
		t.Error("a client of a unix socket is not taken for one on this machine")
	}
}
