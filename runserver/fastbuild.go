package runserver

// Fast builds: the compile and link commands of the last go build are run
// directly. A plain go build spends a quarter of its time on finding out what
// to do; for an edit that changes only the bodies of files, that is known.
//
// The compiler writes two files for each package: one that importers compile
// against (-o) and one for the linker (-linkobj). While the first stays the
// same, no importer is compiled again; the launcher's main hardly ever is.
//
// Not taken: keeping the linker's work from one build to the next (it can't),
// plugins (they can't be loaded twice), and shared libraries (2 s a link).

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// edited lists the units whose files differ from the recipe's; false when more
// changed than the bodies of Go files of units.
func (r *recipe) edited(now contents) (map[*unit]bool, bool) {
	units := map[*unit]bool{}
	if len(now) != len(r.contents) {
		return nil, false
	}
	for name, sum := range now {
		was, known := r.contents[name]
		if !known {
			return nil, false
		}
		if was == sum {
			continue
		}
		i := slices.IndexFunc(r.units, func(u *unit) bool { return slices.Contains(u.files, name) })
		if i < 0 {
			return nil, false
		}
		text, err := os.ReadFile(name)
		header, ok := headerOf(text)
		if err != nil || !ok || header != r.units[i].headers[name] {
			return nil, false
		}
		units[r.units[i]] = true
	}
	return units, true
}

// fast builds without the go command. It returns false when it can't, and the
// go command must; a compile error is a result, unless it is about a file of the
// build cache that is gone: "go clean -cache" and the cache's own trim remove them.
func (b *builder) fast(ctx context.Context, r *recipe, now contents, binary string) (buildResult, bool) {
	start := time.Now()
	units, ok := r.edited(now)
	if !ok {
		return buildResult{}, false
	}
	r.sweep()
	result := buildResult{application: r.application, binary: binary, fast: true}
	var output strings.Builder
	failed := map[string]bool{}
	compiled := map[*unit]unit{}
	for _, u := range r.units {
		behind := slices.ContainsFunc(u.imports, func(path string) bool { return failed[path] })
		if behind || !units[u] {
			failed[u.path] = behind
			continue
		}
		next, text, err := b.compile(ctx, r, u, compiled)
		if ctx.Err() != nil || err != nil && text == "" {
			return buildResult{}, false // no compile error: it was killed, or could not start
		}
		if err != nil {
			failed[u.path] = true
			output.WriteString(text)
			continue
		}
		compiled[u] = next
		if !sameExport(u.export, next.export) {
			for _, importer := range r.units {
				units[importer] = units[importer] || slices.Contains(importer.imports, u.path)
			}
		}
	}
	if output.Len() > 0 {
		result.failure = b.explain(output.String(), errNoRecipe, r.application)
		result.took = time.Since(start)
		unclear := func(p Problem) bool { return p.File == "" || strings.HasPrefix(p.Text, "could not import ") }
		return result, !slices.ContainsFunc(result.failure.problems, unclear)
	}
	if b.linkFast(ctx, r, compiled, binary) != nil || ctx.Err() != nil {
		return buildResult{}, false
	}
	result.advance = func() { r.advance(compiled, now) }
	result.took = time.Since(start)
	return result, true
}

// current is u as it stands in this build.
func current(u *unit, compiled map[*unit]unit) unit {
	if next, ok := compiled[u]; ok {
		return next
	}
	return *u
}

// compile runs the compiler for u.
func (b *builder) compile(ctx context.Context, r *recipe, u *unit, compiled map[*unit]unit) (unit, string, error) {
	next := *u
	r.count++
	base := filepath.Join(r.dir, fmt.Sprintf("%d-%s", r.count, filepath.Base(u.path)))
	next.export, next.object = base+".x", base+".o"
	config := base + ".importcfg"
	export := func(u unit) string { return u.export }
	if err := os.WriteFile(config, r.config(u.config, compiled, export), 0o600); err != nil {
		return next, "", err
	}
	arguments := []string{"-o", next.export, "-linkobj", next.object, "-importcfg", config}
	if u.embed != "" {
		embed := base + ".embedcfg"
		if err := os.WriteFile(embed, []byte(u.embed), 0o600); err != nil {
			return next, "", err
		}
		arguments = append(arguments, "-embedcfg", embed)
	}
	command := u.command
	command.words = slices.Concat(command.words[:1], arguments, command.words[1:])
	text, err := b.tool(ctx, command)
	return next, text, err
}

// linkFast links what was compiled now with what was before.
func (b *builder) linkFast(ctx context.Context, r *recipe, compiled map[*unit]unit, binary string) error {
	config := filepath.Join(r.dir, "importcfg.link")
	object := func(u unit) string { return u.object }
	if err := os.WriteFile(config, r.config(r.linkConfig, compiled, object), 0o600); err != nil {
		return err
	}
	main := current(r.units[len(r.units)-1], compiled).object
	link := r.link
	link.words = slices.Clone(link.words)
	link.words[slices.Index(link.words, "-o")+1] = binary
	link.words[slices.Index(link.words, "-importcfg")+1] = config
	link.words[len(link.words)-1] = main
	_, err := b.tool(ctx, link)
	return err
}

// config is lines with the files of the units in place of those of the build
// cache; file chooses which.
func (r *recipe) config(lines []string, compiled map[*unit]unit, file func(unit) string) []byte {
	files := map[string]string{}
	for _, u := range r.units {
		files[u.path] = file(current(u, compiled))
	}
	var b bytes.Buffer
	for _, line := range lines {
		if path, isPackage := packageOf(line); isPackage && files[path] != "" {
			line = "packagefile " + path + "=" + files[path]
		}
		b.WriteString(line + "\n")
	}
	return b.Bytes()
}

// tool runs a compiler or linker as the go command would, one at a time, so that each may use memory to save time;
// less of it where the user says so.
func (b *builder) tool(ctx context.Context, c scriptCommand) (string, error) {
	command := exec.CommandContext(ctx, c.words[0], c.words[1:]...)
	command.Env = slices.Concat(os.Environ(), c.environment, []string{"GOGC=1000"})
	if os.Getenv("GOMEMLIMIT") == "" {
		command.Env = append(command.Env, "GOMEMLIMIT=2GiB")
	}
	dir := c.dir
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(b.project.root, dir)
	}
	return b.output(command, dir)
}

// advance makes the recipe that of the new state. It is called once the files
// are known to have been in that state all along.
func (r *recipe) advance(compiled map[*unit]unit, now contents) {
	for u, next := range compiled {
		*u = next
	}
	r.contents = now
}

// sweep removes what no unit needs any more, and what builds have left that came
// to nothing.
func (r *recipe) sweep() {
	entries, _ := os.ReadDir(r.dir)
	for _, entry := range entries {
		name := filepath.Join(r.dir, entry.Name())
		if !slices.ContainsFunc(r.units, func(u *unit) bool { return u.export == name || u.object == name }) {
			os.Remove(name)
		}
	}
}

// sameExport tells whether importers see the same in both files: what follows
// the header, which has the build's own names in it.
func sameExport(a, b string) bool {
	one, two := exportData(a), exportData(b)
	return one != nil && bytes.Equal(one, two)
}

// exportData is the export data of an archive that the compiler wrote: the
// first entry, __.PKGDEF, from its marker on.
func exportData(name string) []byte {
	text, err := os.ReadFile(name)
	if err != nil || len(text) < 68 || !bytes.HasPrefix(text, []byte("!<arch>\n__.PKGDEF")) {
		return nil
	}
	var size int
	if _, err := fmt.Sscanf(string(text[8+48:8+58]), "%d", &size); err != nil || 68+size > len(text) {
		return nil
	}
	_, data, found := bytes.Cut(text[68:68+size], []byte("\n$$B\n"))
	if !found {
		return nil
	}
	return data
}
