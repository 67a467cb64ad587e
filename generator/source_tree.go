// A template in memory: whatever kind of source it came from, it is read into a tree, once and whole.
//
// So nothing of a template is ever unpacked on disk, what changes on disk after it was read changes
// nothing, and the limits are here, in one place. They count what is really read, not what a header
// says. A link is kept as a name without a target: readTemplate refuses it where it is part of the template, and
// nobody can follow it. The rejected choice is a temporary directory, where all of that has to be got right
// again for each file system.
package generator

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/dirhash"
)

const maxPath = 1000 // bytes of a path in a template

// sourceTree is a template that is being read.
type sourceTree struct {
	root  *node
	what  string // what it is read from, for errors: "archive"
	nodes int
	left  int64 // bytes that may still come
}

// node is a file, or a directory with all that is in it. A directory is an fs.FS whose root it is.
type node struct {
	name     string
	mode     fs.FileMode
	data     []byte
	children map[string]*node
	taken    bool
}

func newTree(what string, limit int64) *sourceTree {
	return &sourceTree{root: newDirectory("."), what: what, left: limit}
}

func newDirectory(name string) *node {
	return &node{name: name, mode: fs.ModeDir | 0o755, children: map[string]*node{}}
}

// add puts a file, a directory or, without its content, anything else into t. A path that leads out is an
// error, and so is a second file of the same path.
func (t *sourceTree) add(name string, mode fs.FileMode, content io.Reader) error {
	clean := strings.TrimSuffix(strings.TrimPrefix(name, "./"), "/")
	if mode.IsDir() && (clean == "" || clean == ".") {
		return nil
	}
	if !fs.ValidPath(clean) || clean == "." || len(clean) > maxPath {
		return fmt.Errorf("%s contains an unsafe path: %.200q", t.what, name)
	}
	parent, err := t.directory(path.Dir(clean))
	if err != nil {
		return err
	}
	base := path.Base(clean)
	if mode.IsDir() {
		_, err := t.directory(clean)
		return err
	}
	if _, ok := parent.children[base]; ok {
		return fmt.Errorf("%s contains %q twice", t.what, clean)
	}
	file := &node{name: base, mode: mode.Type() | 0o644 | mode&0o111}
	if mode.IsRegular() {
		file.data, err = io.ReadAll(io.LimitReader(content, t.left+1))
		if err != nil {
			return fmt.Errorf("%s cannot be read at %q: %w", t.what, clean, err)
		}
		if t.left -= int64(len(file.data)); t.left < 0 {
			return t.tooMuch()
		}
	}
	parent.children[base] = file
	return t.count()
}

// directory finds or makes a directory and those above it.
func (t *sourceTree) directory(name string) (*node, error) {
	n := t.root
	if name == "." {
		return n, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		child, ok := n.children[part]
		if !ok {
			child = newDirectory(part)
			n.children[part] = child
			if err := t.count(); err != nil {
				return nil, err
			}
		}
		if !child.mode.IsDir() {
			return nil, fmt.Errorf("%s contains %q twice: as a file and as a directory", t.what, name)
		}
		n = child
	}
	return n, nil
}

func (t *sourceTree) tooMuch() error {
	return fmt.Errorf("%s holds more than a template may: %d MiB, or %d times its own size", t.what, maxBytes>>20, maxExpansion)
}

func (t *sourceTree) count() error {
	if t.nodes++; t.nodes > maxFiles {
		return fmt.Errorf("%s has more than %d files and directories", t.what, maxFiles)
	}
	return nil
}

// withoutTop is n without the one directory that all of it is in, as in most archives. That of the project,
// of the app, and a hidden one are part of the template and stay.
func (n *node) withoutTop() *node {
	for _, child := range n.children {
		name := child.name
		if len(n.children) == 1 && child.mode.IsDir() && name[0] != '.' &&
			!strings.Contains(name, "project_name") && !strings.Contains(name, "app_name") {
			return child
		}
	}
	return n
}

// withoutOwnModule leaves out a go.mod that has go.mod.tmpl beside it: the project's comes from that one,
// and the other only makes the template a module, which a module proxy can serve.
func (n *node) withoutOwnModule() {
	if _, ok := n.children["go.mod"+templateSuffix]; ok {
		delete(n.children, "go.mod")
		delete(n.children, "go.sum")
	}
}

// directoriesHint tells which directories there are.
func (n *node) directoriesHint() string {
	var names []string
	for name, child := range n.children {
		if child.IsDir() {
			names = append(names, name)
		}
	}
	if slices.Sort(names); len(names) == 0 {
		return ""
	}
	return "it has " + strings.Join(names[:min(len(names), 10)], ", ")
}

// find gives the node at a path.
func (n *node) find(op, name string) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return n, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		if n = n.children[part]; n == nil {
			return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
	}
	return n, nil
}

func (n *node) Open(name string) (fs.File, error) {
	found, err := n.find("open", name)
	if err == nil && found.taken {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return nil, err
	}
	return &openNode{node: found, Reader: bytes.NewReader(found.data)}, nil
}

func (n *node) ReadFile(name string) ([]byte, error) {
	found, err := n.find("read", name)
	if err == nil && (found.taken || !found.mode.IsRegular()) {
		err = &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return nil, err
	}
	return bytes.Clone(found.data), nil
}

// take gives a file's content and keeps none of it: a template of thousands of files is held in memory once, as
// what it was or as what it has become.
func (n *node) take(name string) ([]byte, error) {
	found, err := n.find("read", name)
	if err != nil || found.taken || !found.mode.IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	data := found.data
	found.data, found.taken = nil, true
	return data, nil
}

func (n *node) ReadDir(name string) ([]fs.DirEntry, error) {
	found, err := n.find("readdir", name)
	if err == nil && !found.mode.IsDir() {
		err = &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return nil, err
	}
	entries := make([]fs.DirEntry, 0, len(found.children))
	for _, name := range slices.Sorted(maps.Keys(found.children)) {
		entries = append(entries, found.children[name])
	}
	return entries, nil
}

// A node is its own fs.DirEntry and fs.FileInfo.

func (n *node) Name() string               { return n.name }
func (n *node) IsDir() bool                { return n.mode.IsDir() }
func (n *node) Type() fs.FileMode          { return n.mode.Type() }
func (n *node) Info() (fs.FileInfo, error) { return n, nil }
func (n *node) Size() int64                { return int64(len(n.data)) }
func (n *node) Mode() fs.FileMode          { return n.mode }
func (n *node) ModTime() time.Time         { return time.Time{} }
func (n *node) Sys() any                   { return nil }

// openNode is a node that is being read.
type openNode struct {
	node *node
	*bytes.Reader
}

func (o *openNode) Stat() (fs.FileInfo, error) { return o.node, nil }
func (o *openNode) Close() error               { return nil }

// treeSum is the revision of files that have no other: the hash that the go command gives a module. Names that it
// does not take are refused later, with all other names that cannot be.
func treeSum(files fs.FS) (string, error) {
	var names []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.Contains(name, "\n") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return dirhash.Hash1(names, func(name string) (io.ReadCloser, error) { return files.Open(name) })
}

// pack makes a tar of what was read, from which the same is read again.
func (t *sourceTree) pack() ([]byte, error) {
	var packed bytes.Buffer
	archive := tar.NewWriter(&packed)
	err := fs.WalkDir(t.root, ".", func(name string, d fs.DirEntry, _ error) error {
		if d.IsDir() {
			return nil
		}
		n := d.(*node)
		header := &tar.Header{Name: name, Mode: int64(n.mode.Perm()), Size: n.Size(), Typeflag: tar.TypeReg}
		if !n.mode.IsRegular() {
			header.Typeflag = tar.TypeSymlink
		}
		err := archive.WriteHeader(header)
		if err == nil {
			_, err = archive.Write(n.data)
		}
		return err
	})
	return packed.Bytes(), errors.Join(err, archive.Close())
}
