//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package runserver

// The terminal that keys are read from. Only this of it changes: input comes at
// each key and not at each line, and is not echoed; and Ctrl-Z is a key like the
// others, since a Go program that has once asked to be told of SIGTSTP can't be
// stopped by it any more. Output and Ctrl-C stay as they are.
//
// The terminal belongs to the shell as soon as this process is not in the
// foreground: then nothing is set and nothing is read.

import (
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// keyboard sends the keys that are pressed until it is closed.
type keyboard struct {
	pressed chan byte
	fd      int

	mu      sync.Mutex
	found   *unix.Termios // the terminal's settings before ours; nil while they are in force
	suspend byte
	ended   bool
	done    chan struct{} // closed with ended
	resumed chan struct{} // holds a token when the process may be in the foreground again
}

// openKeyboard returns nil when in is no terminal.
func openKeyboard(in *os.File) *keyboard {
	// A process that these stop would take its requests along: ours when it reads
	// or sets the terminal from the background, and a launcher, which inherits
	// this, when it prints to a terminal that is set to stop such ("stty tostop").
	signal.Ignore(syscall.SIGTTIN, syscall.SIGTTOU)
	if in == nil {
		return nil
	}
	k := &keyboard{
		pressed: make(chan byte), fd: int(in.Fd()),
		done: make(chan struct{}), resumed: make(chan struct{}, 1),
	}
	if _, err := unix.IoctlGetTermios(k.fd, getTermios); err != nil {
		return nil
	}
	k.take()
	go k.obeySignals()
	go k.read()
	return k
}

// foreground tells whether the terminal is ours to read and set.
func (k *keyboard) foreground() bool {
	group, err := unix.IoctlGetInt(k.fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// take sets the terminal, unless it is another's; then it returns false.
func (k *keyboard) take() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ended || !k.foreground() {
		return false
	}
	now, err := unix.IoctlGetTermios(k.fd, getTermios)
	if err != nil {
		return false
	}
	if now.Lflag&(unix.ICANON|unix.ECHO) == 0 {
		return true
	}
	found := *now
	now.Lflag &^= unix.ICANON | unix.ECHO
	now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
	now.Cc[unix.VSUSP] = noCharacter
	if unix.IoctlSetTermios(k.fd, setTermios, now) != nil {
		return false
	}
	k.found, k.suspend = &found, found.Cc[unix.VSUSP]
	return true
}

// giveBack sets the terminal as it was. A shell that has taken it back in the
// meantime has set it already.
func (k *keyboard) giveBack() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.found != nil && k.foreground() {
		unix.IoctlSetTermios(k.fd, setTermios, k.found) //nolint:errcheck // the terminal may be gone
	}
	k.found = nil
}

// close gives the terminal back for good.
func (k *keyboard) close() {
	if k == nil {
		return
	}
	k.mu.Lock()
	ended := k.ended
	k.ended = true
	k.mu.Unlock()
	if !ended {
		close(k.done)
		k.giveBack()
	}
}

// obeySignals gives the terminal back before a signal ends the process, and
// takes it when the process goes on after a stop. SIGINT and SIGTERM end
// runserver in good order, and so close the keyboard.
func (k *keyboard) obeySignals() {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGCONT, syscall.SIGQUIT)
	if !signal.Ignored(syscall.SIGHUP) { // nohup(1) ignores it
		signal.Notify(signals, syscall.SIGHUP)
	}
	defer signal.Stop(signals)
	for {
		select {
		case <-k.done:
			return
		case s := <-signals:
			if s == syscall.SIGCONT {
				k.take()
				select {
				case k.resumed <- struct{}{}:
				default:
				}
				continue
			}
			k.giveBack()
			signal.Reset(s)
			syscall.Kill(syscall.Getpid(), s.(syscall.Signal)) //nolint:errcheck // it is us
		}
	}
}

// suspends tells whether key is Ctrl-Z, or what the user has in its place.
func (k *keyboard) suspends(key byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return key == k.suspend && key != noCharacter
}

// stop does what the terminal does at Ctrl-Z, when the terminal is as it was.
// Nothing may be forked meanwhile: a child that stopped on its way to a group of
// its own would never be told to go on, and whoever forked it waits for it.
func (k *keyboard) stop() {
	k.giveBack()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	select {
	case <-k.resumed:
	default:
	}
	syscall.Kill(0, syscall.SIGTSTP) //nolint:errcheck // it is us, and those whom the shell started with us
	select {
	case <-k.resumed: // the process had stopped
	case <-k.done:
	case <-time.After(stopWait): // or could not: it is no shell's job
	}
}

const (
	stopWait   = 100 * time.Millisecond // for a process to stop when it has been told to
	resumeWait = time.Second            // a shell does not tell a running job that it is in the foreground
)

// read sends keys while the process is in the foreground.
func (k *keyboard) read() {
	typed := make([]byte, 64)
	for {
		for !k.take() {
			select {
			case <-k.done:
				return
			case <-k.resumed:
			case <-time.After(resumeWait):
			}
		}
		n, err := unix.Read(k.fd, typed)
		switch {
		case errors.Is(err, syscall.EINTR), errors.Is(err, syscall.EIO) && !k.foreground():
			continue
		case err != nil || n == 0:
			return // the terminal is gone
		}
		for _, key := range typed[:n] {
			if k.suspends(key) {
				k.stop()
				continue
			}
			select {
			case k.pressed <- key:
			case <-k.done:
				return
			}
		}
	}
}
