package runserver

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
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

// TestHalfClosed: a client that has ended its side of the connection, as nc -N does, gets its answer though it has to
// wait, be it for a build or for another request's end.
func TestHalfClosed(t *testing.T) {
	if testing.Short() {
		t.Skip("serves a project")
	}
	dir := t.TempDir()
	for name, text := range lossSite {
		writeTestFile(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	view := filepath.Join(dir, "mysite", "views.go")
	writeTestFile(t, view, lossView(1))
	s := startServer(t, Options{Dir: dir, NoThreading: true})
	if err := saves[1](view, lossView(2)); err != nil {
		t.Fatal(err)
	}
	var clients []*client
	for range 2 {
		c := dial(t, s.addr)
		c.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		c.closeWrite()
		clients = append(clients, c)
	}
	for _, c := range clients {
		if a := c.answer("GET"); a.Body != "2" {
			t.Errorf("a client that waits gets %v", a)
		}
	}
}
