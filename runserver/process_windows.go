package runserver

// Windows has no process groups to signal. A launcher ends by the word on its
// connection (process.go), and whatever outlives the supervisor by the job
// object that the supervisor puts itself into: children are in it from their
// start, and the system ends them when its last handle goes.

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

const exeSuffix = ".exe"

// joinJob puts this process into a job that ends with it.
var joinJob = sync.OnceFunc(func() {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err == nil {
		err = windows.AssignProcessToJobObject(job, windows.CurrentProcess())
	}
	if err != nil {
		windows.CloseHandle(job)
	} // else the handle stays open for as long as this process lives
})

func ownGroup(command *exec.Cmd) {
	joinJob()
	command.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

func killGroup(p *os.Process) error { return p.Kill() }

// terminateGroup does nothing: the launcher has been told to stop.
func terminateGroup(*os.Process) error { return nil }
