package runserver

// WSGI_APPLICATION: from "<package>.<Name>" to an import path and a name, and
// each way in which that can be wrong. What can be known from the source is
// looked up in the source, before the build: the compiler would speak of the
// launcher, a file that the user has never seen.

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/xrash/smetrics"
)

// application is a value of WSGI_APPLICATION that names something.
type application struct {
	value      string // as the user wrote it
	importPath string
	name       string
}

// applicationName is a value of WSGI_APPLICATION and who gave it.
type applicationName struct {
	value  string
	source string // "--application", "WSGIApplication", "the default"
}

// defaultApplication is the name when the settings don't say.
func (p project) defaultApplication() applicationName {
	return applicationName{value: path.Join(p.pkg, "") + ".Application", source: "the default"}
}

// splitApplication cuts "<package>.<Name>" at its last dot.
func splitApplication(value string) (pkg, name string, ok bool) {
	dot := strings.LastIndexByte(value, '.')
	if dot < 0 || strings.ContainsAny(value, " \t\r\n\"\\") {
		return "", "", false
	}
	pkg, name = path.Clean(value[:dot]+"/."), value[dot+1:]
	return pkg, name, token.IsIdentifier(name) && !path.IsAbs(pkg) && pkg != ".." && !strings.HasPrefix(pkg, "../")
}

// findApplication resolves n in p, or says what is wrong with it.
func (p project) findApplication(n applicationName, tags []string) (application, *failure) {
	fail := func(hint, format string, args ...any) (application, *failure) {
		f := &failure{
			title: "The application was not found",
			text:  fmt.Sprintf("WSGI_APPLICATION %q: ", n.value) + fmt.Sprintf(format, args...),
			hint:  hint,
		}
		if n.source == "WSGIApplication" {
			f.problems = p.whereSet(n.value)
		} else {
			f.text += " (from " + n.source + ")"
		}
		return application{}, f
	}
	pkg, name, ok := splitApplication(n.value)
	if !ok {
		return fail("for example "+strconv.Quote(p.example()), `want "<package>.<Name>"`)
	}
	a := application{value: n.value, importPath: p.importPath(pkg), name: name}
	dir := filepath.Join(p.root, filepath.FromSlash(pkg))
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		// Not a directory of the module: an import path, its own or another's.
		inside, own := strings.CutPrefix(pkg+"/", p.module+"/")
		switch {
		case own:
			dir = filepath.Join(p.root, filepath.FromSlash(inside))
			a.importPath = pkg
		case strings.Contains(strings.SplitN(pkg, "/", 2)[0], "."):
			a.importPath = pkg
			return a, nil // of another module: the go command knows
		}
	}
	context := build.Default
	context.BuildTags = tags
	context.CgoEnabled = true
	found, err := context.ImportDir(dir, 0)
	if err != nil && found.Name == "" {
		return fail("the package is a directory of this module, or a full import path",
			"package %s does not exist (no Go files in %s)", a.importPath, dir)
	}
	if found.Name == "main" {
		return fail("move the handler into a package of its own, for example "+path.Join(p.module, "internal/web"),
			"package %s is a program (package main), which no other program can import", a.importPath)
	}
	names := exportedNames(dir, slices.Concat(found.GoFiles, found.CgoFiles))
	kind, ok := names[name]
	switch {
	case !ok:
		return fail(nearestName(name, names), "package %s has no exported %q", a.importPath, name)
	case kind == "type", kind == "generic function":
		return fail("name a variable or a function", "%s is a %s, which is not a handler", name, kind)
	}
	return a, nil
}

// example is a value that would work here.
func (p project) example() string {
	if p.pkg != "" {
		return p.defaultApplication().value
	}
	return "internal/web.Handler"
}

// exportedNames maps what the files declare to the kind of the declaration.
// A file that does not parse declares what comes before the mistake: the
// compiler will speak of the rest.
func exportedNames(dir string, files []string) map[string]string {
	names := map[string]string{}
	for _, name := range files {
		file, _ := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if file == nil {
			continue
		}
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Recv == nil && decl.Type.TypeParams == nil {
					names[decl.Name.Name] = "function"
				} else if decl.Recv == nil {
					names[decl.Name.Name] = "generic function"
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						names[spec.Name.Name] = "type"
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							names[name.Name] = decl.Tok.String()
						}
					}
				}
			}
		}
	}
	for name := range names {
		if !token.IsExported(name) {
			delete(names, name)
		}
	}
	return names
}

// nearestName is the hint for a name that is not there.
func nearestName(name string, names map[string]string) string {
	nearest, distance := "", max(3, len(name)/2)
	for _, candidate := range slices.Sorted(maps.Keys(names)) {
		if kind := names[candidate]; kind == "type" || kind == "const" {
			continue
		}
		d := smetrics.WagnerFischer(strings.ToLower(name), strings.ToLower(candidate), 1, 1, 1)
		if d < distance {
			nearest, distance = candidate, d
		}
	}
	if nearest == "" {
		return "an application is exported: its name begins with a capital letter"
	}
	return fmt.Sprintf("did you mean %q?", nearest)
}

// whereSet finds the line of the project package that sets WSGIApplication.
func (p project) whereSet(value string) []Problem {
	files, _ := filepath.Glob(filepath.Join(escapeGlob(p.root), filepath.FromSlash(p.pkg), "*.go"))
	for _, name := range files {
		set := token.NewFileSet()
		file, _ := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if file == nil {
			continue
		}
		var at token.Pos
		ast.Inspect(file, func(n ast.Node) bool {
			var field ast.Node
			var given ast.Expr
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				field, given = n.Key, n.Value
			case *ast.AssignStmt:
				if len(n.Lhs) == 1 && len(n.Rhs) == 1 {
					field, given = n.Lhs[0], n.Rhs[0]
				}
			}
			if selector, ok := field.(*ast.SelectorExpr); ok {
				field = selector.Sel
			}
			if id, ok := field.(*ast.Ident); ok && id.Name == "WSGIApplication" {
				if literal, ok := given.(*ast.BasicLit); ok && literal.Value == strconv.Quote(value) {
					at = given.Pos()
				}
			}
			return true
		})
		if at.IsValid() {
			position := set.Position(at)
			return []Problem{{File: position.Filename, Line: position.Line, Col: position.Column, Text: "set here"}}
		}
	}
	return nil
}
