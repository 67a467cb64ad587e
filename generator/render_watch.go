// Work that may never end, watched.
//
// text/template has no limits: a loop without output runs for ever, and a variable that is doubled a few dozen
// times is larger than any memory. A goroutine cannot be stopped from outside, but it can be left behind by a
// process that is about to end; so the work is done beside a watch, which gives up when ctx ends, when memory runs
// short, or when nothing has been finished for long.
package generator

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxHeap    = 3 * maxBytes
	maxIdle    = time.Minute // far more than any file takes
	watchEvery = 50 * time.Millisecond
)

// watch shares numbered pieces of work out among the processors.
type watch struct {
	total int
	name  func(i int) string // of a piece, for messages
	tell  func(Progress)     // may be nil
	heap  uint64             // bytes; 0 is maxHeap
	idle  time.Duration      // without a piece done; 0 is maxIdle
}

// run does all pieces, or returns an error and leaves behind what is still being done.
func (w *watch) run(ctx context.Context, work func(i int, x executor)) error {
	var next, done atomic.Int64
	working := make([]atomic.Int64, min(runtime.GOMAXPROCS(0), w.total)) // on piece i-1; 0 is none
	var workers sync.WaitGroup
	for worker := range working {
		workers.Go(func() {
			x := newExecutor()
			for i := int(next.Add(1)) - 1; i < w.total && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				working[worker].Store(int64(i + 1))
				work(i, x)
				working[worker].Store(0)
				done.Add(1)
			}
		})
	}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		workers.Wait()
	}()
	heap, idle := cmp.Or(w.heap, maxHeap), cmp.Or(w.idle, maxIdle)
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	told := newProgress(w.tell, "rendering", "files", int64(w.total))
	defer told.end()
	before, since := int64(0), time.Now()
	for {
		select {
		case <-finished:
			return interrupted(ctx)
		case <-ctx.Done():
			return interrupted(ctx)
		case <-ticker.C:
		}
		now := done.Load()
		told.add(int(now - before))
		if now != before {
			before, since = now, time.Now()
		}
		why := ""
		switch {
		case heapInUse(heap) > heap:
			why = fmt.Sprintf("takes more than %d MiB of memory", heap>>20)
		case time.Since(since) > idle:
			why = fmt.Sprintf("does not come to an end: nothing was finished for %v", idle)
		default:
			continue
		}
		var at []string
		for i := range working {
			if piece := working[i].Load(); piece > 0 {
				at = append(at, w.name(int(piece-1)))
			}
		}
		return fmt.Errorf("rendering %s %s", strings.Join(at, " and "), why)
	}
}

// heapInUse is the memory of values that are still in use, as far as that matters here.
func heapInUse(limit uint64) uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Uint64() > limit { // or garbage that was not collected yet
		runtime.GC()
		metrics.Read(sample)
	}
	return sample[0].Value.Uint64()
}
