//go:build unix

package generator

import (
	"os/exec"
	"syscall"
)

// endWithChildren has cmd end with the programs that it started: one that waits for a server would go on. Those that
// ask for a password have to stay in the terminal's foreground, where a Ctrl-C ends them.
func endWithChildren(cmd *exec.Cmd, asks bool) {
	if asks {
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
