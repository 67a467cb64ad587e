package runserver

// Saves that come faster than builds, as from a program that writes sources over and over: no build comes to its end,
// and all requests wait. Answering one from what was built before would be old code; saying nothing looks like a server
// that hangs.

import "time"

// holdGrace is how long requests wait through builds that are overtaken until it is told.
const holdGrace = 5 * time.Second

// hold is the time in which no attempt has come to anything.
type hold struct {
	begun bool      // an attempt has
	since time.Time // when it was overtaken
	told  bool
}

// begins notes that an attempt begins now. It returns true when that is to be told: once.
func (h *hold) begins(now time.Time) bool {
	switch {
	case !h.begun:
		h.begun = true
	case h.since.IsZero():
		h.since = now
	case !h.told && now.Sub(h.since) >= holdGrace:
		h.told = true
		return true
	}
	return false
}
