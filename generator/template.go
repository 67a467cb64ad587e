// A template: what template.json says, and which files there are.
//
// template.json is optional and never copied. A file x.tmpl is rendered and loses the suffix; all else is
// copied byte for byte, so that what only looks like template text ("${{ }}" in a workflow, a Helm chart,
// an HTML page) survives. Directories that start with a dot are left out unless something is excluded by
// name, which is Django's rule (--exclude since 4.0); hidden files are kept.
//
// Symbolic links and special files are refused rather than followed or skipped: followed, they copy what
// lies outside the template; skipped, they leave a project with holes.
package generator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

const (
	configFile     = "template.json"
	templateSuffix = ".tmpl"

	maxFiles = 50_000
	maxBytes = 256 << 20 // of a whole project; it is held in memory until all of it is known to be good
)

// alwaysSkipped are directories that are never part of a template: history, caches, installed packages.
var alwaysSkipped = []string{".git", ".hg", ".svn", "__pycache__", "node_modules"}

// alwaysSkippedFiles are what desktops and interpreters leave behind.
var alwaysSkippedFiles = []string{".DS_Store", "Thumbs.db", "*.pyc", "*.pyo"}

// selection is what the command line says about a template's files.
type selection struct {
	extensions []string // of targets that are rendered too
	names      []string // of sources that are rendered too
	exclude    []string // directories; [""] excludes nothing, and lets hidden ones in
}

// entry is a file or directory of a template.
type entry struct {
	source  string // path in the template
	target  string // path in the project, its tokens not yet replaced
	mode    fs.FileMode
	render  bool
	private bool
}

// templateTree is a template, read but for the files' contents.
type templateTree struct {
	*source
	config   templateConfig
	entries  []entry
	warnings []string
}

// readTemplate lists src's files and reads its template.json.
func readTemplate(src *source, sel selection) (*templateTree, error) {
	tree := &templateTree{source: src}
	if err := tree.readConfig(); err != nil {
		return nil, err
	}
	var faults problems
	fault := func(file, format string, args ...any) {
		faults = append(faults, problem{file: src.where(file), text: fmt.Sprintf(format, args...)})
	}
	err := fs.WalkDir(src.files, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			fault(file, "%v", cause(err))
			return nil
		case file == "." || file == configFile:
			return nil
		case d.IsDir() && sel.skips(d.Name()):
			return fs.SkipDir
		case d.IsDir():
			tree.entries = append(tree.entries, entry{source: file, target: file, mode: fs.ModeDir})
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			fault(file, "is a symbolic link; a template has only files and directories")
			return nil
		case !d.Type().IsRegular():
			fault(file, "is a special file (%v); a template has only files and directories", d.Type())
			return nil
		case matchesAny(alwaysSkippedFiles, d.Name()):
			return nil
		case file == manifestFile:
			fault(file, "has the name of the manifest, which gostart writes itself")
			return nil
		}
		if len(tree.entries) == maxFiles {
			return fmt.Errorf("template %q has more than %d files", src.name, maxFiles)
		}
		e := entry{source: file, mode: 0o666}
		e.target, e.render = strings.CutSuffix(file, templateSuffix)
		e.render = e.render || sel.renders(e)
		if info, err := d.Info(); err == nil && info.Mode()&0o100 != 0 || matchesAny(tree.config.Executable, e.target) {
			e.mode = 0o777
		}
		if matchesAny(tree.config.Private, e.target) {
			e.mode, e.private = 0o600, true
		}
		tree.entries = append(tree.entries, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	tree.matchPatterns(sel, fault)
	return tree, faults.err()
}

// skips tells whether a directory is left out, by its name alone, at any depth.
func (sel selection) skips(name string) bool {
	if slices.Contains(alwaysSkipped, name) || slices.Contains(sel.exclude, name) {
		return true
	}
	return len(sel.exclude) == 0 && strings.HasPrefix(name, ".")
}

// renders tells whether a file without the suffix is rendered all the same: Django's -e and -n, for
// templates that were not written for gostart.
func (sel selection) renders(e entry) bool {
	ext := strings.TrimPrefix(path.Ext(e.target), ".")
	return ext != "" && slices.Contains(sel.extensions, ext) || slices.Contains(sel.names, path.Base(e.source))
}

// matchPatterns looks for patterns that matched nothing. In template.json that is a fault of the template
// (a secret would be readable by everybody); on the command line it is worth a warning.
func (t *templateTree) matchPatterns(sel selection, fault func(file, format string, args ...any)) {
	matched := func(match func(entry) bool) bool {
		return slices.ContainsFunc(t.entries, func(e entry) bool { return !e.mode.IsDir() && match(e) })
	}
	for key, patterns := range map[string][]string{"executable": t.config.Executable, "private": t.config.Private} {
		for _, pattern := range patterns {
			if _, err := path.Match(pattern, ""); err != nil {
				fault(configFile, "%s: %q is not a pattern of path.Match", key, pattern)
			} else if len(sel.exclude) == 0 && !matched(func(e entry) bool { return matchesAny([]string{pattern}, e.target) }) {
				fault(configFile, "%s: %q matches no file", key, pattern)
			}
		}
	}
	for _, ext := range sel.extensions {
		if !matched(func(e entry) bool { return selection{extensions: []string{ext}}.renders(e) }) {
			t.warnings = append(t.warnings, fmt.Sprintf("--extension %q matched no file", ext))
		}
	}
	for _, name := range sel.names {
		if !matched(func(e entry) bool { return path.Base(e.source) == name }) {
			t.warnings = append(t.warnings, fmt.Sprintf("--name %q matched no file", name))
		}
	}
}

func matchesAny(patterns []string, file string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, _ := path.Match(pattern, file)
		return ok
	})
}

// readConfig reads template.json, if there is one.
func (t *templateTree) readConfig() error {
	data, err := fs.ReadFile(t.files, configFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("reading %s: %w", t.where(configFile), cause(err))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&t.config); err != nil {
		return t.configProblem(data, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return t.configFault(data, int(dec.InputOffset()), "there is more after the closing brace")
	}
	if t.config.Version != 1 {
		return t.configFault(data, bytes.Index(data, []byte(`"version"`)), fmt.Sprintf("version is %d, and this gostart knows version 1", t.config.Version))
	}
	for i, q := range t.config.Questions {
		at := bytes.Index(data, []byte(`"`+q.Name+`"`))
		switch {
		case !token.IsIdentifier(q.Name):
			return t.configFault(data, at, fmt.Sprintf("%q is not a name that a template can use: letters, digits and _", q.Name))
		case slices.Contains(contextNames, q.Name):
			return t.configFault(data, at, fmt.Sprintf("%q is a name that each template gets, and cannot be a question", q.Name))
		case slices.ContainsFunc(t.config.Questions[:i], func(other question) bool { return other.Name == q.Name }):
			return t.configFault(data, at, fmt.Sprintf("the question %q is there twice", q.Name))
		}
	}
	return nil
}

// configProblem finds the line of an error of encoding/json.
func (t *templateTree) configProblem(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) {
		return t.configFault(data, int(syntax.Offset)-1, syntax.Error())
	}
	if errors.As(err, &kind) {
		return t.configFault(data, int(kind.Offset)-1, fmt.Sprintf("%s is a %s, want %s", kind.Field, kind.Value, kind.Type))
	}
	if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		text := "unknown key " + key
		known := []string{"version", "description", "questions", "executable", "private", "name", "help", "default"}
		if near := Nearest(strings.Trim(key, `"`), known); near != "" {
			text += fmt.Sprintf("; did you mean %q?", near)
		}
		return t.configFault(data, bytes.Index(data, []byte(key)), text)
	}
	return t.configFault(data, len(data), err.Error())
}

// configFault is a problem at an offset of template.json; -1 is in no line.
func (t *templateTree) configFault(data []byte, offset int, text string) error {
	p := problem{file: t.where(configFile), text: text}
	if offset >= 0 {
		offset = min(offset, len(data))
		p.line = 1 + bytes.Count(data[:offset], []byte("\n"))
		p.col = offset - bytes.LastIndexByte(data[:offset], '\n')
	}
	return problems{p}
}
