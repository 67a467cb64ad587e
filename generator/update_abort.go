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
	if said, err := Recover(o.Directory); err != nil || said != nil {
		return &AbortResult{Restored: []string{}, Kept: []string{}, Said: said}, err
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
	r := &AbortResult{Directory: p.dir, Restored: []string{}, Kept: []string{}, Said: []string{}}
	for _, c := range j.Changes {
		if c.Path == manifestFile && c.New != contentSum(p.data) {
			return nil, refuse(exitFailed, "if git has the state of before the update: git checkout COMMIT -- .",
				"%s is not the one that the last update wrote, so that the project is no longer what it would be taken back from", manifestFile)
		}
		if c.Old != "" {
			r.Restored = append(r.Restored, c.Path)
		}
	}
	slices.Sort(r.Restored)
	if err := p.rename(lastDir, journalDir); err != nil {
		return nil, err
	}
	aside, err := p.takeBack(j)
	if err != nil {
		return nil, fmt.Errorf("taking back the last update: %w", err)
	}
	r.Kept = append(r.Kept, aside...)
	return r, nil
}
