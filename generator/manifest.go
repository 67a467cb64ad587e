// .gostart.json: which templates a project was made from, and what each file was when it was written.
//
// It is meant to be committed and read: sorted, indented, the same bytes for the same project, and without
// secrets: no secret key, and no hash of a private file, from which a short secret could be guessed.
//
// A project is made of layers: the project template, then an app or an add-on for each command that laid
// one into it. Each layer has all that is needed to render it again, byte for byte, in another year.
package generator

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
)

const (
	manifestFile    = ".gostart.json"
	manifestVersion = 1
)

// The kinds of layers.
const (
	kindProject = "project"
	kindApp     = "app"
	kindAddon   = "addon"
)

// manifest is what an update needs to know.
type manifest struct {
	Version int     `json:"version"` // of this format
	Gostart string  `json:"gostart"` // that wrote it
	Layers  []layer `json:"layers"`  // in the order they were laid
}

// layer is a template and what was made of it. A path in it is slash-separated and relative to the project's root.
type layer struct {
	Kind       string            `json:"kind"`
	Template   string            `json:"template"`            // what openSource opens
	Revision   string            `json:"revision"`            // what it was then
	Name       string            `json:"name"`                // the project's, the app's or the add-on's
	Directory  string            `json:"directory,omitempty"` // where its files are; "" is the root
	Gostart    string            `json:"gostart"`             // that rendered it
	Go         string            `json:"go"`                  // the go version that it was rendered for
	Extensions []string          `json:"extensions,omitempty"`
	Names      []string          `json:"names,omitempty"`
	Exclude    []string          `json:"exclude,omitempty"`
	Answers    map[string]any    `json:"answers"`           // without secrets
	Modules    []string          `json:"modules,omitempty"` // that were added to go.mod
	Files      map[string]string `json:"files"`             // path: sha256 of the file as rendered; private files have none
}

// setFiles records what the layer's template gave.
func (l *layer) setFiles(files []file) {
	l.Files = map[string]string{}
	for _, f := range files {
		if !f.mode.IsDir() && !f.private {
			l.Files[f.path] = contentSum(f.data)
		}
	}
}

// contentSum is a file's content as the manifest records it.
func contentSum(data []byte) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256(data))
}

// add adds a layer, and gives what gostart keeps of it in the project, if it is to keep it: the files as they were
// rendered. Files are laid only where none are, so that a layer of that kind and name, and what other layers have of these
// paths, was deleted by the user: the new layer takes its place.
func (m *manifest) add(l layer, keep bool, made rendered) ([]file, error) {
	m.Layers = slices.DeleteFunc(m.Layers, func(was layer) bool { return was.Kind == l.Kind && was.Name == l.Name })
	for i := range m.Layers {
		m.Layers[i].Files = maps.Clone(m.Layers[i].Files)
		maps.DeleteFunc(m.Layers[i].Files, func(name, _ string) bool { return l.Files[name] != "" })
	}
	m.Layers = append(m.Layers, l)
	if !keep {
		return nil, nil
	}
	base, err := l.keepBase(made)
	if err != nil {
		return nil, err
	}
	var records []file
	for dir := path.Dir(base.path); dir != "."; dir = path.Dir(dir) {
		records = append([]file{{path: dir, source: dir, mode: fs.ModeDir}}, records...)
	}
	return append(records, base), nil
}

// file is the manifest as a file of the project.
func (m *manifest) file() (file, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return file{}, fmt.Errorf("writing the manifest: %w", err)
	}
	return file{path: manifestFile, source: manifestFile, data: out.Bytes(), mode: 0o666}, nil
}
