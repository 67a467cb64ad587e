// Locks: one gostart at a time writes to a project.
package generator

import (
	"errors"
	"io/fs"
	"os"
)

// lock takes the lock file name for this process, until unlock, which removes it.
func (d *disk) lock(name string) (unlock func(), err error) {
	for {
		var f *os.File
		err := d.take("creating", name, func(name string) (err error) {
			f, err = d.root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
			return err
		})
		if err != nil {
			return nil, err
		}
		if !tryLock(f) {
			_ = f.Close()
			return nil, refuse(exitFailed, "type it again when that one has ended", "another gostart is writing to %q", d.dir)
		}
		mine, errMine := f.Stat()
		now, errNow := d.lstat(name)
		if errMine == nil && errNow == nil && os.SameFile(mine, now) {
			return func() {
				open := d.root.Remove(name) // Windows does not remove what is open; nor what another one has opened meanwhile
				_ = f.Close()
				if open != nil {
					_ = d.root.Remove(name)
				}
			}, nil
		}
		_ = f.Close() // who had it before has removed it
	}
}

// lockProject takes the project d for this process, until unlock.
func (d *disk) lockProject() (unlock func(), err error) {
	for {
		if err := d.mkdir(stateDir); err != nil {
			return nil, err
		}
		release, err := d.lock(lockFile)
		if errors.Is(err, fs.ErrNotExist) { // who had it before has removed the directory
			continue
		}
		return func() {
			if err == nil {
				release()
			}
			_ = d.root.Remove(stateDir) // not when something is kept in it
		}, err
	}
}
