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

// Options is what a caller asks of StartProject, StartApp or Add.
type Options struct {
	Name        string         // the project's or the app's; a project's may be "", and is asked for, or taken from the answers file
	Directory   string         // where it goes; "" is a new directory of that name
	Module      string         // the module path of a new project; "" is the name
	Template    string         // a directory; "" is the built-in template
	With        []string       // add-ons, as openSource takes them
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

	typed       []string // the command, when it is not startproject
	app         string   // an app's name
	appPath     string   // and its import path
	answersData []byte   // of AnswersFile
	secretKey   string   // "" is a new one
	place       string   // what templates are told of the project's directory; "" is the truth

	workingDirectory string                  // that a project is looked for from; "" is the process's
	elsewhere        []string                // questions of other templates of the command
	recorded         *recorded               // the answers of a project that is rendered again
	goVersion        string                  // what it was rendered for; "" is goVersion
	step             func(step string) error // a test's: makes a step of writing fail
}

// Result is what a command did, or with DryRun would do.
type Result struct {
	Name       string       `json:"name"`      // of the project or app
	Directory  string       `json:"directory"` // of the project, absolute
	Module     string       `json:"module"`
	Template   string       `json:"template,omitempty"` // of the project or app
	DryRun     bool         `json:"dry_run"`
	Files      []File       `json:"files"`                // sorted by path
	Addons     []Addon      `json:"addons,omitempty"`     // in the order in which they were laid
	Insertions []*Insertion `json:"insertions,omitempty"` // lines for files that were there
	Warnings   []string     `json:"warnings"`
	Next       []string     `json:"next"`              // commands to type next
	Message    string       `json:"message,omitempty"` // of the project's or app's template, for whoever used it
	Command    string       `json:"command,omitempty"` // after prompts: what gives the same without them
}

// File is a file or directory of a Result.
type File struct {
	Path   string `json:"path"` // slash-separated, relative to the directory; a directory's ends in a slash
	Size   int    `json:"size"`
	Mode   string `json:"mode"`   // octal, before the umask
	Action string `json:"action"` // "create" or "change"
}

// StartProject makes a project. When it returns an error, ctx's end included, the disk is as it was before.
// Errors may have Hint() string and ExitCode() int: 2 for usage and answers, 3 when files are in the way.
func StartProject(ctx context.Context, o Options) (*Result, error) {
	defaults, err := readDefaults(o.Defaults)
	if err != nil {
		return nil, err
	}
	o.Template = cmp.Or(o.Template, defaults.template)
	if o, err = o.readAnswers(ctx); err != nil {
		return nil, err
	}
	l, err := o.open(ctx, kindProject, o.Template, "")
	if err != nil {
		return nil, err
	}
	if o.Template != "" {
		o.Template = l.tree.name // without a password, for all that is printed
	}
	more, err := o.openAddons(ctx, nil, o.With)
	if err != nil {
		return nil, err
	}
	o.With = withoutPasswords(o.With)
	layings := append([]*laying{l}, more.lay...)
	if err := resolve(ctx, o, defaults, nil, layings...); err != nil {
		return nil, err
	}
	said, err := o.putRight(cmp.Or(o.Directory, l.name))
	if err != nil {
		return nil, err
	}
	dest, err := findDestination(l.name, o.Directory)
	if err != nil {
		return nil, err
	}
	if err := checkApart(l.tree.source, dest.dir); err != nil {
		return nil, err
	}
	for _, l := range layings {
		if err := l.render(ctx, o, dest.dir); err != nil {
			return nil, err
		}
	}
	t := &target{place: dest, name: l.name, module: l.module, manifest: &manifest{}, said: said}
	r, err := t.lay(ctx, o, "startproject", layings, nil)
	if err == nil {
		r.nextSteps()
	}
	return r, err
}

// newResult tells what was done.
func newResult(o Options, t *target, made *plan, layings []*laying, present []Addon) *Result {
	r := &Result{Name: t.name, Directory: t.dir, Module: t.module, DryRun: o.DryRun, Files: []File{}, Addons: present, Next: []string{}}
	r.Warnings = append([]string{}, slices.Concat(t.said, made.swept)...)
	var all []*answers
	asked := false
	for _, l := range layings {
		all, asked = append(all, l.answers), asked || l.asked
		r.Insertions = append(r.Insertions, l.insertions...)
		if l.kind == kindAddon {
			r.Addons = append(r.Addons, Addon{l.name, l.tree.name, l.tree.config.Description, "laid", l.requiredBy, l.message})
		} else {
			r.Name, r.Template, r.Message = l.name, l.tree.name, l.message
			r.Warnings = append(r.Warnings, nameWarnings(l.name)...)
		}
		r.Warnings = append(r.Warnings, slices.Concat(l.tree.source.warnings, l.tree.warnings, l.warnings)...)
	}
	if asked {
		r.Command = o.commandLine(all...)
	}
	for _, c := range made.changes {
		f := File{Path: c.path, Size: len(c.data), Mode: fmt.Sprintf("%04o", c.mode.Perm()), Action: "create"}
		if c.mode.IsDir() {
			f.Path, f.Mode = c.path+"/", "0777"
		}
		if c.old != "" {
			f.Action = "change"
		}
		r.Files = append(r.Files, f)
	}
	slices.SortFunc(r.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return r
}

// nextSteps are the commands to type after startproject.
func (r *Result) nextSteps() {
	if wd, err := os.Getwd(); err == nil && wd != r.Directory {
		dir := r.Directory
		if rel, err := filepath.Rel(wd, dir); err == nil && !strings.HasPrefix(rel, "..") {
			dir = rel
		}
		r.Next = append(r.Next, "cd "+quoteWord(dir))
	}
	if work := workspaceAbove(r.Directory); work != "" {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%q is in the workspace of %q, which does not know it", r.Directory, work))
		r.Next = append(r.Next, "go work use .")
	}
	if slices.ContainsFunc(r.Files, func(f File) bool { return f.Path == r.Name+"/wsgi.go" }) {
		r.Next = append(r.Next, "gostart runserver")
	}
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
