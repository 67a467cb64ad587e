// A template on disk: a directory, or an archive or a bare git repository that a path leads to.
//
// A directory is read through os.Root, so that a link in it cannot lead out, whatever happens to the directory
// meanwhile; and a file that changes while it is read is an error, not a mixture.
package generator

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// openDisk opens what a path leads to.
func openDisk(ctx context.Context, a address, o sourceOptions) (*source, error) {
	path, info, err := o.locate(&a)
	if err != nil {
		return nil, err
	}
	switch {
	case info.Mode().IsRegular():
		src, err := openArchive(ctx, a, path, o)
		if err == nil {
			src.path = path
		}
		return src, err
	case !info.IsDir():
		return nil, refuse(exitUsage, "", "template %q is neither a file nor a directory", a)
	case isBare(path):
		a.kind = byGit
		return openGit(ctx, a, o)
	case a.sum != "":
		return nil, refuse(exitUsage, "", "template %q: #sha256= is for archives, and this is a directory", a)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, refuse(exitFailed, "", "opening template %q: %v", a, cause(err))
	}
	defer root.Close()
	t, err := readFiles(ctx, root.FS(), o)
	switch {
	case errors.Is(err, errInterrupted):
		return nil, err
	case err != nil:
		return nil, refuse(exitFailed, "", "reading template %q: %v", a, err)
	}
	sum, err := treeSum(t.root)
	if err != nil {
		return nil, err
	}
	a.base, a.ref = filepath.Clean(a.base), ""
	src, err := a.source(t.root, sum)
	if err == nil {
		src.dir, src.path = path, path
	}
	return src, err
}

// locate finds what a leads to. "templates.zip//web" is a directory in an archive: the first part that is an archive
// or a repository is what is opened.
func (o sourceOptions) locate(a *address) (string, fs.FileInfo, error) {
	path, err := o.absolute(a.base)
	if err != nil {
		return "", nil, fmt.Errorf("finding %q: %w", a.base, err)
	}
	info, err := os.Stat(path)
	if err == nil {
		return path, info, nil
	}
	for i := 1; i < len(a.base); i++ {
		if !strings.HasPrefix(a.base[i:], "//") {
			continue
		}
		if outer, outerErr := o.absolute(a.base[:i]); outerErr == nil {
			if info, statErr := os.Stat(outer); statErr == nil && (info.Mode().IsRegular() || isBare(outer)) {
				a.base, a.dir = a.base[:i], strings.Trim(a.base[i:], "/")
				return outer, info, nil
			}
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", nil, refuse(exitFailed, "", "opening template %q: %v", a, cause(err))
	}
	hint := "built in: " + strings.Join(o.builtinNames(), ", ") + "; else " + sourceKindsHint
	if o.moved != "" {
		hint = o.moved
	} else if host, rest, ok := strings.Cut(a.base, "/"); ok && strings.Contains(strings.Trim(host, "."), ".") && rest != "" {
		hint = fmt.Sprintf("a module needs its version, %s@latest, and a git repository its kind, git+https://%[1]s", a.base)
	} else if near := Nearest(a.base, o.builtinNames()); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return "", nil, refuse(exitUsage, hint, "template %q not found (looked for a built-in template, and for a directory, an archive or a git repository at %q)", a, path)
}

// isBare tells a git repository without a working tree.
func isBare(dir string) bool {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// readFiles reads what is in files, without the directories that o skips. What is no file is there by name only.
func readFiles(ctx context.Context, files fs.FS, o sourceOptions) (*sourceTree, error) {
	t := newTree("template", maxBytes)
	hidden := hiddenIn(files)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", name, cause(err))
		case ctx.Err() != nil:
			return errInterrupted
		case d.IsDir() && name != "." && o.skips != nil && o.skips(d.Name(), hidden...):
			if _, err := t.directory(name); err != nil { // that it is there, for lint
				return err
			}
			return fs.SkipDir
		case !d.Type().IsRegular():
			return t.add(name, d.Type(), nil)
		}
		return t.addFile(files, name)
	})
	return t, err
}

// hiddenIn is what template.json says about hidden directories. What is wrong in it is found when it is read as a whole.
func hiddenIn(files fs.FS) []string {
	var config struct{ Hidden []string }
	f, err := files.Open(configFile)
	if err == nil {
		defer f.Close()
		_ = json.NewDecoder(io.LimitReader(f, maxJSON)).Decode(&config)
	}
	return config.Hidden
}

// addFile adds a file that stays the same while it is read.
func (t *sourceTree) addFile(files fs.FS, name string) error {
	file, err := files.Open(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, cause(err))
	}
	defer file.Close()
	before, err := file.Stat()
	if err == nil {
		err = t.add(name, before.Mode(), file)
	}
	if err != nil {
		return err
	}
	after, err := file.Stat()
	if err != nil || after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
		return fmt.Errorf("%s was changed while it was read", name)
	}
	return nil
}

// absolute is where a path leads that is relative to where o says.
func (o sourceOptions) absolute(path string) (string, error) {
	if path = filepath.FromSlash(cmp.Or(path, ".")); filepath.IsAbs(path) || strings.HasPrefix(path, "~") {
		return absolute(path)
	}
	return absolute(filepath.Join(o.relativeTo, path))
}

// absolute is filepath.Abs, and knows the home directory: a shell leaves "~" alone in --template=~/x.
func absolute(path string) (string, error) {
	if path == "~" || strings.HasPrefix(path, "~/") {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		path = home + path[1:]
	}
	return filepath.Abs(path)
}

// cause is what the system said, without the path and the call: the message around it has them.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}
