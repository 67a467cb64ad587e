package runserver

import (
	"syscall"
	"time"
)

// statStamp is os.Stat without what it allocates: each request looks at every tracked file.
func statStamp(name string) (stamp, bool) {
	var info syscall.Stat_t
	err := syscall.Stat(name, &info)
	for err == syscall.EINTR {
		err = syscall.Stat(name, &info)
	}
	if err != nil {
		return stamp{}, false
	}
	kind := info.Mode & syscall.S_IFMT
	if kind == syscall.S_IFDIR {
		info.Size = 0
	}
	return stamp{info.Ino, info.Size, time.Unix(info.Mtim.Unix()), info.Mode, kind == syscall.S_IFREG}, true
}
