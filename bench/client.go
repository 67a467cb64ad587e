// The clients: one that waits for a new answer, those that must not notice that anything changes, and one that
// looks at the clock.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	path       = "/bench"             // of the handler that is edited
	pollPause  = 4 * time.Millisecond // between two questions for the new answer
	loadPause  = 5 * time.Millisecond // between two requests of a looping client
	answerTime = 15 * time.Second     // within which an edit is served, or it is not counted as served
	startTime  = 120 * time.Second    // the same for a start, which may have to fill the build cache
)

var errNotServed = errors.New("the new code was never served")

// await asks again and again, over a new connection each time, until an answer has want in it. It tells whether
// an answer with old in it came before.
func await(ctx context.Context, address, old, want string, limit time.Duration) (stale bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errNotServed)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		body, err := get(ctx, client, address)
		switch {
		case err == nil && strings.Contains(body, want):
			return stale, nil
		case err == nil && old != "" && strings.Contains(body, old):
			stale = true
		}
		if ctx.Err() != nil {
			return stale, context.Cause(ctx)
		}
		pause(ctx, pollPause)
	}
}

func get(ctx context.Context, client *http.Client, address string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return string(body), err
}

// A visitor loops over requests and counts those that fail. It is not an http.Client, which sends a request again
// when a connection that it kept alive turns out to be closed, and so hides what a POST would run into.
type visitor struct {
	address   string
	keepAlive bool
	answered  int
	failed    int
}

// loop runs until stop is closed, and finishes the request that is under way then.
func (v *visitor) loop(stop <-chan struct{}) {
	var conn net.Conn
	for {
		select {
		case <-stop:
			if conn != nil {
				_ = conn.Close()
			}
			return
		default:
		}
		var err error
		if conn, err = v.visit(conn); err != nil {
			v.failed++
		} else {
			v.answered++
		}
		time.Sleep(loadPause)
	}
}

// visit makes one request, on conn or a new connection, and returns the connection if it can be used again.
func (v *visitor) visit(conn net.Conn) (net.Conn, error) {
	if conn == nil {
		var err error
		if conn, err = net.Dial("tcp", v.address); err != nil {
			return nil, err
		}
	}
	again, err := v.exchange(conn)
	if !again {
		_ = conn.Close()
		return nil, err
	}
	return conn, err
}

// exchange sends a request and reads the answer.
func (v *visitor) exchange(conn net.Conn) (again bool, err error) {
	if err := conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return false, err
	}
	wish := "close"
	if v.keepAlive {
		wish = "keep-alive"
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: %s\r\n\r\n", path, v.address, wish); err != nil {
		return false, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return false, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return false, err
	}
	if resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return v.keepAlive && !resp.Close, err
}

// underLoad runs f while one visitor keeps its connection and another makes a new one for each request.
func underLoad(address string, f func() error) (keepAlive, newEach visitor, err error) {
	keepAlive, newEach = visitor{address: address, keepAlive: true}, visitor{address: address}
	stop := make(chan struct{})
	var loops sync.WaitGroup
	loops.Go(func() { keepAlive.loop(stop) })
	loops.Go(func() { newEach.loop(stop) })
	err = f()
	close(stop)
	loops.Wait()
	return keepAlive, newEach, err
}

// latencies are the times of n requests, one after the other.
func latencies(ctx context.Context, client *http.Client, address string, n int) ([]time.Duration, error) {
	var times []time.Duration
	for range n {
		began := time.Now()
		if _, err := get(ctx, client, address); err != nil {
			return nil, err
		}
		times = append(times, time.Since(began))
	}
	return times, nil
}

// freeAddress is a port of the loopback interface that nobody has.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
