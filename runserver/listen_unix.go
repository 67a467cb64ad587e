//go:build unix

package runserver

import "syscall"

// ownerOnly calls a function, and takes from what it makes all rights but the
// owner's. A mode that is changed afterwards leaves a moment for others.
func ownerOnly(f func()) {
	mask := syscall.Umask(0o177)
	syscall.Umask(mask | 0o177)
	defer syscall.Umask(mask)
	f()
}
