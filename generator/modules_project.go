// Requirements on their way into a project's go.mod and go.sum: when templates are laid, and when a project follows them.
package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// needed are requirements of one template.
type needed struct {
	tree    *templateTree
	modules []requirement
}

// addModules gives go.mod and go.sum with what is needed. A file that need not change is as it was, byte for byte.
func addModules(goMod, goSum []byte, all []needed) (mod, sum []byte, err error) {
	m, err := readModuleFiles(goMod, goSum)
	if err != nil {
		return nil, nil, err
	}
	had, changed := maps.Clone(m.sum), false
	for _, n := range all {
		raised, err := m.require(n.modules, n.tree)
		if err != nil {
			return nil, nil, err
		}
		changed = changed || raised
	}
	if changed {
		if mod, err = m.mod.Format(); err != nil {
			return nil, nil, err
		}
		goMod = withLineEnd(mod, lineEnd(goMod))
	}
	if !maps.Equal(had, m.sum) {
		goSum = withLineEnd(m.sum.format(), lineEnd(goSum))
	}
	return goMod, goSum, nil
}

// withLineEnd is a text with "\n" that is to have the line ends of another.
func withLineEnd(text []byte, end string) []byte {
	if end == "\r\n" {
		return bytes.ReplaceAll(text, []byte("\n"), []byte(end))
	}
	return text
}

// require puts the modules that layings need into go.mod and go.sum. Where there is no go.mod, as in a directory of a larger
// module, it gives the command that does so instead.
func (v *view) require(layings []*laying) (made []file, next []string, err error) {
	var all []needed
	get := "go get"
	for _, l := range layings {
		if modules := l.tree.config.Modules; len(modules) > 0 {
			all = append(all, needed{l.tree, modules})
		}
		for _, r := range l.tree.config.Modules {
			if !r.indirect {
				get += " " + r.module.String()
			}
		}
	}
	if len(all) == 0 {
		return nil, nil, nil
	}
	goMod, mode, err := v.read(goModFile)
	if errors.Is(err, errNotThere) {
		return nil, []string{get}, nil
	} else if err != nil {
		return nil, nil, fmt.Errorf("adding modules to %s: %w", goModFile, err)
	}
	goSum, sumMode, err := v.read(goSumFile)
	isNew := errors.Is(err, errNotThere)
	if err != nil && !isNew {
		return nil, nil, fmt.Errorf("adding checksums to %s: %w", goSumFile, err)
	}
	mod, sum, err := addModules(goMod, goSum, all)
	if err != nil {
		return nil, nil, err
	}
	if !bytes.Equal(mod, goMod) {
		v.set(goModFile, goMod, mod, mode)
	}
	if isNew {
		made = []file{{path: goSumFile, source: goSumFile, data: sum, mode: 0o666}}
	} else if !bytes.Equal(sum, goSum) {
		v.set(goSumFile, goSum, sum, sumMode)
	}
	if v.disk != nil && v.disk.has("vendor/modules.txt") {
		next = []string{"go mod vendor"}
	}
	return made, next, nil
}

// newModules are requirements of a template that it had not when a project was made from it, or had in a lower version.
// What it had and go.mod has not, somebody has taken out.
func newModules(before []string, now []requirement, goMod *modfile.File) []requirement {
	had := map[string]string{}
	for _, line := range before {
		if r, err := parseRequirement(line); err == nil {
			had[r.module.Path] = r.module.Version
		}
	}
	return slices.DeleteFunc(slices.Clone(now), func(r requirement) bool {
		was := had[r.module.Path]
		there := slices.ContainsFunc(goMod.Require, func(is *modfile.Require) bool { return is.Mod.Path == r.module.Path })
		return was != "" && (!there || semver.Compare(was, r.module.Version) >= 0)
	})
}

// require has go.mod and go.sum follow the templates.
func (u *update) require() error {
	if !slices.ContainsFunc(u.trees, func(t *templateTree) bool { return t != nil && len(t.config.Modules) > 0 }) {
		return nil
	}
	mod, err := u.verdictOf(goModFile)
	if err != nil {
		return err
	}
	sum, err := u.verdictOf(goSumFile)
	if err != nil {
		return err
	}
	goMod, goSum := u.verdicts[mod].content(), u.verdicts[sum].content()
	if goMod == nil || u.verdicts[mod].action == actionConflict { // it is for the user to decide first, and the go command tells what is missing then
		return nil
	}
	m, err := readModuleFiles(goMod, goSum)
	if err != nil {
		return err
	}
	var all []needed
	for i, t := range u.trees {
		if t == nil {
			continue
		}
		if modules := newModules(u.manifest.Layers[i].Modules, t.config.Modules, m.mod); len(modules) > 0 {
			all = append(all, needed{t, modules})
		}
	}
	if len(all) == 0 {
		return nil
	}
	if goMod, goSum, err = addModules(goMod, goSum, all); err != nil {
		return err
	}
	u.verdicts[mod].become(goMod)
	u.verdicts[sum].become(goSum)
	return nil
}

// verdictOf finds the verdict on a file, or makes one on a file that no template has.
func (u *update) verdictOf(name string) (int, error) {
	if i := slices.IndexFunc(u.verdicts, func(v verdict) bool { return v.path == name }); i >= 0 {
		return i, nil
	}
	v := verdict{path: name, action: actionSame}
	data, info, err := u.read(name)
	if err == nil {
		v.was = &version{data, info.Mode().Perm()}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	u.verdicts = append(u.verdicts, v)
	return len(u.verdicts) - 1, nil
}

// content is what a file has in the end; nil if it is not there.
func (v *verdict) content() []byte {
	switch {
	case v.now != nil:
		return v.now.data
	case v.was != nil && v.action != actionRemove:
		return v.was.data
	}
	return nil
}

// become gives a file another content.
func (v *verdict) become(data []byte) {
	switch {
	case bytes.Equal(data, v.content()):
	case v.was == nil:
		v.action, v.now = actionCreate, &version{data, 0o666}
	default:
		v.action, v.now = actionMerge, &version{data, v.was.mode}
	}
}

// mergeGoMod merges a go.mod that has got requirements since it was made: they stand where the template may have another go
// directive, and a merge by lines has found a conflict there. Where it is about more than that, it stays.
func mergeGoMod(base, mine, theirs []byte, conflict merged) merged {
	f, err := modfile.Parse(goModFile, mine, nil)
	if err != nil || base == nil || bytes.Contains(base, []byte("\nrequire")) || bytes.Contains(theirs, []byte("\nrequire")) {
		return conflict
	}
	var required modfile.FileSyntax
	rest := modfile.FileSyntax{Comments: f.Syntax.Comments}
	for _, statement := range f.Syntax.Stmt {
		var words []string
		switch s := statement.(type) {
		case *modfile.LineBlock:
			words = s.Token
		case *modfile.Line:
			words = s.Token
		}
		if len(words) > 0 && words[0] == "require" {
			required.Stmt = append(required.Stmt, statement)
		} else {
			rest.Stmt = append(rest.Stmt, statement)
		}
	}
	out := mergeText([]byte(toLF(base)), modfile.Format(&rest), []byte(toLF(theirs)))
	if len(out.conflicts) > 0 {
		return conflict
	}
	out.data = withLineEnd(append(append(out.data, '\n'), modfile.Format(&required)...), lineEnd(mine))
	return out
}
