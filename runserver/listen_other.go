//go:build !unix

package runserver

// ownerOnly calls a function; the directory that a socket is in says who may use it.
func ownerOnly(f func()) { f() }
