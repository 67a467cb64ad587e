package generator

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Masterminds/sprig/v3"
)

// TestBytesKept compares what is copied and what is rendered, byte for byte.
func TestBytesKept(t *testing.T) {
	binary := make([]byte, 256)
	for i := range binary {
		binary[i] = byte(i)
	}
	dir := filepath.Join(t.TempDir(), "site")
	_, err := StartProject(t.Context(), Options{Name: "mysite", Directory: dir, Builtin: builtin(
		"binary.bin", string(binary), "crlf.txt", "{{a}}\r\nb\r\n", "crlf_too.txt.tmpl", "{{.module}}\r\nb\r\n", "empty.txt", "", "no_newline.tmpl", "x",
	)})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"binary.bin": string(binary), "crlf.txt": "{{a}}\r\nb\r\n", "crlf_too.txt": "mysite\r\nb\r\n", "empty.txt": "", "no_newline": "x",
	} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s is %q (%v), want %q", name, got, err, want)
		}
	}
}

// TestRenderProblems is what can be wrong in one file, and where it is said to be.
func TestRenderProblems(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"x.tmpl", "a\n{{.modul}}", `project/x.tmpl:2:3: undefined variable "modul"; did you mean "module"?` + "\n    {{.modul}}\n      ^"},
		{"x.tmpl", "{{if}}", "project/x.tmpl:1:1: missing value for if\n    {{if}}\n    ^"},
		{"x.tmpl", "a\n\n{{end}}", "project/x.tmpl:3:1: unexpected {{end}}"},
		{"x.tmpl", `{{fail "only on Tuesdays"}}`, "project/x.tmpl:1:3: error calling fail: only on Tuesdays"},
		{"x.tmpl", "{{now}}", `project/x.tmpl:1:3: function "now" not defined`},
		{"x.tmpl", "ok\nnot \xff ok", "project/x.tmpl:2:5: is not UTF-8, so it cannot be rendered"},
		{"x.tmpl", "\tnot \x1b[31m \xff ok", "project/x.tmpl:1:12: is not UTF-8, so it cannot be rendered; without .tmpl it is copied as it is\n    \tnot \ufffd[31m \ufffd ok\n    \t          ^"},
		{"x.tmpl", `{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`, "exceeded maximum template depth"},
		{"x.tmpl", "{{.secret_key}}", `project/x.tmpl:1:3: "secret_key" is a secret, and only private files may have it`},
		{"x.tmpl", "{{.a}}\n{{if false}}{{$.b.c}}{{end}}{{with .module}}{{.d}}{{end}}", // all but d, which is one of module's
			"the template has 2 problems:\n  project/x.tmpl:1:3: undefined variable \"a\"\n      {{.a}}\n        ^\n  project/x.tmpl:2:16: undefined variable \"b\"\n"},
		{"x.go.tmpl", "package x\n\n{{if true}}\nfunc {\n{{end}}\n", "project/x.go.tmpl:4:6: makes invalid Go: "},
		{"x.go.tmpl", "package x\n{{ range 3 }}\nvar _ = 1\n{{ end -}}\n\n\nvar = 2\n", "project/x.go.tmpl:7:5: makes invalid Go: "},
		{"x.go.tmpl", "{{if false}}package x{{end}}\n", "project/x.go.tmpl:2:1: makes invalid Go: expected 'package', found 'EOF'"},
		{"x.go.tmpl", "{{/* a piece */}}func x() {}\r\n", "project/x.go.tmpl:1:18: makes invalid Go: expected 'package', found 'func'"},
		{"x.go.tmpl", "package x\n\nvar a = {{ list 1 2 }} + 1\n", "project/x.go.tmpl:3:9: makes invalid Go: "},
	}
	for _, test := range tests {
		_, err := StartProject(t.Context(), Options{Name: "mysite", Directory: t.TempDir(), Builtin: builtin(test.name, test.text)})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want %q", test.text, err, test.want)
		}
	}
}

// TestOutputLimit stops a template that gives without end.
func TestOutputLimit(t *testing.T) {
	r := &renderer{}
	r.left.Store(1000)
	_, faults := r.file(newExecutor(), entry{render: true}, "{{range 1000000}}{{.}} {{end}}", false)
	if len(faults) != 1 || !strings.Contains(faults[0].text, "larger than 256 MiB") {
		t.Errorf("faults %v, want one about size", faults)
	}
}

// TestFilesDoNotMeet checks that a file sees no definition and no variable of another.
func TestFilesDoNotMeet(t *testing.T) {
	_, err := StartProject(t.Context(), Options{Name: "mysite", Directory: t.TempDir(), Builtin: builtin(
		"a.tmpl", `{{define "shared"}}{{end}}{{$_ := set . "leak" "x"}}`, "b.tmpl", `{{template "shared"}}`, "c.tmpl", "{{.leak}}",
	)})
	var faults problems
	if !errors.As(err, &faults) || len(faults) != 2 {
		t.Errorf("error %v, want one problem in b.tmpl and one in c.tmpl", err)
	}
}

// TestFunctions keeps the list of sprig's functions true, and what is not repeatable out of it.
func TestFunctions(t *testing.T) {
	offered := sprig.TxtFuncMap()
	for _, name := range strings.Fields(sprigFunctions) {
		if offered[name] == nil {
			t.Errorf("sprig has no function %q", name)
		}
	}
	for _, name := range strings.Fields("env expandenv getHostByName now date ago uuidv4 randAlpha randInt shuffle bcrypt htpasswd" +
		" genPrivateKey genCA genSelfSignedCert genSignedCert derivePassword encryptAES keys values repeat until seq osBase") {
		if hasWord(sprigFunctions, name) {
			t.Errorf("%q is offered to templates", name)
		}
	}
}

// TestSameBytes renders twice and compares all but the secret, which no file that is hashed has.
func TestSameBytes(t *testing.T) {
	src := builtin("template.json", `{"version": 1, "private": [".env"], "questions": [{"name": "list", "default": "b,a"}]}`,
		".env.tmpl", "{{.secret_key}}", "x.txt.tmpl", `{{splitList "," .list | sortAlpha | join " "}} {{dict "b" 1 "a" 2 | toJson}}`)
	var manifests [][]byte
	for range 2 {
		t.Chdir(t.TempDir())
		if _, err := StartProject(t.Context(), Options{Name: "mysite", Builtin: src, Version: "v1"}); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile("mysite/" + manifestFile)
		if err != nil {
			t.Fatal(err)
		}
		manifests = append(manifests, data)
		if got, _ := os.ReadFile("mysite/x.txt"); string(got) != `a b {"a":2,"b":1}` {
			t.Errorf("x.txt is %q", got)
		}
	}
	if !bytes.Equal(manifests[0], manifests[1]) {
		t.Errorf("two manifests of the same project differ:\n%s\n%s", manifests[0], manifests[1])
	}
}
