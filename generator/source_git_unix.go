//go:build unix

package generator

import (
	"os/exec"
	"syscall"
)

// endWithChildren has cmd end with the programs that it started: one that waits for a server would go on.
func endWithChildren(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
