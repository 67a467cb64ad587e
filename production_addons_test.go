//go:build linux

// Every add-on as it comes, without an answer given: all of them together, and each alone.
package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestProductionAddons wants projects that build, vet, pass their tests, accept their settings and can be served.
// Without GOSTART_LONG, it makes the one with all add-ons, and gostart runserver only has to find the project in it.
func TestProductionAddons(t *testing.T) {
	var addons []struct{ Name string }
	if err := json.Unmarshal([]byte(commandIn(t, t.TempDir(), "gostart", "add", "--list", "--json")), &addons); err != nil || len(addons) == 0 {
		t.Fatalf("%d add-ons, %v", len(addons), err)
	}
	var names []string
	for _, addon := range addons {
		names = append(names, addon.Name)
	}
	t.Run("all", func(t *testing.T) { checkAddons(t, names...) })
	if os.Getenv("GOSTART_LONG") == "" {
		return
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) { checkAddons(t, name) })
	}
}

func checkAddons(t *testing.T, names ...string) {
	t.Parallel()
	dir := generate(t, "mysite")
	commandIn(t, dir, "gostart", append([]string{"add", "-v0"}, names...)...)
	if out := commandIn(t, dir, "gofmt", "-l", "."); out != "" {
		t.Errorf("gofmt would change %s", out)
	}
	wantLogsOfRequests(t, dir)
	commandIn(t, dir, "go", "vet", "./...")
	commandIn(t, dir, "go", "test", "./...")
	commandIn(t, dir, "go", "build", "-o", "bin/", ".")
	commandIn(t, dir, filepath.Join(dir, "bin", "mysite"), "--check")
	if found := strings.Fields(commandIn(t, dir, "find", ".", "-name", "wsgi.go")); !slices.Equal(found, []string{"./mysite/wsgi.go"}) {
		t.Errorf("gostart runserver would take these for projects: %q", found)
	}
	if os.Getenv("GOSTART_LONG") == "" {
		return
	}
	s := serveSite(t, dir, "0")
	if page := getPage(http.DefaultClient, s.url+"/healthz", http.Header{}); !strings.HasPrefix(page, "200 ") {
		t.Errorf("/healthz: %s", page)
	}
}

// wantLogsOfRequests wants views to log with the context of their request, which has its id with the add-on observability.
func wantLogsOfRequests(t *testing.T, dir string) {
	t.Helper()
	for _, pattern := range []string{"mysite/*.go", "internal/auth/*.go"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch f := n.(type) {
				case *ast.FuncDecl:
					wantContext(t, files, f.Type, f.Body)
				case *ast.FuncLit:
					wantContext(t, files, f.Type, f.Body)
				}
				return true
			})
		}
	}
}

// wantContext looks at a function's calls of slog.
func wantContext(t *testing.T, files *token.FileSet, of *ast.FuncType, body *ast.BlockStmt) {
	t.Helper()
	if !slices.ContainsFunc(of.Params.List, func(param *ast.Field) bool {
		return slices.Contains([]string{"*http.Request", "context.Context"}, types.ExprString(param.Type))
	}) {
		return
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && slices.Contains([]string{"slog.Info", "slog.Warn", "slog.Error"}, types.ExprString(call.Fun)) {
			t.Errorf("%s logs without the request's context", files.Position(call.Pos()))
		}
		return true
	})
}
