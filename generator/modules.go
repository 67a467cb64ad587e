// Go modules that the code of a template imports.
//
// "modules" of template.json has them as go.mod does, and the template's own go.sum has their checksums. Neither is laid as a
// file: a project has one go.mod and one go.sum for all that is in it. What is there stays: a requirement is added,
// or raised to a higher version, never lowered and never taken out. The go command could do the same, but by fetching
// whatever it wants to look at, and no template has a command run.
package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

const (
	goModFile = "go.mod"
	goSumFile = "go.sum"
)

// requirement is a module that a template needs.
type requirement struct {
	at       int // in template.json
	module   module.Version
	indirect bool // needed by a module, and by no code of the template
}

// String is a requirement as go.mod has it.
func (r requirement) String() string {
	text := r.module.Path + " " + r.module.Version
	if r.indirect {
		text += " // indirect"
	}
	return text
}

// parseRequirement reads one line of go.mod's require block.
func parseRequirement(text string) (requirement, error) {
	f, err := modfile.Parse("", []byte("require "+text), nil)
	if err != nil || len(f.Syntax.Stmt) != 1 || len(f.Require) != 1 {
		return requirement{}, errors.New(`want a module and its version, such as "golang.org/x/text v0.31.0"`)
	}
	r := requirement{module: f.Require[0].Mod, indirect: f.Require[0].Indirect}
	if err := module.Check(r.module.Path, r.module.Version); err != nil {
		return requirement{}, err
	}
	if r.String() != text {
		return requirement{}, fmt.Errorf("in go.mod it would be %q", r)
	}
	return r, nil
}

// moduleLines are the requirements as the manifest has them.
func (c *templateConfig) moduleLines() []string {
	var lines []string
	for _, r := range c.Modules {
		lines = append(lines, r.String())
	}
	return lines
}

// checksums are the lines of a go.sum: module and version, and their hash. A version that ends in /go.mod is of that file alone.
type checksums map[module.Version]string

var checksumPattern = regexp.MustCompile(`^(\S+) (v\S+) (h1:[A-Za-z0-9+/]{43}=)$`)

// parseChecksums reads a go.sum.
func parseChecksums(data []byte) (checksums, error) {
	sums, n := checksums{}, 0
	for line := range strings.Lines(string(data)) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		match := checksumPattern.FindStringSubmatch(line)
		if match == nil {
			return nil, fmt.Errorf("%s:%d: %.100q is no checksum of a module", goSumFile, n, line)
		}
		sums[module.Version{Path: match[1], Version: match[2]}] = match[3]
	}
	return sums, nil
}

// format gives the lines in the order in which the go command has them.
func (s checksums) format() []byte {
	versions := slices.Collect(maps.Keys(s))
	module.Sort(versions)
	var out bytes.Buffer
	for _, v := range versions {
		fmt.Fprintf(&out, "%s %s %s\n", v.Path, v.Version, s[v])
	}
	return out.Bytes()
}

// readChecksums reads the template's go.sum, which has to know each of its modules.
func (t *templateTree) readChecksums() problems {
	c := &t.config
	data, err := fs.ReadFile(t.files, goSumFile)
	if errors.Is(err, fs.ErrNotExist) {
		return problems{c.problem(c.Modules[0].at, `"modules": their checksums are missing: there is no %s beside %s`, goSumFile, configFile)}
	} else if err != nil {
		return problems{{file: t.where(goSumFile), text: cause(err).Error()}}
	}
	if t.sums, err = parseChecksums(data); err != nil {
		return problems{{file: t.where(goSumFile), text: err.Error()}}
	}
	var faults problems
	for _, r := range c.Modules {
		if t.sums[module.Version{Path: r.module.Path, Version: r.module.Version + "/go.mod"}] == "" {
			faults = append(faults, c.problem(r.at, `"modules": %s has no checksum of %s`, goSumFile, r))
		}
	}
	return faults
}

// moduleFiles are a project's go.mod and go.sum, while requirements come to them.
type moduleFiles struct {
	mod *modfile.File
	sum checksums
}

// readModuleFiles reads the two; goSum may be nil.
func readModuleFiles(goMod, goSum []byte) (*moduleFiles, error) {
	m := &moduleFiles{}
	var err error
	if m.mod, err = modfile.Parse(goModFile, goMod, nil); err != nil {
		return nil, refuse(exitFailed, "mend it first: go mod edit -fmt tells what is wrong, too", "modules have to be added to %s, which can't be read:\n%v", goModFile, err)
	}
	if m.sum, err = parseChecksums(goSum); err != nil {
		return nil, refuse(exitFailed, "mend it first: without the file, go mod tidy makes it anew", "modules have to be added to %s, which can't be read:\n%v", goSumFile, err)
	}
	return m, nil
}

// require adds requirements, or raises those that are there, and adds the checksums of the template that has them. It
// tells whether go.mod has changed.
func (m *moduleFiles) require(all []requirement, t *templateTree) (changed bool, err error) {
	var list []*modfile.Require
	known := map[string]*modfile.Require{}
	for _, r := range m.mod.Require {
		is := &modfile.Require{Mod: r.Mod, Indirect: r.Indirect}
		list, known[r.Mod.Path] = append(list, is), is
	}
	for _, r := range all {
		is := known[r.module.Path]
		switch {
		case is == nil:
			list = append(list, &modfile.Require{Mod: r.module, Indirect: r.indirect})
		case semver.Compare(is.Mod.Version, r.module.Version) < 0 || is.Indirect && !r.indirect:
			if semver.Compare(is.Mod.Version, r.module.Version) < 0 {
				is.Mod.Version = r.module.Version
			}
			is.Indirect = is.Indirect && r.indirect
		default:
			continue
		}
		changed = true
	}
	if changed {
		m.mod.SetRequireSeparateIndirect(list)
		m.mod.Cleanup()
	}
	for v, sum := range t.sums {
		is := known[v.Path]
		if is != nil && is.Mod.Version != v.Version && !strings.HasSuffix(v.Version, "/go.mod") {
			continue // the project has a higher one
		}
		if had := m.sum[v]; had != "" && had != sum {
			return false, refuse(exitFailed, "one of them was tampered with: https://sum.golang.org/lookup/"+v.Path+"@"+strings.TrimSuffix(v.Version, "/go.mod")+" tells which",
				"%s of the project and of %q have different checksums of %s %s:\n  %s\n  %s", goSumFile, t.name, v.Path, v.Version, had, sum)
		}
		m.sum[v] = sum
	}
	return changed, nil
}
