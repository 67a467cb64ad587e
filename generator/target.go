// The project that an app or an add-on goes into.
//
// It is the nearest directory, from the working one upward, that has a manifest. A Go module that gostart did not
// make is a project too when it has a wsgi.go; what is laid into it first makes its manifest.
package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// target is where apps and add-ons are laid.
type target struct {
	place
	name     string // of the project package, or what comes nearest
	module   string // the import path of the root; "" outside of all modules
	manifest *manifest
	record   []byte   // the manifest as it is on disk; nil when there is none
	said     []string // of a write that was interrupted, and was taken back first
}

// errNoProject is what a directory that is in no project gives. It adds nothing to the message.
var errNoProject = errors.New("")

// findTarget finds the project of the working directory.
func (o Options) findTarget() (*target, error) {
	wd, err := o.workingDirectory, error(nil)
	if wd == "" {
		wd, err = os.Getwd()
	}
	if err != nil {
		return nil, fmt.Errorf("finding the working directory: %w", cause(err))
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, manifestFile)); err == nil || isFile(filepath.Join(dir, "go.mod")) && len(projectPackages(dir)) > 0 {
			return o.openTarget(dir, err == nil)
		}
		if dir == filepath.Dir(dir) {
			return nil, fmt.Errorf("%w%w", errNoProject, refuse(exitUsage, "gostart startproject mysite makes one; then run this inside it",
				"no project here: neither %q nor a directory above it has a %s, or a go.mod and a wsgi.go", wd, manifestFile))
		}
	}
}

// openTarget reads what there is to know about the project at root.
func (o Options) openTarget(root string, hasManifest bool) (*target, error) {
	said, err := o.putRight(root)
	if err != nil {
		return nil, err
	}
	t := &target{place: place{dir: root, exists: true}, manifest: &manifest{Version: manifestVersion}, said: said}
	if hasManifest {
		p, err := readProject(root, nil)
		if err != nil {
			return nil, err
		}
		p.close()
		t.manifest, t.record = p.manifest, p.data
	}
	if err := t.findModule(); err != nil {
		return nil, err
	}
	if len(t.manifest.Layers) > 0 {
		t.name = t.manifest.name()
		return t, nil
	}
	t.name = path.Base(t.module)
	if found := projectPackages(root); len(found) == 1 && found[0] != "." {
		t.name = path.Base(found[0])
	}
	return t, nil
}

// checkResolved refuses a project with conflicts of an update: what is laid now is the end of taking that back.
func (t *target) checkResolved() error {
	d, err := newDisk(t.dir, nil)
	if err != nil {
		return err
	}
	defer d.close()
	return (&project{disk: d, manifest: t.manifest}).checkResolved()
}

// findModule finds the import path of the root: that of its go.mod, or of one above it.
func (t *target) findModule() error {
	for dir := t.dir; ; dir = filepath.Dir(dir) {
		name := filepath.Join(dir, "go.mod")
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading %q: %w", name, cause(err))
		}
		declared := modfile.ModulePath(data)
		if declared == "" {
			return refuse(exitFailed, "go mod edit -module PATH mends it", "%q names no module", name)
		}
		rel, err := filepath.Rel(dir, t.dir)
		if err != nil {
			return err
		}
		t.module = path.Join(declared, filepath.ToSlash(rel))
		return nil
	}
}

// projectPackages are the directories with a wsgi.go, relative to root and at most two levels down, as runserver looks for them.
func projectPackages(root string) []string {
	var found []string
	for _, pattern := range []string{"wsgi.go", "*/wsgi.go", "*/*/wsgi.go"} {
		names, _ := fs.Glob(os.DirFS(root), pattern) // the patterns are good
		for _, name := range names {
			hidden := func(dir string) bool {
				return dir != "." && strings.HasPrefix(dir, ".") || hasWord("testdata vendor node_modules", dir)
			}
			dir := path.Dir(name)
			if first, rest, _ := strings.Cut(dir, "/"); !hidden(first) && !hidden(rest) {
				found = append(found, dir)
			}
		}
	}
	return found
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// layer is the recorded layer of a kind and name, or nil.
func (m *manifest) layer(kind, name string) *layer {
	for i := range m.Layers {
		if m.Layers[i].Kind == kind && m.Layers[i].Name == name {
			return &m.Layers[i]
		}
	}
	return nil
}
