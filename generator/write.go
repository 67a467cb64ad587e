// A plan, applied so that the disk ends as planned or as it was, whatever happens meanwhile: an error, a full
// disk, Ctrl-C, or kill -9.
//
// A new project is made in a directory beside its place and renamed into it: it is there whole, or not at all. What
// is killed leaves that directory behind, and the next startproject removes it. Into an existing directory things
// are written by means of a journal, with which they can be taken back.
package generator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// writing is how a plan is written.
type writing struct {
	command string             // that writes, for messages
	keep    bool               // the journal, so that all can be taken back later
	step    func(string) error // as disk has it
	tell    func(Progress)     // may be nil
}

// apply writes p. After an error, or when ctx ends first, nothing of it is left.
func (p *plan) apply(ctx context.Context, w writing) error {
	if !p.exists {
		return p.makeWhole(ctx, w)
	}
	d, err := newDisk(p.dir, w.step)
	if err != nil {
		return err
	}
	defer d.close()
	return p.layInto(ctx, d, w)
}

// makeWhole makes p's directory with all files in it, and the directories above it that are missing.
func (p *plan) makeWhole(ctx context.Context, w writing) (err error) {
	parent, name := filepath.Dir(p.dir), filepath.Base(p.dir)
	parents, err := makeParents(parent)
	defer func() {
		if err != nil {
			for _, made := range slices.Backward(parents) {
				_ = os.Remove(made) // not when something else is in it by now
			}
		}
	}()
	if err != nil {
		return fmt.Errorf("creating %q: %w", p.dir, cause(err))
	}
	beside, err := newDisk(parent, w.step)
	if err != nil {
		return err
	}
	defer beside.close()
	stage := "." + name + ".gostart-"
	p.swept = beside.sweep(stage)
	stage += rand.Text()[:8]
	unlock, err := beside.lock(stage + lockSuffix)
	if err != nil {
		return err
	}
	defer unlock()
	// os.MkdirTemp makes directories that only their owner may enter; this one becomes the project.
	if err := beside.mkdir(stage); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = beside.removeAll(stage)
		}
	}()
	if err := p.fill(ctx, filepath.Join(parent, stage), w); err != nil {
		return err
	}
	return beside.rename(stage, name)
}

// fill creates p's files in an empty directory.
func (p *plan) fill(ctx context.Context, dir string, w writing) error {
	d, err := newDisk(dir, w.step)
	if err != nil {
		return err
	}
	defer d.close()
	told := newProgress(w.tell, "writing", "files", int64(len(p.changes)))
	defer told.end()
	for _, c := range p.changes {
		if err := interrupted(ctx); err != nil {
			return err
		}
		if c.mode.IsDir() {
			err = d.mkdir(c.path)
		} else {
			err = d.create(c.file)
		}
		if err != nil {
			return err
		}
		told.add(1)
	}
	return interrupted(ctx)
}

const lockSuffix = ".lock"

// sweep removes what processes that were killed have left: directories of that prefix, beside a lock that nobody has.
func (d *disk) sweep(prefix string) (swept []string) {
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		stage, ok := strings.CutSuffix(e.Name(), lockSuffix)
		if !ok || !strings.HasPrefix(stage, prefix) {
			continue
		}
		if f, err := d.open(e.Name()); err == nil {
			if tryLock(f) && d.removeAll(stage) == nil && d.remove(e.Name()) == nil {
				swept = append(swept, fmt.Sprintf("removed %q, which a gostart that was killed had left", d.where(stage)))
			}
			_ = f.Close()
		}
	}
	return swept
}

// makeParents is os.MkdirAll, and tells which directories it made, outermost first.
func makeParents(dir string) (made []string, err error) {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir {
		return nil, err
	}
	made, err = makeParents(filepath.Dir(dir))
	if err != nil {
		return made, err
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return made, err
	}
	return append(made, dir), nil
}

// layInto writes p into the directory d, or leaves it as it was.
func (p *plan) layInto(ctx context.Context, d *disk, w writing) error {
	unlock, err := d.lockProject()
	if err != nil {
		return err
	}
	defer unlock()
	if d.has(journalDir) {
		return errUnfinished(d.dir)
	}
	j, err := d.stage(ctx, p, w.command)
	if err == nil {
		err = d.rename(stagedDir, journalDir)
	}
	if err != nil {
		_ = d.removeAll(stagedDir)
		return err
	}
	if err := d.perform(ctx, j, w.keep); err != nil {
		aside, failed := d.takeBack(j)
		if failed != nil {
			return refuse(exitFailed, "gostart update --abort tries again to put things back", "%v; and putting things back: %v", err, failed)
		}
		return withAside(err, aside)
	}
	return nil
}
