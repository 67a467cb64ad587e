package runserver

// The private directory of a run: binaries, sockets, what builds need. It goes with the run. A run that is killed, and
// its launcher with it, leaves the directory: the next one sweeps it away. Whose lock is free is dead; a process id
// would tell less, since another process may have it.

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	temporaryPrefix = "gostart-"
	temporaryLock   = "runserver.lock" // of the directory's owner; the machine's name is in it
)

// makeTemporary makes the directory, and sweeps what others have left. remove is for the end.
func makeTemporary() (dir string, remove func(), err error) {
	host, _ := os.Hostname()
	sweep(os.TempDir(), host)
	dir, err = os.MkdirTemp("", temporaryPrefix)
	if err != nil {
		return "", nil, fmt.Errorf("making a directory for the build: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, temporaryLock), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return dir, func() { _ = os.RemoveAll(dir) }, nil // without a lock it is never swept, and serves as well
	}
	if tryLock(lock) {
		_, _ = lock.WriteString(host)
	}
	return dir, func() {
		_ = lock.Close() // Windows does not remove what is open
		_ = os.RemoveAll(dir)
	}, nil
}

// sweep removes the directories in temporary that runs on this machine have left.
func sweep(temporary, host string) {
	dirs, _ := filepath.Glob(filepath.Join(escapeGlob(temporary), temporaryPrefix+"*"))
	for _, dir := range dirs {
		sweepOne(dir, host)
	}
}

// sweepOne removes dir if it is a run's whose process has ended: one of this user's, with a lock that can be had, made
// on this machine, since locks may not reach from one to another. All of it happens below the directory that was looked
// at: others can write to the one that it is in, and put a link in its place.
func sweepOne(dir, host string) {
	seen, err := os.Lstat(dir)
	if err != nil || !seen.IsDir() || !isOwn(seen) {
		return
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return
	}
	defer root.Close()
	if opened, err := root.Stat("."); err != nil || !os.SameFile(seen, opened) {
		return
	}
	lock, err := root.OpenFile(temporaryLock, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer lock.Close()
	if !tryLock(lock) {
		return
	}
	if owner, err := root.ReadFile(temporaryLock); err != nil || string(owner) != host || host == "" {
		return
	}
	entries, _ := fs.ReadDir(root.FS(), ".")
	for _, entry := range entries {
		if entry.Name() != temporaryLock && root.RemoveAll(entry.Name()) != nil {
			return // the lock stays, for the next run
		}
	}
	_ = lock.Close()
	if root.Remove(temporaryLock) == nil {
		_ = root.Close()
		_ = os.Remove(dir)
	}
}
