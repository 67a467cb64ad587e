// What a user has changed in a project since it was made: its templates, rendered as they were, beside the disk.
package generator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
)

// DiffResult is what Diff found.
type DiffResult struct {
	Name      string     `json:"name"`
	Directory string     `json:"directory"` // absolute
	Files     []DiffFile `json:"files"`     // sorted by path
	Patch     string     `json:"-"`         // the changed and deleted files as git prints them
}

// DiffFile is a file that is not as its template made it.
type DiffFile struct {
	Path    string `json:"path"`   // a directory's ends in a slash
	Action  string `json:"action"` // "changed", "deleted", or "added" for what is beside a template's files
	Added   int    `json:"added"`  // lines
	Removed int    `json:"removed"`
}

// Diff compares a project with what its templates made.
func Diff(ctx context.Context, o UpdateOptions) (*DiffResult, error) {
	p, err := openProject(o.Directory, nil)
	if err != nil {
		return nil, err
	}
	defer p.close()
	r := &DiffResult{Name: p.manifest.name(), Directory: p.dir, Files: []DiffFile{}}
	all := map[string]file{manifestFile: {}, stateDir: {}}
	var patches []patch
	for i := range p.manifest.Layers {
		base, err := p.base(ctx, o, &p.manifest.Layers[i])
		if err != nil {
			return nil, err
		}
		for _, f := range base.files {
			all[f.path] = f
			if p.manifest.Layers[i].Files[f.path] == "" { // a directory, private, or of another layer
				continue
			}
			changed, err := p.patch(f)
			if err != nil {
				return nil, err
			}
			if changed.String() != "" {
				patches = append(patches, changed)
			}
		}
	}
	slices.SortFunc(patches, func(a, b patch) int { return strings.Compare(a.path, b.path) })
	for _, changed := range patches {
		f := DiffFile{Path: changed.path, Action: "changed"}
		if changed.now == nil {
			f.Action = "deleted"
		}
		f.Added, f.Removed = changed.changed()
		r.Files = append(r.Files, f)
		r.Patch += changed.String()
	}
	added, err := p.added(all)
	r.Files = append(r.Files, added...)
	slices.SortStableFunc(r.Files, func(a, b DiffFile) int { return strings.Compare(a.Path, b.Path) })
	return r, err
}

// patch is how the user has changed a file of a template. What is not a file any more counts as deleted. Windows has no
// executable files, so that there all modes are as they were.
func (p *project) patch(base file) (patch, error) {
	changed := patch{path: base.path, from: base.path, was: &version{base.data, base.mode}}
	data, info, err := p.read(base.path)
	switch {
	case err == nil && (sameLines(data, base.data)):
		changed.now = &version{base.data, info.Mode()}
	case err == nil:
		changed.now = &version{data, info.Mode()}
		if lineEnd(data) == "\r\n" && lineEnd(base.data) == "\n" {
			changed.was.data = bytes.ReplaceAll(base.data, []byte("\n"), []byte("\r\n"))
		}
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNotRegular) && !errors.Is(err, errBehindLink) && !errors.Is(err, errBelowFile):
		return patch{}, err
	}
	if changed.now != nil && runtime.GOOS == "windows" {
		changed.now.mode = base.mode
	}
	return changed, nil
}

// added are the files that stand beside those of the templates, and the directories.
func (p *project) added(known map[string]file) ([]DiffFile, error) {
	dirs := map[string]bool{".": true}
	for name, f := range known {
		if f.path != "" && p.has(name) {
			dirs[path.Dir(name)] = true
		}
	}
	var all []DiffFile
	for dir := range dirs {
		entries, err := fs.ReadDir(p.root.FS(), dir)
		if err != nil {
			return nil, fmt.Errorf("looking into %q: %w", p.where(dir), cause(err))
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			if _, ok := known[name]; ok || dirs[name] || slices.Contains(alwaysSkipped, e.Name()) {
				continue
			}
			if e.IsDir() {
				name += "/"
			}
			all = append(all, DiffFile{Path: name, Action: "added"})
		}
	}
	return all, nil
}
