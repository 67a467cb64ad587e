// Layers of one update that have to do with each other: a path that several have, and a file that moves.
package generator

import "iter"

// updatedLayer is a layer on its way from what it was to what is recorded next.
type updatedLayer struct {
	layer
	next   layer
	base   map[string]file
	theirs rendered
}

// had tells whether a path was the layer's.
func (l *updatedLayer) had(name string) bool { return l.Files[name] != "" || l.base[name].private }

// paths are those that the layer's new template has; without one, those that it had.
func (u *update) paths(i int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range u.layers[i].theirs.files {
			if !f.mode.IsDir() && !yield(f.path) {
				return
			}
		}
		for name := range u.layers[i].Files {
			if u.trees[i] == nil && !yield(name) {
				return
			}
		}
	}
}

// elsewhere are the paths that are of other layers than the ith, and of which. A path that several have is of
// the layer that had it, or else of the first.
func (u *update) elsewhere(i int) map[string]string {
	all, mine := map[string]string{}, byPath(u.layers[i].theirs.files)
	for j, other := range u.layers {
		if j == i {
			continue
		}
		for name := range u.paths(j) {
			_, contested := mine[name]
			if !contested || other.had(name) || j < i && !u.layers[i].had(name) {
				all[name] = other.title()
			}
		}
	}
	return all
}

// takeOver has a file that comes from another layer compared with what it was there.
func (u *update) takeOver(c *comparison, i int) {
	for name := range c.theirs {
		if u.layers[i].had(name) || c.elsewhere[name] != "" {
			continue
		}
		for _, other := range u.layers {
			if f, ok := other.base[name]; ok && other.had(name) {
				c.base[name], c.sums[name] = f, other.Files[name]
			}
		}
	}
}
