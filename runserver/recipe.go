package runserver

// The recipe of a build: the compile and link commands that the go command
// would run, as "go build -a -n" prints them, and where the packages lie that
// it would not compile again, as "go list -export" knows. fastbuild.go follows
// it for the edits that change nothing but the bodies of files; whatever else
// changes, the go command decides.

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// contents are the tracked files that a compiler reads, with a hash of each.
type contents map[string][sha256.Size]byte

// recipe belongs to one application, and to one state of the files; a fast
// build brings it to the next state.
type recipe struct {
	application application
	contents    contents
	units       []*unit // of the modules on disk, dependencies first; the launcher's main is last
	link        scriptCommand
	linkConfig  []string // lines of importcfg.link, with files of the build cache
	dir         string   // for what is compiled
	count       int      // numbers the files there
}

// unit is a package that may have to be compiled again.
type unit struct {
	path    string            // as importers name it
	command scriptCommand     // of the compiler, without -o, -importcfg and -embedcfg
	files   []string          // absolute
	headers map[string]string // of the files: what a fast build must find unchanged
	imports []string          // packages, not units alone
	config  []string          // lines of importcfg, with files of the build cache
	embed   string            // the embedcfg file's text; "" without one
	export  string            // file that importers compile against
	object  string            // file that the linker reads
}

var errNoRecipe = errors.New("no recipe for a fast build")

// plan asks the go command for the recipe of a launcher that has just been
// built with the given arguments from the given contents.
func (b *builder) plan(ctx context.Context, a application, now contents) (*recipe, error) {
	overlay, target, err := b.overlay(a)
	if err != nil {
		return nil, err
	}
	arguments := b.arguments(overlay, os.DevNull)
	commands, err := b.goCommand(ctx, append(append([]string{"build", "-a", "-n"}, arguments...), target)...)
	if err != nil {
		return nil, fmt.Errorf("planning a fast build: %w", err)
	}
	packages, err := b.goCommand(ctx, append(append([]string{"list", "-deps", "-export",
		"-f", "{{.ImportPath}}\t{{.Export}}\t{{if or .CgoFiles .SFiles .SwigFiles .SwigCXXFiles .SysoFiles}}other{{end}}\t{{if .Module}}{{.Module.Dir}}{{end}}"},
		withoutOutput(arguments)...), target)...)
	if err != nil {
		return nil, fmt.Errorf("planning a fast build: %w", err)
	}
	r := &recipe{application: a, contents: now, dir: filepath.Join(b.dir, "fast")}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return nil, fmt.Errorf("planning a fast build: %w", err)
	}
	if err := r.read(commands, packages, b.project.roots()); err != nil {
		return nil, err
	}
	return r, nil
}

// withoutOutput drops -o and its value: "go list" has no such flag.
func withoutOutput(arguments []string) []string {
	i := slices.Index(arguments, "-o")
	return slices.Delete(slices.Clone(arguments), i, i+2)
}

// script is what "go build -n" prints: files that it writes, and commands.
type script struct {
	files    map[string]string // by name, with $WORK in it
	commands []scriptCommand
}

type scriptCommand struct {
	dir         string
	environment []string // GOROOT, for the linker
	words       []string
}

// readScript understands what it needs and passes over the rest.
func readScript(text string) script {
	s := script{files: map[string]string{}}
	dir := ""
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if name, ok := strings.CutPrefix(line, "cat >"); ok {
			name, _, _ = strings.Cut(name, " << 'EOF'")
			var body []string
			for i++; i < len(lines); i++ {
				last, ended := strings.CutSuffix(lines[i], "EOF")
				if body = append(body, last); ended {
					break
				}
			}
			s.files[name] = strings.Join(body, "\n")
			continue
		}
		if to, ok := strings.CutPrefix(line, "cd "); ok {
			dir = to
			continue
		}
		if environment, words := splitWords(line); len(words) > 1 {
			s.commands = append(s.commands, scriptCommand{dir: dir, environment: environment, words: words})
		}
	}
	return s
}

// splitWords cuts a command line as cmd/go joins it: a word with a space or a
// special character in it is a Go string. Assignments come before the command,
// with single quotes.
func splitWords(line string) (environment, words []string) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimLeft(line, " ") {
		word, rest, _ := strings.Cut(line, " ")
		if quoted, err := strconv.QuotedPrefix(line); err == nil && line[0] == '"' {
			word, _ = strconv.Unquote(quoted)
			rest = line[len(quoted):]
		}
		if name, value, ok := strings.Cut(word, "='"); ok && len(words) == 0 {
			environment = append(environment, name+"="+strings.TrimSuffix(value, "'"))
		} else {
			words = append(words, word)
		}
		line = rest
	}
	return environment, words
}

// read makes units and the link of what the go command printed.
func (r *recipe) read(commands, packages string, roots []root) error {
	exports, special, local := map[string]string{}, map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(packages) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 4 {
			continue
		}
		exports[fields[0]], special[fields[0]] = fields[1], fields[2] != ""
		local[fields[0]] = fields[3] != "" && slices.ContainsFunc(roots, func(r root) bool { return r.path == fields[3] })
	}
	s := readScript(commands)
	var main string
	for _, c := range s.commands {
		switch tool := strings.TrimSuffix(filepath.Base(c.words[0]), exeSuffix); {
		case !filepath.IsAbs(c.words[0]):
		case tool == "link":
			r.link = c
			main = r.readLinkConfig(s.files[valueOf(c.words, "-importcfg")], exports)
		case tool == "compile":
			path := valueOf(c.words, "-p")
			if path == "main" || local[path] {
				if !special[path] {
					r.units = append(r.units, newUnit(path, c, s, exports, r.contents))
				}
			}
		}
	}
	if r.link.words == nil || len(r.units) == 0 || r.units[len(r.units)-1].path != "main" {
		return errNoRecipe
	}
	for _, u := range r.units {
		path := u.path
		if path == "main" {
			path = main
		}
		u.export, u.object = exports[path], exports[path]
		if u.export == "" || u.headers == nil {
			return errNoRecipe
		}
	}
	return nil
}

// readLinkConfig puts the files of the build cache into the lines; main is the
// first package, the program itself, which the linker gets by name.
func (r *recipe) readLinkConfig(text string, exports map[string]string) (main string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		path, isPackage := packageOf(line)
		switch {
		case !isPackage:
			r.linkConfig = append(r.linkConfig, line)
		case main == "":
			main = path
		default:
			r.linkConfig = append(r.linkConfig, "packagefile "+path+"="+exports[path])
		}
	}
	return main
}

// newUnit reads the command that compiles a package. The unit has no headers when
// a file can't be compiled without the go command, or is not as it was: then the
// command may be for another header than the file's.
func newUnit(path string, c scriptCommand, s script, exports map[string]string, was contents) *unit {
	words := c.words
	c.words = nil
	u := &unit{path: path, command: c, embed: s.files[valueOf(words, "-embedcfg")], headers: map[string]string{}}
	for line := range strings.Lines(s.files[valueOf(words, "-importcfg")]) {
		line = strings.TrimSuffix(line, "\n")
		if imported, isPackage := packageOf(line); isPackage {
			u.imports = append(u.imports, imported)
			line = "packagefile " + imported + "=" + exports[imported]
		}
		u.config = append(u.config, line)
	}
	for i := 0; i < len(words); i++ {
		switch word := words[i]; {
		case slices.Contains([]string{"-o", "-importcfg", "-embedcfg"}, word):
			i++
		case i > 0 && filepath.Ext(word) == ".go" && !strings.HasPrefix(word, "-"):
			if !filepath.IsAbs(word) {
				word = filepath.Join(c.dir, word)
			}
			text, err := os.ReadFile(word)
			header, ok := headerOf(text)
			sum, tracked := was[word]
			if err != nil || !ok || tracked && sum != sumOf(word, text) {
				u.headers = nil
				return u
			}
			u.files = append(u.files, word)
			u.headers[word] = header
			u.command.words = append(u.command.words, words[i])
		default:
			u.command.words = append(u.command.words, word)
		}
	}
	return u
}

func valueOf(words []string, flag string) string {
	if i := slices.Index(words, flag); i >= 0 && i+1 < len(words) {
		return words[i+1]
	}
	return ""
}

// packageOf is P of a line "packagefile P=file".
func packageOf(line string) (path string, ok bool) {
	line, ok = strings.CutPrefix(line, "packagefile ")
	path, _, _ = strings.Cut(line, "=")
	return path, ok
}

// headerOf is what the go command reads of a Go file: the package clause, the
// imports, and the lines that are instructions to it. While it stays the same,
// the commands of the build do; false for a file that does not parse so far.
func headerOf(text []byte) (string, bool) {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	fmt.Fprintln(&b, file.Name.Name)
	for _, spec := range file.Imports {
		name := ""
		if spec.Name != nil {
			name = spec.Name.Name
		}
		fmt.Fprintln(&b, name, spec.Path.Value)
		if spec.Path.Value == `"C"` {
			return "", false
		}
	}
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("//go:")) || bytes.HasPrefix(line, []byte("// +build")) {
			b.Write(line)
			b.WriteByte('\n')
		}
	}
	return b.String(), true
}
