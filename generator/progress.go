// What is told of work that takes over a second.
package generator

import "time"

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

// progress tells now and then how much is done. It is for one goroutine.
type progress struct {
	tell func(Progress)
	now  Progress
	next time.Time
	told bool
}

// newProgress begins to count; tell may be nil.
func newProgress(tell func(Progress), what, unit string, total int64) *progress {
	return &progress{tell: tell, now: Progress{What: what, Unit: unit, Total: total}, next: time.Now().Add(progressAfter)}
}

func (p *progress) add(n int) {
	p.now.Done += int64(n)
	if now := time.Now(); p.tell != nil && now.After(p.next) {
		p.next, p.told = now.Add(progressEvery), true
		p.tell(p.now)
	}
}

// end is called once; without it the last line would stay.
func (p *progress) end() {
	if p.now.End = true; p.told {
		p.tell(p.now)
	}
}
