package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// settingsForTest has what a project's Settings may have.
type settingsForTest struct {
	Debug     bool
	SecretKey string
	Hosts     []string
	Database  map[string]any
	Nested    struct{ APIPassword, Name string }
	Hidden    discreet
	internal  string
}

// discreet hides itself, as the Secret of a generated project.
type discreet string

func (discreet) Format(f fmt.State, _ rune) { io.WriteString(f, "discreetly") } //nolint:errcheck // it is a buffer

// asked is a request of a client on this machine, as the supervisor sends it.
type asked struct {
	method, uri, form, body string
	header                  http.Header
}

// panicking serves a handler and returns the answer to a request, and the log.
func panicking(t *testing.T, pages *panicPages, a asked, handler http.HandlerFunc) (*http.Response, string, string) {
	t.Helper()
	var printed bytes.Buffer
	log.SetOutput(&printed)
	defer log.SetOutput(os.Stderr)
	server := httptest.NewUnstartedServer(restore(handler, "token", newClients(), pages))
	server.Config.ErrorLog = log.New(&printed, "net/http: ", 0)
	server.Start()
	o, err := json.Marshal(original{
		Token: "token", ID: 1, RemoteAddr: "127.0.0.1:4000", Method: a.method, RequestURI: []byte(a.uri), Proto: "HTTP/1.1",
		Host: []byte("localhost:8000"), NoBody: a.body == "", Length: int64(len(a.body)), Panic: a.form,
	})
	if err != nil {
		t.Fatal(err)
	}
	method := a.method
	if method != http.MethodHead {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range a.header {
		r.Header[name] = values
	}
	r.Header.Set(originalHeader, string(o))
	response, err := http.DefaultClient.Do(r)
	text := []byte{}
	if err == nil {
		defer response.Body.Close()
		text, err = io.ReadAll(response.Body)
	}
	server.Close()
	if err != nil {
		return nil, err.Error(), printed.String()
	}
	return response, string(text), printed.String()
}

// testPages takes the module that this file is in for the user's.
func testPages(t *testing.T) *panicPages {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	dir := filepath.Dir(file)
	settings := settingsForTest{Debug: true, SecretKey: "hunter1", Hosts: []string{"a.example"}, Hidden: "hunter6", internal: "hunter7",
		Database: map[string]any{"PASSWORD": "hunter2", "url": "postgres://me:hunter3@db/x", "deep": map[any]any{1: "one", "Token": "hunter4"}}}
	settings.Nested.APIPassword, settings.Nested.Name = "hunter5", "visible"
	return &panicPages{Roots: map[string]string{dir: "example.test/site"}, Dir: dir, Editor: "vscode://file/{path}:{line}:{column}",
		settings: settings, module: "mysite.settings"}
}

type wrapped struct{ errs []error }

func (w wrapped) Error() string   { return "several" }
func (w wrapped) Unwrap() []error { return w.errs }

func TestPanicPage(t *testing.T) {
	response, html, printed := panicking(t, testPages(t), asked{method: "GET", uri: "/a/b?q=1&access_token=hunter8", form: "html", header: http.Header{
		"Cookie": {"sessionid=hunter9; theme=dark"}, "Authorization": {"Basic hunter10"}, "X-Api-Key": {"hunter11"}, "X-Odd": {"<b>\xff\u202e"},
	}}, store)
	if response == nil || response.StatusCode != 500 || response.Header.Get("Content-Encoding") != "" || response.Header.Get("Cache-Control") != "no-store" ||
		response.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(response.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Fatalf("%v %s", response, html)
	}
	for _, part := range []string{
		"<h1>storing: several</h1>", "*fmt.wrapError", "main.wrapped", "file does not exist", "mysql: me:" + asterisks + "@tcp(db:3306)/x &lt;/script&gt;",
		"GET /a/b?q=1&amp;access_token=" + asterisks + " HTTP/1.1", `<th scope="row">q</th><td>1</td>`, `<th scope="row">Client</th><td>127.0.0.1:4000</td>`,
		`<th scope="row">X-Odd</th><td>&lt;b&gt;\xff\u202e</td>`, `<th scope="row">theme</th><td>dark</td>`, `<th scope="row">sessionid</th><td>` + asterisks,
		"mysite.settings", "visible", "[&#34;a.example&#34;]", "discreetly", "<span class=\"row at\">", "panic_test.go:", "frames of the standard library",
		runtime.GOOS + "/" + runtime.GOARCH,
	} {
		if !strings.Contains(html, part) {
			t.Errorf("the page has no %q", part)
		}
	}
	if found := regexp.MustCompile(`hunter(1|2|3|4|5|6|7|8|9|10|11)\b`).FindAllString(html, -1); found != nil {
		t.Errorf("the page has secrets: %q", found)
	}
	if !strings.Contains(printed, "http: panic serving 127.0.0.1:4000: storing: several\ngoroutine ") {
		t.Errorf("the terminal has %q", printed)
	}
}

func TestPanicForms(t *testing.T) {
	handler := func(http.ResponseWriter, *http.Request) { panic("boom") }
	_, text, _ := panicking(t, testPages(t), asked{method: "GET", uri: "/x", form: "text"}, handler)
	if !regexp.MustCompile(`^A handler panicked\n\nGET /x HTTP/1.1\npanic_test.go:\d+: panic: boom\n( {4}.*\n)+\n\S+launcher.TestPanicForms.func1`).MatchString(text) {
		t.Errorf("%s", text)
	}
	_, text, _ = panicking(t, testPages(t), asked{method: "GET", uri: "/x", form: "json"}, handler)
	var told struct {
		Title, Text, Output string
		Problems            []struct {
			File, Text string
			Line       int
		}
	}
	if err := json.Unmarshal([]byte(text), &told); err != nil || told.Title != panicTitle || told.Problems[0].File != "panic_test.go" ||
		told.Problems[0].Text != "panic: boom" || told.Problems[0].Line == 0 || !strings.Contains(told.Output, "net/http.HandlerFunc") {
		t.Errorf("%v %s", err, text)
	}
	response, text, _ := panicking(t, testPages(t), asked{method: "HEAD", uri: "/x", form: "html"}, handler)
	if response == nil || response.StatusCode != 500 || text != "" || response.ContentLength < 1000 {
		t.Errorf("HEAD: %v %q", response, text)
	}
}

// What net/http does stays as it is wherever the page can't be, or may not.
func TestPanicCutsTheConnection(t *testing.T) {
	boom := func(http.ResponseWriter, *http.Request) { panic("boom") }
	for name, test := range map[string]struct {
		pages   *panicPages
		form    string
		handler http.HandlerFunc
	}{
		"without Debug":   {nil, "html", boom},
		"another client":  {testPages(t), "", boom},
		"abort":           {testPages(t), "html", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		"header written":  {testPages(t), "html", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204); panic("boom") }},
		"body written":    {testPages(t), "html", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x"); panic("boom") }},
		"hostile setting": {&panicPages{settings: struct{ X hostile }{}}, "html", boom},
	} {
		response, text, printed := panicking(t, test.pages, asked{method: "GET", uri: "/", form: test.form}, test.handler)
		if response != nil || !strings.Contains(text, "EOF") {
			t.Errorf("%s: %v %q", name, response, text)
		}
		if logged := strings.Contains(printed, "http: panic serving 127.0.0.1:4000: boom"); logged == (name == "abort") {
			t.Errorf("%s: the terminal has %q", name, printed)
		}
	}
}

// hostile panics while it is worded for the page, where fmt does not recover.
type hostile struct{}

func (hostile) MarshalText() ([]byte, error) { panic("in MarshalText") }

func TestBegun(t *testing.T) {
	type state struct{ fresh, informed, written, taken bool }
	seen := make(chan state, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := state{fresh: begun(w)}
		w.WriteHeader(http.StatusEarlyHints)
		s.informed = begun(w)
		if r.URL.Path == "/take" {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				defer conn.Close()
			}
			s.taken = begun(w)
		} else {
			w.WriteHeader(http.StatusOK)
			s.written = begun(w)
		}
		seen <- s
	}))
	defer server.Close()
	for path, want := range map[string]state{"/": {written: true}, "/take": {taken: true}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := http.DefaultClient.Do(r); err == nil {
			response.Body.Close()
		}
		if got := <-seen; got != want {
			t.Errorf("%s: %+v, want %+v: net/http has other fields now", path, got, want)
		}
	}
	if !begun(httptest.NewRecorder()) || !begun(nil) {
		t.Error("a writer that is not net/http's is taken for one")
	}
}

// The form is shown when the handler has read it, from whichever copy of the request.
func TestPanicForm(t *testing.T) {
	urlencoded := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	_, html, _ := panicking(t, testPages(t), asked{"POST", "/", "html", "name=J%C3%BCrgen&password=hunter2", urlencoded}, parse)
	if !strings.Contains(html, `<th scope="row">name</th><td>Jürgen</td>`) || strings.Contains(html, "hunter2") {
		t.Errorf("%s", html)
	}
	_, html, _ = panicking(t, testPages(t), asked{"POST", "/", "html", "name=unread", urlencoded}, func(http.ResponseWriter, *http.Request) { panic("boom") })
	if !strings.Contains(html, "The handler has not read the form") || strings.Contains(html, "<td>unread") {
		t.Errorf("%s", html)
	}
	_, html, _ = panicking(t, testPages(t), asked{"POST", "/", "html", "name=" + strings.Repeat("x", formLimit), urlencoded}, parse)
	if !strings.Contains(html, "or it is long") {
		t.Errorf("%s", html)
	}
	body := "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nhello\r\n--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\r\nPNG\r\n--x--\r\n"
	_, html, _ = panicking(t, testPages(t), asked{"POST", "/", "html", body, http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}},
		func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body) //nolint:errcheck // it is all there
			panic("boom")
		})
	if !strings.Contains(html, "<td>hello</td>") || !strings.Contains(html, "file &#34;a.png&#34;, 3 bytes") {
		t.Errorf("%s", html)
	}
}

// A middleware that recovers and panics again is not where the mistake is.
func TestPanicAgain(t *testing.T) {
	mistake := func() { panic("boom") }
	_, text, _ := panicking(t, testPages(t), asked{method: "GET", uri: "/", form: "json"}, func(http.ResponseWriter, *http.Request) {
		defer func() { panic(recover()) }()
		mistake()
	})
	if !regexp.MustCompile(`"output": "\S+launcher\.TestPanicAgain\.func1\(`).MatchString(text) {
		t.Errorf("%s", text)
	}
}

// store and parse stand apart from what they must not show: a page has the lines
// around.

func store(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Length", "3")
	dsn := "mysql: me:hunter" + "11@tcp(db:3306)/x </script>"
	panic(fmt.Errorf("storing: %w", wrapped{[]error{os.ErrNotExist, errors.New(dsn)}}))
}

func parse(_ http.ResponseWriter, r *http.Request) {
	if err := r.WithContext(r.Context()).ParseForm(); err != nil {
		panic(err)
	}
	panic("boom")
}
