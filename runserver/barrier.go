package runserver

// The barrier: requests that arrive after a save wait here until the new code,
// or the page that says what is wrong with it, can answer. It opens only when
// what was built is what the files hold now.

import (
	"context"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// outcome is what a state of the files came to: a launcher that answers, or a
// failure; never both.
type outcome struct {
	print    fingerprint
	launcher *launcher
	failure  *failure
	forward  http.Handler // to the launcher
	settings report
	build    buildResult
	took     time.Duration // from the start of the build until ready
	gone     atomic.Bool   // its launcher has to make room
}

// covers tells whether the outcome is still right when the files come to print.
// What development reads from disk at each request needs no build.
func (o *outcome) covers(print fingerprint) bool {
	if o == nil || o.gone.Load() {
		return false
	}
	fromDisk := o.launcher != nil && o.settings.Debug && o.settings.BaseDir != ""
	return o.print.source == print.source && o.print.env == print.env && o.print.again == print.again &&
		(o.print.assets == print.assets || fromDisk)
}

// removeBinary removes the program of an outcome that is past, unless its
// successor runs the same.
func (o *outcome) removeBinary(successor *outcome) {
	if o.build.binary != successor.build.binary {
		os.Remove(o.build.binary)
	}
}

type barrier struct {
	poke chan struct{}   // holds a token when there is something to do
	done <-chan struct{} // closed when nothing is settled any more

	mu      sync.Mutex
	wanted  fingerprint
	settled *outcome      // the last one; nil before the first
	open    chan struct{} // closed while settled covers wanted
}

func newBarrier(done <-chan struct{}) *barrier {
	return &barrier{poke: make(chan struct{}, 1), done: done, open: make(chan struct{})}
}

// want says what the files come to now: from here on, only what was built from
// that answers.
func (b *barrier) want(print fingerprint) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wanted == print {
		return
	}
	b.wanted = print
	b.set()
	b.poked()
}

// poked tells the loop that there is something to do.
func (b *barrier) poked() {
	select {
	case b.poke <- struct{}{}:
	default:
	}
}

// settle says what a state of the files came to. The barrier opens if the files
// are still in that state; false if not.
func (b *barrier) settle(o *outcome) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !o.covers(b.wanted) {
		return false
	}
	b.settled = o
	b.set()
	return true
}

// renounce makes o cover nothing any more: whoever has not been let to it waits.
func (b *barrier) renounce(o *outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o.gone.Store(true)
	b.set()
}

// exchange puts o in the place of was, if that is the last outcome.
func (b *barrier) exchange(was, o *outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.settled == was {
		b.settled = o
		b.set()
	}
}

// distrust makes o cover nothing any more.
func (b *barrier) distrust(o *outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o.print = fingerprint{}
	b.set()
	b.poked()
}

// drop forgets o, so that it is made anew.
func (b *barrier) drop(o *outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.settled == o {
		b.settled = nil
		b.set()
		b.poked()
	}
}

// set opens or closes the barrier as it must be.
func (b *barrier) set() {
	isOpen := false
	select {
	case <-b.open:
		isOpen = true
	default:
	}
	switch covered := b.settled.covers(b.wanted); {
	case covered && !isOpen:
		close(b.open)
	case !covered && isOpen:
		b.open = make(chan struct{})
	}
}

// current returns the last outcome, what is wanted, and whether the one covers
// the other.
func (b *barrier) current() (*outcome, fingerprint, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settled, b.wanted, b.settled.covers(b.wanted)
}

// wait returns the outcome that answers a request, and counts the request in if
// a launcher does: the caller releases it. It returns nil when ctx ends first,
// or runserver does.
func (b *barrier) wait(ctx context.Context) *outcome {
	for {
		b.mu.Lock()
		open, o := b.open, b.settled
		if o.covers(b.wanted) {
			if o.launcher != nil {
				o.launcher.acquire()
			}
			b.mu.Unlock()
			return o
		}
		b.mu.Unlock()
		select {
		case <-open:
		case <-b.done:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}
