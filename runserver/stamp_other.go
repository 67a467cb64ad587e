//go:build !linux

package runserver

import "os"

func statStamp(name string) (stamp, bool) {
	info, err := os.Stat(name)
	if err != nil {
		return stamp{}, false
	}
	is := stamp{0, info.Size(), info.ModTime(), uint32(info.Mode()), info.Mode().IsRegular()}
	if info.IsDir() {
		is.size = 0
	}
	return is, true
}
