package runserver

// Which module the command was given in, and which of its packages is the
// project. The module is the one that the go command would work in; the project
// is the package whose directory holds wsgi.go, at most two levels down: deeper
// searches would read all of node_modules before the first build.

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// project is a module, and the package in it that has the settings.
type project struct {
	root    string // absolute directory of go.mod, links resolved
	module  string // its module path
	pkg     string // directory of the project package, slashed, relative to root; "" without one
	invoked string // the directory the command was given in
}

// dir is the directory of the project package, "" without one.
func (p project) dir() string {
	if p.pkg == "" {
		return ""
	}
	return filepath.Join(p.root, filepath.FromSlash(p.pkg))
}

// importPath is that of the package in dir, slashed and relative to the root.
func (p project) importPath(dir string) string { return path.Join(p.module, dir) }

// findProject looks for go.mod from dir upwards, and for wsgi.go from there down.
// The application, when given, needs no project.
func findProject(dir, application string) (project, error) {
	invoked, err := filepath.Abs(dir)
	if err != nil {
		return project{}, fmt.Errorf("finding the project: %w", err)
	}
	resolved, err := filepath.EvalSymlinks(invoked)
	if err != nil {
		return project{}, fmt.Errorf("finding the project: %w", err)
	}
	p := project{root: resolved, invoked: invoked}
	for !isFile(filepath.Join(p.root, "go.mod")) {
		parent := filepath.Dir(p.root)
		if parent == p.root {
			return project{}, &hintError{
				text: fmt.Sprintf("no project here: no go.mod in %s or above it", invoked),
				hint: "gostart startproject mysite makes one; then run this inside it",
			}
		}
		p.root = parent
	}
	file := filepath.Join(p.root, "go.mod")
	text, err := os.ReadFile(file)
	if err != nil {
		return project{}, fmt.Errorf("reading the module's path: %w", err)
	}
	if p.module = modfile.ModulePath(text); p.module == "" {
		return project{}, fmt.Errorf("%s: no module line", file)
	}
	found := projectPackages(p.root)
	if application != "" {
		// The package that the application is in, when it is a project too.
		named, _, _ := splitApplication(application)
		for _, pkg := range found {
			if pkg == named {
				p.pkg = pkg
			}
		}
		if p.pkg == "" && len(found) == 1 {
			p.pkg = found[0]
		}
		return p, nil
	}
	switch len(found) {
	case 0:
		return project{}, &hintError{
			text: fmt.Sprintf("no project in %s: no directory in it holds a wsgi.go", p.root),
			hint: "any handler of this module can be served: gostart runserver --application ./internal/web.Handler",
		}
	case 1:
		p.pkg = found[0]
		return p, nil
	}
	return project{}, &hintError{
		text: fmt.Sprintf("%d projects in %s: %s", len(found), p.root, strings.Join(found, ", ")),
		hint: fmt.Sprintf("say which: gostart runserver --application %s.Application", found[0]),
	}
}

// projectPackages lists the directories with a wsgi.go: the root itself, or
// those one and two levels below it.
func projectPackages(root string) []string {
	if isFile(filepath.Join(root, "wsgi.go")) {
		return []string{"."}
	}
	var found []string
	for _, pattern := range []string{"*/wsgi.go", "*/*/wsgi.go"} {
		files, _ := filepath.Glob(filepath.Join(escapeGlob(root), pattern))
		for _, file := range files {
			dir, err := filepath.Rel(root, filepath.Dir(file))
			dir = filepath.ToSlash(dir)
			if err == nil && !ignoredByGo(dir) {
				found = append(found, dir)
			}
		}
	}
	return found
}

// roots lists the modules whose files the build reads: the project's own, those
// that go.work joins to it, and those that a replace directive takes from disk.
func (p project) roots() []root {
	roots := []root{{path: p.root, module: p.module}}
	add := func(base, dir string) {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(base, filepath.FromSlash(dir))
		}
		dir = filepath.Clean(dir)
		if resolved, err := filepath.EvalSymlinks(dir); err == nil {
			dir = resolved
		} // else it may come yet
		if slices.ContainsFunc(roots, func(r root) bool { return r.path == dir }) {
			return
		}
		text, _ := os.ReadFile(filepath.Join(dir, "go.mod"))
		roots = append(roots, root{path: dir, module: modfile.ModulePath(text)})
	}
	replaced := func(file string, replace []*modfile.Replace) {
		for _, r := range replace {
			if modfile.IsDirectoryPath(r.New.Path) {
				add(filepath.Dir(file), r.New.Path)
			}
		}
	}
	if work := p.workFile(); work != "" {
		text, _ := os.ReadFile(work)
		roots = append(roots, root{path: work})
		if parsed, err := modfile.ParseWork(work, text, nil); err == nil {
			for _, use := range parsed.Use {
				add(filepath.Dir(work), use.Path)
			}
			replaced(work, parsed.Replace)
		}
	}
	for _, r := range slices.Clone(roots) {
		file := filepath.Join(r.path, "go.mod")
		text, _ := os.ReadFile(file)
		asIs := func(_, version string) (string, error) { return version, nil }
		if parsed, err := modfile.Parse(file, text, asIs); err == nil {
			replaced(file, parsed.Replace)
		}
	}
	return roots
}

func isModuleFile(name string) bool {
	base := filepath.Base(name)
	return base == "go.mod" || base == "go.work"
}

// workFile is the go.work in force, as the go command finds it.
func (p project) workFile() string {
	switch work := goSetting("GOWORK"); work {
	case "off":
		return ""
	case "":
	default:
		return work
	}
	for dir := p.root; ; dir = filepath.Dir(dir) {
		if file := filepath.Join(dir, "go.work"); isFile(file) {
			return file
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// ignoredByGo tells whether the go command leaves dir out of ./..., or takes it
// for another tree.
func ignoredByGo(dir string) bool {
	for _, element := range strings.Split(dir, "/") {
		switch {
		case element == "vendor", element == "testdata", element == "node_modules":
			return true
		case strings.HasPrefix(element, "."), strings.HasPrefix(element, "_"):
			return true
		}
	}
	return false
}

// escapeGlob makes a path mean itself in a pattern.
func escapeGlob(path string) string {
	if filepath.Separator == '\\' {
		return path // no escapes there
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
