// Which template a layer follows: the same one, newer.
package generator

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strings"

	"golang.org/x/mod/semver"
)

// openTemplates opens the new template of each layer: the questions of all have to be known before any of them
// is rendered.
func (u *update) openTemplates(ctx context.Context) error {
	u.sources, u.trees = make([]*source, len(u.manifest.Layers)), make([]*templateTree, len(u.manifest.Layers))
	for i := range u.manifest.Layers {
		if err := u.openTemplate(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// openTemplate opens the new template of the ith layer, if there is one. Rendering uses it up.
func (u *update) openTemplate(ctx context.Context, i int) error {
	src, err := u.openNewest(ctx, &u.manifest.Layers[i])
	if src == nil || err != nil {
		return err
	}
	u.sources[i] = src
	u.trees[i], err = readTemplate(src, u.manifest.Layers[i].selection(u.o.Version))
	return err
}

// openNewest opens the template that l is to follow; nil when gostart has it no longer.
func (u *update) openNewest(ctx context.Context, l *layer) (*source, error) {
	o := l.sourceOptions(u.o.Options, u.dir)
	if u.o.Template != "" && l.Kind == kindProject {
		o.relativeTo = ""
		return openSource(ctx, u.o.Template, o)
	}
	o.moved = fmt.Sprintf("put it back there, or say in %s where the template of %s is now", manifestFile, l.title())
	if l.Kind == kindProject {
		o.moved = "where it is now: gostart update --template DIRECTORY"
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
	name := a
	switch {
	case u.o.To != "" && sameOrigin(project, a):
		if a.kind != byGit && a.kind != byModule {
			return nil, refuse(exitUsage, "to follow another one: gostart update --template TEMPLATE", "--to %s: the template %q has no versions", u.o.To, l.Template)
		}
		name.ref, a.ref = u.o.To, u.o.To
	case a.kind == byModule && semver.IsValid(a.ref):
		name.ref = "latest"
	case a.kind == byGit && isVersion(a.ref) && !o.offline:
		if a.ref, err = newestTag(ctx, a, o); err != nil {
			return nil, err
		}
		name = a
	}
	src, err := openSource(ctx, name.String(), o)
	if err == nil && name.ref == "latest" && semver.Compare(src.revision, a.ref) < 0 { // which knows no pre-releases
		return openSource(ctx, a.String(), o)
	}
	if err == nil && name.ref != a.ref {
		src.address.ref = src.revision // not "latest", which is another one tomorrow
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

// answers are those of the project, and of questions that are new. With the answers that were given before, only secrets
// are asked for.
func (u *update) answers(ctx context.Context, i int, before *answers) (*answers, error) {
	defaults, err := readDefaults(u.o.Defaults)
	if err != nil {
		return nil, err
	}
	o := u.rendering(u.o.Options, &u.manifest.Layers[i])
	if before != nil {
		maps.Copy(o.recorded.answers, before.recorded())
		o.recorded.secrets, o.Interactive = true, false
	}
	for j, t := range u.trees {
		if t == nil || j == i {
			continue
		}
		for _, q := range t.config.Questions {
			o.elsewhere = append(o.elsewhere, q.Name)
		}
	}
	return resolveAnswers(ctx, o, u.trees[i], defaults)
}

// isVersion tells whether the name of a tag is a version, such as v1.2.3 or 1.2.3.
func isVersion(tag string) bool { return semver.IsValid("v" + strings.TrimPrefix(tag, "v")) }

// newestTag is the newest version that the repository a has a tag for; a.ref when that is no tag but a branch. A
// pre-release is one only for who is at a pre-release, and a number without dots for who is at one.
func newestTag(ctx context.Context, a address, o sourceOptions) (string, error) {
	g, err := newGit(ctx, a, o)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(g.repository)
	_, err = g.output(ctx, "init", "--quiet", "--bare", "--template=")
	var listed []byte
	if err == nil {
		err = g.mayAsk(ctx, func() error {
			listed, err = g.output(ctx, "ls-remote", "--tags", "--refs", "--", g.from)
			return err
		})
	}
	if ctx.Err() != nil {
		return "", errInterrupted
	} else if err != nil {
		return "", refuse(exitFailed, "--offline takes what was fetched before", "looking for versions of the template %q: %v", a, err)
	}
	version := func(tag string) string { return "v" + strings.TrimPrefix(tag, "v") }
	whole := func(tag string) bool { v := version(tag); return semver.Canonical(v)+semver.Build(v) == v }
	newest, isTag := a.ref, false
	for line := range strings.Lines(string(listed)) {
		_, tag, _ := strings.Cut(strings.TrimSpace(line), "\trefs/tags/")
		early := semver.Prerelease(version(tag)) != "" && semver.Prerelease(version(a.ref)) == ""
		isTag = isTag || tag == a.ref
		if isVersion(tag) && !early && (whole(tag) || !whole(a.ref)) && semver.Compare(version(tag), version(newest)) > 0 {
			newest = tag
		}
	}
	if !isTag {
		return a.ref, nil
	}
	return newest, nil
}
