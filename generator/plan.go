// What would be written, and whether it may be.
//
// A plan reads the disk and writes nothing: --dry-run is a plan that is not applied, and all that can
// be refused is refused here, completely and before the first file is made.
package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// place is where a project goes.
type place struct {
	dir    string // absolute
	exists bool   // files are laid into it; else it is made, and appears with all its files at once
}

// change is what a path becomes.
type change struct {
	file
	old    string // contentSum of the file that is there, and that has to be there still when it is replaced; "" if none is
	chmod  bool   // it gets the mode whatever the umask, and not that of the file that is there
	remove bool
}

// sum is what the manifest would record of the file, or "" if it is removed.
func (c change) sum() string {
	if c.remove {
		return ""
	}
	return contentSum(c.data)
}

// plan is what can be written at a place.
type plan struct {
	place
	changes []change // directories come before what is in them
	emptied []string // directories that go when a removal leaves nothing in them, deepest first
	swept   []string // what writing found of processes that were killed, and removed
}

// replace adds the change of a file whose content is old now, and whose mode stays.
func (p *plan) replace(f file, old []byte) {
	p.changes = append(p.changes, change{file: f, old: contentSum(old)})
}

// findDestination resolves NAME [DIRECTORY]. Without a DIRECTORY the project gets a new one of its own; an
// empty one will do too.
func findDestination(name, directory string) (place, error) {
	typed := directory
	if typed == "" {
		typed = name
	}
	dir, err := absolute(typed)
	if err != nil {
		return place{}, fmt.Errorf("finding %q: %w", typed, err)
	}
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(dir); err == nil {
			return place{}, refuse(exitConflict, "", "%q is a symbolic link that leads nowhere", dir)
		}
		return place{dir: dir}, nil
	}
	if err != nil {
		return place{}, fmt.Errorf("looking at %q: %w", dir, cause(err))
	}
	if !info.IsDir() {
		return place{}, refuse(exitConflict, "", "%q is a file, not a directory", dir)
	}
	if directory == "" {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return place{}, fmt.Errorf("looking into %q: %w", dir, cause(err))
		}
		if len(entries) > 0 {
			hint := fmt.Sprintf("to lay the project into it: gostart startproject %s %s", name, name)
			return place{}, refuse(exitConflict, hint, "%q already exists", dir)
		}
	}
	return place{dir: dir, exists: true}, nil
}

// makePlan checks that files can be written at p: their paths, one with another, and against what is there.
func makePlan(p place, files []file) (*plan, error) {
	if err := checkPaths(files); err != nil {
		return nil, err
	}
	if p.exists {
		if err := checkClashes(p.dir, files); err != nil {
			return nil, err
		}
	}
	made := &plan{place: p}
	for _, f := range files {
		made.changes = append(made.changes, change{file: f})
	}
	return made, nil
}

// checkPaths refuses paths that leave the project, that some system cannot have, and that some system takes
// for one.
func checkPaths(files []file) error {
	var faults problems
	seen := map[string]file{}
	for _, f := range files {
		fault := func(format string, args ...any) {
			faults = append(faults, problem{file: f.source, text: fmt.Sprintf(format, args...)})
		}
		if why := pathFault(f.path); why != "" {
			fault("gives the path %q, %s", f.path, why)
			continue
		}
		folded := strings.ToLower(strings.ToUpper(f.path))
		if other, ok := seen[folded]; ok {
			if other.path == f.path {
				fault("gives %q, and so does %s", f.path, other.source)
			} else {
				fault("gives %q, and %s gives %q: Windows and macOS take them for one", f.path, other.source, other.path)
			}
			continue
		}
		seen[folded] = f
	}
	return faults.err()
}

// checkClashes lists every file that is in the way. An existing file is one even when its bytes are the
// same: the manifest would claim a file that somebody else wrote. A directory is not, unless it is a link:
// what is written below it would land elsewhere.
func checkClashes(dir string, files []file) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening %q: %w", dir, cause(err))
	}
	defer root.Close()
	var clashes []string
	blocked := map[string]bool{} // directories that cannot be: what is below them is not reported again
	for _, f := range files {
		if blocked[path.Dir(f.path)] {
			blocked[f.path] = f.mode.IsDir()
			continue
		}
		info, err := root.Lstat(filepath.FromSlash(f.path))
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() && f.mode.IsDir() {
			continue
		}
		blocked[f.path] = f.mode.IsDir()
		switch {
		case err != nil:
			clashes = append(clashes, fmt.Sprintf("%s: %v", f.path, cause(err)))
		case info.Mode()&fs.ModeSymlink != 0:
			clashes = append(clashes, f.path+" (a symbolic link)")
		case info.IsDir():
			clashes = append(clashes, f.path+" (a directory)")
		default:
			clashes = append(clashes, f.path)
		}
	}
	if len(clashes) == 0 {
		return nil
	}
	slices.Sort(clashes)
	what := fmt.Sprintf("%d files already exist", len(clashes))
	if len(clashes) == 1 {
		what = "a file already exists"
	}
	return refuse(exitConflict, "move them away, or name another directory",
		"%s in %q, and files that exist are never replaced:\n  %s", what, dir, strings.Join(clashes, "\n  "))
}

// checkApart refuses a template and a project of which one contains the other: a template would be
// written into, or a project would be part of what it is made from.
func checkApart(src *source, dest string) error {
	if src.dir == "" {
		return nil
	}
	from, to := realPath(src.dir), realPath(dest)
	if contains(from, to) || contains(to, from) {
		return refuse(exitUsage, "name a directory elsewhere: gostart startproject NAME DIRECTORY",
			"the template %q and the project %q: one contains the other", src.dir, dest)
	}
	return nil
}

func contains(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// realPath resolves the links in a path whose end may not exist yet.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(realPath(parent), filepath.Base(path))
}
