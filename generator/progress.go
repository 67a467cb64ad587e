// What is told of work that takes over a second.
package generator

import (
	"sync"
	"time"
)

const (
	progressAfter = time.Second
	progressEvery = 100 * time.Millisecond
)

// Progress tells how far something has come that takes over a second.
type Progress struct {
	What  string // "downloading https://example.com/x.zip"
	Unit  string // "bytes" or "files"
	Done  int64
	Total int64 // 0 when nobody knows
	End   bool  // it is over, and nothing more will be told of it
}

// progress counts, and tells now and then: also that nothing happens.
type progress struct {
	mu    sync.Mutex
	tell  func(Progress)
	now   Progress
	told  bool
	timer *time.Timer
}

// newProgress begins to count; tell may be nil. end has to be called.
func newProgress(tell func(Progress), what, unit string, total int64) *progress {
	p := &progress{tell: tell, now: Progress{What: what, Unit: unit, Total: total}}
	p.mu.Lock()
	defer p.mu.Unlock()
	if tell != nil {
		p.timer = time.AfterFunc(progressAfter, p.tick)
	}
	return p
}

func (p *progress) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.now.End {
		p.tell(p.now)
		p.told = true
		p.timer.Reset(progressEvery)
	}
}

func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Done += int64(n)
}

// expect sets the total, which is not always known at first.
func (p *progress) expect(total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Total = total
}

// end is told where something was told before: a line on a terminal has to go.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now.End = true; p.told {
		p.tell(p.now)
	}
	if p.timer != nil {
		p.timer.Stop()
	}
}
