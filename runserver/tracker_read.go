package runserver

// How a tracker reads the tree. All of it runs with the tracker's lock held.

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// read brings one name up to date, whatever it is now.
func (t *tracker) read(name string) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		t.forget(name)
	case info.IsDir():
		if t.tracks(name) {
			t.readDir(name)
		}
	default:
		if _, was := t.dirs[name]; was {
			t.forget(name)
		}
		dir := filepath.Dir(name)
		if _, tracked := t.dirs[dir]; tracked && t.leftOut(dir) {
			t.forget(dir) // it has become a module of its own
		} else if tracked || name == t.envFile || slices.Contains(t.roots, root{path: name}) {
			t.readFile(name)
		}
	}
}

// readDir reads dir and what is new below it, and forgets what is gone.
func (t *tracker) readDir(dir string) {
	now, ok := statStamp(dir)
	if !ok {
		t.forget(dir)
		return
	}
	was, known := t.dirs[dir]
	if known && was.id != now.id {
		t.forget(dir) // and all below it, whose watches are on what was moved away
		known = false
	}
	t.dirs[dir] = now
	if !known {
		t.vital = nil
		// Watched before it is read: what is made in between is in one or both.
		t.added(dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.forget(dir)
		return
	}
	present := map[string]bool{}
	// Go files first: they say which of the others are embedded.
	slices.SortStableFunc(entries, func(a, b fs.DirEntry) int { return rank(a) - rank(b) })
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		present[name] = true
		if entry.IsDir() {
			if _, known := t.dirs[name]; !known && !t.leftOut(name) {
				t.readDir(name)
			}
			continue
		}
		if file, known := t.files[name]; known {
			if now, ok := statStamp(name); ok && now == file.stamp && !file.fresh() {
				continue
			}
		}
		t.readFile(name)
	}
	if !known {
		return
	}
	for name := range t.files {
		if filepath.Dir(name) == dir && !present[name] {
			t.forget(name)
		}
	}
	for name := range t.dirs {
		if filepath.Dir(name) == dir && !present[name] {
			t.forget(name)
		}
	}
}

func rank(entry fs.DirEntry) int {
	switch {
	case entry.IsDir():
		return 2
	case strings.HasSuffix(entry.Name(), ".go"):
		return 0
	}
	return 1
}

// readFile brings a file up to date, if it is one that counts.
func (t *tracker) readFile(name string) {
	class := t.classify(name)
	was, known := t.files[name]
	if class == untracked {
		if known {
			t.forget(name)
		}
		return
	}
	now, ok := statStamp(name)
	if !ok || !now.regular {
		t.forget(name)
		return
	}
	at := time.Now()
	text, err := os.ReadFile(name)
	if err != nil {
		t.forget(name)
		return
	}
	is := trackedFile{stamp: now, readAt: at, class: class, sum: sumOf(name, text)}
	if strings.HasSuffix(name, ".go") {
		is.scan = scanGo(text, t.roots)
	}
	t.files[name] = is
	if !known {
		t.vital = nil
	}
	if known && was.sum == is.sum && was.class == class {
		return
	}
	t.toggle(was)
	t.toggle(is)
	t.changed[name] = true
	if !slices.Equal(was.scan.embeds, is.scan.embeds) {
		t.vital = nil
		t.readEmbedded(filepath.Dir(name))
	}
	for _, dir := range is.scan.imports {
		if !t.imported[dir] {
			t.imported[dir], t.vital = true, nil
			t.readImported(dir)
		}
	}
}

// readImported reads the directory of a package that is imported now: git may ignore it, as it often does generated
// code, and what is new in it may have waited for an event.
func (t *tracker) readImported(dir string) {
	if !t.tracks(dir) {
		return
	}
	if _, known := t.dirs[dir]; known {
		defer t.read(dir)
	}
	for parent := dir; t.tracks(parent); parent = filepath.Dir(parent) {
		if _, known := t.dirs[parent]; !known && isDir(parent) {
			defer t.readDir(parent)
		}
	}
}

// setPatterns collects the patterns of the package in dir.
func (t *tracker) setPatterns(dir string) {
	delete(t.patterns, dir)
	for name, file := range t.files {
		if filepath.Dir(name) == dir && len(file.scan.embeds) > 0 {
			t.patterns[dir] = append(t.patterns[dir], file.scan.embeds...)
		}
	}
}

// readEmbedded reads what is below the directory of a package again, after its
// patterns changed.
func (t *tracker) readEmbedded(dir string) {
	t.setPatterns(dir)
	for known := range t.files {
		if known != dir && strings.HasPrefix(known, dir+string(filepath.Separator)) {
			if t.classify(known) == untracked {
				t.forget(known)
			}
		}
	}
	_ = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case !entry.IsDir():
			if !strings.HasSuffix(name, ".go") {
				t.readFile(name)
			}
		case name == dir:
		case !t.tracks(name):
			return filepath.SkipDir
		default:
			if _, known := t.dirs[name]; !known {
				t.readDir(name)
				return filepath.SkipDir
			}
		}
		return nil
	})
}

// forget drops a file, or a directory and all below it.
func (t *tracker) forget(name string) {
	if file, ok := t.files[name]; ok {
		t.toggle(file)
		t.changed[name] = true
		delete(t.files, name)
		if len(file.scan.embeds) > 0 {
			t.readEmbedded(filepath.Dir(name))
		}
	}
	if _, ok := t.dirs[name]; !ok {
		return
	}
	t.vital = nil
	if name == t.roots[0].path {
		t.print.again++ // the application runs in a directory that is no more
	}
	t.ignorer.forget(name)
	delete(t.dirs, name)
	delete(t.patterns, name)
	below := name + string(filepath.Separator)
	for dir := range t.dirs {
		if strings.HasPrefix(dir, below) {
			delete(t.dirs, dir)
			delete(t.patterns, dir)
		}
	}
	for file, was := range t.files {
		if strings.HasPrefix(file, below) {
			t.toggle(was)
			t.changed[file] = true
			delete(t.files, file)
		}
	}
}

// toggle puts a file into the fingerprint, or takes it out.
func (t *tracker) toggle(file trackedFile) {
	part := &t.print.source
	switch file.class {
	case untracked:
		return
	case asset:
		part = &t.print.assets
	case env, watched:
		part = &t.print.env
	}
	for i, b := range file.sum {
		part[i] ^= b
	}
}
