package runserver

// The way of one request to a launcher and of its answer back, where net/http's
// client alone would lose one: it takes what breaks while a body is sent for the
// end, and does not know whether a request that got no answer has been read.

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
)

// carrier sends requests, and keeps what the proxy drops from an answer.
type carrier struct {
	http.RoundTripper
	host     host
	launcher *launcher
}

// RoundTrip sends a request again when its connection turns out to have been
// ended before, and no handler has seen it. A launcher does that when a handler
// panics after a whole answer.
func (c *carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchangeOf(r)
	response, err := c.RoundTripper.RoundTrip(r)
	for err != nil && x.link != nil && x.link.reused {
		body, uploads := r.Body.(*upload)
		if begun, ok := c.host.ask(c.launcher, x.id); begun || !ok || uploads && !body.revoke() {
			break
		}
		if uploads {
			r.Body = &upload{ReadCloser: body.ReadCloser, exchange: x, out: r}
		}
		x.link = nil
		response, err = c.RoundTripper.RoundTrip(r)
	}
	if err == nil {
		x.whole = r.Method == http.MethodHead || response.ContentLength >= 0 && response.ContentLength <= x.link.body.Load()
		x.header = maps.Clone(response.Header)
		if response.StatusCode == http.StatusSwitchingProtocols || strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
			x.stream = true
			c.launcher.stream()
		}
		if response.Close && r.ProtoMajor < 2 {
			x.header["Connection"] = []string{"close"}
		}
	}
	return response, err
}

// upload is the body of a request on its way to the launcher.
type upload struct {
	io.ReadCloser
	exchange *exchange
	out      *http.Request
	state    atomic.Int32
}

const (
	untouched int32 = iota
	begun
	revoked // before it was touched
)

var errRevoked = errors.New("the body is sent over another connection")

func (u *upload) revoke() bool { return u.state.CompareAndSwap(untouched, revoked) }

// Close leaves the body open: the request may be sent over another connection.
// The proxy closes it in the end.
func (u *upload) Close() error { return nil }

// Read passes the trailers on when the body ends. When it breaks off, the
// application sees that, and may still answer.
func (u *upload) Read(p []byte) (int, error) {
	if !u.state.CompareAndSwap(untouched, begun) && u.state.Load() == revoked {
		return 0, errRevoked
	}
	n, err := u.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		maps.Copy(u.out.Trailer, u.exchange.request.Trailer)
	case err != nil && n == 0:
		u.exchange.link.CloseWrite() //nolint:errcheck // the launcher may be gone
		<-u.out.Context().Done()
	case err != nil:
		err = nil // it comes again
	}
	return n, err
}

// link is a connection to a launcher, and what is known of the request that it
// carries.
type link struct {
	net.Conn
	reused  bool         // has carried another before
	uploads bool         // with a body
	sent    atomic.Bool  // a part of it at least
	body    atomic.Int64 // bytes that came after the header of an answer, in the same piece; -1 where no header ended in it
}

var headerEnd = []byte("\r\n\r\n")

// Read notes how much of an answer's body came along with its header.
func (l *link) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	come := int64(-1)
	if begin := []byte("HTTP/1.1 "); bytes.HasPrefix(p[:n], begin) && n > len(begin) && p[len(begin)] != '1' { // 1xx has another after it
		if end := bytes.Index(p[:n], headerEnd); end >= 0 {
			come = int64(n - end - len(headerEnd))
		}
	}
	l.body.Store(come)
	return n, err
}

// Write does not fail while there may be an answer to read: an application that
// has not read the body, and whose connection is closed, has given it before.
func (l *link) Write(p []byte) (int, error) {
	n, err := l.Conn.Write(p)
	if err == nil {
		l.sent.Store(true)
	} else if l.uploads && l.sent.Load() {
		return len(p), nil
	}
	return n, err
}

// CloseWrite ends one direction.
func (l *link) CloseWrite() error {
	if conn, ok := l.Conn.(interface{ CloseWrite() error }); ok {
		return conn.CloseWrite()
	}
	return nil
}
