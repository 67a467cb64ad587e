package generator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/Masterminds/sprig/v3"
)

// builtin makes a built-in project template of path, content, path, content, ...
func builtin(pairs ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		files["project/"+pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1]), Mode: 0o644}
	}
	return files
}

// countdown is a context that is cancelled when it has been asked n times: a Ctrl-C at each step there is.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestInterruptAtEachStep stops at the first check of the context, at the second, and so on until a run
// comes through: each time the disk is as before.
func TestInterruptAtEachStep(t *testing.T) {
	files := builtin("go.mod.tmpl", "module {{.module}}\n", "a/b/c.txt", "c", "a/d.txt", "d", "mysite/wsgi.go", "package mysite\n")
	for _, directory := range []string{"", "deep/er/site", "existing"} {
		t.Run("directory="+directory, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.MkdirAll("existing/a", 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile("existing/a/mine.txt", []byte("mine"), 0o666); err != nil {
				t.Fatal(err)
			}
			before := listing(t)
			for step := 0; ; step++ {
				ctx := &countdown{Context: t.Context()}
				ctx.left.Store(int64(step))
				_, err := StartProject(ctx, Options{Name: "mysite", Directory: directory, Builtin: files})
				if err == nil {
					if step < 10 {
						t.Errorf("came through at step %d: is the context still checked?", step)
					}
					return
				}
				if !errors.Is(err, errInterrupted) {
					t.Fatalf("step %d: %v", step, err)
				}
				if after := listing(t); !slices.Equal(before, after) {
					t.Fatalf("step %d left %v, want %v", step, after, before)
				}
			}
		})
	}
}

// TestFailureWhileWriting has a file come into the way between plan and write: a file of the user's is
// not replaced, and what was made is removed.
func TestFailureWhileWriting(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	files := []file{{path: "a", mode: fs.ModeDir}, {path: "a/b.txt", data: []byte("b"), mode: 0o666}, {path: "z.txt", mode: 0o666}}
	p, err := makePlan(place{dir: dir, exists: true}, files)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("z.txt", []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := p.apply(t.Context(), writing{}); err == nil || !strings.Contains(err.Error(), "z.txt in ") {
		t.Errorf("error %v, want one about z.txt", err)
	}
	if got, want := listing(t), []string{"z.txt=mine"}; !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}

	// A directory that becomes a link to elsewhere after the plan is not followed out of the project.
	if err := os.Remove("z.txt"); err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir()
	if err := os.Symlink(outside, "a"); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := p.apply(t.Context(), writing{}); err == nil {
		t.Error("wrote through a symbolic link")
	}
	if entries, _ := os.ReadDir(outside); len(entries) > 0 {
		t.Errorf("wrote %v outside of the project", entries)
	}
}

// listing is each path below the working directory, with the contents of files.
func listing(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || path == ".":
			return err
		case d.IsDir():
			all = append(all, path+"/")
			return nil
		}
		data, err := os.ReadFile(path)
		all = append(all, path+"="+string(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestHostilePaths gives paths that only another system, or another program, would make.
func TestHostilePaths(t *testing.T) {
	for path, want := range map[string]string{
		`..\evil.txt`:            `gives the path "..\\evil.txt"`,
		`C:evil.txt`:             `gives the path "C:evil.txt"`,
		"aux.go":                 "which not every system can have",
		"trailing.":              "which not every system can have",
		"a|b.txt":                "which not every system can have",
		"line\nbreak.txt":        `gives the path "line\nbreak.txt"`,
		"project_name.con/x":     "", // fine: mysite.con
		"com1/project_name.go":   "which not every system can have",
		"space ":                 "a name begins or ends with a space",
		"CON .txt":               `"CON " is a device on Windows`,
		"conin$":                 `"conin$" is a device on Windows`,
		"a/git~1/config":         `gives the path "a/git~1", which is git's own`,
		strings.Repeat("x", 256): "a name has more than 255 bytes",
	} {
		_, err := StartProject(t.Context(), Options{Name: "mysite", Directory: t.TempDir(), DryRun: true, Builtin: builtin(path, "x")})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: error %v, want %q", path, err, want)
		}
	}
	// What no fs.FS has, but a plan refuses all the same.
	for _, path := range []string{"../evil", "/etc/evil", "a/../../evil", "a//b", "./a", "", ".GIT/hooks/pre-push", "a/.git"} {
		if _, err := makePlan(place{}, []file{{path: path, mode: 0o666}}); err == nil {
			t.Errorf("%q was accepted", path)
		}
	}
}

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

func TestContext(t *testing.T) {
	key, err := secretKey()
	if err != nil {
		t.Fatal(err)
	}
	a := &answers{name: "my_site", module: "example.com/x", values: map[string]any{"author": "ada"}, secretKey: key}
	data := a.context("/srv/site", "v1")
	want := "author camel_case_project_name go_version gostart_version module project_directory project_name secret_key"
	if got := strings.Join(slices.Sorted(maps.Keys(data)), " "); got != want {
		t.Errorf("the context has %s, want %s", got, want)
	}
	if got := fmt.Sprint(data["camel_case_project_name"], data["module"], data["project_directory"]); got != "MySite"+"example.com/x"+"/srv/site" {
		t.Errorf("the context's values are %s", got)
	}
	if key := data["secret_key"].(string); len(key) != 50 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)") != "" {
		t.Errorf("secret_key is %q", key)
	}
}

func TestQuoteWord(t *testing.T) {
	for word, want := range map[string]string{
		"mysite": "mysite", "a b": "'a b'", "": "''", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "author=ada": "author=ada",
	} {
		if got := quoteWord(word); got != want {
			t.Errorf("quoteWord(%q) = %s, want %s", word, got, want)
		}
	}
}
