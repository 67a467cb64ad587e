//go:build unix

package runserver

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

const exeSuffix = ""

// ownGroup makes the command the leader of a process group, so that what it
// starts can be ended with it.
func ownGroup(command *exec.Cmd) {
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Setpgid = true
	dieWithParent(command.SysProcAttr)
}

// killGroup ends the group that p leads, and terminateGroup asks it to end.
func killGroup(p *os.Process) error      { return signalGroup(p, syscall.SIGKILL) }
func terminateGroup(p *os.Process) error { return signalGroup(p, syscall.SIGTERM) }

func signalGroup(p *os.Process, signal syscall.Signal) error {
	if err := syscall.Kill(-p.Pid, signal); !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return os.ErrProcessDone
}
