package generator

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock locks f for this process, or tells that another one has. The lock goes with the process; where the file
// system knows no locks, nobody ever has it.
func tryLock(f *os.File) bool {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	return !errors.Is(err, windows.ERROR_LOCK_VIOLATION)
}
