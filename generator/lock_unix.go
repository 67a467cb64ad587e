//go:build unix

package generator

import (
	"os"
	"syscall"
)

// tryLock locks f for this process, or tells that another one has. The lock goes with the process; where the file
// system knows no locks, nobody ever has it.
func tryLock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != syscall.EWOULDBLOCK
}
