// The load of bench hosts: wrk, or clients of the bench's own.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A loader sends requests for a time, and tells how many were answered.
type loader func(ctx context.Context, address string, d time.Duration) (n int, err error)

var (
	wrkRequests = regexp.MustCompile(`(\d+) requests in`)
	wrkFailures = regexp.MustCompile(`Non-2xx.*|Socket errors.*`)
)

func wrk(program string) loader {
	return func(ctx context.Context, address string, d time.Duration) (int, error) {
		out, err := exec.CommandContext(ctx, program, "-t1", "-c"+strconv.Itoa(hostConns), "-d"+d.String(), "http://"+address+path).Output()
		if err != nil {
			return 0, fmt.Errorf("wrk: %w", err)
		}
		if failures := wrkFailures.Find(out); failures != nil {
			return 0, fmt.Errorf("wrk: %s", failures)
		}
		found := wrkRequests.FindSubmatch(out)
		if found == nil {
			return 0, errors.New("wrk tells no number of requests")
		}
		return positive(strconv.Atoi(string(found[1])))
	}
}

// loop is the loader without wrk. It writes requests and reads answers by itself: an http.Client takes longer for
// that than the host.
func loop(ctx context.Context, address string, d time.Duration) (int, error) {
	var answered atomic.Int64
	var clients sync.WaitGroup
	errs := make([]error, hostConns)
	end := time.Now().Add(d)
	for i := range hostConns {
		clients.Go(func() {
			for time.Now().Before(end) && ctx.Err() == nil && errs[i] == nil {
				errs[i] = converse(address, end, &answered)
			}
		})
	}
	clients.Wait()
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	return positive(int(answered.Load()), ctx.Err())
}

// converse sends requests over one connection until the host closes it, or end has come.
func converse(address string, end time.Time, answered *atomic.Int64) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n")
	reader := bufio.NewReader(conn)
	for time.Now().Before(end) {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		resp, err := http.ReadResponse(reader, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(resp.Body)
		if err == nil && !bytes.Contains(body, []byte(hello)) {
			err = fmt.Errorf("%s: %q", resp.Status, body)
		}
		if err != nil {
			return err
		}
		answered.Add(1)
		if resp.Close {
			return nil
		}
	}
	return nil
}

func positive(n int, err error) (int, error) {
	if err == nil && n == 0 {
		err = errors.New("no request was answered")
	}
	return n, err
}
