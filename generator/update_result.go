// What an update tells.
package generator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// result tells what was done.
func (u *update) result(upToDate bool) *UpdateResult {
	r := &UpdateResult{
		Name: u.manifest.name(), Directory: u.dir, DryRun: u.o.DryRun, UpToDate: upToDate,
		Layers: []UpdatedLayer{}, Files: []UpdatedFile{}, Conflicts: []Conflict{}, Insertions: []*Insertion{}, Warnings: []string{},
	}
	r.Warnings, r.Insertions = append(r.Warnings, u.warnings...), append(r.Insertions, u.insertions...)
	for i, l := range u.manifest.Layers {
		r.Layers = append(r.Layers, UpdatedLayer{
			Kind: l.Kind, Name: l.Name, Template: u.next.Layers[i].Template,
			From: cmp.Or(l.version(), l.Revision), To: cmp.Or(u.next.Layers[i].version(), u.next.Layers[i].Revision),
		})
	}
	slices.SortFunc(u.verdicts, func(a, b verdict) int { return strings.Compare(a.path, b.path) })
	var patches strings.Builder
	for _, v := range u.verdicts {
		if v.action == actionSame {
			continue
		}
		r.Files = append(r.Files, UpdatedFile{Path: v.path, From: v.from, Action: v.action, Note: v.note})
		for _, line := range v.conflicts {
			r.Conflicts = append(r.Conflicts, Conflict{Path: v.path, Line: line})
		}
		if v.action == actionConflict && len(v.conflicts) == 0 {
			r.Conflicts = append(r.Conflicts, Conflict{Path: v.path, Note: v.note})
		}
		patches.WriteString(v.patch())
	}
	r.Patch = patches.String()
	return r
}

// version is what people call what l was made from, if it has such a name.
func (l *layer) version() string {
	if isBuiltin(l.Template) {
		return l.Gostart
	}
	return ""
}

// patch is what changes on the disk.
func (v verdict) patch() string {
	switch {
	case v.action == actionRemove:
		return patch{path: v.path, from: v.path, was: v.was}.String()
	case v.now == nil:
		return ""
	}
	return patch{path: v.path, from: cmp.Or(v.from, v.path), was: v.was, now: v.now}.String()
}

// conflictError lists what the user has to decide.
func conflictError(r *UpdateResult) error {
	if len(r.Conflicts) == 0 {
		return nil
	}
	var places []string
	for _, c := range r.Conflicts {
		place := c.Path
		if c.Line > 0 {
			place = fmt.Sprintf("%s:%d", c.Path, c.Line)
		}
		if c.Note != "" {
			place += ": " + c.Note
		}
		places = append(places, place)
	}
	hint := "decide each of them, and remove the markers; or take it all back: gostart update --abort"
	left := "has left"
	if r.DryRun {
		hint, left = "", "would leave"
	}
	return refuse(exitConflict, hint, "the update %s %s:%s", left, count(len(places), "conflict"), quoteList(places))
}

// count is "1 conflict" or "2 conflicts".
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// quoteList is items for a message, each on a line.
func quoteList(items []string) string {
	return "\n  " + strings.Join(items, "\n  ")
}
