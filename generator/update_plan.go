// An update's verdicts as a plan.
package generator

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// plan is what has to be written.
func (u *update) plan() (*plan, error) {
	p := &plan{place: place{dir: u.dir, exists: true}}
	for _, v := range u.verdicts {
		p.changes = append(p.changes, v.changes()...)
		if v.beside != "" {
			f := *v.theirs
			f.path = v.beside
			p.changes = append(p.changes, change{file: f})
		}
	}
	if len(p.changes) == 0 && len(u.dirs) == 0 && u.sameLayers() {
		return p, nil
	}
	for _, f := range u.kept {
		c, err := u.change(f)
		if err != nil {
			return nil, err
		}
		if c != nil {
			p.changes = append(p.changes, *c)
		}
	}
	record, err := u.next.file()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(record.data, u.data) {
		p.replace(record, u.data)
	}
	p.changes = append(u.missingDirectories(p.changes), p.changes...)
	p.emptied = u.emptied(p.changes)
	return p, nil
}

// change writes a file of gostart's own, whatever was there; without data it is removed.
func (u *update) change(f file) (*change, error) {
	c := &change{file: f, remove: f.data == nil}
	data, _, err := u.read(f.path)
	switch {
	case err == nil && bytes.Equal(data, f.data):
		return nil, nil
	case err == nil:
		c.old = contentSum(data)
	case u.has(f.path):
		return nil, err
	}
	return c, nil
}

// changes is a verdict as it is written.
func (v verdict) changes() []change {
	var old string
	if v.was != nil {
		old = contentSum(v.was.data)
	}
	removal := func(name string) change { return change{file: file{path: name}, old: old, remove: true} }
	switch {
	case v.action == actionRemove:
		return []change{removal(v.path)}
	case v.now == nil:
		return nil
	}
	written := change{file: file{path: v.path, data: v.now.data, mode: v.now.mode}, old: old, chmod: v.was != nil}
	if v.from == "" {
		return []change{written}
	}
	written.old = "" // nothing is at the new path
	return []change{written, removal(v.from)}
}

// sameLayers tells whether the manifest would say the same, but for the version that wrote it.
func (u *update) sameLayers() bool {
	same := manifest{Version: u.next.Version, Gostart: u.manifest.Gostart}
	for i, l := range u.next.Layers {
		l.Gostart, l.Go = u.manifest.Layers[i].Gostart, u.manifest.Layers[i].Go
		same.Layers = append(same.Layers, l)
	}
	a, errA := same.file()
	b, errB := u.manifest.file()
	return errA == nil && errB == nil && bytes.Equal(a.data, b.data)
}

// missingDirectories are those that new files and templates need.
func (u *update) missingDirectories(changes []change) []change {
	need := u.dirs
	for _, c := range changes {
		for dir := path.Dir(c.path); dir != "." && !c.remove && !u.has(dir); dir = path.Dir(dir) {
			need[dir] = true
		}
	}
	var all []change
	for dir := range need {
		all = append(all, change{file: file{path: dir, mode: fs.ModeDir}})
	}
	slices.SortFunc(all, func(a, b change) int { return strings.Compare(a.path, b.path) })
	return all
}

// emptied are the directories in which nothing may be left, deepest first.
func (u *update) emptied(changes []change) []string {
	all := slices.DeleteFunc(slices.Clone(u.gone), func(dir string) bool { return !u.isDir(dir) })
	for _, c := range changes {
		for dir := path.Dir(c.path); dir != "." && c.remove; dir = path.Dir(dir) {
			all = append(all, dir)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(b, a) })
	return slices.Compact(all)
}
