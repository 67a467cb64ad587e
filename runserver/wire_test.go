package runserver

// HTTP/1 as it is on the wire: what a client library would tidy up is what the
// conformance test compares.

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// answer is one answer as it was on the wire, but for its Date.
type answer struct {
	Interim []string // the 1xx answers before it
	Status  string
	Header  []string // "Name: value", by name; the values of one name in their order
	Body    string
	Trailer []string // as Header
	Error   string   // what ended the answer before its time
	Then    string   // what became of the connection: "open" or "closed"
}

// client is a connection of a test.
type client struct {
	net.Conn
	reader *bufio.Reader
}

func dial(t *testing.T, addr string) *client {
	t.Helper()
	c, err := connect(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

func connect(addr string) (*client, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	return &client{Conn: conn, reader: bufio.NewReader(conn)}, conn.SetDeadline(time.Now().Add(patience))
}

func (c *client) close() {
	if c != nil {
		c.Close() //nolint:errcheck // done with
	}
}

// send writes text, and what may fail to be written when the server has its
// answer already.
func (c *client) send(text string) { io.WriteString(c, text) } //nolint:errcheck

// head reads a status line and the header after it.
func (c *client) head() (status string, header []string, err error) {
	status, err = c.line()
	for err == nil {
		var line string
		if line, err = c.line(); line == "" {
			break
		}
		if !strings.HasPrefix(line, "Date: ") {
			header = append(header, line)
		}
	}
	sortHeader(header)
	return status, header, err
}

// sortHeader orders by name: HTTP gives no meaning to the order of different names.
func sortHeader(header []string) {
	name := func(line string) string { return line[:strings.Index(line+":", ":")] }
	slices.SortStableFunc(header, func(a, b string) int { return strings.Compare(name(a), name(b)) })
}

func (c *client) line() (string, error) {
	line, err := c.reader.ReadString('\n')
	return strings.TrimSuffix(line, "\r\n"), err
}

// answer reads the answer to a request with the given method.
func (c *client) answer(method string) (a answer) {
	var err error
	for {
		if a.Status, a.Header, err = c.head(); err != nil {
			a.Error = describe(err)
			return a
		}
		if !strings.Contains(a.Status, " 1") || strings.Contains(a.Status, " 101 ") {
			break
		}
		a.Interim = append(a.Interim, strings.Join(append([]string{a.Status}, a.Header...), "\n"))
	}
	if status := strings.Fields(a.Status)[1]; method == "HEAD" || status == "101" || status == "204" || status == "304" {
		return a
	}
	text, err := io.ReadAll(c.body(a))
	a.Body, a.Error = string(text), describe(err)
	if length := a.get("Content-Length"); err == nil && length != "" && length != strconv.Itoa(len(text)) {
		a.Error = "cut"
	}
	if err == nil && a.get("Transfer-Encoding") == "chunked" {
		for {
			line, err := c.line()
			if err != nil || line == "" {
				a.Error = describe(err)
				break
			}
			a.Trailer = append(a.Trailer, line)
		}
		sortHeader(a.Trailer)
	}
	return a
}

// body is that of the answer a, of which the head has been read.
func (c *client) body(a answer) io.Reader {
	if a.get("Transfer-Encoding") == "chunked" {
		return httputil.NewChunkedReader(c.reader)
	}
	if size, err := strconv.ParseInt(a.get("Content-Length"), 10, 64); err == nil {
		return io.LimitReader(c.reader, size)
	}
	return c.reader
}

func (a answer) get(name string) string {
	for _, line := range a.Header {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return value
		}
	}
	return ""
}

// then finds out what became of the connection.
func (c *client) then() string {
	c.send("GET /do/ping HTTP/1.1\r\nHost: example.test\r\n\r\n")
	if status, _, err := c.head(); err == nil {
		return "open: " + status
	}
	return "closed"
}

// describe says in the same words that the other side ended the connection
// before its time, whatever it had not read by then: that makes of an end a reset.
func describe(err error) string {
	for _, cut := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, cut) {
			return "cut"
		}
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
