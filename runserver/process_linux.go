package runserver

import "syscall"

// dieWithParent ends the process when the supervisor is killed before the
// process has reached its lifeline: the go command never does, and a launcher
// not before the packages of the user are initialised.
func dieWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGTERM }
