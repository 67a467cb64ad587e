// Built-in templates of older versions: they travel with the binary, one zip per release, for updates of projects that
// those made.
package generator

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// historyDir holds VERSION.zip: the templates as they were in that version of gostart.
const historyDir = "history"

// edition is the built-in templates of one version of gostart.
type edition struct {
	version string // "" is this one
	files   func() (fs.FS, error)
}

// editions lists those that there are: the present one, then the others from the newest on.
func editions(builtin fs.FS) []edition {
	all := []edition{{files: func() (fs.FS, error) { return builtin, nil }}}
	names, _ := fs.Glob(builtin, historyDir+"/*.zip")
	for _, name := range names {
		all = append(all, edition{strings.TrimSuffix(path.Base(name), ".zip"), func() (fs.FS, error) {
			data, err := fs.ReadFile(builtin, name)
			if err != nil {
				return nil, err
			}
			return zip.NewReader(bytes.NewReader(data), int64(len(data)))
		}})
	}
	slices.SortFunc(all[1:], func(a, b edition) int { return semver.Compare(b.version, a.version) })
	return all
}

// isBuiltin tells whether a name that a manifest has is that of a built-in template, of any version.
func isBuiltin(name string) bool { return !strings.ContainsAny(name, `./\:@`) }

var errNoRevision = errors.New("no such revision")

// openRevision opens the template name as it was when it had the revision that o asks for. A built-in one may
// be that of an older version of gostart; likely is the one to look at first.
func openRevision(ctx context.Context, name, likely string, o sourceOptions) (*source, error) {
	if !isBuiltin(name) {
		return openSource(ctx, name, o)
	}
	all := editions(o.builtin)
	if i := slices.IndexFunc(all, func(e edition) bool { return e.version == likely }); i > 0 {
		all[0], all[i] = all[i], all[0]
	}
	for _, e := range all {
		files, err := e.files()
		if err != nil {
			return nil, fmt.Errorf("reading the templates of gostart %s: %w", e.version, err)
		}
		if o.builtin = files; o.builtinFiles(name) == nil {
			continue
		}
		src, err := openSource(ctx, name, o)
		if err != nil || src.revision == o.revision {
			return src, err
		}
	}
	return nil, errNoRevision
}

// noRevision is what is said when a built-in template of the past is not known.
func noRevision(o UpdateOptions, l *layer) error {
	hint := "name the template that it was made from: gostart update --base DIRECTORY"
	if semver.IsValid(l.Gostart) && semver.Compare(l.Gostart, o.Version) > 0 {
		hint = fmt.Sprintf("install that one or a newer one: go install gostart@%s", l.Gostart)
	}
	return refuse(exitFailed, hint, "%s was made by gostart %s from a template that gostart %s does not know", l.title(), cmp.Or(l.Gostart, "of no version"), o.Version)
}

// editionOf finds the built-in templates of a version; "" is this one.
func editionOf(o UpdateOptions, version string) (fs.FS, error) {
	if version == "" || version == o.Version {
		return o.Builtin, nil
	}
	known := []string{o.Version}
	for _, e := range editions(o.Builtin)[1:] {
		if e.version == version || e.version == "v"+version {
			return e.files()
		}
		known = append(known, e.version)
	}
	hint := "it has those of " + strings.Join(known, ", ")
	if semver.IsValid(version) && semver.IsValid(o.Version) && semver.Compare(version, o.Version) > 0 {
		hint = fmt.Sprintf("go install gostart@%s, then type this again", version)
	}
	return nil, refuse(exitUsage, hint, "this gostart has no templates of the version %q", version)
}
