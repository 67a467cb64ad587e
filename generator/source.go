// From the name of a template to its files.
//
// A name without a slash that the binary knows is a built-in template; all else is a directory or an
// archive. Each kind of source has a file of its own, source_KIND.go, and gives an fs.FS whose root is the template:
// nothing after this file knows where a template came from. A built-in name wins over a directory of the
// same name, so that a command means the same wherever it is typed ("./project" is the directory).
package generator

import (
	"cmp"
	"context"
	"go/token"
	"io/fs"
	"strings"
)

// builtinProject is the template that startproject uses when none is named; an app has one too, of its kind's name.
const builtinProject = kindProject

// source is an opened template.
type source struct {
	name     string   // as errors show it and as the manifest records it, without a password
	dir      string   // the directory that it is, absolute; "" for all other kinds
	path     string   // the directory, archive or repository on disk that name means, absolute; "" when it is elsewhere
	revision string   // identifies what was read
	warnings []string // what the user should know about where it came from
	files    fs.FS
	close    func() error
}

// sourceOptions is what opening a template needs to know beside its name.
type sourceOptions struct {
	builtin    fs.FS  // the built-in templates: project, app and addons/NAME
	kind       string // kindProject, kindApp or kindAddon: which of them a name may stand for
	relativeTo string // the directory that a relative path starts from; "" is the working one
	revision   string // open exactly what had this revision, where the kind of source has a past; "" opens what name says
	skips      func(directory string) bool
	offline    bool // only what is on this machine
	terminal   bool // somebody is there to type a password
	progress   func(Progress)
	version    string // gostart's own, for servers
}

// Progress tells how far something has come that takes over a second.
type Progress struct {
	What  string // "downloading https://example.com/x.zip"
	Done  int64
	Total int64  // 0 when nobody knows
	Unit  string // "bytes" or "files"
	End   bool   // it is over: nothing more will be told about it
}

// sourceOptions are o's, for a template of the given kind.
func (o Options) sourceOptions(kind string) sourceOptions {
	return sourceOptions{
		builtin: o.Builtin, kind: kind, offline: o.Offline, terminal: o.Terminal && !o.Yes, progress: o.Progress, version: o.Version,
		skips: selection{exclude: o.Exclude}.skips,
	}
}

// openSource opens the template that name stands for; "" is the built-in one of o's kind.
func openSource(_ context.Context, name string, o sourceOptions) (*source, error) {
	if files := o.builtinFiles(name); files != nil {
		return &source{name: cmp.Or(name, o.kind), files: files, close: func() error { return nil }}, nil
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

// builtinFiles are the built-in template that name stands for, or nil.
func (o sourceOptions) builtinFiles(name string) fs.FS {
	dir := name
	switch {
	case o.kind == kindAddon && token.IsIdentifier(name):
		dir = "addons/" + name
	case o.kind == kindAddon || name != "" && name != o.kind:
		return nil
	case name == "":
		dir = o.kind
	}
	if info, err := fs.Stat(o.builtin, dir); err != nil || !info.IsDir() {
		return nil
	}
	files, err := fs.Sub(o.builtin, dir)
	if err != nil {
		return nil
	}
	return files
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
