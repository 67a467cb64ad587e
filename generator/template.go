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
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

const (
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
	gostart    string   // the version that reads the template
}

// entry is a file or directory of a template.
type entry struct {
	source  string // path in the template
	target  string // path in the project, its tokens not yet replaced
	mode    fs.FileMode
	render  bool
	private bool
	delims  delimiters
}

// templateTree is a template, read but for the files' contents.
type templateTree struct {
	*source
	config   templateConfig
	entries  []entry
	sums     checksums // of modules that its code imports
	skipped  []string  // directories that are left out
	warnings []string
}

// readTemplate lists src's files and reads its template.json.
func readTemplate(src *source, sel selection) (*templateTree, error) {
	tree := &templateTree{source: src}
	faults, err := tree.readConfig(sel.gostart)
	if err != nil {
		return nil, err
	}
	if len(tree.config.Modules) > 0 {
		faults = append(faults, tree.readChecksums()...)
	}
	fault := func(file, format string, args ...any) {
		faults = append(faults, problem{file: src.where(file), text: fmt.Sprintf(format, args...)})
	}
	err = fs.WalkDir(src.files, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			fault(file, "%v", cause(err))
			return nil
		case file == "." || file == configFile:
			return nil
		case file == goSumFile && len(tree.config.Modules) > 0: // it goes into the project's
			return nil
		case d.IsDir() && file == casesDir:
			return fs.SkipDir
		case d.IsDir() && sel.skips(d.Name(), tree.config.hiddenNames()...):
			tree.skipped = append(tree.skipped, file)
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
		case slices.ContainsFunc(alwaysSkippedFiles, func(glob string) bool { return matchGlob(glob, d.Name()) }):
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
		for _, d := range tree.config.Delimiters {
			if matchGlob(d.pattern, e.target) {
				e.delims = d
			}
		}
		tree.entries = append(tree.entries, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(faults) == 0 {
		faults = tree.matchPatterns(sel)
	}
	return tree, faults.err()
}

// skips tells whether a directory is left out, by its name alone, at any depth. Those that template.json names as
// hidden are not.
func (sel selection) skips(name string, hidden ...string) bool {
	if slices.Contains(alwaysSkipped, name) || slices.Contains(sel.exclude, name) {
		return true
	}
	return len(sel.exclude) == 0 && strings.HasPrefix(name, ".") && !slices.Contains(hidden, name)
}

// renders tells whether a file without the suffix is rendered all the same: Django's -e and -n, for
// templates that were not written for gostart.
func (sel selection) renders(e entry) bool {
	ext := strings.TrimPrefix(path.Ext(e.target), ".")
	return ext != "" && slices.Contains(sel.extensions, ext) || slices.Contains(sel.names, path.Base(e.source))
}

// matchPatterns looks for patterns that matched nothing. In template.json that is a fault of the template
// (a secret would be readable by everybody); on the command line it is worth a warning.
func (t *templateTree) matchPatterns(sel selection) problems {
	var faults problems
	c := &t.config
	want := func(key string, g glob, what string, is func(entry) bool) {
		count := 0
		for _, e := range t.entries {
			if is(e) && matchGlob(g.pattern, e.target) {
				count++
			}
		}
		if count == 0 && len(sel.exclude) == 0 {
			faults = append(faults, c.problem(g.at, "%q: the pattern %q matches no %s", key, g.pattern, what))
		}
	}
	isFile := func(e entry) bool { return !e.mode.IsDir() }
	for _, g := range c.Executable {
		want("executable", g, "file", isFile)
	}
	for _, g := range c.Private {
		want("private", g, "file", isFile)
	}
	for _, f := range c.Files {
		want("files", f.glob, "file or directory", func(entry) bool { return true })
	}
	for _, h := range c.Hidden {
		if !slices.ContainsFunc(t.entries, func(e entry) bool { return e.mode.IsDir() && path.Base(e.source) == h.name }) && len(sel.exclude) == 0 {
			faults = append(faults, c.problem(h.at, `"hidden": there is no directory %q`, h.name))
		}
	}
	for _, d := range c.Delimiters {
		want("delimiters", d.glob, "file that is rendered", func(e entry) bool { return e.render })
		for _, e := range t.entries {
			if e.render && matchGlob(d.pattern, e.target) && e.delims != d && (e.delims.left != d.left || e.delims.right != d.right) {
				faults = append(faults, c.problem(d.at, `"delimiters": %q and %q match %s, and say different things`, d.pattern, e.delims.pattern, e.target))
			}
		}
	}
	warn := func(flag, value string, is func(entry) bool) {
		if !slices.ContainsFunc(t.entries, func(e entry) bool { return isFile(e) && is(e) }) {
			t.warnings = append(t.warnings, fmt.Sprintf("--%s %q matched no file", flag, value))
		}
	}
	for _, ext := range sel.extensions {
		warn("extension", ext, func(e entry) bool { return selection{extensions: []string{ext}}.renders(e) })
	}
	for _, name := range sel.names {
		warn("name", name, func(e entry) bool { return path.Base(e.source) == name })
	}
	return faults
}
