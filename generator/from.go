// gostart template from: a project becomes a template.
//
// Its name, and its module path, are replaced by what stands for them, in paths and in text; all else stays as it
// is, byte for byte. What a template could not have, and what git ignores, is left out and named. Before anything is
// written, the template is rendered with the answers that would give the project back, and has to give it back; and
// with other ones, so that it is known to be a template.
package generator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// FromOptions is what a caller asks of TemplateFrom.
type FromOptions struct {
	Directory string         // the project
	Target    string         // where the template goes; "" is beside the project
	Name      string         // the word that becomes project_name; "" is the project's name
	DryRun    bool           // look, and write nothing
	Progress  func(Progress) // may be nil
	Version   string         // gostart's own
}

// FromResult is what TemplateFrom did, or with DryRun would do.
type FromResult struct {
	Template  string      `json:"template"` // absolute, as Directory
	Directory string      `json:"directory"`
	Name      string      `json:"name"` // that became project_name; "" when no word did
	Module    string      `json:"module"`
	DryRun    bool        `json:"dry_run"`
	Files     int         `json:"files"`
	Rendered  []FromFile  `json:"rendered"`
	Formatted []string    `json:"formatted"` // Go files that were not as gofmt has them, and are in a project
	LeftOut   []FromFault `json:"left_out"`
	Warnings  []string    `json:"warnings"`
	Next      []string    `json:"next"`
}

// FromFile is a file that is rendered.
type FromFile struct {
	Path   string `json:"path"` // in the template
	Places int    `json:"places"`
}

// FromFault is why a file is no part of the template.
type FromFault struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// conversion is a TemplateFrom at work.
type conversion struct {
	FromResult
	tokens     tokens
	originals  map[string]file // by path in the project
	files      []file          // of the template
	hidden     []string
	executable []string
	delimiters map[string][2]string
}

// TemplateFrom turns a project into a template. When it returns an error, nothing was written.
func TemplateFrom(ctx context.Context, o FromOptions) (*FromResult, error) {
	c := &conversion{originals: map[string]file{}, delimiters: map[string][2]string{}}
	if err := c.find(o); err != nil {
		return nil, err
	}
	dest, err := c.destination(o.Target)
	if err != nil {
		return nil, err
	}
	if err := c.read(ctx); err != nil {
		return nil, err
	}
	if len(c.originals) == 0 {
		return nil, refuse(exitUsage, "", "%q has no files that a template could have", c.Directory)
	}
	for _, name := range slices.Sorted(maps.Keys(c.originals)) {
		if err := c.convert(c.originals[name]); err != nil {
			return nil, err
		}
	}
	if err := c.describe(); err != nil {
		return nil, err
	}
	if err := c.check(ctx, o); err != nil {
		return nil, err
	}
	made, err := makePlan(dest, withDirectories(c.files))
	if err == nil && !o.DryRun {
		err = made.apply(ctx, writing{command: "template from", tell: o.Progress})
	}
	if err != nil {
		return nil, err
	}
	c.DryRun, c.Files = o.DryRun, len(c.originals)
	c.Next = []string{"gostart template test --update " + quoteWord(shortest(c.Template)), "gostart startproject NAME --template " + quoteWord(shortest(c.Template))}
	return &c.FromResult, nil
}

// find finds out what the project is called.
func (c *conversion) find(o FromOptions) error {
	c.Rendered, c.Formatted, c.LeftOut, c.Warnings = []FromFile{}, []string{}, []FromFault{}, []string{}
	var err error
	if c.Directory, err = absolute(o.Directory); err != nil {
		return fmt.Errorf("finding %q: %w", o.Directory, err)
	}
	if info, err := os.Stat(c.Directory); err != nil || !info.IsDir() {
		return refuse(exitUsage, "usage: gostart template from DIRECTORY [TARGET]", "%q is not a directory", o.Directory)
	}
	_, statErr := os.Lstat(filepath.Join(c.Directory, manifestFile))
	t, err := Options{DryRun: true}.openTarget(c.Directory, statErr == nil)
	if err != nil {
		return err
	}
	c.Module, c.Name = t.module, cmp.Or(o.Name, t.name)
	if c.Module == "" {
		c.Name = cmp.Or(o.Name, filepath.Base(c.Directory))
	}
	if why := nameFault(c.Name); why != "" && o.Name != "" {
		return refuse(exitUsage, "", "--name %q cannot be a project's name: %s", o.Name, why)
	} else if why != "" {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%q cannot be a project's name, and stays as it is: %s; --name names another word to replace", c.Name, why))
		c.Name = ""
	}
	c.tokens = newTokens(c.Name, c.Module)
	return nil
}

// destination is where the template goes: a directory that is new, or empty.
func (c *conversion) destination(target string) (place, error) {
	dir := filepath.Join(filepath.Dir(c.Directory), filepath.Base(c.Directory)+"-template")
	if target != "" {
		var err error
		if dir, err = absolute(target); err != nil {
			return place{}, fmt.Errorf("finding %q: %w", target, err)
		}
	}
	c.Template = dir
	if contains(realPath(c.Directory), realPath(dir)) || contains(realPath(dir), realPath(c.Directory)) {
		return place{}, refuse(exitUsage, "name a directory elsewhere", "the project %q and the template %q: one contains the other", c.Directory, dir)
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return place{dir: dir}, nil
	case err != nil:
		return place{}, fmt.Errorf("looking at %q: %w", dir, cause(err))
	case len(entries) > 0:
		return place{}, refuse(exitConflict, "name another directory: gostart template from DIRECTORY TARGET", "%q already exists", dir)
	}
	return place{dir: dir, exists: true}, nil
}

// ownTemplate are files that git would act on where the template is.
var ownTemplate = []string{"go.mod", "go.sum", "go.work", ".gitignore", ".gitattributes", ".gitmodules"}

// convert makes a file of the template of one of the project.
func (c *conversion) convert(f file) error {
	for _, token := range []string{"project_name", "app_name"} {
		if strings.Contains(f.path, token) {
			return refuse(exitFailed, "rename it first", "the path %q has %s in it, which stands for a name in a template", f.path, token)
		}
	}
	target := c.tokens.path(f.path)
	for dir := path.Dir(target); dir != "."; dir = path.Dir(dir) {
		if base := path.Base(dir); base[0] == '.' && !slices.Contains(c.hidden, base) {
			c.hidden = append(c.hidden, base)
		}
	}
	if f.mode&0o100 != 0 {
		c.executable = append(c.executable, globOf(target))
	}
	made := file{path: target, source: f.path, data: f.data, mode: f.mode}
	parts := []part{{text: string(f.data)}}
	if !isBinary(f.data) && invalidUTF8(string(f.data)) < 0 {
		parts = c.tokens.split(f.path, string(f.data))
	}
	if len(parts) == 1 && path.Ext(f.path) != templateSuffix && !slices.Contains(ownTemplate, path.Base(f.path)) {
		c.files = append(c.files, made)
		return nil
	}
	text, pair := write(parts)
	made.path, made.data = target+templateSuffix, []byte(text)
	if pair != defaultDelimiters {
		c.delimiters[globOf(target)] = pair
	}
	c.files = append(c.files, made)
	c.Rendered = append(c.Rendered, FromFile{made.path, len(parts) / 2})
	return nil
}

// describe writes template.json.
func (c *conversion) describe() error {
	slices.Sort(c.hidden)
	config := struct {
		Version     int                  `json:"version"`
		Kind        string               `json:"kind"`
		Description string               `json:"description"`
		Hidden      []string             `json:"hidden,omitempty"`
		Executable  []string             `json:"executable,omitempty"`
		Delimiters  map[string][2]string `json:"delimiters,omitempty"`
	}{1, kindProject, "A project like " + cmp.Or(c.Name, c.Module, filepath.Base(c.Directory)), c.hidden, c.executable, c.delimiters}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(config); err != nil {
		return fmt.Errorf("writing %s: %w", configFile, err)
	}
	c.files = append(c.files, file{path: configFile, source: configFile, data: out.Bytes(), mode: 0o666})
	return nil
}

// check renders the template with the answers of the project, which has to come out, and with others.
func (c *conversion) check(ctx context.Context, o FromOptions) error {
	made, err := c.render(ctx, o, &answers{name: cmp.Or(c.Name, "mysite"), module: cmp.Or(c.Module, "mysite")})
	if err != nil {
		return err
	}
	got := byPath(made)
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(c.originals)) {
		want := c.originals[name].data
		switch formatted, err := format.Source(want); {
		case bytes.Equal(got[name].data, want):
		case path.Ext(name) == ".go" && err == nil && bytes.Equal(got[name].data, formatted):
			c.Formatted = append(c.Formatted, name)
		default:
			wrong = append(wrong, name)
		}
	}
	if len(wrong) > 0 {
		return refuse(exitFailed, "", "the template does not give these files back:%s", quoteList(wrong))
	}
	_, err = c.render(ctx, o, &answers{name: "othersite", module: "example.com/other/site"})
	return err
}

// render renders the template that is being made.
func (c *conversion) render(ctx context.Context, o FromOptions, a *answers) ([]file, error) {
	t := newTree("template", maxBytes)
	for _, f := range c.files {
		if err := t.add(f.path, f.mode, bytes.NewReader(f.data)); err != nil {
			return nil, err
		}
	}
	tree, err := readTemplate(&source{name: c.Template, files: t.root}, selection{gostart: o.Version})
	if err != nil {
		return nil, err
	}
	return (&layer{}).render(ctx, tree, a, c.Directory, o.Version, o.Progress)
}

// withDirectories adds the directories that files are in, each before what is in it.
func withDirectories(files []file) []file {
	var all []file
	seen := map[string]bool{".": true}
	var above func(dir string)
	above = func(dir string) {
		if !seen[dir] {
			seen[dir] = true
			above(path.Dir(dir))
			all = append(all, file{path: dir, source: dir, mode: fs.ModeDir})
		}
	}
	for _, f := range files {
		above(path.Dir(f.path))
		all = append(all, f)
	}
	return all
}

var globCharacter = regexp.MustCompile(`[*?\[\\]`)

// globOf is the pattern that matches a path and nothing else. One that ended in .tmpl would be taken for a mistake.
func globOf(name string) string {
	pattern := globCharacter.ReplaceAllString(name, `\$0`)
	if most, ok := strings.CutSuffix(pattern, templateSuffix); ok {
		pattern = most + ".tmp[l]"
	}
	return pattern
}

// shortest is a path as it is shortest to type.
func shortest(name string) string {
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, name); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return name
}
