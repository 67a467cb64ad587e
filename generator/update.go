// An update: a project follows its templates.
//
// Each layer is rendered twice: as it was (base), from the recorded revision with the recorded answers, and as the newest
// template, or the one that --to names, has it (theirs). update_compare.go then decides for each file. All of that is
// in memory; it is written in one go, by means of a journal that is kept, so that all can be taken back
// (`gostart update --abort`). No git is needed, and none is asked: what is not committed is safe in the journal.
package generator

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// UpdateOptions is what a caller asks of Update, UpdateAbort and Diff. Of Options, Directory is where the
// project is looked for, upwards; Set and AnswersFile answer new questions, or old ones anew.
type UpdateOptions struct {
	Options
	To    string // the version of the project's template; "" is the newest
	Base  string // the template that the project was made from, when the recorded one is not found
	Force bool   // believe the template where the manifest says otherwise
}

// UpdateResult is what Update did, or with DryRun would do.
type UpdateResult struct {
	Name       string         `json:"name"`
	Directory  string         `json:"directory"` // absolute
	DryRun     bool           `json:"dry_run"`
	UpToDate   bool           `json:"up_to_date"`
	Layers     []UpdatedLayer `json:"layers"`
	Files      []UpdatedFile  `json:"files"` // sorted by path, without those that stay the same
	Conflicts  []Conflict     `json:"conflicts"`
	Insertions []*Insertion   `json:"insertions"` // lines for files of the user's, which nobody but the user puts there
	Warnings   []string       `json:"warnings"`
	Patch      string         `json:"-"` // the changes as git prints them
}

// UpdatedLayer is a template that the project follows.
type UpdatedLayer struct {
	Kind     string `json:"kind"` // "project", "app" or "addon"
	Name     string `json:"name"`
	Template string `json:"template"`
	From     string `json:"from"` // revisions
	To       string `json:"to"`
}

// UpdatedFile is a file that an update changes, or leaves for a reason.
type UpdatedFile struct {
	Path   string `json:"path"`
	From   string `json:"from,omitempty"` // before a rename
	Action string `json:"action"`         // create, merge, replace, remove, rename, conflict or keep
	Note   string `json:"note,omitempty"`
}

// Conflict is a place that is for the user to decide.
type Conflict struct {
	Path string `json:"path"`
	Line int    `json:"line,omitempty"` // of the first marker; 0 where no line can be marked
	Note string `json:"note,omitempty"`
}

// Update brings a project's files to the newest version of its templates. With conflicts it returns both a
// result and an error, whose ExitCode is 3; with any other error, ctx's end included, the project is as it was.
func Update(ctx context.Context, o UpdateOptions) (*UpdateResult, error) {
	p, err := openProject(o.Directory, o.step)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if err := p.checkResolved(); err != nil {
		return nil, err
	}
	if o.Options, err = o.readAnswers(ctx); err != nil {
		return nil, err
	}
	u := &update{project: p, o: o, next: manifest{Version: manifestVersion, Gostart: o.Version}, dirs: map[string]bool{}}
	if err := u.openTemplates(ctx); err != nil {
		return nil, err
	}
	for i := range p.manifest.Layers {
		if err := u.render(ctx, i); err != nil {
			return nil, err
		}
	}
	for i := range u.layers {
		if err := u.compare(i); err != nil {
			return nil, err
		}
	}
	if err := u.require(); err != nil {
		return nil, err
	}
	plan, err := u.plan()
	if err != nil {
		return nil, err
	}
	if len(plan.changes) > 0 && !o.DryRun {
		if err := plan.apply(ctx, writing{command: "update", keep: true, step: o.step}); err != nil {
			return nil, err
		}
	}
	r := u.result(len(plan.changes) == 0)
	return r, conflictError(r)
}

// update is an Update at work.
type update struct {
	*project
	o          UpdateOptions
	sources    []*source // of each layer's new template; nil when there is none any more
	trees      []*templateTree
	layers     []*updatedLayer
	next       manifest
	kept       []file // bases that have to be kept, and are not the same as before
	verdicts   []verdict
	dirs       map[string]bool // directories that templates have and that are not there
	gone       []string        // directories that templates no longer have
	insertions []*Insertion
	warnings   []string
}

// render renders the ith layer twice.
func (u *update) render(ctx context.Context, i int) error {
	l := u.manifest.Layers[i]
	if u.trees[i] == nil {
		u.layers = append(u.layers, &updatedLayer{layer: l, next: l})
		return nil
	}
	base, err := u.base(ctx, u.o, &l)
	if err != nil {
		return err
	}
	a, theirs, err := u.theirs(ctx, &l, i, byPath(base.files))
	if err != nil {
		return err
	}
	insertions, err := u.insert(ctx, i, a, base.insertions)
	if err != nil {
		return err
	}
	next := l
	next.Template, next.Revision, next.Gostart, next.Go = u.sources[i].recorded(u.dir), u.sources[i].revision, u.o.Version, goVersion
	next.Answers, next.Modules = map[string]any{}, u.trees[i].config.moduleLines()
	if module, ok := l.Answers["module"]; ok {
		next.Answers["module"] = module
	}
	if project, ok := l.Answers["project_name"]; ok && l.Kind != kindProject {
		next.Answers["project_name"] = project
	}
	for name, value := range a.recorded() {
		next.Answers[name] = value
	}
	u.layers = append(u.layers, &updatedLayer{l, next, byPath(base.files), rendered{theirs, insertions}})
	u.warnings = slices.Concat(u.warnings, u.sources[i].warnings, u.trees[i].warnings, a.warnings)
	return nil
}

// compare compares the ith layer, once all of them are rendered: a file may move from one to another.
func (u *update) compare(i int) error {
	l := u.layers[i]
	if u.trees[i] == nil {
		u.next.Layers = append(u.next.Layers, l.next)
		return nil
	}
	c := &comparison{disk: u.disk, sums: maps.Clone(l.Files), base: l.base, theirs: byPath(l.theirs.files), elsewhere: u.elsewhere(i)}
	u.takeOver(c, i)
	verdicts, err := c.run()
	if err != nil {
		return err
	}
	u.verdicts = append(u.verdicts, verdicts...)
	theirs := l.theirs
	theirs.files = slices.DeleteFunc(theirs.files, func(f file) bool { return c.elsewhere[f.path] != "" })
	l.next.setFiles(theirs.files)
	u.directories(c)
	if err := u.keep(&l.next, i, theirs); err != nil {
		return err
	}
	u.next.Layers = append(u.next.Layers, l.next)
	return nil
}

// theirs renders the new template. Secrets are asked for only when a private file is new.
func (u *update) theirs(ctx context.Context, l *layer, i int, base map[string]file) (*answers, []file, error) {
	for before := (*answers)(nil); ; {
		secrets := before != nil
		a, err := u.answers(ctx, i, before)
		if err != nil {
			return nil, nil, err
		}
		if !secrets {
			u.trees[i].leavePrivate()
		}
		files, err := l.render(ctx, u.trees[i], a, u.dir, u.o.Version, u.o.Progress)
		if err == nil {
			err = checkPaths(files)
		}
		anew := func(f file) bool { return f.private && base[f.path].path == "" && !u.has(f.path) }
		if err != nil || secrets || !slices.ContainsFunc(files, anew) {
			return a, files, err
		}
		if err := u.openTemplate(ctx, i); err != nil {
			return nil, nil, err
		}
		before = a
	}
}

// insert notes lines that the new template has for files of the user's, the old one had not, and the files have not. It
// returns the sums of all that it has.
func (u *update) insert(ctx context.Context, i int, a *answers, before []string) ([]string, error) {
	insertions, err := u.trees[i].config.insertions(ctx, a.context(u.dir, u.o.Version))
	if err != nil {
		return nil, err
	}
	for _, in := range insertions {
		had := slices.Contains(before, in.sum())
		if data, _, err := u.read(in.File); !had && (err != nil || !in.isIn(data)) {
			in.Reason = "it is new in " + u.trees[i].name
			u.insertions = append(u.insertions, in)
		}
	}
	return sumsOf(insertions), nil
}

// keep packs a layer's files if their template may change under us, and drops what is kept if not.
func (u *update) keep(l *layer, i int, made rendered) error {
	if u.sources[i].lasting() {
		if u.has(l.baseFile()) {
			u.kept = append(u.kept, file{path: l.baseFile()})
		}
		return nil
	}
	f, err := l.keepBase(made)
	u.kept = append(u.kept, f)
	return err
}

// directories notes what c says of directories.
func (u *update) directories(c *comparison) {
	for _, name := range slices.Sorted(maps.Keys(c.theirs)) { // one after that which it is in
		_, had := c.base[name]
		above := path.Dir(name)
		if c.theirs[name].mode.IsDir() && !had && !u.has(name) && (above == "." || u.isDir(above) || u.dirs[above]) {
			u.dirs[name] = true
		}
	}
	for name, f := range c.base {
		if _, has := c.theirs[name]; f.mode.IsDir() && !has {
			u.gone = append(u.gone, name)
		}
	}
}

// checkResolved refuses a project in which the conflicts of the last update are still marked.
func (p *project) checkResolved() error {
	var places []string
	for _, l := range p.manifest.Layers {
		for name, sum := range l.Files {
			data, _, err := p.read(name)
			if err != nil || contentSum(data) == sum || isBinary(data) {
				continue
			}
			for i, line := range bytes.Split(data, []byte("\n")) {
				if strings.TrimRight(string(line), "\r") == markMine && bytes.Contains(data, []byte("\n"+markTheirs)) {
					places = append(places, fmt.Sprintf("%s:%d", name, i+1))
				}
			}
		}
	}
	if len(places) == 0 {
		return nil
	}
	slices.Sort(places)
	hint := "decide each of them, and remove the markers"
	if p.has(lastDir) { // not in another clone
		hint += "; or take the update back: gostart update --abort"
	}
	return refuse(exitConflict, hint, "%s of the last update still marked:%s", count(len(places), "conflict"), quoteList(places))
}
