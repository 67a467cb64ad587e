package runserver

import (
	"os/exec"
	"syscall"
)

// killWithParent ends a debugger when the supervisor is killed. A debugger that
// is asked to end kills its program first, which has to clean up: without its
// debugger, it goes on, and misses its supervisor.
func killWithParent(command *exec.Cmd) { command.SysProcAttr.Pdeathsig = syscall.SIGKILL }
