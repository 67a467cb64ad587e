package runserver

// Which files a build reads, as far as it can be told before the go command has
// been asked: by their names, and by the //go:embed lines of the Go files.

import (
	"bytes"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// sourceSuffixes are those of the files that the go command compiles or hands
// to a compiler (go help filetype).
var sourceSuffixes = []string{".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx",
	".f", ".F", ".for", ".f90", ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso"}

// classify tells what a change of the file means.
func (t *tracker) classify(name string) class {
	base := filepath.Base(name)
	switch {
	case name == t.envFile:
		return env
	case t.ignore.match(t.relative(name)):
		return untracked
	case t.embedded(name) != untracked:
		return t.embedded(name)
	case strings.HasPrefix(base, "."), strings.HasPrefix(base, "_"), strings.HasSuffix(base, "_test.go"):
		return t.classifyWatched(name)
	case base == "go.mod", base == "go.sum", base == "go.work", base == "go.work.sum":
		return source
	case base == "modules.txt" && filepath.Base(filepath.Dir(name)) == "vendor":
		return source
	case slices.Contains(sourceSuffixes, filepath.Ext(base)):
		return source
	}
	return t.classifyWatched(name)
}

// classifyWatched is for a file that the build does not read.
func (t *tracker) classifyWatched(name string) class {
	if t.watch.match(t.relative(name)) {
		return watched
	}
	return untracked
}

// embedded tells whether a //go:embed line of a package above name matches it,
// or a directory that it is in. An asset is what development reads from disk;
// where another package embeds it too, it is source.
func (t *tracker) embedded(name string) class {
	found := untracked
	for dir, patterns := range t.patterns {
		rel, below := strings.CutPrefix(name, dir+string(filepath.Separator))
		if !below {
			continue
		}
		rel = filepath.ToSlash(rel)
		if !matchesEmbed(patterns, rel) {
			continue
		}
		first, _, below := strings.Cut(rel, "/")
		if dir != t.disk || !below || first != "templates" && first != "static" {
			return source
		}
		found = asset
	}
	return found
}

// matchesEmbed applies the rules of go:embed: a pattern that matches a directory
// takes what is in it, but for hidden and underscored names unless it begins
// with "all:".
func matchesEmbed(patterns []string, rel string) bool {
	for _, pattern := range patterns {
		pattern, all := strings.CutPrefix(pattern, "all:")
		elements := strings.Split(rel, "/")
		for n := 1; n <= len(elements); n++ {
			if ok, err := path.Match(pattern, strings.Join(elements[:n], "/")); err != nil || !ok {
				continue
			}
			hidden := func(element string) bool { return strings.HasPrefix(element, ".") || strings.HasPrefix(element, "_") }
			if all || !slices.ContainsFunc(elements[n:], hidden) {
				return true
			}
		}
	}
	return false
}

// tracks tells whether name is a directory of a module that the build reads.
func (t *tracker) tracks(name string) bool {
	for _, root := range t.roots {
		rel, below := strings.CutPrefix(name, root.path+string(filepath.Separator))
		if name == root.path || below && !t.anyLeftOut(root.path, rel) {
			return true
		}
	}
	return false
}

// anyLeftOut tells whether rel below dir is, or is in, a directory left out.
func (t *tracker) anyLeftOut(dir, rel string) bool {
	for rel != "" {
		var element string
		element, rel, _ = strings.Cut(rel, string(filepath.Separator))
		dir = filepath.Join(dir, element)
		if t.leftOut(dir) {
			return true
		}
	}
	return false
}

// leftOut tells whether no build reads the directory: a hidden one, another
// module, or what git ignores, unless a package embeds or imports it.
func (t *tracker) leftOut(dir string) bool {
	isRoot := func(r root) bool { return r.path == dir }
	base := filepath.Base(dir)
	switch {
	case slices.ContainsFunc(t.roots, isRoot):
		return false
	case t.ignore.match(t.relative(dir)):
		return true
	case t.embedded(dir) != untracked, t.importedAt(dir), t.watch.leadsTo(t.relative(dir)):
		return false
	case strings.HasPrefix(base, "."), base == "node_modules":
		return true
	}
	return isFile(filepath.Join(dir, "go.mod")) || t.ignorer.ignores(t.roots, dir)
}

// importedAt tells whether an imported package is in dir or below it.
func (t *tracker) importedAt(dir string) bool {
	if t.imported[dir] {
		return true
	}
	for imported := range t.imported {
		if strings.HasPrefix(imported, dir+string(filepath.Separator)) {
			return true
		}
	}
	return false
}

// goScan is what must be known of a Go file before the go command is asked.
type goScan struct {
	embeds  []string // patterns of its //go:embed lines
	imports []string // directories of the packages of the roots that it imports
	cgo     bool     // imports "C"
}

// scanGo looks at lines, not at syntax: a file that does not parse counts too,
// and a string that looks like an import costs a watch too many at the worst.
func scanGo(text []byte, roots []root) goScan {
	var scan goScan
	if bytes.Contains(text, []byte("//go:embed")) {
		for line := range bytes.Lines(text) {
			if patterns, ok := strings.CutPrefix(strings.TrimLeft(string(line), " \t"), "//go:embed"); ok { // indented in var ( )
				scan.embeds = append(scan.embeds, splitPatterns(patterns)...)
			}
		}
	}
	if bytes.Contains(text, []byte(`"C"`)) {
		for line := range bytes.Lines(text) {
			fields := strings.Fields(string(line))
			if len(fields) > 0 && fields[len(fields)-1] == `"C"` {
				scan.cgo = true
			}
		}
	}
	for _, root := range roots {
		if root.module == "" {
			continue
		}
		rest := text
		for {
			_, after, found := bytes.Cut(rest, []byte(`"`+root.module+"/"))
			dir, after, closed := bytes.Cut(after, []byte(`"`))
			if !found || !closed {
				break
			}
			if rest = after; !bytes.ContainsAny(dir, " \n\t\\") {
				scan.imports = append(scan.imports, filepath.Join(root.path, filepath.FromSlash(string(dir))))
			}
		}
	}
	return scan
}

// splitPatterns cuts what follows //go:embed at spaces; a pattern may be quoted.
func splitPatterns(text string) []string {
	var patterns []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if quoted, err := strconv.QuotedPrefix(text); err == nil {
			pattern, _ := strconv.Unquote(quoted)
			patterns = append(patterns, pattern)
			text = text[len(quoted):]
			continue
		}
		word, rest, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
		patterns = append(patterns, word)
		text = rest
	}
	return patterns
}
