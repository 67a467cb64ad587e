// Taking back what the journal says: what another process began and did not finish, or the last update.
package generator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// readJournal reads a journal; without one it is nil.
func (d *disk) readJournal(dir string) (*journal, error) {
	data, _, err := d.read(dir + "/journal.json")
	if errors.Is(err, fs.ErrNotExist) && !d.has(dir) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var j journal
	if err := json.Unmarshal(data, &j); err != nil {
		return nil, fmt.Errorf("reading %q: %w", dir+"/journal.json", err)
	}
	paths := slices.Concat(j.Directories, j.Emptied)
	for _, c := range j.Changes {
		paths = append(paths, c.Path)
	}
	for _, name := range paths { // it may have come with a repository, from whoever wanted a file in .git/hooks
		if why := pathFault(name); why != "" {
			return nil, refuse(exitFailed, "look at it, and remove it", "%q was not written by gostart: it has the path %q, %s", d.where(dir), name, why)
		}
	}
	return &j, nil
}

// takeBack undoes what the journal in journalDir says, as far as it was done, and tells which files were edited
// since and where they are now. It may be called again after an error.
func (d *disk) takeBack(j *journal) (aside []string, err error) {
	u := undo{disk: d}
	defer func() {
		if err != nil {
			err = withAside(err, u.aside)
		}
	}()
	for i, c := range slices.Backward(j.Changes) {
		if err := u.path(i, c); err != nil {
			return u.aside, err
		}
	}
	for _, dir := range slices.Backward(j.Directories) {
		d.removeEmpty(dir)
	}
	for _, dir := range j.Emptied {
		if inTheWay := u.obstacle(dir); inTheWay != "" {
			if err := u.setAside(inTheWay); err != nil {
				return u.aside, err
			}
		}
		if err := d.mkdirAll(dir); err != nil {
			return u.aside, err
		}
	}
	if err := d.removeAll(stagedDir); err != nil {
		return u.aside, err
	}
	if err := d.rename(journalDir, stagedDir); err != nil {
		return u.aside, err
	}
	_ = d.removeAll(stagedDir) // nobody looks at it any more
	return u.aside, nil
}

// undo is takeBack at work.
type undo struct {
	*disk
	dir   string // below editedDir; "" until it is needed
	aside []string
}

// path undoes the ith change.
func (u *undo) path(i int, c journalPath) error {
	fresh, old := journalDir+"/new/"+strconv.Itoa(i), journalDir+"/old/"+strconv.Itoa(i)
	now, _, err := u.read(c.Path)
	there := !errors.Is(err, fs.ErrNotExist)
	blocked := errors.Is(err, errBehindLink) || errors.Is(err, errBelowFile) // its directory is no longer there
	unwritten := u.has(fresh)
	ours := err == nil && contentSum(now) == c.New
	switch {
	case c.Old != "" && (unwritten || !u.has(old)): // not done, or undone
		return nil
	case c.Old == "" && blocked:
		return nil
	case c.Old == "" && unwritten && ours && u.sameFile(fresh, c.Path):
		return u.remove(c.Path)
	case c.Old == "" && unwritten: // what is there may be a copy that is not complete, or the user's
		all, _, failed := u.read(fresh)
		if failed != nil || err != nil || !bytes.HasPrefix(all, now) {
			return failed
		}
		return u.setAside(c.Path)
	case c.Old == "" && ours:
		return u.remove(c.Path)
	case there && !ours:
		if err := u.setAside(cmp.Or(u.obstacle(path.Dir(c.Path)), c.Path)); err != nil {
			return err
		}
	}
	if c.Old == "" {
		return nil
	}
	if err := u.mkdirAll(path.Dir(c.Path)); err != nil {
		return err
	}
	return u.rename(old, c.Path)
}

// obstacle is the file or the link that is where dir was, or one above it; "" if there is none.
func (u *undo) obstacle(dir string) string {
	for i, r := range dir + "/" {
		if r == '/' && u.has(dir[:i]) && !u.isDir(dir[:i]) {
			return dir[:i]
		}
	}
	return ""
}

// setAside moves a path to a place where nothing is ever deleted.
func (u *undo) setAside(name string) error {
	if u.dir == "" {
		n := 1
		for u.has(editedDir + "/" + strconv.Itoa(n)) {
			n++
		}
		u.dir = editedDir + "/" + strconv.Itoa(n)
		if err := u.mkdirAll(u.dir); err != nil {
			return err
		}
		if !u.has(editedDir + "/.gitignore") {
			if err := u.create(file{path: editedDir + "/.gitignore", data: []byte("*\n"), mode: 0o666}); err != nil {
				return err
			}
		}
	}
	to := path.Join(u.dir, name)
	if err := u.mkdirAll(path.Dir(to)); err != nil {
		return err
	}
	u.aside = append(u.aside, to)
	return u.rename(name, to)
}

// Recover looks whether a gostart that wrote to the project of dir ended half way, by kill -9 say. If one did,
// it puts all back and tells so, in sentences.
func Recover(dir string) ([]string, error) {
	r, err := recoverProject(dir)
	if r == nil {
		return nil, err
	}
	return append(r.Said, keptAside(r.Kept)...), err
}

// recoverProject is Recover with what was done; nil when there was nothing to do.
func recoverProject(dir string) (*AbortResult, error) {
	dir, err := absolute(dir)
	if err != nil {
		return nil, err
	}
	for {
		for _, name := range []string{journalDir, manifestFile} {
			if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
				return recoverAt(dir, nil)
			}
		}
		above := filepath.Dir(dir)
		if above == dir {
			return nil, nil
		}
		dir = above
	}
}

// recoverAt is recoverProject for the very directory of a project.
func recoverAt(dir string, step func(string) error) (*AbortResult, error) {
	d, err := newDisk(dir, step)
	if err != nil {
		return nil, err
	}
	defer d.close()
	if !d.has(journalDir) {
		d.tidy()
		return nil, nil
	}
	unlock, err := d.lockProject()
	if err != nil {
		return nil, err
	}
	defer unlock()
	j, err := d.readJournal(journalDir)
	if j == nil {
		return nil, err
	}
	aside, err := d.takeBack(j)
	if err != nil {
		return nil, fmt.Errorf("putting back what gostart %s had begun: %w", j.Command, err)
	}
	r := newAbortResult(dir, j, aside)
	r.Said = append(r.Said, fmt.Sprintf("gostart %s was interrupted while it wrote to %q: all is put back as it was before", j.Command, dir))
	return r, nil
}

// tidy removes what a process has left that ended before it had written anything, unless it is still at it.
func (d *disk) tidy() {
	if !d.has(stagedDir) && !d.has(lockFile) {
		return
	}
	if unlock, err := d.lockProject(); err == nil {
		_ = d.removeAll(stagedDir)
		unlock()
	}
}

// putRight is recoverAt for a directory that a project is to be laid into.
func (o Options) putRight(directory string) ([]string, error) {
	dir, err := absolute(directory)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(journalDir))); err != nil {
		return nil, nil //nolint:nilerr // nothing was begun there
	}
	if o.DryRun {
		return nil, errUnfinished(dir)
	}
	r, err := recoverAt(dir, o.step)
	if r == nil {
		return nil, err
	}
	return append(r.Said, keptAside(r.Kept)...), err
}

// withAside is err, and where files are that were set aside before it.
func withAside(err error, aside []string) error {
	for _, said := range keptAside(aside) {
		err = fmt.Errorf("%w; %s", err, said)
	}
	return err
}

// keptAside tells where files are that were edited before what made them was taken back.
func keptAside(aside []string) []string {
	if len(aside) == 0 {
		return nil
	}
	return []string{"edited since then, and kept: " + strings.Join(aside, ", ")}
}

// errUnfinished is what a command says that does not take back what another one began.
func errUnfinished(dir string) error {
	return refuse(exitFailed, "to put it back as it was: gostart update --abort", "a gostart that wrote to %q was interrupted half way", dir)
}
