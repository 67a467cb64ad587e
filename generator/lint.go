// What is wrong with a template, found without an answer and without rendering it.
package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"text/template/parse"
)

// LintOptions is what a caller asks of Lint.
type LintOptions struct {
	Template string         // as startproject takes it
	Builtin  fs.FS          // the built-in templates
	Offline  bool           // take templates only from this machine
	Progress func(Progress) // is told of what takes over a second; may be nil
	Version  string         // gostart's own
}

// LintReport is what Lint found.
type LintReport struct {
	Template  string    `json:"template"`
	Files     int       `json:"files"`
	Questions int       `json:"questions"`
	Problems  []Problem `json:"problems"` // with these, some project cannot be made
	Warnings  []Problem `json:"warnings"`
}

// Problem is a fault of a template.
type Problem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`   // from 1; 0 when it is in no line
	Column int    `json:"column"` // in bytes, from 1
	Text   string `json:"text"`
	Source string `json:"source,omitempty"` // the line
}

func (p Problem) String() string { return problem{p.File, p.Line, p.Column, p.Text, p.Source}.String() }

// Lint looks for what is wrong with a template. The error is only of what kept it from looking.
func Lint(ctx context.Context, o LintOptions) (*LintReport, error) {
	l := &linter{}
	options := Options{Builtin: o.Builtin, Offline: o.Offline, Progress: o.Progress, Version: o.Version}
	open := options.sourceOptions(kindProject)
	for _, kind := range []string{kindApp, kindAddon} { // a name may be that of any built-in template
		if other := options.sourceOptions(kind); o.Template != "" && other.builtinFiles(o.Template) != nil {
			open = other
		}
	}
	src, err := openSource(ctx, o.Template, open)
	if err != nil {
		return nil, err
	}
	l.tree, err = readTemplate(src, selection{gostart: o.Version})
	if errors.As(err, &l.problems) {
		return l.report(src), nil
	} else if err != nil {
		return nil, err
	}
	l.names = l.tree.config.contextNames()
	for _, q := range l.tree.config.Questions {
		l.names = append(l.names, q.Name)
	}
	for _, e := range l.tree.entries {
		if err := interrupted(ctx); err != nil {
			return nil, err
		}
		if e.render {
			l.file(e)
		}
	}
	l.unused()
	l.hidden()
	l.paths()
	return l.report(src), nil
}

// Err is the problems as startproject reports them, or nil.
func (r *LintReport) Err() error {
	var all problems
	for _, p := range r.Problems {
		all = append(all, problem{p.File, p.Line, p.Column, p.Text, p.Source})
	}
	return all.err()
}

// linter gathers what is wrong with a template.
type linter struct {
	tree     *templateTree
	names    []string // of all variables
	used     []string // variables
	all      bool     // a file uses its context as a whole
	problems problems
	warnings problems
}

// file looks at one that is rendered.
func (l *linter) file(e entry) {
	content, err := fs.ReadFile(l.tree.files, e.source)
	if err != nil {
		l.problems = append(l.problems, problem{file: l.tree.where(e.source), text: cause(err).Error()})
		return
	}
	text := string(content)
	trees, faults := parseFile(text, e.delims)
	known, secrets := []string(nil), []string(nil)
	for _, name := range l.names {
		if l.tree.config.isSecret(name) && !e.private {
			secrets = append(secrets, name)
		} else {
			known = append(known, name)
		}
	}
	for _, v := range l.uses(trees) {
		if fault := undefined(v, known, nil, secrets); fault != "" {
			p := problem{text: fault}
			p.locate(text, v.pos)
			faults = append(faults, p)
		}
	}
	for _, p := range faults {
		p.file = l.tree.where(e.source)
		l.problems = append(l.problems, p)
	}
}

// uses are the variables that trees use, which are noted.
func (l *linter) uses(trees map[string]*parse.Tree) []variable {
	found, all := variables(trees, "")
	l.all = l.all || all
	for _, v := range found {
		l.used = append(l.used, v.name)
	}
	return found
}

// unused finds questions whose answers nothing depends on.
func (l *linter) unused() {
	c := &l.tree.config
	snippets := []snippet{c.MessageAfter}
	for _, f := range c.Files {
		snippets = append(snippets, f.when)
	}
	for _, in := range c.Insert {
		snippets = append(snippets, in.Before, in.After, in.Text)
		snippets = append(snippets, in.Import...)
	}
	for _, q := range c.Questions {
		if s, ok := q.Default.(snippet); ok {
			snippets = append(snippets, s)
		}
		snippets = append(snippets, q.When)
	}
	for _, s := range snippets {
		l.uses(s.trees)
	}
	for _, q := range c.Questions {
		if !l.all && !q.Path && !slices.Contains(l.used, q.Name) {
			l.warnings = append(l.warnings, c.problem(q.at, "nothing uses the answer to the question %q", q.Name))
		}
	}
}

// hidden finds directories that are left out though somebody might miss them.
func (l *linter) hidden() {
	for _, dir := range l.tree.skipped {
		if name := path.Base(dir); name[0] == '.' && !slices.Contains(alwaysSkipped, name) {
			text := fmt.Sprintf(`is left out, as its name begins with a dot; "hidden": [%q] in %s keeps it`, name, configFile)
			l.warnings = append(l.warnings, problem{file: l.tree.where(dir), text: text})
		}
	}
}

// paths tries the paths of a project with names that are fine.
func (l *linter) paths() {
	data := map[string]any{"project_name": "mysite", "app_name": "myapp"}
	for _, q := range l.tree.config.Questions {
		if value, ok := q.Default.(string); ok && value != "" {
			data[q.Name] = value
		} else if q.Type == typeChoice {
			data[q.Name] = q.Choices[0].Value
		} else if q.Path {
			data[q.Name] = "name"
		}
	}
	tokens := l.tree.config.tokens(data)
	var files []file
	for _, e := range l.tree.entries {
		files = append(files, file{path: tokens.Replace(e.target), source: l.tree.where(e.source), mode: e.mode})
	}
	var faults problems
	if errors.As(checkPaths(files), &faults) {
		l.problems = append(l.problems, faults...)
	}
}

func (l *linter) report(src *source) *LintReport {
	r := &LintReport{Template: src.name, Problems: exported(l.problems), Warnings: exported(l.warnings)}
	if l.tree != nil {
		r.Questions = len(l.tree.config.Questions)
		for _, e := range l.tree.entries {
			if !e.mode.IsDir() {
				r.Files++
			}
		}
	}
	for _, text := range src.warnings {
		r.Warnings = append(r.Warnings, Problem{File: src.name, Text: text})
	}
	return r
}

// exported is problems in order, never nil.
func exported(ps problems) []Problem {
	all := []Problem{}
	_ = ps.err() // sorts
	for _, p := range ps {
		all = append(all, Problem{p.file, p.line, p.col, p.text, p.source})
	}
	return all
}
