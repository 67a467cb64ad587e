// From the name of a template to its files.
//
// A word that the binary knows is a built-in template; what other names mean is in source_name.go. Each kind
// of source has a file of its own, source_KIND.go, which reads all of it into a tree: nothing after this
// file knows where a template came from. A built-in name wins over a directory of the same name, and
// module@version over a file, so that a command means the same wherever it is typed: "./project" is the directory.
package generator

import (
	"cmp"
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// source is an opened template, read whole.
type source struct {
	name     string   // as errors show it and as the manifest records it, without a password
	dir      string   // the directory that it is, absolute; "" for all other kinds
	path     string   // what is on disk: that directory, an archive or a repository, absolute
	address  address  // name, taken apart; none for a built-in template
	revision string   // identifies what was read: a hash of the files, git's commit, a module's version, an archive's sha256
	warnings []string // what the user should know about where it came from
	files    fs.FS
}

// sourceOptions is what opening a template needs to know beside its name.
type sourceOptions struct {
	builtin    fs.FS                                         // the built-in templates: project, app and addons/NAME
	kind       string                                        // kindProject, kindApp or kindAddon: which of them a name may stand for
	relativeTo string                                        // the directory that a relative path starts from; "" is the working one
	revision   string                                        // open exactly what had this revision, where the kind of source has a past; "" opens what name says
	skips      func(directory string, hidden ...string) bool // leaves directories out by their name
	moved      string                                        // the hint where a path leads nowhere that has led to a template; "" tells what a template can be
	offline    bool                                          // only what is on this machine
	terminal   bool                                          // somebody is there to type a password
	progress   func(Progress)
	version    string // gostart's own, for servers

	silence     time.Duration // how long a server may say nothing; 0 is 30 seconds
	maxDownload int64         // bytes of an archive, a repository or a module as it travels; 0 is 64 MiB
}

// sourceOptions are o's, for a template of the given kind.
func (o Options) sourceOptions(kind string) sourceOptions {
	return sourceOptions{
		builtin: o.Builtin, kind: kind, offline: o.Offline, terminal: o.Terminal && !o.Yes, progress: o.Progress, version: o.Version,
		skips: selection{exclude: o.Exclude}.skips,
	}
}

// withLimits has a value for each limit.
func (o sourceOptions) withLimits() sourceOptions {
	o.silence = cmp.Or(o.silence, 30*time.Second)
	o.maxDownload = cmp.Or(o.maxDownload, maxDownload)
	return o
}

// openSource opens the template that name stands for; "" is the built-in one of o's kind.
func openSource(ctx context.Context, name string, o sourceOptions) (*source, error) {
	if files := o.builtinFiles(name); files != nil {
		t, err := readFiles(ctx, files, sourceOptions{})
		if err != nil {
			return nil, err
		}
		src := &source{name: cmp.Or(name, o.kind), files: t.root}
		src.revision, err = treeSum(src.files)
		return src, err
	}
	typed, err := parseSource(name)
	if err != nil {
		return nil, err
	}
	open := openDisk
	switch typed.kind {
	case byHTTP:
		open = openHTTP
	case byGit:
		open = openGit
	case byModule:
		open = openModule
	}
	src, err := open(ctx, typed.at(o.revision), o.withLimits())
	if err != nil {
		return nil, err
	}
	src.address.ref, src.address.sum = typed.ref, typed.sum
	src.name = src.address.String()
	return src, nil
}

// source is the template in root, which a stands for.
func (a address) source(root *node, revision string) (*source, error) {
	if a.dir != "" && a.kind != byGit { // git gives the directory alone
		found, err := root.find("open", a.dir)
		if err != nil || !found.IsDir() {
			return nil, refuse(exitUsage, root.directoriesHint(), "template %q has no directory %q", a, a.dir)
		}
		root = found
	}
	if len(root.children) == 0 {
		return nil, refuse(exitUsage, "", "template %q is empty", a)
	}
	root.withoutOwnModule()
	return &source{address: a, revision: revision, files: root}, nil
}

// at is the address of what once had the revision, where a has a past.
func (a address) at(revision string) address {
	sum, isSum := strings.CutPrefix(revision, "sha256:")
	switch {
	case isSum:
		a.sum = sum
	case revision != "" && !strings.HasPrefix(revision, "h1:"):
		a.ref = revision
	}
	return a
}

// recorded is the name by which an update finds the template again. What was named by a relative path is
// recorded relative to the project at dest, so that both can move together.
func (s *source) recorded(dest string) string {
	if s.path == "" {
		return s.name
	}
	a := s.address
	typed := a.base
	a.base = filepath.ToSlash(s.path)
	if rel, err := filepath.Rel(dest, s.path); err == nil && !filepath.IsAbs(typed) && !strings.HasPrefix(typed, "~") {
		if a.base = filepath.ToSlash(rel); filepath.IsLocal(rel) {
			a.base = "./" + a.base // not a word, which a built-in template could have for its name
		}
	}
	if a.kind == byGit && a.ref == "" {
		a.prefix = "git+file://" // which it stays, whatever is there by then
	}
	return a.String()
}

// where names a file of the template as its author would open it.
func (s *source) where(file string) string {
	name := s.name
	if s.address != (address{}) {
		name = s.address.withoutVersion()
	}
	if strings.Contains(name, "://") {
		return name + "/" + file
	}
	return path.Join(strings.ReplaceAll(name, `\`, "/"), file)
}

// builtinFiles are the built-in template that name stands for, or nil.
func (o sourceOptions) builtinFiles(name string) fs.FS {
	dir := name
	switch {
	case o.kind == kindAddon && fs.ValidPath(name) && name != "." && !strings.Contains(name, "/"):
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

// builtinNames are the built-in templates that a name may stand for.
func (o sourceOptions) builtinNames() []string {
	if o.kind != kindAddon {
		return []string{o.kind}
	}
	var names []string
	entries, _ := fs.ReadDir(o.builtin, "addons")
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
