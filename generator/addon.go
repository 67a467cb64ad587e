// Add-ons: templates that are laid into a project that is there.
//
// An add-on may require others. They are laid before it, and named in what is printed; those that are in the project already
// stay as they are, with the answers they were laid with. Asking for one that is there is no error, so that a
// script can be run twice: nothing is done, and said. An add-on's name is the last word of what it was opened by.
package generator

import (
	"cmp"
	"context"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Addon is an add-on of a Result.
type Addon struct {
	Name        string `json:"name"`
	Template    string `json:"template"`
	Description string `json:"description"`
	State       string `json:"state"`                 // "laid", or "present" when it was there before
	RequiredBy  string `json:"required_by,omitempty"` // the add-on that needs it, when nobody asked for it
	Message     string `json:"message,omitempty"`     // what its author has to say to whoever laid it
}

// Add lays the add-ons o.With into the project of the working directory: all of them, or none. When it returns an error,
// the disk is as it was.
func Add(ctx context.Context, o Options) (*Result, error) {
	o.typed = append([]string{"add"}, withoutPasswords(o.With)...)
	asked := o.With
	o.With = nil
	defaults, err := readDefaults(o.Defaults)
	if err != nil {
		return nil, err
	}
	t, err := o.findTarget()
	if err != nil {
		return nil, err
	}
	if err := t.checkResolved(); err != nil {
		return nil, err
	}
	if o, err = o.readAnswers(ctx); err != nil {
		return nil, err
	}
	chosen, err := o.openAddons(ctx, t, asked)
	if err != nil {
		return nil, err
	}
	o.elsewhere = questionNames(append(chosen.lay, chosen.were...))
	if err := chosen.checkPresent(o, defaults, t.manifest); err != nil {
		return nil, err
	}
	if len(chosen.lay) == 0 {
		return newResult(o, t, &plan{}, nil, chosen.present), nil
	}
	if err := resolve(ctx, o, defaults, t, chosen.lay...); err != nil {
		return nil, err
	}
	for _, l := range chosen.lay {
		if err := l.render(ctx, o, t.dir); err != nil {
			return nil, err
		}
	}
	return t.lay(ctx, o, "add", chosen.lay, chosen.present)
}

// addons are those that were asked for, and those that they need, in the order in which they are laid.
type addons struct {
	lay     []*laying
	present []Addon
	were    []*laying // those that are present
	stack   []string  // names, while requirements are followed
}

// openAddons opens add-ons, and what they require. t is nil where nothing has been laid before.
func (o Options) openAddons(ctx context.Context, t *target, names []string) (*addons, error) {
	chosen := &addons{}
	for _, name := range names {
		if err := chosen.add(ctx, o, t, name, nil); err != nil {
			return chosen, err
		}
	}
	return chosen, nil
}

// add opens the add-on of a name, which by requires; by is nil when it was asked for.
func (c *addons) add(ctx context.Context, o Options, t *target, name string, by *laying) error {
	l, err := o.openAddon(ctx, name, by)
	if err != nil {
		return err
	}
	if i := slices.Index(c.stack, l.name); i >= 0 {
		return refuse(exitFailed, "", "add-ons require each other: %s", strings.Join(append(c.stack[i:], l.name), " -> "))
	}
	for _, known := range slices.Concat(c.lay, c.were) {
		if known.name == l.name {
			return checkSame(l, known.tree.name, known.tree.name == l.tree.name)
		}
	}
	if t != nil {
		if was := t.manifest.layer(kindAddon, l.name); was != nil {
			c.were = append(c.were, l)
			c.present = append(c.present, Addon{Name: l.name, Template: was.Template, Description: l.tree.config.Description, State: "present"})
			return checkSame(l, was.Template, by != nil || sameAddress(was.Template, l.tree.recorded(t.dir)))
		}
	}
	if by != nil {
		l.requiredBy = by.name
	}
	c.stack = append(c.stack, l.name)
	for _, required := range l.tree.config.Requires {
		if err := c.add(ctx, o, t, required, l); err != nil {
			return err
		}
	}
	c.stack = c.stack[:len(c.stack)-1]
	c.lay = append(c.lay, l)
	return nil
}

// openAddon opens an add-on, and finds its name. What an add-on requires by a path is looked for from its own directory.
func (o Options) openAddon(ctx context.Context, name string, by *laying) (*laying, error) {
	from := ""
	if by != nil {
		from = by.tree.dir
	}
	l, err := o.open(ctx, kindAddon, name, from)
	if err != nil {
		return nil, err
	}
	if l.tree.path != "" && by != nil && from == "" {
		return nil, refuse(exitFailed, "its author has to name it by an address", "the add-on %q requires %q, which is a path on another machine", by.name, name)
	}
	l.name = addonName(l.tree.source)
	if !goodAddonName.MatchString(l.name) {
		return nil, refuse(exitUsage, "rename its directory", "%q cannot be an add-on's name: want letters, digits and any of _ . -", l.name)
	}
	return l, nil
}

var (
	goodAddonName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	archiveSuffix = regexp.MustCompile(`\.(git|zip|tar|tgz|tbz2|txz|tar\.(gz|bz2|xz))$`)
	majorVersion  = regexp.MustCompile(`/v[0-9]+$`)
)

// addonName is the last word of what an add-on was opened by, without its version.
func addonName(src *source) string {
	a := src.address
	name := cmp.Or(a.dir, filepath.ToSlash(src.dir), a.base)
	switch {
	case a == address{}:
		name = src.name
	case a.dir == "" && a.url != nil:
		name = a.url.Path
	}
	name = majorVersion.ReplaceAllString(strings.TrimRight(name, "/"), "")
	return archiveSuffix.ReplaceAllString(path.Base(name), "")
}

// checkSame refuses two add-ons of one name.
func checkSame(l *laying, other string, same bool) error {
	if same {
		return nil
	}
	return refuse(exitConflict, "rename the directory of one of them", "two add-ons have the name %q: %q and %q", l.name, other, l.tree.name)
}

// sameAddress tells whether two names are those of one template, perhaps of two versions of it.
func sameAddress(one, other string) bool {
	a, errA := parseSource(one)
	b, errB := parseSource(other)
	return one == other || errA == nil && errB == nil && a.withoutVersion() == b.withoutVersion()
}

// checkPresent refuses new answers for add-ons that were laid before: they would change nothing.
func (c *addons) checkPresent(o Options, d *userDefaults, m *manifest) error {
	for _, l := range c.were {
		r, err := newResolver(o, l.tree, d)
		if err == nil {
			err = r.readGiven()
		}
		if err == nil {
			err = r.faults.err()
		}
		if err != nil {
			return err
		}
		was := m.layer(kindAddon, l.name).Answers
		for _, name := range slices.Sorted(maps.Keys(r.given)) {
			g, old := r.given[name], was[name]
			if strings.HasPrefix(g.from, environmentName("")) || old == nil || formatAnswer(old) == formatAnswer(g.value) {
				continue
			}
			return refuse(exitConflict, "its files are yours now: change them by hand", "%s: the add-on %q is there already, with %s=%s", g.from, l.name, name, formatAnswer(old))
		}
	}
	return nil
}

func questionNames(layings []*laying) []string {
	var names []string
	for _, l := range layings {
		for _, q := range l.tree.config.Questions {
			names = append(names, q.Name)
		}
	}
	return names
}
