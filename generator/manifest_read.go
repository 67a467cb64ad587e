// Reading the manifest, which git has merged and people have edited.
//
// All of it is checked before anything is believed: a path in it is one inside the project, a hash is a hash, and a
// key that nobody knows is an error and not lost at the next write.
package generator

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"golang.org/x/mod/semver"
)

// project is a directory that has a manifest.
type project struct {
	*disk
	manifest *manifest
	data     []byte // of the manifest
}

// openProject finds the project that the directory dir is in, "" being the working one, and reads its manifest.
func openProject(dir string, step func(string) error) (*project, error) {
	from, err := absolute(dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(from); err != nil || !info.IsDir() {
		return nil, refuse(exitUsage, "", "%q is not a directory", from)
	}
	for root := from; ; root = filepath.Dir(root) {
		if _, err := os.Lstat(filepath.Join(root, manifestFile)); err == nil {
			return readProject(root, step)
		}
		if filepath.Dir(root) == root {
			return nil, refuse(exitUsage, "gostart startproject NAME makes one",
				"%q is in no project of gostart's: neither it nor a directory above has a %s", from, manifestFile)
		}
	}
}

func readProject(root string, step func(string) error) (*project, error) {
	d, err := newDisk(root, step)
	if err != nil {
		return nil, err
	}
	p := &project{disk: d}
	if d.has(journalDir) {
		err = errUnfinished(root)
	}
	if err == nil {
		err = p.readManifest()
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return p, nil
}

func (p *project) readManifest() error {
	data, _, err := p.read(manifestFile)
	if err != nil {
		return err
	}
	p.data = data
	p.manifest, err = parseManifest(data)
	return err
}

// parseManifest reads a manifest, and checks it.
func parseManifest(data []byte) (*manifest, error) {
	for i, line := range bytes.Split(data, []byte("\n")) {
		if bytes.HasPrefix(line, []byte("<<<<<<< ")) {
			return nil, refuse(exitFailed, "keep either side whole, not some of each: git checkout --ours "+manifestFile+", or --theirs; then type it again",
				"%s:%d: a merge has left a conflict in the manifest", manifestFile, i+1)
		}
	}
	r := &manifestReader{jsonReader: &jsonReader{file: manifestFile, data: data}}
	if root := r.parse(); root != nil {
		r.read(root)
	}
	if m := r.manifest; m.Version > manifestVersion {
		hint := "install the gostart that wrote it"
		if semver.IsValid(m.Gostart) {
			hint = "go install gostart@" + m.Gostart
		}
		return nil, refuse(exitFailed, hint, "%s has the format %d, and this gostart knows %d", manifestFile, m.Version, manifestVersion)
	}
	if len(r.faults) > 0 {
		return nil, refuse(exitFailed, "put it back, from git for example: git checkout "+manifestFile,
			"the manifest was edited by hand, or is damaged: %s", r.faults.list("it has"))
	}
	return &r.manifest, nil
}

// manifestReader reads the tree of a manifest, and gathers its faults.
type manifestReader struct {
	*jsonReader
	manifest manifest
}

func (r *manifestReader) read(root *jsonValue) {
	m := &r.manifest
	r.object(root, "the manifest", map[string]func(*jsonValue){
		"version": func(v *jsonValue) {
			if n, ok := v.value.(float64); ok && n >= 1 {
				m.Version = int(n)
			} else {
				r.fault(v.at, `"version" is not the number of a format`)
			}
		},
		"gostart": func(v *jsonValue) { m.Gostart = r.text(v, `"gostart"`) },
		"layers":  func(v *jsonValue) { r.list(v, `"layers"`, "objects", r.layer) },
	})
	if len(m.Layers) == 0 {
		r.fault(root.at, `"layers" is empty`)
	}
	for i, l := range m.Layers { // of a module that gostart did not make, apps and add-ons alone are known
		if project, _ := l.names(); l.Kind == kindProject && i > 0 || project == "" {
			r.fault(root.at, "layer %d does not know its project, or makes a second one", i+1)
		}
	}
	seen, titles := map[string]bool{}, map[string]bool{}
	for _, l := range m.Layers {
		if titles[l.title()] {
			r.fault(root.at, "%s is there twice", l.title())
		}
		titles[l.title()] = true
		for _, name := range slices.Sorted(maps.Keys(l.Files)) {
			if seen[name] {
				r.fault(root.at, "%q is in two layers", name)
			}
			seen[name] = true
		}
	}
}

func (r *manifestReader) layer(v *jsonValue) {
	l := layer{Answers: map[string]any{}, Files: map[string]string{}}
	text := func(key string, to *string) func(*jsonValue) {
		return func(v *jsonValue) { *to = r.text(v, `"`+key+`"`) }
	}
	texts := func(key string, to *[]string) func(*jsonValue) {
		return func(v *jsonValue) {
			r.list(v, `"`+key+`"`, "strings", func(item *jsonValue) { *to = append(*to, r.text(item, `an item of "`+key+`"`)) })
		}
	}
	r.object(v, "a layer", map[string]func(*jsonValue){
		"kind": text("kind", &l.Kind), "template": text("template", &l.Template), "revision": text("revision", &l.Revision),
		"name": text("name", &l.Name), "directory": text("directory", &l.Directory), "gostart": text("gostart", &l.Gostart), "go": text("go", &l.Go),
		"extensions": texts("extensions", &l.Extensions), "names": texts("names", &l.Names), "exclude": texts("exclude", &l.Exclude),
		"modules": func(v *jsonValue) {
			r.list(v, `"modules"`, "modules", func(item *jsonValue) { l.Modules = append(l.Modules, r.module(item)) })
		},
		"answers": func(v *jsonValue) {
			for _, m := range r.members(v, `"answers"`) {
				l.Answers[m.name] = r.answer(m)
			}
		},
		"files": func(v *jsonValue) {
			for _, m := range r.members(v, `"files"`) {
				l.Files[m.name] = r.file(m)
			}
		},
	})
	switch {
	case !slices.Contains([]string{kindProject, kindApp, kindAddon}, l.Kind):
		r.fault(v.at, "a layer of the kind %q", l.Kind)
	case l.Template == "" || l.Name == "":
		r.fault(v.at, `a layer without its "template" or "name"`)
	case l.Directory != "" && templateFault(l.Directory) != "":
		r.fault(v.at, "%q is no directory inside the project", l.Directory)
	}
	r.manifest.Layers = append(r.manifest.Layers, l)
}

// answer is a text, true or false, or a list of texts.
func (r *manifestReader) answer(m jsonMember) any {
	switch value := m.value.value.(type) {
	case string, bool:
		return value
	}
	if m.value.kind == "an array" {
		list := []string{}
		r.list(m.value, m.name, "strings", func(item *jsonValue) { list = append(list, r.text(item, "an item of "+m.name)) })
		return list
	}
	r.fault(m.value.at, "the answer %q is %s, want a string, true or false, or strings", m.name, m.value.kind)
	return nil
}

// module is a requirement as in go.mod.
func (r *manifestReader) module(v *jsonValue) string {
	text := r.text(v, `an item of "modules"`)
	if _, err := parseRequirement(text); err != nil {
		r.fault(v.at, `"modules" has %q: %v`, text, err)
	}
	return text
}

var sumPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// file is the hash of a file.
func (r *manifestReader) file(m jsonMember) string {
	sum := r.text(m.value, "the hash of a file")
	switch {
	case pathFault(m.name) != "":
		r.fault(m.at, "%q is no path inside the project", m.name)
	case !sumPattern.MatchString(sum):
		r.fault(m.value.at, "%q is no hash", sum)
	}
	return sum
}
