// The files that lines go into: those that are there, and those that are about to be.
package generator

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
)

// view is a project's directory as it will be. Names are slash-separated and relative to it.
type view struct {
	disk    *disk            // nil when the directory is not there yet
	planned map[string]*file // by path
	was     map[string][]byte
	changed map[string]file // files on disk that get lines
}

// newView looks at a place with files laid over it. The files get lines in place.
func newView(at place, files []file) (*view, error) {
	v := &view{planned: map[string]*file{}, was: map[string][]byte{}, changed: map[string]file{}}
	for i := range files {
		if !files[i].mode.IsDir() {
			v.planned[files[i].path] = &files[i]
		}
	}
	if !at.exists {
		return v, nil
	}
	var err error
	v.disk, err = newDisk(at.dir, nil)
	return v, err
}

func (v *view) close() {
	if v.disk != nil {
		v.disk.close()
	}
}

// insert puts in what can be, and notes in each insertion what came of it.
func (v *view) insert(layings []*laying) error {
	for _, l := range layings {
		for _, in := range l.insertions {
			err := v.put(in)
			var clash *clash
			switch {
			case errors.As(err, &clash) && l.kind == kindApp: // by hand it would be no better
				return refuse(exitUsage, "try another name", "%q cannot be an app's name here: %s would no longer compile: %s", l.name, in.File, clash.why)
			case err != nil:
				in.Reason = err.Error()
			default:
				in.Done = true
			}
		}
	}
	return nil
}

// clash is an error of a line that would break its package.
type clash struct{ why string }

func (c *clash) Error() string { return "it would no longer compile: " + c.why }

// put puts one in.
func (v *view) put(in *Insertion) error {
	content, mode, err := v.read(in.File)
	if err != nil {
		return err
	}
	changed, err := in.into(content)
	if err != nil || string(changed) == string(content) {
		return err
	}
	if path.Ext(in.File) == ".go" {
		before := v.goFiles(path.Dir(in.File))
		after := maps.Clone(before)
		after[in.File] = changed
		if why := newFault(before, after); why != "" {
			return &clash{why}
		}
	}
	v.set(in.File, content, changed, mode)
	return nil
}

// set has a file that read gave become another one.
func (v *view) set(name string, was, becomes []byte, mode fs.FileMode) {
	if f, ok := v.planned[name]; ok {
		f.data = becomes
		return
	}
	if _, ok := v.was[name]; !ok {
		v.was[name] = was
	}
	v.changed[name] = file{path: name, source: name, data: becomes, mode: mode}
}

// renew has a file that is gostart's own replaced, if it is there.
func (v *view) renew(f file) bool {
	was, mode, err := v.read(f.path)
	if err == nil {
		v.set(f.path, was, f.data, mode)
	}
	return err == nil
}

var errNotThere = errors.New("it is not there")

// read gives a file as it will be.
func (v *view) read(name string) ([]byte, fs.FileMode, error) {
	if f, ok := v.planned[name]; ok {
		return f.data, f.mode, nil
	}
	if f, ok := v.changed[name]; ok {
		return f.data, f.mode, nil
	}
	if v.disk == nil {
		return nil, 0, errNotThere
	}
	data, info, err := v.disk.read(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, errNotThere
	case err != nil:
		return nil, 0, cmp.Or(errors.Unwrap(err), err) // the message around it has the name
	}
	return data, info.Mode().Perm(), nil
}

// goFiles are the Go files of a directory.
func (v *view) goFiles(dir string) map[string][]byte {
	names := slices.Collect(maps.Keys(v.planned))
	if v.disk != nil {
		found, _ := fs.Glob(v.disk.root.FS(), path.Join(dir, "*.go")) // the pattern is good, unless the directory's name is odd
		names = append(names, found...)
	}
	files := map[string][]byte{}
	for _, name := range names {
		if path.Dir(name) != dir || path.Ext(name) != ".go" {
			continue
		}
		if data, _, err := v.read(name); err == nil {
			files[name] = data
		}
	}
	return files
}
