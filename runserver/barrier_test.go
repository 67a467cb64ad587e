package runserver

import (
	"context"
	"testing"
)

// TestBarrierEnds: when runserver ends, a request that waits for a build does not hold it up; one that need not wait is
// answered.
func TestBarrierEnds(t *testing.T) {
	done := make(chan struct{})
	b := newBarrier(done)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	go func() { close(done) }()
	if o := b.wait(ctx); o != nil || ctx.Err() != nil {
		t.Errorf("a request that waits gets %v (%v), want its end", o, ctx.Err())
	}
	ready := &outcome{}
	b.settle(ready)
	if o := b.wait(ctx); o != ready {
		t.Errorf("a request that need not wait gets %v, want %v", o, ready)
	}
	b.want(fingerprint{again: 1})
	if o := b.wait(ctx); o != nil || ctx.Err() != nil {
		t.Errorf("a request after a save gets %v (%v), want its end", o, ctx.Err())
	}
}
