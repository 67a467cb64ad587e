// .gostart.json: what a project was made from, and what each file was when it was written.
//
// It is meant to be committed and read: sorted, indented, the same bytes for the same project, and without
// secrets: no secret key, and no hash of a private file, from which a short secret could be guessed.
package generator

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

const manifestFile = ".gostart.json"

// manifest is what an update needs to know.
type manifest struct {
	Version    int               `json:"version"`  // of this format
	Gostart    string            `json:"gostart"`  // that wrote it
	Template   string            `json:"template"` // a built-in name, or a directory (always with a slash)
	Extensions []string          `json:"extensions,omitempty"`
	Names      []string          `json:"names,omitempty"`
	Exclude    []string          `json:"exclude,omitempty"`
	Answers    map[string]string `json:"answers"`
	Files      map[string]string `json:"files"` // path: sha256 of the file as written
}

// newManifest is the manifest, as a file of the project.
func newManifest(o Options, t *templateTree, a *answers, dest string, files []file) (file, error) {
	m := manifest{
		Version: 1, Gostart: o.Version, Template: recordedTemplate(o.Template, t.source, dest),
		Extensions: o.Extensions, Names: o.Names, Exclude: o.Exclude,
		Answers: map[string]string{"project_name": a.name, "module": a.module},
		Files:   map[string]string{},
	}
	for name, value := range a.values {
		m.Answers[name] = value
	}
	for _, f := range files {
		if !f.mode.IsDir() && !f.private {
			m.Files[f.path] = fmt.Sprintf("sha256:%x", sha256.Sum256(f.data))
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return file{}, fmt.Errorf("writing the manifest: %w", err)
	}
	return file{path: manifestFile, source: manifestFile, data: out.Bytes(), mode: 0o666}, nil
}

// recordedTemplate is where an update finds the template again. A directory that was named by a relative
// path is recorded relative to the project, so that both can move together.
func recordedTemplate(typed string, src *source, dest string) string {
	if src.dir == "" {
		return src.name
	}
	if !filepath.IsAbs(strings.TrimPrefix(typed, "file://")) {
		if rel, err := filepath.Rel(dest, src.dir); err == nil {
			return filepath.ToSlash(rel) // starts with "../", since neither contains the other
		}
	}
	return filepath.ToSlash(src.dir)
}
