// gostart template test: runs the cases of a template, and tries what they make.
//
// This is the one command that runs what a template says: the tests in the Go modules that it makes. It is for
// authors, with their own templates.
package generator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/mod/modfile"
)

// CasesOptions is what a caller asks of RunCases. Of Options, Template is a directory.
type CasesOptions struct {
	Options
	Run     string // a pattern of path.Match for the names of cases; "" is all
	Update  bool   // write what is made into the cases
	Compare bool   // compare alone: build, vet and test nothing
}

// CasesReport is what became of a template's cases.
type CasesReport struct {
	Template string       `json:"template"`
	Cases    []CaseReport `json:"cases"`
}

// CaseReport is what became of a case.
type CaseReport struct {
	Name    string   `json:"name"`
	Passed  bool     `json:"passed"`
	Updated bool     `json:"updated"`         // the file was written
	Files   int      `json:"files"`           // that the template made or changed
	Go      []string `json:"go"`              // commands that found nothing wrong with them
	Fault   string   `json:"fault,omitempty"` // what is wrong
}

// RunCases runs the cases of a template. The error is only of what kept it from doing so.
func RunCases(ctx context.Context, o CasesOptions) (*CasesReport, error) {
	dir, err := absolute(o.Template)
	if err != nil {
		return nil, fmt.Errorf("finding %q: %w", o.Template, err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, refuse(exitUsage, "name the directory of a template: gostart template test ./template", "%q is not a directory", o.Template)
	}
	src, err := openSource(ctx, dir, o.sourceOptions(kindProject))
	if err != nil {
		return nil, err
	}
	tree, err := readTemplate(src, selection{gostart: o.Version})
	if err != nil {
		return nil, err
	}
	kind := tree.config.Kind
	if kind == "" {
		kind = kindProject
	}
	cases, err := readCases(dir, kind, o.Run)
	if err != nil {
		return nil, err
	}
	if len(cases) == 0 {
		if !o.Update || o.Run != "" {
			return nil, refuse(exitUsage, "gostart template test --update "+quoteWord(o.Template)+" writes the first one, with the default answers",
				"there are no cases in %q", filepath.Join(o.Template, casesDir, "*.txtar"))
		}
		first := &txtar.Archive{Comment: []byte("The default answers.\n\n"), Files: []txtar.File{{Name: "answers.json", Data: []byte("{}\n")}}}
		cases = append(cases, &templateCase{file: filepath.Join(dir, casesDir, "default.txtar"), archive: first, kind: kind, dir: dir})
	}
	report := &CasesReport{Template: o.Template}
	for _, c := range cases {
		r, err := c.run(ctx, o)
		if err != nil {
			return nil, err
		}
		report.Cases = append(report.Cases, *r)
	}
	return report, nil
}

// Err is that some cases failed, or nil.
func (r *CasesReport) Err() error {
	var failed []string
	for _, c := range r.Cases {
		if !c.Passed {
			failed = append(failed, c.Name)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return refuse(exitFailed, "where what is made is right, gostart template test --update writes it down", "%d of %d cases failed: %s", len(failed), len(r.Cases), strings.Join(failed, ", "))
}

// run runs a case in a directory of its own.
func (c *templateCase) run(ctx context.Context, o CasesOptions) (*CaseReport, error) {
	var err error
	if c.place, err = os.MkdirTemp("", "gostart-template-"); err != nil {
		return nil, fmt.Errorf("making a place for a case: %w", cause(err))
	}
	defer os.RemoveAll(c.place)
	should, err := c.make(ctx, o.Options)
	if err != nil {
		return nil, err
	}
	r := &CaseReport{Name: c.name(), Passed: true, Go: []string{}}
	for _, f := range should.Files {
		switch {
		case strings.HasPrefix(f.Name, "want/"), strings.HasPrefix(f.Name, "changed/"):
			r.Files++
		case f.Name == "sums":
			r.Files += bytes.Count(f.Data, []byte("\n"))
		}
	}
	if text := txtar.Format(should); o.Update && !bytes.Equal(text, txtar.Format(c.archive)) || o.Update && !isFile(c.file) {
		if err := os.MkdirAll(filepath.Dir(c.file), 0o777); err != nil {
			return nil, fmt.Errorf("writing a case: %w", err)
		}
		if err := os.WriteFile(c.file, text, 0o666); err != nil {
			return nil, fmt.Errorf("writing a case: %w", err)
		}
		r.Updated = true
	} else {
		r.Fault = differences(c.archive, should)
	}
	unfinished := func(f txtar.File) bool { return f.Name == "error" || f.Name == "left" }
	if r.Fault == "" && !o.Compare && !slices.ContainsFunc(should.Files, unfinished) {
		r.Fault = c.try(ctx, r)
	}
	r.Passed = r.Fault == ""
	return r, interrupted(ctx)
}

// differences are those between a case and what it should be.
func differences(is, should *txtar.Archive) string {
	var all strings.Builder
	versions := func(a *txtar.Archive) map[string]*version {
		parts := map[string]*version{}
		for _, f := range a.Files {
			parts[f.Name] = &version{f.Data, 0o666}
		}
		return parts
	}
	was, now := versions(is), versions(should)
	var names []string
	for _, f := range slices.Concat(is.Files, should.Files) {
		if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	for _, name := range names {
		all.WriteString(patch{path: name, from: name, was: was[name], now: now[name]}.String())
	}
	return all.String()
}

// try builds, vets and tests what was made, if it is a Go module. One without requirements needs no network. What somebody
// has to finish by hand is not tried.
func (c *templateCase) try(ctx context.Context, r *CaseReport) string {
	data, err := os.ReadFile(filepath.Join(c.root, "go.mod"))
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	var module *modfile.File
	if err == nil {
		module, err = modfile.Parse("go.mod", data, nil)
	}
	if err != nil {
		return err.Error()
	}
	env := append(os.Environ(), "GOWORK=off", "PWD="+c.root)
	if len(module.Require) == 0 {
		env = append(env, "GOPROXY=off", "GOFLAGS=-mod=readonly")
	}
	for _, args := range [][]string{{"build", "-o", os.DevNull, "./..."}, {"vet", "./..."}, {"test", "./..."}} {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir, cmd.Env = c.root, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Sprintf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		r.Go = append(r.Go, args[0])
	}
	return ""
}
