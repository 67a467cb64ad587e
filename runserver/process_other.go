//go:build unix && !linux

package runserver

import "syscall"

// dieWithParent does nothing where the kernel has no such signal; the lifeline
// ends a launcher there.
func dieWithParent(*syscall.SysProcAttr) {}
