// What template.json means once the answers are there.
package generator

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// public is what files that are not private see of a context.
func (c *templateConfig) public(data map[string]any) map[string]any {
	seen := maps.Clone(data)
	maps.DeleteFunc(seen, func(name string, _ any) bool { return c.isSecret(name) })
	return seen
}

// isSecret tells whether only private files have the variable.
func (c *templateConfig) isSecret(name string) bool {
	return name == secretKeyName ||
		slices.ContainsFunc(c.Questions, func(q question) bool { return q.Name == name && q.Type == typeSecret })
}

// hiddenNames are the directories that are part of the template though their names begin with a dot.
func (c *templateConfig) hiddenNames() []string {
	var names []string
	for _, h := range c.Hidden {
		names = append(names, h.name)
	}
	return names
}

// contextNames are those that each template of this kind gets.
func (c *templateConfig) contextNames() []string {
	if c.Kind == kindApp {
		return slices.Concat(contextNames, appContextNames)
	}
	return slices.Clone(contextNames)
}

// tokens replaces what stands for a value in paths. At the same place of a path the longest counts.
func (c *templateConfig) tokens(data map[string]any) *strings.Replacer {
	names := []string{"project_name", "app_name"}
	for _, q := range c.Questions {
		if q.Path {
			names = append(names, q.Name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, name := range names {
		if value, ok := data[name].(string); ok {
			pairs = append(pairs, name, value)
		}
	}
	return strings.NewReplacer(pairs...)
}

// chosen are the entries that the conditions let in. A directory takes along what is in it, and goes when all
// that was in it has gone.
func (t *templateTree) chosen(ctx context.Context, data map[string]any) ([]entry, error) {
	var refused []glob
	for _, f := range t.config.Files {
		ok, err := f.when.holds(ctx, data)
		if err != nil {
			return nil, t.config.failure(f.when, fmt.Sprintf("the condition of %q", f.pattern), err)
		}
		if !ok {
			refused = append(refused, f.glob)
		}
	}
	if len(refused) == 0 {
		return t.entries, nil
	}
	had, has, out := map[string]bool{}, map[string]bool{}, map[string]bool{} // directories: with something in them, still so, left out
	above := func(name string, mark map[string]bool) {
		for dir := path.Dir(name); dir != "." && !mark[dir]; dir = path.Dir(dir) {
			mark[dir] = true
		}
	}
	for _, e := range t.entries {
		above(e.target, had)
	}
	var in []entry
	for _, e := range t.entries { // a directory comes before what is in it
		if out[path.Dir(e.target)] || matchesAny(refused, e.target) {
			out[e.target] = e.mode.IsDir()
			continue
		}
		in = append(in, e)
		if !e.mode.IsDir() || !had[e.target] {
			above(e.target, has)
		}
	}
	return slices.DeleteFunc(in, func(e entry) bool { return e.mode.IsDir() && had[e.target] && !has[e.target] }), nil
}

// messageAfter is the text for the end, without what a terminal would obey.
func (c *templateConfig) messageAfter(ctx context.Context, data map[string]any) (string, error) {
	text, err := c.MessageAfter.render(ctx, c.public(data))
	if err != nil {
		return "", c.failure(c.MessageAfter, `"message_after"`, err)
	}
	return strings.TrimSpace(harmless(text)), nil
}
