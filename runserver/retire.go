package runserver

// The requests that a launcher answers, and how it ends when they have ended.

import "time"

// acquire counts a request in. The barrier does so before the launcher retires.
func (l *launcher) acquire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
}

// release counts a request out.
func (l *launcher) release(stream bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests--
	if stream {
		l.streams--
	}
	if l.retired && l.requests == 0 {
		close(l.idle)
	}
	l.hurry()
}

// stream notes that the answer to one of the requests is a stream.
func (l *launcher) stream() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.streams++
	l.hurry()
}

// endStreams stops the launcher when none but streams are open any more: their
// contexts end.
func (l *launcher) endStreams() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hurried = true
	l.hurry()
}

func (l *launcher) hurry() {
	if l.hurried && l.requests == l.streams {
		l.hurried = false
		l.tell("stop")
	}
}

// retire ends the launcher when its requests have ended, or after grace, or when
// nobody waits for them any more.
func (l *launcher) retire(grace time.Duration, drained <-chan struct{}) {
	l.mu.Lock()
	if !l.retired && l.requests == 0 {
		close(l.idle)
	}
	l.retired = true
	l.mu.Unlock()
	select {
	case <-l.idle:
	case <-l.exited:
	case <-drained:
	case <-time.After(grace):
	}
	l.stop()
}

func (l *launcher) isRetired() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.retired
}
