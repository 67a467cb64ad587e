package runserver

import (
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock locks f for this process, or tells that it can't be had: another one has it, or the file system knows no
// locks. The lock goes with the process, and is beyond what is in the file: nobody else could read that.
func tryLock(f *os.File) bool {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1}) == nil
}

// isOwn is true: each user has a directory for temporary files.
func isOwn(fs.FileInfo) bool { return true }
