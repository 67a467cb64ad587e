// From the name of a template to its files.
//
// A name without a slash that the binary knows is a built-in template; all else is a directory or an
// archive. Each kind of source has a file of its own, source_KIND.go, and gives an fs.FS whose root is the template:
// nothing after this file knows where a template came from. A built-in name wins over a directory of the
// same name, so that a command means the same wherever it is typed ("./project" is the directory).
package generator

import (
	"io/fs"
	"strings"
)

// builtinProject is the template that startproject uses when none is named.
const builtinProject = "project"

// source is an opened template.
type source struct {
	name     string // as the manifest records it and as errors show it
	dir      string // where it is on disk, absolute; "" when it is built in
	revision string // identifies what was read
	files    fs.FS
	close    func() error
}

// openSource opens the template that name stands for; "" is the built-in one.
func openSource(name string, builtin fs.FS) (*source, error) {
	if name == "" || name == builtinProject {
		files, err := fs.Sub(builtin, builtinProject)
		if err != nil {
			return nil, err
		}
		return &source{name: builtinProject, files: files, close: func() error { return nil }}, nil
	}
	if dir, ok := strings.CutPrefix(name, "file://"); ok {
		return openDirectory(dir)
	}
	if isRemote(name) {
		return nil, refuse(exitUsage, "fetch it first, then give the directory or archive: --template ./NAME",
			"template %q is remote, and a template is a directory, an archive or the built-in %q", name, builtinProject)
	}
	return openDirectory(name)
}

// isRemote tells addresses from directories: URLs, scp-like git addresses and module@version.
func isRemote(name string) bool {
	if strings.Contains(name, "://") || strings.HasPrefix(name, "git@") {
		return true
	}
	path, version, found := strings.Cut(name, "@")
	first, _, _ := strings.Cut(path, "/")
	return found && version != "" && strings.Contains(strings.Trim(first, "."), ".")
}
