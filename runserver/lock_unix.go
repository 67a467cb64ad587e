//go:build unix

package runserver

import (
	"io/fs"
	"os"
	"syscall"
)

// tryLock locks f for this process, or tells that it can't be had: another one has it, or the file system knows no
// locks. The lock goes with the process.
func tryLock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// isOwn tells whether the file is this user's.
func isOwn(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
