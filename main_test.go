// The stories of testdata/script, told with the real binary, real files and the real go command; and the
// arrows between the packages.
package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	if _, ok := os.LookupEnv("GOSTART_CONFIG"); !ok { // whoever runs the tests may have defaults
		_ = os.Setenv("GOSTART_CONFIG", os.DevNull)
	}
	if _, ok := os.LookupEnv("GORACE"); !ok { // each gostart of a test under -race would sleep for a second before it ends
		_ = os.Setenv("GORACE", "atexit_sleep_ms=0")
	}
	if signal.Ignored(syscall.SIGHUP) { // under nohup: what tests start is to hear it all the same
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	testscript.Main(m, map[string]func(){"gostart": main})
}

// TestScript runs each testdata/script/*.txtar as a subtest of its name.
func TestScript(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts found (%v)", err)
	}
	templates, err := filepath.Abs("testdata/templates")
	if err != nil {
		t.Fatal(err)
	}
	commands := runserverCommands()
	maps.Copy(commands, sourceCommands())
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: commands,
		Condition: func(name string) (bool, error) {
			switch name {
			case "root":
				return os.Geteuid() == 0, nil
			case "cgo":
				_, err := exec.LookPath("gcc")
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("TEMPLATES", templates)
			for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} { // HOME is another one here
				env.Setenv(name, goEnv(t, name))
			}
			env.Setenv("GOPROXY", "off")
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			env.Setenv("CI", "")
			env.Setenv("GOSTART_CONFIG", os.DevNull)
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return setUpServe(env)
		},
	})
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatalf("go env %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

// TestArrows keeps packages and libraries where the README's map has them.
func TestArrows(t *testing.T) {
	imports := sourceImports(t)
	if len(imports) < 15 {
		t.Fatalf("found only %d source files", len(imports))
	}
	allowed := map[string][]string{ // directory: packages of this module that it may import
		".":         {"gostart/generator", "gostart/runserver", "gostart/templates"},
		"generator": {}, "runserver": {}, "templates": {}, "runserver/launcher": {},
		"bench": {},
	}
	only := map[string]string{ // library: the files that import it, as patterns
		"github.com/urfave/cli/":         "main.go cmd_*.go",
		"github.com/AlecAivazis/survey/": "generator/ask.go",
		"github.com/Masterminds/sprig/":  "generator/render.go",
		"github.com/kballard/":           "runserver/hook.go",
		"github.com/ulikunitz/xz":        "generator/source_xz.go",
	}
	found := map[string]bool{}
	for file, paths := range imports {
		dir := filepath.ToSlash(filepath.Dir(file))
		known, ok := allowed[dir]
		if !ok {
			t.Errorf("%s: the map has no package %s", file, dir)
		}
		for _, name := range paths {
			first, _, _ := strings.Cut(name, "/")
			if first == "gostart" && !slices.Contains(known, name) {
				t.Errorf("%s imports %s, which is no arrow of the map", file, name)
			}
			if (dir == "templates" || dir == "runserver/launcher") && (first == "gostart" || strings.Contains(first, ".")) {
				t.Errorf("%s imports %s: this package has the standard library only", file, name)
			}
			for library, where := range only {
				if strings.HasPrefix(name, library) {
					found[library] = true
					if !matchesAny(where, filepath.ToSlash(file)) {
						t.Errorf("%s imports %s, which only %s may", file, name, where)
					}
				}
			}
		}
	}
	for library, where := range only {
		if !found[library] {
			t.Errorf("%s no longer imports %s: mend this test", where, library)
		}
	}
}

func matchesAny(patterns, file string) bool {
	return slices.ContainsFunc(strings.Fields(patterns), func(pattern string) bool {
		ok, _ := path.Match(pattern, file)
		return ok
	})
}

// sourceImports are the imports of all files that are not tests.
func sourceImports(t *testing.T) map[string][]string {
	imports := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" ||
			filepath.ToSlash(path) != "templates" && strings.HasPrefix(filepath.ToSlash(path), "templates/")):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		imports[path] = nil
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports[path] = append(imports[path], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

// freeAddress is a host:port that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(20000)) // not one that a client may get meanwhile: those are from 32768 on
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		_ = listener.Close()
		if _, used := handedOut.LoadOrStore(address, true); !used {
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// handedOut are addresses that tests beside this one have.
var handedOut sync.Map
