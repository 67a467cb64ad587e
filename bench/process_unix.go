//go:build unix

// Process groups, and what a process took, where there are signals and rusage.
package main

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// inGroup makes a command the leader of a process group of its own.
func inGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func stopGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// peakRSS is the peak, in bytes, of the process or of the largest child that it waited for.
func peakRSS(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" { // counts in bytes, the others in KiB
		return int64(usage.Maxrss)
	}
	return int64(usage.Maxrss) * 1024
}
