// What there is to choose from: the built-in templates, and the add-ons of a project.
package generator

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Template is a template that can be named.
type Template struct {
	Kind        string     `json:"kind"` // "project", "app" or "addon"
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Requires    []string   `json:"requires"`
	Questions   []Question `json:"questions"`
}

// ListedAddon is an add-on, built in or in the project.
type ListedAddon struct {
	Template
	State string `json:"state"` // "present" when the project has it, else "available"
}

// Templates are the built-in ones.
func Templates(ctx context.Context, o Options) ([]Template, error) {
	all := []Template{}
	for _, kind := range []string{kindProject, kindApp, kindAddon} {
		for _, name := range o.sourceOptions(kind).builtinNames() {
			l, err := o.open(ctx, kind, name, "")
			if err != nil {
				return nil, err
			}
			all = append(all, l.describe(name))
		}
	}
	return all, nil
}

// describe tells of a template that goes by a name.
func (l *laying) describe(name string) Template {
	c := &l.tree.config
	return Template{Kind: l.kind, Name: name, Description: c.Description, Requires: append([]string{}, c.Requires...), Questions: c.exported()}
}

// Addons are the built-in add-ons, and those of the project of the working directory, if there is one.
func Addons(ctx context.Context, o Options) ([]ListedAddon, error) {
	all := []ListedAddon{}
	for _, name := range o.sourceOptions(kindAddon).builtinNames() {
		l, err := o.open(ctx, kindAddon, name, "")
		if err != nil {
			return nil, err
		}
		all = append(all, ListedAddon{l.describe(name), "available"})
	}
	o.DryRun = true // and nothing is put right
	t, err := o.findTarget()
	if errors.Is(err, errNoProject) {
		return all, nil
	} else if err != nil {
		return nil, err
	}
	for _, laid := range t.manifest.Layers {
		if laid.Kind != kindAddon {
			continue
		}
		i := slices.IndexFunc(all, func(a ListedAddon) bool { return a.Name == laid.Name })
		if i < 0 {
			described := Template{Kind: kindAddon, Name: laid.Name, Description: fmt.Sprintf("laid from %s", laid.Template), Requires: []string{}, Questions: []Question{}}
			all, i = append(all, ListedAddon{Template: described}), len(all)
		}
		all[i].State = "present"
	}
	return all, nil
}
