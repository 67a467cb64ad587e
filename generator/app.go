// startapp: a package with URLs, views and pages of its own, beside the project's package.
//
// The names that Django refuses are refused here too, and those that Go would trip over later: an app's
// name is a package, and a word in the file that imports it.
package generator

import (
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
)

// StartApp makes an app in the project of the working directory, and names it in the project's URL table where that is as
// generated. When it returns an error, the disk is as it was.
func StartApp(ctx context.Context, o Options) (*Result, error) {
	if o.typed = []string{"startapp", o.Name}; o.Directory != "" {
		o.typed = append(o.typed, o.Directory)
	}
	if err := checkAppName(o.Name); err != nil {
		return nil, err
	}
	defaults, err := readDefaults(o.Defaults)
	if err != nil {
		return nil, err
	}
	t, err := o.findTarget()
	if err != nil {
		return nil, err
	}
	if err := t.checkResolved(); err != nil {
		return nil, err
	}
	if err := t.checkAppIsNew(o.Name); err != nil {
		return nil, err
	}
	if o.Directory != "" && o.workingDirectory != "" && !filepath.IsAbs(o.Directory) {
		o.Directory = filepath.Join(o.workingDirectory, o.Directory)
	}
	directory, err := t.appDirectory(o.Name, o.Directory)
	if err != nil {
		return nil, err
	}
	if o, err = o.readAnswers(ctx); err != nil {
		return nil, err
	}
	l, err := o.open(ctx, kindApp, o.Template, "")
	if err != nil {
		return nil, err
	}
	if o.Template != "" {
		o.Template = l.tree.name // without a password, for all that is printed
	}
	l.name, l.directory = o.Name, directory
	if err := resolve(ctx, o, defaults, t, l); err != nil {
		return nil, err
	}
	if err := l.render(ctx, o, t.dir); err != nil {
		return nil, err
	}
	r, err := t.lay(ctx, o, "startapp", []*laying{l}, nil)
	if err == nil {
		r.Next = append(r.Next, "go test ./"+directory, "gostart runserver")
	}
	return r, err
}

func checkAppName(name string) error {
	if name == "" {
		return refuse(exitUsage, "usage: gostart startapp NAME [DIRECTORY], for example: gostart startapp polls", "you must provide an app name")
	}
	if why := nameFault(name); why != "" {
		return refuse(exitUsage, "try "+strings.Join(betterNames(name, "polls"), " or "), "%q is not a valid app name: %s", name, why)
	}
	return nil
}

// checkAppIsNew refuses the name of an app that is there. One whose files are all gone makes room for another.
func (t *target) checkAppIsNew(name string) error {
	was := t.manifest.layer(kindApp, name)
	if was == nil {
		return nil
	}
	for file := range was.Files {
		if _, err := os.Lstat(filepath.Join(t.dir, filepath.FromSlash(file))); !errors.Is(err, fs.ErrNotExist) {
			return refuse(exitConflict, fmt.Sprintf("try another name; or delete %q first, and it is made anew", was.Directory),
				"the app %q already exists, in %q", name, was.Directory)
		}
	}
	return nil
}

// appDirectory is where an app goes, relative to the project's root: a directory of its name there, or the one that was typed,
// relative to the working directory.
func (t *target) appDirectory(name, typed string) (string, error) {
	if t.module == "" {
		return "", refuse(exitFailed, "go mod init PATH makes one", "%q is in no module: there is no go.mod", t.dir)
	}
	if name == t.name {
		return "", refuse(exitUsage, "try another name", "%q is not a valid app name: it is the project's", name)
	}
	dir := filepath.Join(t.dir, name)
	if typed != "" {
		var err error
		if dir, err = absolute(typed); err != nil {
			return "", fmt.Errorf("finding %q: %w", typed, err)
		}
	}
	rel, err := filepath.Rel(realPath(t.dir), realPath(dir))
	if err != nil || !filepath.IsLocal(rel) || rel == "." {
		return "", refuse(exitUsage, "an app is a directory inside the project", "%q is not a valid app directory: the project is %q", typed, t.dir)
	}
	rel = filepath.ToSlash(rel)
	if err := t.checkAppPath(rel); err != nil {
		return "", err
	}
	return rel, checkAppPlace(dir, name, typed)
}

// checkAppPath refuses directories whose package the project's could not import.
func (t *target) checkAppPath(rel string) error {
	why := nameFault(path.Base(rel))
	parts := strings.Split(rel, "/")
	for i, part := range parts[:len(parts)-1] {
		switch {
		case part[0] == '.' || part[0] == '_' || part == "testdata":
			why = fmt.Sprintf(`go hides %q from "./..."`, part)
		case part == "vendor" || part == "internal" && i > 0:
			why = fmt.Sprintf("the project's package cannot import what is in %q", part)
		}
	}
	if err := module.CheckImportPath(path.Join(t.module, rel)); err != nil && why == "" {
		var invalid *module.InvalidPathError
		if errors.As(err, &invalid) {
			err = invalid.Err
		}
		why = err.Error()
	}
	for i := range rel + "/" {
		if (i == len(rel) || rel[i] == '/') && isFile(filepath.Join(t.dir, rel[:i], "go.mod")) {
			why = fmt.Sprintf("%q is a module of its own", rel[:i])
		}
	}
	if why == "" {
		return nil
	}
	return refuse(exitUsage, "", "%q is not a valid app directory: %s", rel, why)
}

// checkAppPlace looks at the directory itself: one that was not typed has to be new or empty, and another one may have no other package.
func checkAppPlace(dir, name, typed string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			return refuse(exitConflict, "", "%q is a file, not a directory", dir)
		}
		return fmt.Errorf("looking into %q: %w", dir, cause(err))
	case typed == "" && len(entries) > 0:
		return refuse(exitConflict, fmt.Sprintf("to lay the app into it: gostart startapp %s %s", name, quoteWord(dir)), "%q already exists", dir)
	}
	for _, e := range entries {
		if path.Ext(e.Name()) != ".go" || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.PackageClauseOnly)
		if err == nil && file.Name.Name != name {
			return refuse(exitConflict, "name another directory", "%q holds the package %q already", dir, file.Name.Name)
		}
	}
	return nil
}
