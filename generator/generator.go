// Package generator turns a template and answers into files.
//
// Each command is a function here that reads as its story; the steps are in the files beside it, in the order
// of the story: source, template, answers, render, plan, write. Up to the last step all is in memory, so
// that an error anywhere leaves the disk as it was. Nothing of a template is ever executed, and no other
// process is started but git and go, where a template is fetched by them.
package generator

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options is what a caller asks of StartProject.
type Options struct {
	Name        string         // the project's; "" is asked for, or taken from the answers file
	Directory   string         // where it goes; "" is a new directory of that name
	Module      string         // the module path; "" is the name
	Template    string         // a directory; "" is the built-in template
	Builtin     fs.FS          // the built-in templates, each in a directory of its name
	Set         []string       // "question=answer"
	AnswersFile string         // a JSON object of answers; "-" reads Stdin
	Defaults    string         // the user's own file of defaults; "" is none, and it may be missing
	Extensions  []string       // file name extensions that are rendered beside .tmpl
	Names       []string       // file names that are rendered beside .tmpl
	Exclude     []string       // directories that are left out; [""] leaves none out, not even hidden ones
	DryRun      bool           // plan, and write nothing
	Yes         bool           // never ask
	Interactive bool           // ask even when the name is given
	Terminal    bool           // Stdin and Stdout are terminals, so that asking is possible
	Plain       bool           // ask line by line, for terminals and people that do not follow a cursor
	Offline     bool           // take templates only from this machine
	Progress    func(Progress) // is told of what takes over a second; may be nil
	Version     string         // gostart's own, for the context and the manifest
	Stdin       *os.File
	Stdout      *os.File // prompts only

	LookupEnv func(string) (string, bool) // GOSTART_ANSWER_NAME answers questions; nil looks for none

	recorded  *recorded               // the answers of a project that is rendered again
	goVersion string                  // what it was rendered for; "" is goVersion
	step      func(step string) error // a test's: makes a step of writing fail
}

// Result is what StartProject did, or with DryRun would do.
type Result struct {
	Name      string   `json:"name"`
	Directory string   `json:"directory"` // absolute
	Module    string   `json:"module"`
	Template  string   `json:"template"`
	DryRun    bool     `json:"dry_run"`
	Files     []File   `json:"files"` // sorted by path
	Warnings  []string `json:"warnings"`
	Next      []string `json:"next"`              // commands to type next
	Message   string   `json:"message,omitempty"` // of the template, for whoever made the project
	Command   string   `json:"command,omitempty"` // after prompts: what gives the same without them
}

// File is a file or directory of a Result.
type File struct {
	Path   string `json:"path"` // slash-separated, relative to the directory; a directory's ends in a slash
	Size   int    `json:"size"`
	Mode   string `json:"mode"`   // octal, before the umask
	Action string `json:"action"` // "create"
}

// StartProject makes a project. When it returns an error, ctx's end included, the disk is as it was before.
// Errors may have Hint() string and ExitCode() int: 2 for usage and answers, 3 when files are in the way.
func StartProject(ctx context.Context, o Options) (*Result, error) {
	defaults, err := readDefaults(o.Defaults)
	if err != nil {
		return nil, err
	}
	o.Template = cmp.Or(o.Template, defaults.template)
	src, err := openSource(ctx, o.Template, o.sourceOptions(kindProject))
	if err != nil {
		return nil, err
	}
	if o.Template != "" {
		o.Template = src.name // without a password, for all that is printed
	}
	tree, err := readTemplate(src, selection{extensions: o.Extensions, names: o.Names, exclude: o.Exclude, gostart: o.Version})
	if err != nil {
		return nil, err
	}
	a, err := resolveAnswers(ctx, o, tree, defaults)
	if err != nil {
		return nil, err
	}
	said, err := o.putRight(cmp.Or(o.Directory, a.name))
	if err != nil {
		return nil, err
	}
	dest, err := findDestination(a.name, o.Directory)
	if err != nil {
		return nil, err
	}
	if err := checkApart(src, dest.dir); err != nil {
		return nil, err
	}
	data := a.context(dest.dir, o.Version)
	files, err := render(ctx, tree, data, o.Progress)
	if err != nil {
		return nil, err
	}
	message, err := tree.config.messageAfter(ctx, data)
	if err != nil {
		return nil, err
	}
	m := &manifest{Version: manifestVersion, Gostart: o.Version}
	records, err := m.add(projectLayer(o, tree, a, dest.dir, files), src, files)
	if err != nil {
		return nil, err
	}
	p, err := makePlan(dest, append(files, records...))
	if err != nil {
		return nil, err
	}
	if !o.DryRun {
		if err := p.apply(ctx, writing{command: "startproject", step: o.step, tell: o.Progress}); err != nil {
			return nil, err
		}
	}
	r := newResult(o, tree, a, p)
	r.Message, r.Warnings = message, append([]string{}, slices.Concat(said, p.swept, r.Warnings)...)
	return r, nil
}

// newResult tells what was done.
func newResult(o Options, t *templateTree, a *answers, p *plan) *Result {
	r := &Result{
		Name: a.name, Directory: p.dir, Module: a.module, Template: t.name, DryRun: o.DryRun,
		Files:    []File{},
		Warnings: slices.Concat(nameWarnings(a.name), t.source.warnings, t.warnings, a.warnings),
		Next:     []string{},
	}
	if a.asked {
		r.Command = a.command(o)
	}
	for _, f := range p.changes {
		name := f.path
		if f.mode.IsDir() {
			name += "/"
		}
		mode := f.mode.Perm()
		if f.mode.IsDir() {
			mode = 0o777
		}
		r.Files = append(r.Files, File{Path: name, Size: len(f.data), Mode: fmt.Sprintf("%04o", mode), Action: "create"})
	}
	slices.SortFunc(r.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if wd, err := os.Getwd(); err == nil && wd != p.dir {
		dir := p.dir
		if rel, err := filepath.Rel(wd, p.dir); err == nil && !strings.HasPrefix(rel, "..") {
			dir = rel
		}
		r.Next = append(r.Next, "cd "+quoteWord(dir))
	}
	if work := workspaceAbove(p.dir); work != "" {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%q is in the workspace of %q, which does not know it", p.dir, work))
		r.Next = append(r.Next, "go work use .")
	}
	if slices.ContainsFunc(p.changes, func(c change) bool { return c.path == a.name+"/wsgi.go" }) {
		r.Next = append(r.Next, "gostart runserver")
	}
	return r
}

// workspaceAbove finds the go.work that dir is under: go refuses to build a module there that it does not list.
func workspaceAbove(dir string) string {
	for {
		work := filepath.Join(dir, "go.work")
		if _, err := os.Stat(work); err == nil {
			return work
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}
