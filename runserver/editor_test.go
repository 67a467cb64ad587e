package runserver

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEditorLinks(t *testing.T) {
	t.Setenv(editorVariable, "")
	for _, test := range []struct{ editor, file, want string }{
		{"", "/home/x/a.go", "vscode://file/home/x/a.go:3:7"},
		{"vscode", `C:\x\a.go`, ""},
		{"Cursor", "/a b/#?&%'\"<\n.go", "cursor://file/a%20b/%23%3F%26%25%27%22%3C%0A.go:3:7"},
		{"zed", "/x.go", "zed://file/x.go:3:7"},
		{"code", "/x.go", "vscode://file/x.go:3:7"},
		{"idea", "/x/é.go", "idea://open?file=/x/%C3%A9.go&line=3&column=7"},
		{"goland", "/x.go", "goland://open?file=/x.go&line=3&column=7"},
		{"sublime", "/x.go", "subl://open?url=file:///x.go&line=3&column=7"},
		{"textmate", "/x.go", "txmt://open?url=file:///x.go&line=3&column=7"},
		{"vscode://file/__FILE__:__LINE__", "/x.go", "vscode://file/x.go:3"},
		{"http://localhost:63342/api/file{path}:{line}:{column}", "/x.go", "http://localhost:63342/api/file/x.go:3:7"},
		{"sublime", "C:/x.go", "subl://open?url=file:///C:/x.go&line=3&column=7"},
		{"idea", "C:/x.go", "idea://open?file=C:/x.go&line=3&column=7"},
	} {
		e, err := parseEditor(test.editor)
		if err != nil {
			t.Errorf("%s: %v", test.editor, err)
		} else if got := e.link(test.file, 3, 7); got != test.want && test.want != "" {
			t.Errorf("%s: %s, want %s", test.editor, got, test.want)
		}
	}
}

func TestEditorNames(t *testing.T) {
	t.Setenv(editorVariable, "emacs")
	for text, want := range map[string]string{
		"":      "emacsclient|--no-wait|+3:7|/x y.go", // from the variable
		"emacs": "emacsclient|--no-wait|+3:7|/x y.go",
		`"/my programs/ed it" -l {line} '{path}:{column}'`: "/my programs/ed it|-l|3|/x y.go:7",
		"subl {path}:{line}": "subl|/x y.go:3",
		"go":                 "go|/x y.go", // a program that is there
		"none":               "", "vim": "", "nvim": "", "/usr/bin/vim -R": "",
	} {
		e, err := parseEditor(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got := strings.Join(e.arguments("/x y.go", 3, 7), "|"); got != want || e.terminal != strings.Contains(text, "vim") {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"no-such-editor", "javascript://{path}", "DATA://{path}", "vscode://file", "no-such-editor -x"} {
		if e, err := parseEditor(text); err == nil {
			t.Errorf("%q is taken: %+v", text, e)
		} else if _, ok := err.(*usageError); !ok || !strings.HasPrefix(err.Error(), "--editor \""+text) {
			t.Errorf("%q: %v", text, err)
		}
	}
	t.Setenv(editorVariable, "no-such-editor")
	if _, err := parseEditor(""); err == nil || !strings.HasPrefix(err.Error(), "$GOSTART_EDITOR ") {
		t.Errorf("from the environment: %v", err)
	}
}

// A form of an error page starts the editor; nothing else does.
func TestOpenEditor(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh")
	}
	s := testServer(t, map[string]string{"a b'.go": "package a\n"})
	root := s.supervisor.project.root
	opened := filepath.Join(t.TempDir(), "opened")
	if err := os.WriteFile(opened+".sh", []byte("#!/bin/sh\necho \"$@\" >"+opened+".new && mv "+opened+".new "+opened+"\n"), 0o700); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "outside.go")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(root, "link.go")); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.editor, err = parseEditor(opened + ".sh {path} {line} {column}"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "a b'.go")
	ask := func(change func(r *http.Request, form url.Values)) int {
		form := url.Values{"token": {s.editor.token}, "file": {file}, "line": {"3"}, "column": {"7"}}
		r := httptest.NewRequest(http.MethodPost, "http://localhost:8000"+openPath, nil)
		r.RemoteAddr = "127.0.0.1:4000"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if change != nil {
			change(r, form)
		}
		body := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
		r.Body, r.ContentLength = body.Body, body.ContentLength
		w := httptest.NewRecorder()
		s.openEditor(w, r)
		return w.Code
	}
	for name, test := range map[string]struct {
		status int
		change func(r *http.Request, form url.Values)
	}{
		"GET":           {405, func(r *http.Request, _ url.Values) { r.Method = http.MethodGet }},
		"no token":      {403, func(_ *http.Request, form url.Values) { form.Del("token") }},
		"wrong token":   {403, func(_ *http.Request, form url.Values) { form.Set("token", "x") }},
		"another site":  {403, func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") }},
		"another host":  {403, func(r *http.Request, _ url.Values) { r.Host = "evil.example" }},
		"other machine": {403, func(r *http.Request, _ url.Values) { r.RemoteAddr = "192.168.1.9:4000" }},
		"outside":       {404, func(_ *http.Request, form url.Values) { form.Set("file", outside) }},
		"by a link":     {404, func(_ *http.Request, form url.Values) { form.Set("file", filepath.Join(root, "link.go")) }},
		"by dots":       {404, func(_ *http.Request, form url.Values) { form.Set("file", root+"/../"+filepath.Base(root)+"x") }},
		"a directory":   {404, func(_ *http.Request, form url.Values) { form.Set("file", root) }},
		"relative":      {404, func(_ *http.Request, form url.Values) { form.Set("file", "a b'.go") }},
		"no file":       {404, func(_ *http.Request, form url.Values) { form.Del("file") }},
		"line":          {404, func(_ *http.Request, form url.Values) { form.Set("line", "-1") }},
		"column":        {404, func(_ *http.Request, form url.Values) { form.Set("column", "$(x)") }},
		"long":          {403, func(_ *http.Request, form url.Values) { form.Set("padding", strings.Repeat("x", 1<<20)) }},
	} {
		if got := ask(test.change); got != test.status {
			t.Errorf("%s: %d, want %d", name, got, test.status)
		}
	}
	if got := ask(nil); got != http.StatusNoContent {
		t.Fatalf("the form: %d", got)
	}
	waitForFile(t, opened)
	text, err := os.ReadFile(opened)
	if want := file + " 3 7\n"; err != nil || string(text) != want {
		t.Errorf("the editor got %q, want %q (%v)", text, want, err)
	}
	s.editor = editor{}
	if got := ask(nil); got != http.StatusForbidden {
		t.Errorf("without an editor to start: %d", got)
	}
}

// waitForFile returns when a file is there.
func waitForFile(t *testing.T, name string) {
	t.Helper()
	w := newWatcher(func(text string) { t.Log(text) })
	go w.run(t.Context())
	w.add(filepath.Dir(name))
	for !isFile(name) {
		select {
		case <-w.batches:
		case <-t.Context().Done():
			t.Fatalf("there is no %s", name)
		}
	}
}
