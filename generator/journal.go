// The journal of a write into a project: with it, what was begun can be taken back, by this process or by the
// next.
//
// It is in the project's directory .gostart, where git ignores all but base/ (see layer.go):
//
//	staged/       what will be written, while it is being written; the project has not been touched
//	journal/      the same directory, renamed: from here on the project changes. A process that finds it takes
//	              back what another one did not finish.
//	last-update/  the same directory again: all is done. `gostart update --abort` takes it back.
//	edited/       what was edited after an update that was taken back
//	lock          of the process that writes
//
// Each of them but the lock has journal.json, new/N, which becomes the Nth path of the journal by a rename, and
// old/N, which that path was, under a second name: nothing is copied, and what is taken back is the very file
// that was there. If new/N is there, the path has not been written; so it can be told after kill -9 how far
// things have come.
//
// Rolling back was chosen over finishing, since a half written project is what the user has been looking at and
// may have begun to mend: what was edited since is kept aside, never overwritten. A power failure is not among
// what this is for: nothing is synced to the disk, for which a thousand files would have to wait for seconds.
package generator

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"strconv"
)

const (
	stateDir   = ".gostart"
	lockFile   = stateDir + "/lock"
	stagedDir  = stateDir + "/staged"
	journalDir = stateDir + "/journal"
	lastDir    = stateDir + "/last-update"
	editedDir  = stateDir + "/edited"
)

// journal is journal.json.
type journal struct {
	Command     string        `json:"command"` // "update"
	Changes     []journalPath `json:"changes"` // in the order in which they are made
	Directories []string      `json:"directories"`
	Emptied     []string      `json:"emptied"` // directories that go if nothing is left in them
}

// journalPath is a file that is written: as contentSum has it, or "" where none is there.
type journalPath struct {
	Path string `json:"path"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

// stage writes what p needs into stagedDir.
func (d *disk) stage(ctx context.Context, p *plan, command string) (*journal, error) {
	if err := d.removeAll(stagedDir); err != nil {
		return nil, err
	}
	for _, dir := range []string{stagedDir, stagedDir + "/new", stagedDir + "/old"} {
		if err := d.mkdir(dir); err != nil {
			return nil, err
		}
	}
	if err := d.create(file{path: stagedDir + "/.gitignore", data: []byte("*\n"), mode: 0o666}); err != nil {
		return nil, err
	}
	j := &journal{Command: command, Emptied: p.emptied}
	for _, c := range p.changes {
		if err := interrupted(ctx); err != nil {
			return nil, err
		}
		switch {
		case c.mode.IsDir():
			if !d.has(c.path) {
				j.Directories = append(j.Directories, c.path)
			}
			continue
		case !c.remove:
			staged := c.file
			staged.path = stagedDir + "/new/" + strconv.Itoa(len(j.Changes))
			if err := d.create(staged); err != nil {
				return nil, err
			}
			if err := d.setMode(staged.path, c); err != nil {
				return nil, err
			}
		}
		j.Changes = append(j.Changes, journalPath{Path: c.path, Old: c.old, New: c.sum()})
	}
	data, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return nil, err
	}
	return j, d.create(file{path: stagedDir + "/journal.json", data: data, mode: 0o666})
}

// setMode gives a file that replaces another, or is one renamed, the mode that it is to have, whatever the umask.
func (d *disk) setMode(staged string, c change) error {
	mode := c.mode
	if c.old == "" && !c.chmod {
		return nil
	}
	if !c.chmod {
		info, err := d.lstat(c.path)
		if err != nil {
			return changedMeanwhile(d, c.path)
		}
		mode = info.Mode()
	}
	return d.chmod(staged, mode)
}

// perform does what the journal in journalDir says. When it returns without an error, all is done; before that,
// all can be taken back.
func (d *disk) perform(ctx context.Context, j *journal, keep bool) error {
	for _, dir := range j.Directories {
		if err := d.mkdir(dir); err != nil {
			return err
		}
	}
	for i, c := range j.Changes {
		if err := interrupted(ctx); err != nil {
			return err
		}
		if err := d.make(i, c); err != nil {
			return err
		}
	}
	for _, dir := range j.Emptied {
		d.removeEmpty(dir)
	}
	if err := interrupted(ctx); err != nil {
		return err
	}
	done := stagedDir
	if keep {
		done = lastDir
	}
	if d.has(lastDir) { // it can no longer be taken back
		if err := d.rename(lastDir, stagedDir); err != nil {
			return err
		}
		if err := d.removeAll(stagedDir); err != nil {
			return err
		}
	}
	if err := d.rename(journalDir, done); err != nil {
		return err
	}
	_ = d.removeAll(stagedDir) // if it is there, the next process removes it
	return nil
}

// make makes the ith change of the journal in journalDir.
func (d *disk) make(i int, c journalPath) error {
	fresh, old := journalDir+"/new/"+strconv.Itoa(i), journalDir+"/old/"+strconv.Itoa(i)
	if _, err := d.lstat(c.Path); errors.Is(err, errBehindLink) || errors.Is(err, errBelowFile) {
		return changedMeanwhile(d, c.Path)
	}
	if c.Old == "" {
		if err := d.link(fresh, c.Path); errors.Is(err, fs.ErrExist) {
			return changedMeanwhile(d, c.Path)
		} else if err != nil {
			return err
		}
		return d.remove(fresh)
	}
	keep := d.link
	if c.New == "" {
		keep = d.rename
	}
	if err := keep(c.Path, old); err != nil {
		return err
	}
	if data, _, err := d.read(old); err != nil {
		return err
	} else if contentSum(data) != c.Old {
		return changedMeanwhile(d, c.Path)
	}
	if c.New == "" {
		return nil
	}
	return d.rename(fresh, c.Path)
}

func changedMeanwhile(d *disk, name string) error {
	return refuse(exitFailed, "type it again when no other program writes there", "%s in %q has changed while gostart was at work", name, d.dir)
}
