package runserver

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// roundTrip is a launcher's answer.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestEndStreams: an event stream or a WebSocket does not end by itself; a launcher that has to make room is told to
// end them when no other request is open any more.
func TestEndStreams(t *testing.T) {
	for _, answer := range []*http.Response{
		{StatusCode: http.StatusOK, ContentLength: -1, Header: http.Header{"Content-Type": {"text/event-stream; charset=utf-8"}}},
		{StatusCode: http.StatusSwitchingProtocols, ContentLength: -1},
	} {
		ours, theirs := net.Pipe()
		l := &launcher{control: ours}
		heard := make(chan string, 1)
		go func() {
			defer close(heard)
			for lines := bufio.NewScanner(theirs); lines.Scan(); {
				heard <- lines.Text()
			}
		}()
		l.acquire() // a page
		l.acquire()
		x := &exchange{}
		request := httptest.NewRequest(http.MethodGet, "/", nil).WithContext(context.WithValue(context.Background(), exchangeKey{}, x))
		carrier := &carrier{launcher: l, RoundTripper: roundTrip(func(*http.Request) (*http.Response, error) {
			answer.Body = io.NopCloser(http.NoBody)
			return answer, nil
		})}
		if response, err := carrier.RoundTrip(request); err != nil || response.Body.Close() != nil {
			t.Fatal(err)
		}
		l.endStreams()
		if !l.hurried {
			t.Error("streams are ended while a page is open")
		}
		l.release(false)
		if word := <-heard; word != `"stop"` {
			t.Errorf("with a stream alone the launcher hears %s", word)
		}
		l.release(x.stream)
		ours.Close() //nolint:errcheck // done with
		if l.requests != 0 || l.streams != 0 {
			t.Errorf("%d requests and %d streams are left", l.requests, l.streams)
		}
	}
}

// TestMakeRoom: a save that is out of date, or the end of runserver, does not wait for the requests of the launcher that
// has to go.
func TestMakeRoom(t *testing.T) {
	l := &launcher{exited: make(chan struct{}), idle: make(chan struct{})}
	l.acquire()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := &supervisor{last: l}
	s.makeRoom(ctx)
	select {
	case <-l.exited:
		t.Error("the launcher has ended")
	default:
	}
	close(l.exited)
}
