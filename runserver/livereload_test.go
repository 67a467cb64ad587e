package runserver

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// events is a browser's event stream.
type events struct {
	lines *bufio.Scanner
	close func()
}

func listen(t *testing.T, url string) *events {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+eventsPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if got := response.Header.Get("Content-Type"); response.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("%s %s", response.Status, got)
	}
	return &events{bufio.NewScanner(response.Body), func() { cancel(); _ = response.Body.Close() }}
}

// next waits for an event; ok is false at the end of the stream.
func (e *events) next(t *testing.T) (next event, ok bool) {
	t.Helper()
	for e.lines.Scan() {
		if text, found := strings.CutPrefix(e.lines.Text(), "data: "); found {
			if err := json.Unmarshal([]byte(text), &next); err != nil {
				t.Fatal(err)
			}
			return next, true
		}
	}
	return event{}, false
}

func TestEvents(t *testing.T) {
	done := make(chan struct{})
	live := newLiveReload("mysite.test", done, func(text string) { t.Log(text) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !live.serves(w, r) {
			http.Error(w, "not live reload's", http.StatusTeapot)
		}
	}))
	defer server.Close()
	print := func(source, assets byte) (p fingerprint) {
		p.source[0], p.assets[0] = source, assets
		return p
	}
	answers := func(binary string) *outcome { return &outcome{build: buildResult{binary: binary}} }
	fails := func(f failure) *outcome { return &outcome{failure: &f} }
	first, early := answers("1"), listen(t, server.URL) // before there is anything to say
	live.publish(first, print(1, 1), []string{"/x/a.go"})
	one, _ := early.next(t)
	late := listen(t, server.URL)
	if again, _ := late.next(t); one.ID == "" || again.ID != one.ID || again.At != one.At {
		t.Fatalf("first %+v, and to who comes later %+v", one, again)
	}
	seen := map[string]string{one.ID: "the first"}
	expect := func(what string, o *outcome, p fingerprint, names []string, want func(event) bool) event {
		t.Helper()
		previous, _ := live.current()
		live.publish(o, p, names)
		next, ok := early.next(t)
		other, _ := late.next(t)
		if !ok || next.ID != other.ID || next.From != previous.ID || next.At < previous.At || !want(next) {
			t.Fatalf("%s: %+v and %+v", what, next, other)
		}
		return next
	}
	isNew := func(e event) bool {
		was := seen[e.ID]
		seen[e.ID] = "an earlier one"
		return was == "" && e.CSS == nil
	}
	style := []string{"/x/mysite/static/style.css", "/x/mysite/static/css/more.css"}
	expect("style sheets", first, print(1, 2), style, func(e event) bool {
		return seen[e.ID] == "" && strings.Join(e.CSS, " ") == "style.css css/more.css"
	})
	expect("a template too", first, print(1, 3), append(style, "/x/mysite/templates/a.html"), isNew)
	expect("a style sheet elsewhere", first, print(1, 4), []string{"/x/mysite/style.css"}, isNew)
	expect("who knows", first, print(1, 5), nil, isNew)
	second := answers("2")
	expect("a build, and style sheets", second, print(2, 6), style, isNew)
	expect("another build of the same", answers("3"), print(2, 6), nil, isNew)
	expect("a mistake", fails(failure{}), print(3, 6), nil, isNew)
	expect("taken back", second, print(2, 6), nil, func(e event) bool { return seen[e.ID] != "" })
	restarted := answers("2")
	live.publish(fails(failure{ended: &launcher{}}), print(2, 6), nil) // no event
	live.publish(restarted, print(2, 6), nil)                          // none either
	expect("style sheets after that", restarted, print(2, 7), style, func(e event) bool { return len(e.CSS) == 2 })
	early.close()
	close(done)
	if _, ok := late.next(t); ok || late.lines.Err() != nil {
		t.Errorf("the end of the server does not end the stream well: %v", late.lines.Err())
	}
}

func TestServes(t *testing.T) {
	done := make(chan struct{})
	close(done)
	live := newLiveReload("mysite.test", done, func(text string) { t.Log(text) })
	for _, test := range []struct {
		method, host, path string
		status             int // 0: left to the application
	}{
		{"GET", "localhost:8000", scriptPath + "?v=1", 200},
		{"HEAD", "localhost", scriptPath, 200},
		{"GET", "127.0.0.1:8000", eventsPath, 200},
		{"HEAD", "[::1]:8000", eventsPath, 200},
		{"GET", "::1", eventsPath, 200},
		{"GET", "192.168.1.5:8000", eventsPath, 200},
		{"GET", "a.b.LOCALHOST:8000", eventsPath, 200},
		{"GET", "MySite.test.", eventsPath, 200},
		{"GET", "evil.test", eventsPath, 404},
		{"GET", "evil.test:8000", scriptPath, 404},
		{"GET", "notlocalhost", eventsPath, 404},
		{"GET", "localhost.evil.test", eventsPath, 404},
		{"GET", "127.0.0.1.evil.test", eventsPath, 404},
		{"GET", "", eventsPath, 404},
		{"POST", "localhost", eventsPath, 405},
		{"OPTIONS", "localhost", scriptPath, 405},
		{"GET", "localhost", "/", 0},
		{"GET", "localhost", "/__gostart/", 0},
		{"GET", "localhost", "/__gostart/events/", 0},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(test.method, test.path, nil)
		r.Host = test.host
		served := live.serves(w, r)
		if served != (test.status != 0) || served && w.Code != test.status {
			t.Errorf("%s %s %s: %t %d", test.method, test.host, test.path, served, w.Code)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: other sites may read it", test.path)
		}
		if off := (*liveReload)(nil); off.serves(w, r) || off.page(r, nil, nil) != nil {
			t.Error("it is served though it is off")
		}
	}
}

// TestLiveReload follows a project from the outside: which answers get the tag,
// and what the event stream says of each kind of change.
func TestLiveReload(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and serves an application")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		fresh := filepath.Join(filepath.Dir(name), ".fresh") // renamed, it is one change; written into, it may be two
		err := os.WriteFile(fresh, []byte(text), 0o666)
		if err == nil {
			err = os.Rename(fresh, name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const wsgi = `package site

import (
	"embed"
	"net/http"
	"os"
	"time"
)

//go:embed templates static
var files embed.FS

type Settings struct {
	Debug   bool
	BaseDir string
}

func LoadSettings() (Settings, error) { return Settings{Debug: true, BaseDir: "."}, nil }

var Application http.HandlerFunc = func(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/crash":
		os.Exit(3)
	case "/stream":
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<!doctype html><head>"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return
	}
	w.Header().Set("X-Seen", r.Header.Get("Accept-Encoding")+r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since"))
	w.Header().Set("Etag", "\"x\"")
	http.ServeContent(w, r, "page.html", time.Unix(1e9, 0), open())
}
`
	const open = `package site

import "strings"

func open() *strings.Reader { return strings.NewReader("<h1>one</h1>") }
`
	write("go.mod", "module example.test/site\n\ngo 1.26\n")
	write("site/wsgi.go", wsgi)
	write("site/page.go", open)
	write("site/templates/a.html", "one")
	write("site/static/css/style.css", "one")
	s := startServer(t, Options{Dir: dir, NoThreading: true}) // the stream takes no turn
	get := func(path string, header ...string) (answer *http.Response, text string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = headerLines(header...)
		if answer, err = http.DefaultTransport.RoundTrip(request); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		buffer := make([]byte, 64<<10)
		for err == nil && (path != "/stream" || !strings.Contains(text, "<head>")) {
			var n int
			n, err = answer.Body.Read(buffer)
			text += string(buffer[:n])
		}
		return answer, text
	}
	const document = "Sec-Fetch-Dest: document"
	stream := listen(t, "http://"+s.addr)
	next := func() event {
		t.Helper()
		next, ok := stream.next(t)
		if !ok {
			t.Fatalf("the stream ends: %v", stream.lines.Err())
		}
		return next
	}
	tagged := func(text string, want event) bool { return strings.Contains(text, ` data-build="`+want.ID+`"`) }

	first := next()
	conditions := []string{"Accept-Encoding: gzip", `If-None-Match: "x"`, "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT"}
	answer, text := get("/", append(conditions, document)...)
	if answer.StatusCode != 200 || !strings.HasPrefix(text, "<script async ") || !strings.HasSuffix(text, "</script><h1>one</h1>") ||
		!tagged(text, first) || answer.ContentLength != -1 || answer.Header.Get("Etag")+answer.Header.Get("Last-Modified")+answer.Header.Get("X-Seen") != "" {
		t.Errorf("a page: %v\n%s", answer, text)
	}
	if answer, text = get("/", conditions...); answer.StatusCode != 304 || text != "" || answer.Header.Get("X-Seen") == "" {
		t.Errorf("the same to a script: %v\n%s", answer, text)
	}
	if answer, text = get("/", document, "Range: bytes=1-2"); answer.StatusCode != 206 || text != "h1" {
		t.Errorf("a part: %v\n%s", answer, text)
	}
	if _, text = get("/stream", document); !strings.HasPrefix(text, "<!doctype html><head><script async ") {
		t.Errorf("a stream: %s", text)
	}

	write("site/static/css/style.css", "two")
	if e := next(); e.From != first.ID || strings.Join(e.CSS, " ") != "css/style.css" {
		t.Errorf("a style sheet: %+v", e)
	}
	write("site/templates/a.html", "two")
	template := next()
	if _, text = get("/", document); template.CSS != nil || !tagged(text, template) {
		t.Errorf("a template: %+v\n%s", template, text)
	}
	write("site/page.go", strings.Replace(open, "one", "two", 1))
	if _, text = get("/", document); !tagged(text, next()) || !strings.Contains(text, "two") {
		t.Errorf("a build: %s", text)
	}
	write("site/page.go", "package site\n\nfunc open() *strings.Reader { return 1 }\n")
	failed := next()
	if answer, text = get("/"); answer.StatusCode != 500 || strings.Contains(text, "<script") {
		t.Errorf("a mistake, to a script: %v\n%s", answer, text)
	}
	write("site/page.go", strings.Replace(open, "one", "three", 1))
	mended := next()
	if _, text = get("/", document); mended.From != failed.ID || !tagged(text, mended) || !strings.Contains(text, "three") {
		t.Errorf("mended: %+v\n%s", mended, text)
	}
	// A page that reloaded itself because the application ended would make it
	// start, and end, again and again.
	get("/crash", document)
	if _, text = get("/", document); !tagged(text, mended) {
		t.Errorf("after the application ended, and was started again: %s", text)
	}
	write("site/templates/a.html", "four")
	if e := next(); e.From != mended.ID {
		t.Errorf("the next event after that: %+v", e)
	}
	began := time.Now()
	s.end()
	if _, ok := stream.next(t); ok || stream.lines.Err() != nil || time.Since(began) > drainGrace {
		t.Errorf("the end of runserver: %v after %v", stream.lines.Err(), time.Since(began))
	}
	if log := s.errors.String(); strings.Contains(log, "__gostart") {
		t.Errorf("the request log tells of live reload:\n%s", log)
	}
}

func TestNoLiveReload(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and serves an application")
	}
	dir := t.TempDir()
	files := map[string]string{
		"go.mod": "module example.test/site\n\ngo 1.26\n",
		"app/app.go": "package app\n\nimport (\n\t\"io\"\n\t\"net/http\"\n)\n\nvar App http.HandlerFunc = func(w http.ResponseWriter, r *http.Request) {\n" +
			"\tio.WriteString(w, \"<h1>\"+r.URL.Path+\"</h1>\")\n}\n",
	}
	if err := os.Mkdir(filepath.Join(dir, "app"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []Options{{NoLiveReload: true}, {NoReload: true}} {
		o.Dir, o.Application = dir, "app.App"
		s := startServer(t, o)
		for _, path := range []string{"/", eventsPath, scriptPath} {
			c := dial(t, s.addr)
			c.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Dest: document\r\n\r\n")
			if got := c.answer("GET").Body; got != "<h1>"+path+"</h1>" {
				t.Errorf("%s: %s", path, got)
			}
		}
		s.end()
	}
}
