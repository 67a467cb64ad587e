//go:build linux

// Restarts of a host while it is busy.
package main

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// restartUnderLoad restarts a host as often as told, each time once all clients have been answered by the new
// process. None of their requests may fail.
func restartUnderLoad(t *testing.T, at address, clients, restarts int, restart func()) (requests, connections int64) {
	t.Helper()
	var asked, dialed atomic.Int64
	type answer struct {
		client  int
		process string
	}
	answers := make(chan answer)
	stop := make(chan struct{})
	var busy sync.WaitGroup
	for i := range clients {
		c := newHostClient(t, at)
		c.dialed = &dialed
		busy.Go(func() {
			for {
				r, err := c.request(t.Context(), http.MethodPost, "/echo/", strings.NewReader("x")) // which no client sends again by itself
				if err != nil {
					t.Error(err)
					return
				}
				response, _, err := c.do(r)
				asked.Add(1)
				if err != nil || response.StatusCode != http.StatusOK {
					t.Errorf("%v, %v", response, err)
					return
				}
				select {
				case answers <- answer{i, response.Header.Get("Process")}:
				case <-stop:
					return
				}
			}
		})
	}
	defer busy.Wait()
	defer close(stop)

	rounds := make(chan struct{}, restarts+1) // one value each time that all have been answered by a new process
	go func() {
		processes, current := map[int]string{}, ""
		for {
			select {
			case a := <-answers:
				processes[a.client] = a.process
				n := 0
				for _, process := range processes {
					if process == a.process {
						n++
					}
				}
				if n == clients && a.process != current {
					current = a.process
					rounds <- struct{}{}
				}
			case <-stop:
				return
			}
		}
	}()
	for i := range restarts + 1 {
		select {
		case <-rounds:
		case <-time.After(patience):
			t.Fatalf("after %d restarts, not all clients are answered", i)
		}
		if i < restarts {
			restart()
		}
	}
	return asked.Load(), dialed.Load()
}
