//go:build !unix

package main

// killGroup does nothing: the job object that the supervisor holds ends the
// processes in it when the supervisor goes.
func killGroup() {}

func outliveOutput() {}
