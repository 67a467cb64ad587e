package runserver

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testServer is a server of a module that holds files, without a listener.
func testServer(t *testing.T, files map[string]string) *server {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module mysite\n")
	for name, text := range files {
		write(name, text)
	}
	p := project{root: dir, module: "mysite", pkg: "mysite", invoked: dir}
	e, err := parseEditor("vscode")
	if err != nil {
		t.Fatal(err)
	}
	return &server{supervisor: &supervisor{project: p}, editor: e, address: address{host: "127.0.0.1"}, live: &liveReload{}}
}

// failureOf is the answer to a client that accepts something.
func failureOf(s *server, f *failure, accept, host string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, "http://"+host+"/", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	s.writeFailure(w, r, f)
	return w.Result()
}

func bodyOf(t *testing.T, response *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func buildFailure(s *server) *failure {
	at := func(name string, line, column int, text string) Problem {
		return Problem{File: filepath.Join(s.supervisor.project.root, name), Line: line, Col: column, Text: text}
	}
	return &failure{title: "The build failed", hint: "mend it", problems: []Problem{
		at("b.go", 2, 5, "undefined: x"), at("a.go", 1, 1, "expected 'package'"), at("b.go", 3, 2, "undefined: y\n\thave z"),
		{Text: "too many errors"},
	}}
}

var buildFiles = map[string]string{"a.go": "pakage a\n", "b.go": "package b\nvar x = y\n\ty = 1\n"}

func TestErrorPageGroupsProblemsByFile(t *testing.T) {
	s := testServer(t, buildFiles)
	v := s.view(buildFailure(s), s.supervisor.project.root, true)
	var got []string
	for _, file := range v.Files {
		for _, problem := range file.Problems {
			got = append(got, fmt.Sprintf("%s %q %d", file.Name, problem.Text, len(problem.Rows)))
		}
	}
	want := []string{`b.go "undefined: x" 3`, `b.go "undefined: y\n\thave z" 3`, `a.go "expected 'package'" 1`, ` "too many errors" 0`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || v.Summary != "4 problems in 2 files" {
		t.Errorf("%s\n%s", v.Summary, strings.Join(got, "\n"))
	}
	html := bodyOf(t, failureOf(s, buildFailure(s), "text/html", "localhost"))
	for _, part := range []string{
		`<h1>The build failed</h1>`, `<span class="count">2 problems</span>`, `<b>Hint</b> mend it`,
		`<a class="place" href="vscode://file` + s.supervisor.project.root + `/b.go:2:5">b.go:2:5</a>`,
		"<span class=\"row at\"><i>3</i>\ty = 1\n</span><span class=\"row caret\"><i></i>\t^\n</span>",
		`<noscript><meta http-equiv="refresh" content="2"></noscript>`,
	} {
		if !strings.Contains(html, part) {
			t.Errorf("the page has no %s:\n%s", part, html)
		}
	}
}

func TestErrorPageForms(t *testing.T) {
	s := testServer(t, buildFiles)
	text := failureOf(s, buildFailure(s), "*/*", "localhost")
	if got, want := bodyOf(t, text), "The build failed\n\nb.go:2:5: undefined: x\n    var x = y\n        ^\n"+
		"a.go:1:1: expected 'package'\n    pakage a\n    ^\nb.go:3:2: undefined: y\n        y = 1\n        ^\n\thave z\n"+
		"too many errors\nhint: mend it\n\ngostart runserver waits for the next change.\n"; got != want {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	var told struct {
		Title, Text, Hint, Output string
		Problems                  []struct {
			File, Text   string
			Line, Column int
		}
	}
	if err := json.Unmarshal([]byte(bodyOf(t, failureOf(s, buildFailure(s), "application/json", "localhost"))), &told); err != nil {
		t.Fatal(err)
	}
	if told.Title != "The build failed" || len(told.Problems) != 4 || told.Problems[0].File != "b.go" || told.Problems[0].Line != 2 ||
		told.Problems[0].Column != 5 || told.Hint != "mend it" {
		t.Errorf("%+v", told)
	}
	if got := bodyOf(t, failureOf(s, &failure{title: "x"}, "application/json", "localhost")); !strings.Contains(got, `"problems": []`) {
		t.Errorf("without problems: %s", got)
	}
	for _, accept := range []string{"text/html", "application/json", "*/*"} {
		response := failureOf(s, buildFailure(s), accept, "localhost")
		if response.StatusCode != 500 || response.Header.Get("Cache-Control") != "no-store" ||
			response.Header.Get("X-Content-Type-Options") != "nosniff" || response.Header.Get("Vary") != "Accept" ||
			!strings.Contains(response.Header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'sha256-") {
			t.Errorf("%s: %v", accept, response.Header)
		}
	}
}

func TestErrorPageHead(t *testing.T) {
	s := testServer(t, nil)
	w := httptest.NewRecorder()
	s.writeFailure(w, httptest.NewRequest(http.MethodHead, "http://localhost/", nil), &failure{title: "x"})
	if w.Body.Len() != 0 || w.Code != 500 || w.Header().Get("Content-Length") == "0" {
		t.Errorf("HEAD: %d %v %q", w.Code, w.Header(), w.Body)
	}
}

// A host of somebody else's gets what is wrong, but neither source, nor output,
// nor paths, nor links.
func TestErrorPageForStrangers(t *testing.T) {
	s := testServer(t, map[string]string{"b.go": "package b\nvar x = treasure\n"})
	s.editor = editor{command: []string{"ed", "{path}"}, token: "the-token"}
	f := &failure{title: "The application panicked", output: "printed treasure", problems: []Problem{
		{File: filepath.Join(s.supervisor.project.root, "b.go"), Line: 2, Text: "panic: no"},
	}}
	for _, accept := range []string{"text/html", "application/json", "*/*"} {
		stranger := bodyOf(t, failureOf(s, f, accept, "evil.example"))
		for _, secret := range []string{"treasure", "the-token", s.supervisor.project.root, "http-equiv"} {
			if strings.Contains(stranger, secret) {
				t.Errorf("%s: %s in\n%s", accept, secret, stranger)
			}
		}
		if !strings.Contains(stranger, "panic: no") || !strings.Contains(stranger, "b.go") {
			t.Errorf("%s: it does not say what is wrong:\n%s", accept, stranger)
		}
		if friend := bodyOf(t, failureOf(s, f, accept, "localhost")); !strings.Contains(friend, "treasure") {
			t.Errorf("%s: nothing at localhost either:\n%s", accept, friend)
		}
	}
}

// local_variable_escaping and its like: what is shown is text, wherever it is from.
func TestErrorPageEscapes(t *testing.T) {
	evil := `</script></style></pre><script>alert("1")</script>` + "\x00\x1b[31m\u202e\xff'\""
	name := `we"ird'<b>&` + "\n" + `.go`
	s := testServer(t, map[string]string{name: evil + "\n"})
	file := filepath.Join(s.supervisor.project.root, name)
	f := &failure{title: evil, text: evil + "\n", hint: evil, output: evil + "\n\t" + file + ":1 +0x1", problems: []Problem{{File: file, Line: 1, Col: 3, Text: evil}}}
	for _, e := range []editor{s.editor, {command: []string{"x"}, token: "t"}, {terminal: true}, {}} {
		s.editor = e
		html := bodyOf(t, failureOf(s, f, "text/html", "localhost"))
		if strings.Contains(html, "<script") || strings.Contains(html, "<b>&") || strings.Count(html, "</style>") != 1 ||
			strings.Count(html, "</html>") != 1 || strings.ContainsAny(html, "\x1b\u202e") {
			t.Errorf("%+v:\n%s", e, html)
		}
	}
}

func TestErrorPageMarksTheTrace(t *testing.T) {
	s := testServer(t, map[string]string{"mysite/boom.go": "package mysite\n\nfunc init() {\n\tpanic(1)\n}\n", "vendor/x/x.go": "package x\n"})
	root := s.supervisor.project.root
	output := "good morning\npanic: 1\n\ngoroutine 1 [running]:\nmysite/mysite.init.0()\n\t" + root + "/mysite/boom.go:4 +0x2c\n" +
		"x.Do()\n\t" + root + "/vendor/x/x.go:1 +0x2c\nmysite/mysite.other()\n\tmysite/mysite/boom.go:5\n" + // -trimpath
		"main.main()\n\t" + root + "/.gostart/main.go:9 +0x1\nruntime.main()\n\t/usr/local/go/src/runtime/proc.go:283 +0x28b\n\ngoroutine 7 [x]:\nmore\n"
	panicked, at, trace := parseTrace(output, s.supervisor.project)
	if panicked != "panic: 1" || at.Line != 4 || at.File != filepath.Join(root, "mysite", "boom.go") || strings.Contains(trace, "goroutine 7") {
		t.Errorf("%q %+v\n%s", panicked, at, trace)
	}
	lines, marked := s.markTrace(s.supervisor.project.roots(), trace, root)
	var mine []string
	for _, line := range lines {
		if line.Mine {
			text := line.Text + line.More
			if line.Place != nil {
				text = line.Text + line.Place.Name + line.More
			}
			mine = append(mine, text)
		}
	}
	want := []string{"mysite/mysite.init.0()", "\tmysite/boom.go:4 +0x2c", "mysite/mysite.other()", "\tmysite/boom.go:5"}
	if !marked || strings.Join(mine, "\n") != strings.Join(want, "\n") {
		t.Errorf("marked %q", mine)
	}
	if panicked, _, _ := parseTrace("nothing of the kind", s.supervisor.project); panicked != "" {
		t.Errorf("a panic in what is none: %q", panicked)
	}
}

// The page must not read what is no file, nor what is not text.
func TestExcerpt(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x.go")
	if err := os.WriteFile(name, []byte("1\n2\n3\n4\n\tx\xff := \u202e1\n6\n7\n8\n"+strings.Repeat("w", 2000)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := excerpt(name, 5, 4)
	if len(rows) != 7 || rows[0].Number != 2 || rows[3].Text != "\tx\\xff := \\u202e1" || !rows[3].At || !rows[3].Caret || rows[3].Before != "\t     " {
		t.Errorf("%+v", rows)
	}
	if rows := excerpt(name, 9, 1500); len(rows) != 4 || rows[3].Caret || len(rows[3].Text) > excerptWidth+len("…") {
		t.Errorf("%+v", rows)
	}
	for _, at := range []struct {
		name string
		line int
	}{{name, 0}, {name, -1}, {name, 10}, {dir, 1}, {filepath.Join(dir, "nope"), 1}, {"", 1}} {
		if rows := excerpt(at.name, at.line, 1); rows != nil {
			t.Errorf("%v: %+v", at, rows)
		}
	}
}

func TestFindOrigins(t *testing.T) {
	s := testServer(t, map[string]string{
		"mysite/settings.go": "package mysite\n\nimport \"the words of an import\"\n\nvar a = required(\"ALLOWED_HOSTS\")\n" +
			"var b = fmt.Errorf(\"%s is not set\", name)\nvar c = `raw: it is %q, not a number`\n",
		"mysite/x_test.go": "package mysite\n\nvar d = \"ALLOWED_HOSTS is not set\"\n",
		"mysite/broken.go": "pakage\n",
	})
	dir := filepath.Join(s.supervisor.project.root, "mysite")
	var got []string
	for _, p := range findOrigins(dir, "settings module \"x\":\nALLOWED_HOSTS is not set\nSECRET is not set\nPORT raw: it is \"x\", not a number\nno\nthe words of an import") {
		got = append(got, p.where(dir)+": "+p.Text)
	}
	want := []string{"settings.go:5:18: ALLOWED_HOSTS is not set", "settings.go:6:20: SECRET is not set",
		"settings.go:7:9: PORT raw: it is \"x\", not a number"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}
