// Templates on their way into a project: the project's own, an app's, an add-on's, or several in one go.
//
// All of them take the same steps, and become the layers of the manifest. Up to the plan nothing is written, and
// a plan is written as a whole: one layer that cannot be laid keeps out all others of the command.
package generator

import (
	"cmp"
	"context"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
)

// laying is a template that is being laid.
type laying struct {
	kind, name string
	directory  string // where its files go, relative to the project's root; "" is the root
	requiredBy string // the add-on that needs it, when nobody asked for it
	tree       *templateTree
	*answers
	files      []file // relative to the project's root
	insertions []*Insertion
	message    string
}

// open reads the template that name stands for. A relative path starts from dir, "" is the working directory.
func (o Options) open(ctx context.Context, kind, name, dir string) (*laying, error) {
	if kind == kindAddon { // these are for the other template of the command
		o.Extensions, o.Names, o.Exclude = nil, nil, nil
	}
	from := o.sourceOptions(kind)
	from.relativeTo = dir
	src, err := openSource(ctx, name, from)
	if err != nil {
		return nil, err
	}
	l := &laying{kind: kind}
	if l.tree, err = readTemplate(src, selection{extensions: o.Extensions, names: o.Names, exclude: o.Exclude, gostart: o.Version}); err != nil {
		return nil, err
	}
	if is := l.tree.config.Kind; is != "" && is != kind {
		usage := map[string]string{kindProject: "startproject NAME --template", kindApp: "startapp NAME --template", kindAddon: "add"}
		return nil, refuse(exitUsage, "gostart "+usage[is]+" "+quoteWord(src.name), "the template %q is not of the kind %q, but %q", src.name, kind, is)
	}
	return l, nil
}

// resolve finds the answers that layings need. The names are those of t, or of the project that the first makes.
func resolve(ctx context.Context, o Options, d *userDefaults, t *target, layings ...*laying) error {
	o.elsewhere = append(o.elsewhere, questionNames(layings)...)
	var all []*resolver
	for _, l := range layings {
		if l.kind != kindProject {
			o.Name, o.Module = t.name, t.module
		}
		if o.app, o.appPath = "", ""; l.kind == kindApp {
			o.app, o.appPath = l.name, path.Join(t.module, l.directory)
		}
		r, err := newResolver(o, l.tree, d)
		if err != nil {
			return err
		}
		if l.kind == kindProject {
			err = r.resolveProject(ctx)
			l.name, t = r.name, &target{name: r.name, module: r.module}
		} else {
			err = r.resolveLayer(ctx)
		}
		if err != nil {
			return err
		}
		l.answers = r.answers
		all = append(all, r)
	}
	return complete(o, all...)
}

// render makes the files, the lines for files of the user's, and the message.
func (l *laying) render(ctx context.Context, o Options, root string) error {
	root = cmp.Or(o.place, root)
	made, err := (&layer{Directory: l.directory}).render(ctx, l.tree, l.answers, root, o.Version, o.Progress)
	if err != nil {
		return err
	}
	for i, r := range l.directory + "/" {
		if r == '/' && i > 0 {
			l.files = append(l.files, file{path: l.directory[:i], source: l.tree.where("."), mode: fs.ModeDir})
		}
	}
	l.files = append(l.files, made...)
	data := l.context(root, o.Version)
	if l.insertions, err = l.tree.config.insertions(ctx, data); err != nil {
		return err
	}
	l.message, err = l.tree.config.messageAfter(ctx, data)
	return err
}

// insertions are the lines that the template has for files of the user's.
func (c *templateConfig) insertions(ctx context.Context, data map[string]any) ([]*Insertion, error) {
	var all []*Insertion
	tokens, public := c.tokens(data), c.public(data)
	for _, in := range c.Insert {
		made := &Insertion{File: tokens.Replace(in.File), Import: make([]string, len(in.Import))}
		parts := map[*string]snippet{&made.Before: in.Before, &made.After: in.After, &made.Text: in.Text}
		for i := range in.Import {
			parts[&made.Import[i]] = in.Import[i]
		}
		for into, s := range parts {
			text, err := s.render(ctx, public)
			if err != nil {
				return nil, c.failure(s, `"insert"`, err)
			}
			*into = text
		}
		all = append(all, made)
	}
	return all, nil
}

// record is what the manifest keeps of l, in a project at root.
func (l *laying) record(o Options, root string) layer {
	r := layer{
		Kind: l.kind, Template: l.tree.recorded(root), Revision: l.tree.revision, Name: l.name, Directory: l.directory,
		Gostart: o.Version, Go: goVersion, Answers: map[string]any{"module": l.module}, Modules: l.tree.config.moduleLines(),
	}
	if l.kind != kindProject { // a layer has all that is needed to render it again
		r.Answers["project_name"] = l.answers.name
	}
	if l.kind != kindAddon {
		r.Extensions, r.Names, r.Exclude = o.Extensions, o.Names, o.Exclude
	}
	maps.Copy(r.Answers, l.recorded())
	r.setFiles(l.files)
	return r
}

// allFiles are the files of several templates. A directory may be that of more than one.
func allFiles(each ...[]file) []file {
	var all []file
	seen := map[string]bool{}
	for _, f := range slices.Concat(each...) {
		if f.mode.IsDir() && seen[f.path] {
			continue
		}
		seen[f.path] = seen[f.path] || f.mode.IsDir()
		all = append(all, f)
	}
	return all
}

// lay writes layings to t, or with o.DryRun tells what would be written. command is the one that was typed; present are
// add-ons that were there before.
func (t *target) lay(ctx context.Context, o Options, command string, layings []*laying, present []Addon) (*Result, error) {
	after := manifest{Version: manifestVersion, Gostart: o.Version, Layers: slices.Clone(t.manifest.Layers)}
	var files, records []file
	for _, l := range layings { // before files of the same command get lines: those are the user's
		made := l.record(o, t.dir)
		keep := !l.tree.lasting() || isFile(filepath.Join(t.dir, made.baseFile())) // where one is, an update goes by it
		kept, err := after.add(made, keep, rendered{l.files, sumsOf(l.insertions)})
		if err != nil {
			return nil, err
		}
		files, records = allFiles(files, l.files), allFiles(records, kept)
	}
	record, err := after.file()
	if err != nil {
		return nil, err
	}
	v, err := newView(t.place, files)
	if err != nil {
		return nil, err
	}
	defer v.close()
	if err := v.insert(layings); err != nil {
		return nil, err
	}
	sums, next, err := v.require(layings)
	if err != nil {
		return nil, err
	}
	files = append(files, sums...)
	if t.record == nil {
		records = append(records, record)
	} else {
		records = slices.DeleteFunc(records, v.renew)
	}
	made, err := makePlan(t.place, append(files, records...))
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(v.changed)) {
		made.replace(v.changed[name], v.was[name])
	}
	if t.record != nil {
		made.replace(record, t.record)
	}
	if !o.DryRun {
		if err := made.apply(ctx, writing{command: command, step: o.step, tell: o.Progress}); err != nil {
			return nil, err
		}
	}
	r := newResult(o, t, made, layings, present)
	r.Next = append(r.Next, next...)
	return r, nil
}
