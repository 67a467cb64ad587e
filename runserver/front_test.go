package runserver

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestEndedRequest: a request whose launcher is gone is told why. One that was still open long after a save is not told
// that the application ended by itself.
func TestEndedRequest(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close() //nolint:errcheck // it has served no one
	for _, test := range []struct {
		retired    bool
		text, next string
	}{
		{false, "the application ended while serving: exit status 3", "The next request starts the application again."},
		{true, "still open a while after the code had changed", "The next request is answered by the new code."},
	} {
		s := testServer(t, nil)
		s.supervisor.host, s.barrier = host{network: "tcp"}, newBarrier(nil)
		l := &launcher{
			address: closed.Addr().String(), status: "exit status 3", tail: &tail{},
			exited: make(chan struct{}), idle: make(chan struct{}), retired: test.retired,
		}
		close(l.exited)
		o := &outcome{launcher: l}
		o.forward = s.forwarder(o)
		l.acquire()
		w := httptest.NewRecorder()
		x := &exchange{ResponseWriter: w, request: httptest.NewRequest(http.MethodGet, "/", nil)}
		x.forward(o)
		if body := w.Body.String(); w.Code != http.StatusInternalServerError || !strings.Contains(body, test.text) || !strings.Contains(body, test.next) {
			t.Errorf("with retired = %t the answer is %d: %s", test.retired, w.Code, body)
		}
	}
}
