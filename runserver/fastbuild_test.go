package runserver

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// fastProject is a module with most of what makes a build special.
const fastProject = `
-- go.mod --
module fast

go 1.25
-- web/web.go --
package web

import (
	"fmt"
	"net/http"

	"fast/generic"
	"fast/names"
)

// Handler says what it was built from.
func Handler(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, say()) }

func say() string { return fmt.Sprint("one ", names.Greeting, " ", generic.Twice(names.Number), " ", names.Deep()) }
-- names/names.go --
package names

import "fast/deep"

// Greeting is inlined where it is used.
const Greeting = "hello"

var Number = 21

func Deep() string { return deep.Word }
-- deep/deep.go --
package deep

const Word = "deep"
-- generic/generic.go --
package generic

func Twice[T int | float64](x T) T { return 2 * x }
-- embedded/embedded.go --
package embedded

import _ "embed"

//go:embed text.txt
var Text string
-- embedded/text.txt --
text
`

// fastLab is a builder over fastProject in a temporary directory.
type fastLab struct {
	*testing.T
	builder     *builder
	tracker     *tracker
	application application
	builds      int
}

func newFastLab(t *testing.T) *fastLab {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range txtar.Parse([]byte(fastProject)).Files {
		writeTestFile(t, filepath.Join(root, file.Name), string(file.Data))
	}
	p, err := findProject(root, "web.Handler")
	if err != nil {
		t.Fatal(err)
	}
	a, problem := p.findApplication(applicationName{value: "web.Handler", source: "--application"}, nil)
	if problem != nil {
		t.Fatal(problem.text)
	}
	lab := &fastLab{T: t, application: a, builder: &builder{project: p, dir: t.TempDir()}}
	lab.tracker = &tracker{envFile: filepath.Join(root, ".env"), added: func(string) {}, want: func(fingerprint) {}}
	lab.tracker.scan(p.roots())
	return lab
}

func writeTestFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// edit replaces text in a file, or makes or removes the file.
func (l *fastLab) edit(name, from, to string) {
	l.Helper()
	path := filepath.Join(l.builder.project.root, filepath.FromSlash(name))
	text, _ := os.ReadFile(path)
	if !strings.Contains(string(text), from) {
		l.Fatalf("%s has no %q", name, from)
	}
	if to == "" {
		if err := os.Remove(path); err != nil {
			l.Fatal(err)
		}
	} else {
		writeTestFile(l.T, path, strings.Replace(string(text), from, to, 1))
	}
	l.tracker.update([]string{path, filepath.Dir(path)})
}

// slow builds with the go command.
func (l *fastLab) slow() buildResult {
	l.Helper()
	l.builds++
	result := l.builder.run(context.Background(), l.builds, l.application)
	if result.failure != nil {
		l.Fatal(result.failure.write("", true))
	}
	return result
}

// TestFastBuild compares both ways to build over a list of edits: the programs
// are the same, byte by byte, or the fast way says that it is not for it.
func TestFastBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command many times")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	lab := newFastLab(t)
	r := lab.newRecipe()
	for _, edit := range []struct {
		what, file, from, to string
		fast                 bool
	}{
		{"a body", "web/web.go", `"one "`, `"two "`, true},
		{"the same body again", "web/web.go", `"two "`, `"three "`, true},
		{"an inlined constant of another package", "names/names.go", `"hello"`, `"good day"`, true},
		{"a variable's value", "names/names.go", `21`, `34`, true},
		{"a generic function of another package", "generic/generic.go", `return 2 * x`, `return x + x + x`, true},
		{"a constant two packages away", "deep/deep.go", `"deep"`, `"deeper"`, true},
		{"a new function", "web/web.go", `func say`, "func more() {}\n\nfunc say", true},
		{"a new exported function", "names/names.go", `func Deep`, "func New() int { return 1 }\n\nfunc Deep", true},
		{"a new import", "web/web.go", `"fmt"`, "\"fmt\"\n\t_ \"embed\"", false},
		{"a build constraint", "web/web.go", `package web`, "//go:build !never\n\npackage web", false},
		{"a new file", "web/new.go", "", "package web\n\nfunc init() {}\n", false},
		{"a deleted file", "web/new.go", "", "", false},
		{"an import of an embedding package", "web/web.go", `_ "embed"`, `_ "fast/embedded"`, false},
		{"a body of an embedding package", "embedded/embedded.go", `var Text string`, "var Text string\n\nfunc init() { _ = Text }", true},
		{"an embedded file", "embedded/text.txt", "text", "other text", false},
		{"an embed pattern", "embedded/embedded.go", "text.txt", "*.txt", false},
		{"go.mod", "go.mod", "go 1.25", "go 1.24", false},
		{"assembly", "names/asm.s", "", "#include \"textflag.h\"\nTEXT ·Zero(SB), NOSPLIT, $0\n\tRET\n", false},
		{"a body beside assembly", "names/names.go", "34", "55", false},
	} {
		fast, ok := lab.builder.fast(context.Background(), r, lab.tracker.contents(), lab.builder.binary(1000))
		if !ok {
			t.Fatalf("before %s: no fast build of what did not change", edit.what)
		}
		lab.edit(edit.file, edit.from, edit.to)
		fast, ok = lab.builder.fast(context.Background(), r, lab.tracker.contents(), lab.builder.binary(1001))
		if ok != edit.fast {
			t.Errorf("%s: fast is %t, want %t", edit.what, ok, edit.fast)
		}
		if strings.Contains(edit.what, "assembly") && edit.file == "names/asm.s" {
			lab.edit("names/names.go", "func Deep", "func Zero()\n\nfunc Deep")
		}
		slow := lab.slow()
		if !ok {
			r = lab.plan()
			continue
		}
		if fast.failure != nil {
			t.Fatal(fast.failure.write("", true))
		}
		fast.advance()
		one, _ := os.ReadFile(fast.binary)
		two, _ := os.ReadFile(slow.binary)
		if !bytes.Equal(one, two) {
			t.Fatalf("%s: the programs differ", edit.what)
		}
		os.Remove(slow.binary)
	}
}

// newRecipe builds with the go command, and plans fast builds.
func (l *fastLab) newRecipe() *recipe {
	l.Helper()
	l.slow()
	return l.plan()
}

func (l *fastLab) plan() *recipe {
	l.Helper()
	r, err := l.builder.plan(context.Background(), l.application, l.tracker.contents())
	if err != nil {
		l.Fatal(err)
	}
	return r
}

// TestFastBuildAfterRestart: a start from the previous binary, as after a save of .env or a crash, leaves what fast
// builds have compiled where it is.
func TestFastBuildAfterRestart(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command many times")
	}
	lab := newFastLab(t)
	s := &supervisor{builder: lab.builder, contents: lab.tracker.contents, recipe: lab.newRecipe()}
	build := func(previous *outcome) *outcome {
		t.Helper()
		o := &outcome{print: lab.tracker.print}
		result, problem := s.build(context.Background(), lab.application, o.print, previous)
		if problem != nil {
			t.Fatal(problem.write("", true))
		}
		if o.build = result; result.advance != nil {
			result.advance()
		}
		return o
	}
	lab.edit("names/names.go", "21", "34")
	fast := build(nil)
	if !fast.build.fast {
		t.Fatal("the build is not fast")
	}
	restarted := build(fast)
	if restarted.build.binary != fast.build.binary {
		t.Fatal("a restart builds")
	}
	lab.edit("web/web.go", `"one "`, `"two "`)
	if o := build(restarted); !o.build.fast {
		t.Error("the build after the restart is not fast")
	}
}

// TestOvertakenFastBuild: a save while a fast build is on ends it, and the next one is as fast.
func TestOvertakenFastBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command many times")
	}
	lab := newFastLab(t)
	s := &supervisor{builder: lab.builder, contents: lab.tracker.contents, recipe: lab.newRecipe()}
	lab.edit("names/names.go", "21", "34")
	overtaken, cancel := context.WithCancel(context.Background())
	cancel()
	if _, problem := s.build(overtaken, lab.application, lab.tracker.print, nil); problem == nil {
		t.Error("a build that was ended has no failure")
	}
	lab.edit("names/names.go", "34", "55")
	if result, problem := s.build(context.Background(), lab.application, lab.tracker.print, nil); problem != nil || !result.fast {
		t.Errorf("the build after it is not fast (%v)", problem)
	}
}

// TestRecipeOfChangedFile: what the go command prints may be about a file that was saved meanwhile, and not noticed yet.
// Fast builds of such a file would go by the commands for the one before.
func TestRecipeOfChangedFile(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command many times")
	}
	lab := newFastLab(t)
	lab.slow()
	was := lab.tracker.contents()
	lab.edit("web/web.go", `"fmt"`, "\"fmt\"\n\t_ \"embed\"")
	if _, err := lab.builder.plan(context.Background(), lab.application, was); !errors.Is(err, errNoRecipe) {
		t.Errorf("planning for a file that has changed gives %v, want %v", err, errNoRecipe)
	}
	lab.plan()
}

// TestFastBuildLeftovers: what fast builds have compiled that came to nothing, as when a save overtakes them, is removed
// by the next.
func TestFastBuildLeftovers(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command many times")
	}
	lab := newFastLab(t)
	r := lab.newRecipe()
	var want []string
	for i, word := range []string{"two", "three", "four"} {
		lab.edit("deep/deep.go", `const Word`, "// "+word+"\nconst Word")
		if _, ok := lab.builder.fast(context.Background(), r, lab.tracker.contents(), lab.builder.binary(1000)); !ok {
			t.Fatal("the build is not fast")
		}
		got := namesIn(t, r.dir)
		if i == 0 {
			want = got
		}
		if len(got) != len(want) {
			t.Errorf("after %d builds there are %q, after the first %q", i+1, got, want)
		}
	}
}

// TestSilentCompiler: of a compiler that fails without a word, as one that the system has killed does, nothing is
// known; the go command must build.
func TestSilentCompiler(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command many times")
	}
	lab := newFastLab(t)
	r := lab.newRecipe()
	for _, u := range r.units {
		u.command.words[0] = filepath.Join(t.TempDir(), "none")
	}
	lab.edit("web/web.go", `"one "`, `"two "`)
	if _, ok := lab.builder.fast(context.Background(), r, lab.tracker.contents(), lab.builder.binary(1000)); ok {
		t.Error("there is a fast build without a compiler")
	}
}

// TestCleanedCache: after "go clean -cache" there is nothing to compile against where the recipe says; that is no mistake
// of the user's.
func TestCleanedCache(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command many times")
	}
	lab := newFastLab(t)
	r := lab.newRecipe()
	for _, u := range r.units {
		for i, line := range u.config {
			if path, isPackage := packageOf(line); isPackage && path == "net/http" {
				u.config[i] = "packagefile " + path + "=" + filepath.Join(t.TempDir(), "gone")
			}
		}
	}
	lab.edit("web/web.go", `"one "`, `"two "`)
	if result, ok := lab.builder.fast(context.Background(), r, lab.tracker.contents(), lab.builder.binary(1000)); ok {
		t.Errorf("there is a fast build without the build cache: %v", result.failure)
	}
}

// TestToolMemory: compilers may use memory to save time, but no more than the user says.
func TestToolMemory(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	for limit, want := range map[string]string{"": "2GiB", "300MiB": "300MiB"} {
		t.Setenv("GOMEMLIMIT", limit)
		b := &builder{project: project{root: t.TempDir()}}
		got, err := b.tool(context.Background(), scriptCommand{dir: ".", words: []string{"sh", "-c", "printf %s $GOMEMLIMIT"}})
		if got != want || err != nil {
			t.Errorf("with GOMEMLIMIT=%s a compiler has %q, want %q (%v)", limit, got, want, err)
		}
	}
}

// TestHeaderOf: a line that instructs the go command is part of the header, wherever gofmt puts it; a body is not.
func TestHeaderOf(t *testing.T) {
	text := "//go:build linux\n\npackage p\n\nimport _ \"embed\"\n\nvar (\n\t//go:embed a.txt\n\ta string\n)\n\nfunc f() {}\n"
	was, ok := headerOf([]byte(text))
	if !ok {
		t.Fatal("the file has no header")
	}
	for _, edit := range []struct {
		from, to string
		same     bool
	}{
		{"linux", "unix", false},
		{"package p", "package q", false},
		{`"embed"`, `"fmt"`, false},
		{"a.txt", "b.txt", false},
		{"f() {}", "f() { g() }", true},
	} {
		if is, ok := headerOf([]byte(strings.Replace(text, edit.from, edit.to, 1))); !ok || (is == was) != edit.same {
			t.Errorf("with %s the header is the same: %t, want %t", edit.to, is == was, edit.same)
		}
	}
}
