package runserver

// The log of requests, in the form of Django's development server
// (django/core/servers/basehttp.py), with the time that the answer took.

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// exchange is one request and what becomes of it. It counts the answer on its
// way through.
type exchange struct {
	http.ResponseWriter
	request *http.Request // as it came: its trailers are known when its body has been read
	id      int64
	panics  form // how a panic of the application may be told; "" is not at all
	start   time.Time
	status  int
	bytes   int64
	link    *link       // that the request is sent over
	header  http.Header // of the launcher's answer
	whole   bool        // all of that answer is here already
	stream  bool        // that answer does not end by itself
	page    *page       // nil if the answer can't be one
}

// expects tells whether the client sends its body when it is told to.
func (x *exchange) expects() bool {
	r := x.request
	return r.Header.Get("Expect") != "" && r.ProtoAtLeast(1, 1) && r.ContentLength != 0
}

func (x *exchange) WriteHeader(status int) {
	if status == http.StatusContinue && x.expects() {
		return // reading the body says so, and once is enough
	}
	if status >= 200 && x.status == 0 {
		x.status = status
		x.page.begin(status, x.Header())
	}
	x.ResponseWriter.WriteHeader(status)
	x.pass()
}

func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	n, err := x.page.write(x.ResponseWriter, p)
	x.bytes += int64(n)
	x.pass()
	return n, err
}

// pass has the client see what has come so far of an answer that takes its time. One that is whole goes out as one.
func (x *exchange) pass() {
	if x.header != nil && !x.whole {
		x.flush()
	}
}

func (x *exchange) flush() {
	http.NewResponseController(x.ResponseWriter).Flush() //nolint:errcheck // the client may be gone
}

// Hijack is how the proxy takes the connection over when the application
// switches protocols. The proxy does not look into the buffer, where a client
// that did not wait for the answer has left what it said.
func (x *exchange) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	x.status = http.StatusSwitchingProtocols
	conn, buffered, err := http.NewResponseController(x.ResponseWriter).Hijack()
	if err == nil && buffered.Reader.Buffered() > 0 {
		conn = &bufferedConn{link: link{Conn: conn}, reader: buffered.Reader}
	}
	return conn, buffered, err
}

// bufferedConn is a connection of which something has been read already.
type bufferedConn struct {
	link
	reader *bufio.Reader
}

func (c *bufferedConn) Read(p []byte) (int, error) {
	if n := c.reader.Buffered(); n > 0 {
		return c.reader.Read(p[:min(n, len(p))])
	}
	return c.Conn.Read(p)
}

// Unwrap serves http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// logLine is the line for r; aborted says that the connection was cut.
func (x *exchange) logLine(r *http.Request, aborted, color bool) string {
	status, size := strconv.Itoa(x.status), strconv.FormatInt(x.bytes, 10)
	if aborted {
		size += " (connection cut)"
	}
	if x.status == 0 {
		status, size = "-", "- (no answer)"
	}
	line := fmt.Sprintf("[%s] \"%s %s %s\" %s %s %s", x.start.Format("02/Jan/2006 15:04:05"),
		r.Method, printable(r.RequestURI), r.Proto, status, size, milliseconds(time.Since(x.start)))
	if paint := statusColor(x.status); color && paint != "" {
		line = paint + line + "\x1b[0m"
	}
	return line + "\n"
}

// statusColor is Django's dark palette (django/utils/termcolors.py): success
// plain, redirects green, the client's mistakes yellow, the server's magenta.
func statusColor(status int) string {
	switch {
	case status == http.StatusNotModified:
		return "\x1b[36m"
	case status == http.StatusNotFound:
		return "\x1b[33m"
	case status == 0, status >= 500:
		return "\x1b[35;1m"
	case status >= 400:
		return "\x1b[31;1m"
	case status >= 300:
		return "\x1b[32m"
	case status < 200:
		return "\x1b[1m"
	}
	return ""
}

// printable keeps what a client sent from steering the terminal.
func printable(text string) string {
	quoted := strconv.QuoteToASCII(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// milliseconds is a duration as people read it in a log.
func milliseconds(d time.Duration) string {
	switch ms := float64(d) / float64(time.Millisecond); {
	case ms < 10:
		return fmt.Sprintf("%.1fms", ms)
	case ms < 10000:
		return fmt.Sprintf("%.0fms", ms)
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}
