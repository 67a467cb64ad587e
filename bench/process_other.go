//go:build !unix

// Without process groups: a tool is killed, and its children end with it or are found by nobody.
package main

import (
	"os"
	"os/exec"
)

func inGroup(*exec.Cmd) {}

func stopGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

func peakRSS(*os.ProcessState) int64 { return 0 }
