// Taking an update back.
package generator

import (
	"fmt"
	"slices"
)

// AbortResult is what UpdateAbort did.
type AbortResult struct {
	Directory string   `json:"directory"` // absolute
	Restored  []string `json:"restored"`  // the files that are as they were before the update
	Kept      []string `json:"kept"`      // where what was edited since then is now
	Said      []string `json:"said"`      // of an update that was interrupted, and is taken back instead of the one before it
}

// UpdateAbort puts the project back as it was before the last update, file for file. What was edited since is
// kept aside. After another command has written to the project, or when the manifest is not the one that the
// update has written, it refuses to.
func UpdateAbort(o UpdateOptions) (*AbortResult, error) {
	if r, err := recoverProject(o.Directory); err != nil || r != nil {
		return r, err
	}
	p, err := openProject(o.Directory, o.step)
	if err != nil {
		return nil, err
	}
	defer p.close()
	unlock, err := p.lockProject()
	if err != nil {
		return nil, err
	}
	defer unlock()
	j, err := p.readJournal(lastDir)
	if err != nil {
		return nil, err
	}
	if j == nil {
		return nil, refuse(exitFailed, "", "there is no update of %q that could be taken back", p.dir)
	}
	for _, c := range j.Changes {
		if c.Path == manifestFile && c.New != contentSum(p.data) {
			return nil, refuse(exitFailed, "if git has the state of before the update: git checkout COMMIT -- .",
				"%s is not the one that the last update wrote, so that the project is no longer what it would be taken back from", manifestFile)
		}
	}
	if err := p.rename(lastDir, journalDir); err != nil {
		return nil, err
	}
	aside, err := p.takeBack(j)
	if err != nil {
		return nil, fmt.Errorf("taking back the last update: %w", err)
	}
	return newAbortResult(p.dir, j, aside), nil
}

// newAbortResult tells what taking a journal back has done.
func newAbortResult(dir string, j *journal, aside []string) *AbortResult {
	r := &AbortResult{Directory: dir, Restored: []string{}, Kept: append([]string{}, aside...), Said: []string{}}
	for _, c := range j.Changes {
		if c.Old != "" {
			r.Restored = append(r.Restored, c.Path)
		}
	}
	slices.Sort(r.Restored)
	return r
}
