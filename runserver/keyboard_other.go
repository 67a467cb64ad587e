//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package runserver

import "os"

// keyboard is not to be had: a Windows console has no mode that leaves Ctrl-C
// and the output alone and gives single keys.
type keyboard struct{ pressed chan byte }

func openKeyboard(*os.File) *keyboard { return nil }

func (*keyboard) close() {}
