// Which template a layer follows: the same one, newer.
package generator

import (
	"context"
	"fmt"

	"golang.org/x/mod/semver"
)

// findTemplates opens the new template of each layer.
func (u *update) findTemplates(ctx context.Context) error {
	for i := range u.manifest.Layers {
		src, err := u.openNewest(ctx, &u.manifest.Layers[i])
		if err != nil {
			return err
		}
		var t *templateTree
		if src != nil {
			if t, err = readTemplate(src, u.manifest.Layers[i].selection(u.o.Version)); err != nil {
				return err
			}
		}
		u.sources, u.trees = append(u.sources, src), append(u.trees, t)
	}
	return nil
}

// openNewest opens the template that l is to follow; nil when gostart has it no longer.
func (u *update) openNewest(ctx context.Context, l *layer) (*source, error) {
	o := l.sourceOptions(u.o.Options, u.dir)
	if u.o.Template != "" && l.Kind == kindProject {
		o.relativeTo = ""
		return openSource(ctx, u.o.Template, o)
	}
	project := u.manifest.Layers[0].Template
	if isBuiltin(l.Template) {
		var err error
		if isBuiltin(project) && u.o.Template == "" {
			o.builtin, err = editionOf(u.o, u.o.To)
		}
		if err == nil && o.builtinFiles(l.Template) == nil {
			u.warnings = append(u.warnings, fmt.Sprintf("gostart has no template for %s any more: its files stay as they are", l.title()))
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return openSource(ctx, l.Template, o)
	}
	a, err := parseSource(l.Template)
	if err != nil {
		return nil, err
	}
	latest := false
	switch {
	case u.o.To != "" && sameOrigin(project, a):
		if a.kind != byGit && a.kind != byModule {
			return nil, refuse(exitUsage, "to follow another one: gostart update --template TEMPLATE", "--to %s: the template %q has no versions", u.o.To, l.Template)
		}
		a.ref = u.o.To
	case a.kind == byModule && semver.IsValid(a.ref):
		a.ref, latest = "latest", true
	case u.o.To != "" && l.Kind == kindProject:
		return nil, refuse(exitUsage, "", "--to %s: the template %q has no versions", u.o.To, l.Template)
	}
	src, err := openSource(ctx, a.String(), o)
	if err == nil && latest {
		src.address.ref = src.revision
		src.name = src.address.String()
	}
	return src, err
}

// sameOrigin tells whether a is the project's template or another directory of what that one is in.
func sameOrigin(project string, a address) bool {
	p, err := parseSource(project)
	if err != nil || isBuiltin(project) {
		return false
	}
	p.dir, p.ref, p.sum, a.dir, a.ref, a.sum = "", "", "", "", "", ""
	return p.String() == a.String()
}

// answers are those of the project, and of questions that are new.
func (u *update) answers(ctx context.Context, i int, secrets bool) (*answers, error) {
	defaults, err := readDefaults(u.o.Defaults)
	if err != nil {
		return nil, err
	}
	o := u.rendering(u.o.Options, &u.manifest.Layers[i])
	o.recorded.secrets = secrets
	for j, t := range u.trees {
		if t == nil || j == i {
			continue
		}
		for _, q := range t.config.Questions {
			o.recorded.elsewhere = append(o.recorded.elsewhere, q.Name)
		}
	}
	return resolveAnswers(ctx, o, u.trees[i], defaults)
}
