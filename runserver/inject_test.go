package runserver

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// | is where the tag goes.
var documents = []string{
	"<!doctype html>\n<html lang=en>\n<head>|\n<title>x</title></head><body></body></html>",
	"<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\">\r\n<HTML>\r\n<HEAD PROFILE='>'>|<TITLE>x</TITLE></HEAD>",
	"<html><head>|</head></html>",
	"<head>|",
	"<head\n>|<p>",
	"<head/>|",
	"<html/><head data-x=\"a > b\" data-y='</head>' data-z=a\"b>|<meta charset=utf-8>",
	"<html a=\"1\" b = '>' c=>\n  <head>|",
	"\xef\xbb\xbf<!doctype html><head>|",
	"\n\t <!-- </head> <head> --> <!doctype html><!----><!--> <!---> <!-- a --!> <html><!-- <body> --><head>|",
	"<?xml version=\"1.0\"?><!doctype html><html><head>|</head>",
	"<!doctype html>|<title>no head</title><p>text",
	"<!doctype html><html>|<body>no head</body></html>",
	"<!doctype html><html>|<frameset></frameset>",
	"<!doctype html>\n|<header>not a head</header>",
	"<html>|<headline>",
	"|<htmlx>",
	"|<h1>Hello</h1>",
	"|Hello",
	"|\xef\xbb",
	"|\xef\xbc\xa8ello",
	"|<script>'<head>'</script><head>",
	"|</head>",
	"|<",
	"|<he",
	"<!doctype html>|<htm",
	"<!doctype html>\n|",
	"<!-- only -->|",
	" \n|",
	"<html>|",
	"",
	"<!-- never ends <head>",
	"<!doctype",
	"<html lang=\"en><head>",
	"\xfe\xff\x00<\x00h\x00t\x00m\x00l",
	"\xff\xfe<\x00h\x00",
}

func TestInserter(t *testing.T) {
	for _, document := range documents {
		text, want := strings.Replace(document, "|", "", 1), strings.Replace(document, "|", "<TAG>", 1)
		pieces := func(cuts ...int) string {
			i := &inserter{tag: []byte("<TAG>")}
			var got []byte
			for n, cut := range append(cuts, len(text)) {
				from := 0
				if n > 0 {
					from = cuts[n-1]
				}
				got = append(got, i.feed([]byte(text[from:cut]))...)
			}
			return string(append(got, i.rest()...))
		}
		if got := pieces(); got != want {
			t.Errorf("%q becomes %q", document, got)
			continue
		}
		for a := range len(text) {
			for b := a; b <= len(text); b++ {
				if got := pieces(a, b); got != want {
					t.Fatalf("%q, cut at %d and %d, becomes %q", document, a, b, got)
				}
			}
		}
		var all []int
		for n := range len(text) {
			all = append(all, n)
		}
		if got := pieces(all...); got != want {
			t.Errorf("%q, byte by byte, becomes %q", document, got)
		}
	}
}

// Whatever a document is made of, the tag goes to the same place however it is
// cut, at most once, and nothing else changes.
func TestInserterAnything(t *testing.T) {
	parts := []string{"<", ">", "!", "--", "-", "<!--", "-->", "<html", "<head", "<he", "ad>", "=", "\"", "'", " ", "\n", "x", "/",
		"<!doctype html>", "<script>", "</script>", "<body>", "\xef", "\xbb\xbf", "\xfe", "\xff", "?", "<HEAD>", "<title>"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var text []byte
		for range random.IntN(12) {
			text = append(text, parts[random.IntN(len(parts))]...)
		}
		whole := &inserter{tag: []byte("TAG")}
		want := append(bytes.Clone(whole.feed(text)), whole.rest()...)
		if bare := bytes.Replace(want, []byte("TAG"), nil, 1); !bytes.Equal(bare, text) {
			t.Fatalf("%q becomes %q", text, want)
		}
		cut := &inserter{tag: []byte("TAG")}
		var got []byte
		for left := text; len(left) > 0; {
			n := 1 + random.IntN(len(left))
			got = append(got, cut.feed(left[:n])...)
			if held := len(text) - len(left) + n - len(bytes.Replace(got, []byte("TAG"), nil, 1)); held > len("<html") {
				t.Fatalf("%q: %d bytes are held back", text, held)
			}
			left = left[n:]
		}
		if got = append(got, cut.rest()...); !bytes.Equal(got, want) {
			t.Fatalf("%q becomes %q in one piece and %q in several", text, want, got)
		}
	}
}

// A page that is long costs no memory, wherever its tag goes.
func TestInserterLong(t *testing.T) {
	for _, start := range []string{"<!doctype html><head>", "<!-- ", "   ", "<html x=\"", "text"} {
		i := &inserter{tag: []byte("TAG")}
		p := &page{insert: i}
		chunk := bytes.Repeat([]byte("   "), 10<<10)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var written int64
		count := writerFunc(func(b []byte) (int, error) { written += int64(len(b)); return len(b), nil })
		p.write(count, []byte(start)) //nolint:errcheck // it counts
		for range 100 << 20 / len(chunk) {
			p.write(count, chunk) //nolint:errcheck // it counts
		}
		p.end(count)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
			t.Errorf("%q: %d bytes allocated for a page of 100 MB", start, grown)
		}
		if sent := int64(len(start) + 100<<20/len(chunk)*len(chunk)); written < sent || written > sent+3 {
			t.Errorf("%q: %d bytes of %d were passed on", start, written, sent)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestAsksForDocument(t *testing.T) {
	const browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, test := range []struct {
		method string
		header []string
		want   bool
	}{
		{"GET", []string{browser, "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate"}, true},
		{"GET", []string{"Accept: */*", "Sec-Fetch-Dest: document"}, true},
		{"GET", []string{browser, "Sec-Fetch-Dest: iframe"}, true},
		{"GET", []string{browser, "Sec-Fetch-Dest: frame"}, true},
		{"GET", []string{browser}, true},
		{"GET", []string{"Accept: text/html"}, true},
		{"GET", nil, false},
		{"GET", []string{"Accept: */*"}, false},
		{"GET", []string{"Accept: application/json"}, false},
		{"GET", []string{browser, "Sec-Fetch-Dest: empty"}, false},
		{"GET", []string{browser, "Sec-Fetch-Dest: image"}, false},
		{"GET", []string{browser, "Sec-Fetch-Dest: script"}, false},
		{"GET", []string{browser, "Sec-Fetch-Dest: object"}, false},
		{"GET", []string{browser, "Sec-Fetch-Dest: empty", "HX-Request: true", "HX-Boosted: true"}, false},
		{"GET", []string{browser, "HX-Request: true"}, false},
		{"GET", []string{browser, "HX-Request: true", "HX-Boosted: true"}, false},
		{"GET", []string{browser, "X-Requested-With: XMLHttpRequest"}, false},
		{"GET", []string{browser, "Turbo-Frame: cart"}, false},
		{"GET", []string{browser, "X-Turbo-Request-Id: 1"}, false},
		{"GET", []string{browser, "Datastar-Request: true"}, false},
		{"GET", []string{browser, "Sec-Fetch-Dest: document", "Range: bytes=0-"}, false},
		{"HEAD", []string{browser, "Sec-Fetch-Dest: document"}, false},
		{"POST", []string{browser, "Sec-Fetch-Dest: document"}, false},
		{"PUT", []string{browser}, false},
	} {
		r := httptest.NewRequest(test.method, "/", nil)
		r.Header = headerLines(test.header...)
		if got := asksForDocument(r); got != test.want {
			t.Errorf("%s %v: %t", test.method, test.header, got)
		}
	}
}

func headerLines(lines ...string) http.Header {
	header := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		header.Add(name, value)
	}
	return header
}

func TestIsDocument(t *testing.T) {
	const html = "Content-Type: text/html; charset=utf-8"
	for _, test := range []struct {
		status int
		header []string
		want   bool
	}{
		{200, []string{html}, true},
		{200, []string{"Content-Type: text/html"}, true},
		{200, []string{"Content-Type: Text/HTML;Charset=ISO-8859-1"}, true},
		{200, []string{"Content-Type: text/html; charset"}, true},
		{200, []string{html, "Content-Length: 12", "Content-Encoding: identity"}, true},
		{200, []string{html, "Content-Disposition: inline; filename=a.html"}, true},
		{201, []string{html}, true},
		{404, []string{html}, true},
		{500, []string{html}, true},
		{101, []string{html}, false},
		{204, []string{html}, false},
		{205, []string{html}, false},
		{206, []string{html}, false},
		{301, []string{html}, false},
		{304, []string{html}, false},
		{200, nil, false},
		{200, []string{"Content-Type: text/plain"}, false},
		{200, []string{"Content-Type: application/xhtml+xml"}, false},
		{200, []string{"Content-Type: text/html-sandboxed"}, false},
		{200, []string{"Content-Type: text/html; charset=UTF-16LE"}, false},
		{200, []string{html, "Content-Type: text/plain"}, false},
		{200, []string{html, "Content-Length: 0"}, false},
		{200, []string{html, "Content-Encoding: gzip"}, false},
		{200, []string{html, "Content-Encoding: br"}, false},
		{200, []string{html, "Content-Disposition: Attachment; filename=a.html"}, false},
	} {
		if got := isDocument(test.status, headerLines(test.header...)); got != test.want {
			t.Errorf("%d %v: %t", test.status, test.header, got)
		}
	}
}

// A page loses what is no longer true of it, and nothing else.
func TestPageHeader(t *testing.T) {
	var notices []string
	live := newLiveReload("127.0.0.1", nil, func(text string) { notices = append(notices, text) })
	const html = "Content-Type: text/html"
	begin := func(lines ...string) (*page, http.Header) {
		p := &page{live: live, id: "abc", at: 5, path: "/p"}
		header := headerLines(append(lines, html)...)
		p.begin(200, header)
		return p, header
	}
	p, header := begin("Content-Length: 10", "Etag: \"x\"", "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT", "Cache-Control: max-age=60", "X: y")
	if want := headerLines(html, "Cache-Control: max-age=60", "X: y"); fmt.Sprint(header) != fmt.Sprint(want) {
		t.Errorf("header %v", header)
	}
	want := `<script async src="/__gostart/reload.js?v=` + scriptVersion + `" data-build="abc" data-at="5"></script>`
	if got := string(p.insert.tag); got != want {
		t.Errorf("tag %s", got)
	}
	if p, _ := begin("Content-Security-Policy: script-src 'nonce-a+/=\"x'"); !strings.Contains(string(p.insert.tag), ` data-no-worker nonce="a+/=&#34;x"`) {
		t.Errorf("tag %s", p.insert.tag)
	}
	if len(notices) > 0 {
		t.Errorf("notices %q", notices)
	}
	for range 2 {
		if p, header := begin("Content-Security-Policy: default-src 'none'", "Content-Length: 10"); p.insert != nil || header.Get("Content-Length") != "10" {
			t.Errorf("a policy without 'self' is weakened: %v", header)
		}
	}
	if p, _ := begin("Cache-Control: no-transform"); p.insert != nil {
		t.Error("no-transform is not respected")
	}
	if len(notices) != 1 || !strings.Contains(notices[0], "/p alone: its Content-Security-Policy") {
		t.Errorf("notices %q", notices)
	}
	request := headerLines("Accept-Encoding: gzip", "If-None-Match: x", "If-Modified-Since: y", "Accept: text/html", "If-Match: z")
	p.prepare(request)
	if want := headerLines("Accept: text/html", "If-Match: z"); fmt.Sprint(request) != fmt.Sprint(want) {
		t.Errorf("request header %v", request)
	}
}

func TestPermitted(t *testing.T) {
	yes, no := permission{script: true, worker: true}, permission{}
	lone := permission{script: true}
	nonce := func(n string, worker bool) permission { return permission{true, n, worker} }
	for _, test := range []struct {
		policies []string
		want     permission
	}{
		{nil, yes},
		{[]string{""}, yes},
		{[]string{"img-src 'none'"}, yes},
		{[]string{"default-src 'self'"}, yes},
		{[]string{"default-src 'self'; script-src 'self' 'nonce-abc'; style-src 'self'"}, yes},
		{[]string{"DEFAULT-SRC 'SELF'"}, yes},
		{[]string{"default-src *"}, yes},
		{[]string{"script-src 'self'; script-src 'none'"}, yes},
		{[]string{"default-src 'none'; script-src 'self'"}, yes},
		{[]string{"default-src 'none'; script-src 'self'; worker-src 'none'"}, no},
		{[]string{"default-src 'none'; script-src 'self'; worker-src 'none'; connect-src 'self'"}, lone},
		{[]string{"default-src 'none'; script-src 'nonce-abc'"}, no},
		{[]string{"default-src 'self'; script-src 'nonce-abc'"}, nonce("abc", false)},
		{[]string{"script-src 'nonce-abc'"}, nonce("abc", false)},
		{[]string{"script-src 'nonce-abc'; worker-src 'self'"}, nonce("abc", true)},
		{[]string{"script-src 'NONCE-aBc'"}, nonce("aBc", false)},
		{[]string{"script-src 'self' 'strict-dynamic' 'nonce-abc'"}, nonce("abc", false)},
		{[]string{"script-src 'self' 'strict-dynamic'"}, no},
		{[]string{"script-src-elem 'none'; script-src 'self'"}, no},
		{[]string{"script-src-elem 'nonce-abc'; script-src 'self'"}, nonce("abc", true)},
		{[]string{"script-src 'nonce-a' 'nonce-b'", "script-src 'nonce-b'"}, nonce("b", false)},
		{[]string{"script-src 'nonce-a'", "script-src 'self'"}, nonce("a", false)},
		{[]string{"script-src 'nonce-a'", "script-src 'nonce-b'"}, no},
		{[]string{"script-src 'nonce-a', default-src 'none'"}, no},
		{[]string{"script-src 'none'"}, no},
		{[]string{"script-src"}, no},
		{[]string{"script-src https://cdn.example 'sha256-abc'"}, no},
		{[]string{"script-src 'nonce-'"}, no},
		{[]string{"require-trusted-types-for 'script'"}, lone},
		{[]string{"sandbox"}, no},
		{[]string{"sandbox allow-scripts"}, no},
		{[]string{"sandbox allow-scripts allow-same-origin"}, yes},
	} {
		header := http.Header{"Content-Security-Policy": test.policies}
		if got := permitted(header); got != test.want {
			t.Errorf("%q: %+v", test.policies, got)
		}
		if got := permitted(http.Header{"Content-Security-Policy-Report-Only": test.policies}); got != test.want {
			t.Errorf("%q, to report only: %+v", test.policies, got)
		}
	}
}
