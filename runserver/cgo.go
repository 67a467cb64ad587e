package runserver

// Whether the build needs cgo. Without it builds are faster, so it is on only
// where a package asks for it. Of the modules on disk the tracker knows; of
// others the go command is asked, beside a build, which seldom has to be done
// again for the answer.

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// askCgo begins to find out whether a package outside the standard library uses
// cgo. An answer holds until another question comes up; a question that could not
// be answered, as of files with a syntax error, is asked again at the next build.
func (b *builder) askCgo(ctx context.Context, a application, overlay, target string) <-chan bool {
	answer := make(chan bool, 1)
	if b.cgo {
		answer <- false // nothing new
		return answer
	}
	asking := *b
	asking.cgo = true
	go func() {
		question := asking.cgoQuestion(a)
		if question == "" || question == asking.asked {
			answer <- false
			return
		}
		arguments := append([]string{"list", "-deps", "-f", "{{if and (not .Standard) .CgoFiles}}cgo: {{.ImportPath}}{{end}}"},
			withoutOutput(asking.arguments(overlay, os.DevNull))...)
		output, err := asking.goCommand(ctx, append(arguments, target)...)
		if err == nil {
			b.asked = question
		}
		answer <- err == nil && strings.Contains(output, "cgo: ")
	}()
	return answer
}

// cgoQuestion is what the answer depends on: the modules, the application, and
// the imports of packages of modules, with the constraints on the files that have
// them. It is "" when no module requires another.
func (b *builder) cgoQuestion(a application) string {
	var question strings.Builder
	fmt.Fprintln(&question, a.importPath)
	var modules []string
	requires := false
	for _, root := range b.project.roots() {
		name := root.path // of go.work
		if root.module != "" {
			modules = append(modules, root.module)
			name = filepath.Join(root.path, "go.mod")
		}
		text, _ := os.ReadFile(name)
		question.Write(text)
		parsed, err := modfile.ParseLax(name, text, nil)
		if err != nil || root.module == "" {
			continue
		}
		requires = requires || len(parsed.Require) > 0
		for _, required := range parsed.Require {
			modules = append(modules, required.Mod.Path)
		}
	}
	if !requires {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(b.contents())) {
		if filepath.Ext(name) != ".go" {
			continue
		}
		text, _ := os.ReadFile(name)
		header, ok := headerOf(text)
		if !ok {
			header = string(text)
		}
		for line := range strings.Lines(header) {
			imports := func(module string) bool { return strings.Contains(line, `"`+module) }
			if strings.HasPrefix(line, "//") || slices.ContainsFunc(modules, imports) {
				fmt.Fprint(&question, name, " ", line)
			}
		}
	}
	return question.String()
}
