package runserver

// The patterns of --watch and --ignore: paths below the module's root, with *,
// ? and [...] within a name and ** for any number of names. As in a shell, a
// name that begins with a dot has to be asked for by its dot; and node_modules
// by its name, so that "**" does not mean the whole of it. What a pattern says
// of a directory, it says of all below.

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// globs are patterns, split into names.
type globs [][]string

// parseGlobs reads the values of a flag.
func parseGlobs(flag string, patterns []string) (globs, error) {
	var parsed globs
	for _, pattern := range patterns {
		names := strings.Split(path.Clean(filepath.ToSlash(pattern)), "/")
		_, err := path.Match(pattern, "")
		switch {
		case err != nil:
			return nil, &usageError{text: fmt.Sprintf("%s %q is not a pattern: %v", flag, pattern, err)}
		case path.IsAbs(pattern), filepath.IsAbs(pattern), names[0] == "..", names[0] == ".":
			return nil, &usageError{
				text: fmt.Sprintf("%s %q is not below the module's root", flag, pattern),
				hint: `for example ` + flag + ` "config/**/*.yaml"`,
			}
		}
		parsed = append(parsed, names)
	}
	return parsed, nil
}

// match tells whether a pattern says something of the slashed path.
func (g globs) match(name string) bool {
	if len(g) == 0 || name == "" {
		return false
	}
	names := strings.Split(name, "/")
	return slices.ContainsFunc(g, func(pattern []string) bool { return matchNames(pattern, names) })
}

// leadsTo tells whether a pattern may match what is below a directory, which it
// has to name: "**" leads nowhere that is not read anyway.
func (g globs) leadsTo(dir string) bool {
	if len(g) == 0 || dir == "" {
		return false
	}
	names := strings.Split(dir, "/")
	return slices.ContainsFunc(g, func(pattern []string) bool {
		fixed := pattern
		if i := slices.Index(pattern, "**"); i >= 0 {
			fixed = pattern[:i]
		}
		if len(names) < len(fixed) {
			fixed = fixed[:len(names)]
		}
		return len(fixed) > 0 && matchNames(fixed, names) && !slices.ContainsFunc(names[len(fixed):], unlisted)
	})
}

// matchNames tells whether pattern matches names, or the first of them.
func matchNames(pattern, names []string) bool {
	if len(pattern) == 0 {
		return true
	}
	if pattern[0] == "**" {
		return len(pattern) > 1 && matchNames(pattern[1:], names) || len(names) > 0 && !unlisted(names[0]) &&
			(len(pattern) == 1 || matchNames(pattern, names[1:]))
	}
	if len(names) == 0 || unlisted(names[0]) && names[0] != pattern[0] && !strings.HasPrefix(pattern[0], ".") {
		return false
	}
	ok, err := path.Match(pattern[0], names[0])
	return ok && err == nil && matchNames(pattern[1:], names[1:])
}

// unlisted tells whether a name has to be asked for.
func unlisted(name string) bool { return strings.HasPrefix(name, ".") || name == "node_modules" }

// relative is the slashed path of a file below the project's module; "" for others.
func (t *tracker) relative(name string) string {
	if len(t.watch)+len(t.ignore) == 0 || len(t.roots) == 0 {
		return ""
	}
	below, ok := strings.CutPrefix(name, t.roots[0].path+string(filepath.Separator))
	if !ok {
		return ""
	}
	return filepath.ToSlash(below)
}
