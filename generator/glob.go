// The patterns of template.json.
//
// They match whole paths of the project as the template has them: slashes, no .tmpl, the tokens not yet
// replaced. *, ? and [...] stay within a name, as in path.Match; ** is any number of names, none included.
package generator

import (
	"path"
	"slices"
	"strings"
)

// glob is a pattern, and where it is in template.json.
type glob struct {
	pattern string
	at      int
}

// globFault says why a pattern is none, or "".
func globFault(pattern string) string {
	switch _, err := path.Match(pattern, ""); {
	case pattern == "":
		return "is empty"
	case err != nil:
		return "is not a pattern: a bracket is not closed, or a backslash is last"
	case strings.HasPrefix(pattern, "/") || path.Clean(pattern) != pattern || strings.HasPrefix(pattern, "../") || pattern == "..":
		return "matches no path: write paths from the template's root, with single slashes"
	case strings.HasSuffix(pattern, templateSuffix):
		return "matches no path: leave out " + templateSuffix + ", which no file of a project has"
	}
	return ""
}

// matchGlob tells whether the pattern matches all of a path.
func matchGlob(pattern, name string) bool {
	if !strings.Contains(pattern, "**") { // no need to split
		ok, _ := path.Match(pattern, name)
		return ok
	}
	return matchNames(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

// matchNames goes back to the last ** only, so that no pattern makes it slow.
func matchNames(pattern, names []string) bool {
	g, n, star, from := 0, 0, -1, 0
	for n < len(names) {
		if g < len(pattern) && pattern[g] == "**" {
			star, from = g, n
			g++
			continue
		}
		if g < len(pattern) {
			if ok, _ := path.Match(pattern[g], names[n]); ok {
				g, n = g+1, n+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		g, n = star+1, from
	}
	for g < len(pattern) && pattern[g] == "**" {
		g++
	}
	return g == len(pattern)
}

// matchesAny tells whether one of the patterns matches.
func matchesAny(globs []glob, name string) bool {
	return slices.ContainsFunc(globs, func(g glob) bool { return matchGlob(g.pattern, name) })
}
