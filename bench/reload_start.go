// What bench reload tells beside the edits: how long runserver takes to start, and what a request costs that goes
// through it. Both are compared with the program that go build makes.
package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"
)

// startRow is a way to start.
type startRow struct {
	Name  string          `json:"name"`
	Times []time.Duration `json:"times_ns"` // from the command to the first answer
}

// startUps times starts with a warm build cache: nothing has changed since the last one. By hand that leaves
// the linking, or, where the program of the last time is still there, next to nothing.
func startUps(ctx context.Context, l *lab, hand, served *contender, n int) ([]*startRow, error) {
	rows := []*startRow{{Name: "by hand"}, {Name: "by hand, program up to date"}, {Name: "runserver"}}
	for round := range n + 1 {
		progress("start-up: round %d of %d", round, n)
		for _, i := range l.rand.Perm(len(rows)) {
			c := hand
			switch i {
			case 0:
				if err := os.Remove(hand.program); err != nil && !errors.Is(err, os.ErrNotExist) {
					return nil, err
				}
			case 2:
				c = served
			}
			settle(ctx)
			began := time.Now()
			err := c.start(ctx)
			took := time.Since(began)
			c.stop()
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first fills the caches
				rows[i].Times = append(rows[i].Times, took)
			}
		}
	}
	return rows, nil
}

// latencyRow compares requests to the program with requests through the server in front of it.
type latencyRow struct {
	Direct   time.Duration `json:"direct_ns"`  // median
	Through  time.Duration `json:"through_ns"` // median
	Requests int           `json:"requests"`   // of each
}

// proxyLatency asks both in turns, each over one connection that is kept open.
func proxyLatency(ctx context.Context, hand, served *contender) (*latencyRow, error) {
	const rounds, requests = 20, 100
	progress("requests direct and through runserver")
	var times [2][]time.Duration
	var clients [2]*http.Client
	contenders := [2]*contender{hand, served}
	for i, c := range contenders {
		defer c.stop()
		if err := c.start(ctx); err != nil {
			return nil, err
		}
		clients[i] = &http.Client{Transport: &http.Transport{}}
		defer clients[i].CloseIdleConnections() // before the server stops, or it would wait for them
	}
	settle(ctx)
	for round := range rounds + 1 {
		for i, c := range contenders {
			some, err := latencies(ctx, clients[i], c.front, requests)
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first warms up
				times[i] = append(times[i], some...)
			}
		}
	}
	return &latencyRow{median(times[0]), median(times[1]), rounds * requests}, nil
}
