// What an update does with each file of a layer: base is the template that the project was made from, theirs
// the one that it shall follow, mine what is on the disk. Nothing is written here.
//
//	mine is as in base           becomes theirs
//	theirs is as in base         stays mine
//	both have changed            merged by lines; what overlaps is a conflict
//	I deleted it                 stays deleted
//	theirs deleted it            removed, or kept if I changed it
//	theirs renamed it            my changes go along
//	theirs has it anew           created; if I have such a file, what differs is a conflict
//
// Where there are no lines to mark (bytes that are no text, a symbolic link in the place of a file), mine stays
// and theirs is laid beside it as FILE.new: a mark inside would destroy the file, and to leave either side out
// would lose it.
package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// The actions of a Result's files.
const (
	actionCreate   = "create"
	actionSame     = "same"
	actionMerge    = "merge"
	actionReplace  = "replace"
	actionRemove   = "remove"
	actionRename   = "rename"
	actionConflict = "conflict"
	actionKeep     = "keep" // the template has no such file any more, or a different one, and mine stays
)

// verdict is what an update does with one file.
type verdict struct {
	path      string
	from      string // where it was before a rename
	action    string
	note      string   // why, where the action alone does not tell
	was, now  *version // on the disk; without was there is nothing yet, and without now nothing is written
	conflicts []int    // lines
	beside    string   // where theirs goes in a conflict without lines
	theirs    *file    // what goes there
}

// comparison compares the files of one layer.
type comparison struct {
	disk         *disk
	sums         map[string]string // of base, as the manifest has them
	base, theirs map[string]file
	elsewhere    map[string]string // paths that other layers have: which ones
	verdicts     []verdict
}

// byPath are files by their paths.
func byPath(files []file) map[string]file {
	all := map[string]file{}
	for _, f := range files {
		all[f.path] = f
	}
	return all
}

// run compares each path once.
func (c *comparison) run() ([]verdict, error) {
	done := map[string]bool{}
	for from, to := range findRenames(c.base, c.theirs) {
		v, err := c.renamed(from, to)
		if err != nil {
			return nil, err
		}
		if v != nil {
			c.verdicts = append(c.verdicts, *v)
			done[from], done[to] = true, true
		}
	}
	paths := maps.Clone(c.base)
	maps.Copy(paths, c.theirs)
	for name, f := range paths {
		if done[name] || f.mode.IsDir() || c.base[name].private || f.private && c.disk.has(name) {
			continue // a private file is the user's once it has been made
		}
		v, err := c.file(name)
		if err != nil {
			return nil, err
		}
		c.verdicts = append(c.verdicts, v)
	}
	slices.SortFunc(c.verdicts, func(a, b verdict) int { return strings.Compare(a.path, b.path) })
	return c.verdicts, nil
}

// mine is what is on the disk: a file, or something else and what, or nothing.
func (c *comparison) mine(name string) (file *version, strange, err error) {
	data, info, err := c.disk.read(name)
	if err == nil {
		return &version{data, info.Mode().Perm()}, nil, nil
	}
	for _, strange := range []error{errNotRegular, errBehindLink, errBelowFile} {
		if errors.Is(err, strange) {
			return nil, strange, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	return nil, nil, err
}

// file compares what is at one path.
func (c *comparison) file(name string) (verdict, error) {
	base, inBase := c.base[name]
	theirs, inTheirs := c.theirs[name]
	mine, strange, err := c.mine(name)
	if inBase && strange == errBelowFile {
		strange = nil // a file is where its directory was: it was deleted
	}
	v := verdict{path: name, action: actionSame, was: mine}
	templateSame := inBase && inTheirs && bytes.Equal(base.data, theirs.data) // but perhaps for the mode
	switch {
	case err != nil:
		return v, err
	case c.elsewhere[name] != "" && inBase:
	case c.elsewhere[name] != "":
		v.action, v.note = actionKeep, "it is of "+c.elsewhere[name]
	case strange != nil && !templateSame:
		c.beside(&v, strange.Error(), theirs)
	case mine != nil && inTheirs:
		c.merge(&v, base, theirs)
	case mine != nil && c.isBase(base, mine.data):
		v.action = actionRemove
	case mine != nil:
		v.action, v.note = actionKeep, "the template no longer has it, but you changed it"
	case inBase && inTheirs && !templateSame:
		v.action, v.note = actionKeep, "you deleted it"
	case inBase || strange != nil:
	case c.base[path.Dir(name)].mode.IsDir() && !c.disk.has(path.Dir(name)):
		v.action, v.note = actionKeep, "you deleted its directory"
	default:
		v.action, v.now = actionCreate, &version{theirs.data, theirs.mode}
	}
	return v, nil
}

// renamed has the user's changes follow a file to its new path. Where that path is taken, or where the changes
// cannot be merged, it gives nil: then the two paths are compared as others are.
func (c *comparison) renamed(from, to string) (*verdict, error) {
	mine, strange, err := c.mine(from)
	if err == nil && strange == nil && mine != nil {
		var blocked error
		if _, blocked, err = c.mine(to); blocked == errBehindLink || blocked == errBelowFile {
			return &verdict{path: from, action: actionKeep, note: fmt.Sprintf("the template has moved it to %s: %v", to, blocked), was: mine}, err
		}
	}
	if err != nil || strange != nil || c.disk.has(to) && !c.disk.sameFile(from, to) || c.elsewhere[from] != "" || c.elsewhere[to] != "" {
		return nil, err
	}
	v := &verdict{path: to, from: from, action: actionKeep, note: "you deleted it as " + from, was: mine}
	if mine == nil {
		return v, nil
	}
	v.note = ""
	if c.merge(v, c.base[from], c.theirs[to]); v.beside != "" {
		return nil, nil
	}
	if c.disk.has(to) { // the system takes both names for one
		v.path, v.from = from, ""
		return v, nil
	}
	if v.action != actionConflict {
		v.action = actionRename
	}
	if v.now == nil {
		v.now = mine
	}
	return v, nil
}

// isBase tells whether data is what the template gave, but perhaps for line ends, which git may have changed.
func (c *comparison) isBase(base file, data []byte) bool {
	return base.path != "" && (contentSum(data) == c.sums[base.path] || sameLines(data, base.data))
}

// merge merges a file that is on the disk and in the template; base is the zero file when there is none.
func (c *comparison) merge(v *verdict, base, theirs file) {
	mode, common := v.was.mode, []byte(nil)
	if base.path != "" {
		mode, common = mergedMode(base.mode, mode, theirs.mode), append([]byte{}, base.data...)
	}
	out := merged{data: v.was.data}
	switch untouched := c.isBase(base, v.was.data); {
	case bytes.Equal(v.was.data, theirs.data), base.path != "" && bytes.Equal(base.data, theirs.data):
	case untouched && lineEnd(v.was.data) == lineEnd(base.data):
		v.action, out.data = actionReplace, theirs.data
	case isBinary(base.data) || isBinary(v.was.data) || isBinary(theirs.data):
		c.beside(v, "it is no text", theirs)
		return
	default:
		v.action = actionMerge
		if untouched {
			v.action = actionReplace
		}
		out = mergeText(common, v.was.data, theirs.data)
		if v.path == goModFile && len(out.conflicts) > 0 {
			out = mergeGoMod(common, v.was.data, theirs.data, out)
		}
		if len(out.conflicts) > 0 {
			v.action, v.conflicts = actionConflict, out.conflicts
		}
	}
	if bytes.Equal(out.data, v.was.data) {
		v.action = actionSame
		if mode != v.was.mode {
			v.action = actionReplace
		}
	}
	if v.action != actionSame {
		v.now = &version{out.data, mode}
	}
}

// mergedMode is mine, made executable or not if the template has become so.
func mergedMode(base, mine, theirs fs.FileMode) fs.FileMode {
	switch was, is := base&0o100 != 0, theirs&0o100 != 0; {
	case is && !was:
		return mine | mine&0o444>>2
	case was && !is:
		return mine &^ 0o111
	}
	return mine
}

// beside leaves mine and lays theirs next to it, where there is a place.
func (c *comparison) beside(v *verdict, why string, theirs file) {
	v.action, v.note, v.theirs = actionConflict, why, &theirs
	switch {
	case theirs.path == "":
		v.action, v.theirs = actionKeep, nil
	case why == errBehindLink.Error() || why == errBelowFile.Error():
		v.theirs = nil
	default:
		v.beside = v.path + ".new"
		for n := 2; c.disk.has(v.beside); n++ {
			v.beside = fmt.Sprintf("%s.new%d", v.path, n)
		}
		v.note += "; the template's is in " + v.beside
	}
}
