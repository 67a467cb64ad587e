//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// killGroup ends this process and what it started: the supervisor made it the
// leader of a process group of its own.
func killGroup() { _ = syscall.Kill(0, syscall.SIGKILL) }

// outliveOutput keeps the launcher alive when it prints after the supervisor has
// gone, whose pipe its standard error is: it still has to clean up.
func outliveOutput() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }
