package runserver

// The wrong protocol for the port. The first byte tells: a TLS connection begins
// with a handshake record, which no request of HTTP does. Who is mistaken gets a
// sentence instead of a riddle, and so does the log.

import (
	"bufio"
	"bytes"
	"fmt"
	"html"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	tlsHandshake = 0x16
	mistakenWait = 5 * time.Second // for a mistaken request to arrive, and its answer to be read
)

// Django's sentence, and its like for the other way round.
const (
	onlyHTTP  = "You're accessing the development server over HTTPS, but it only supports HTTP."
	onlyHTTPS = "You're accessing the development server over HTTP, but it only supports HTTPS."
)

// sniffer looks at the first byte of each connection.
type sniffer struct {
	net.Listener
	secure bool // TLS is what is wanted
	notice func(string)
}

func (s *sniffer) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &sniffed{Conn: conn, by: s}, nil
}

// sniffed is a connection. What reads it first is net/http's goroutine for it,
// so that one that says nothing keeps nobody waiting.
type sniffed struct {
	net.Conn
	by   *sniffer
	seen bool
}

func (c *sniffed) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.seen || n == 0 {
		return n, err
	}
	c.seen = true
	switch isTLS := p[0] == tlsHandshake; {
	case isTLS && !c.by.secure:
		c.by.notice(onlyHTTP) // net/http answers 400, as to anything that it can't read
	case !isTLS && c.by.secure:
		c.by.notice(onlyHTTPS)
		c.correct(p[:n])
		return 0, io.EOF
	}
	return n, err
}

// CloseWrite ends one direction, as the connection itself does.
func (c *sniffed) CloseWrite() error {
	if conn, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return conn.CloseWrite()
	}
	return nil
}

const correction = `<!doctype html>
<meta charset=utf-8>
<meta name=viewport content="width=device-width">
<meta name=color-scheme content="light dark">
<title>HTTPS only</title>
<body style="font: 1rem/1.5 system-ui; margin: 2rem">
<p>%s
<p><a href="%s">%[2]s</a>
`

// correct answers a request of HTTP with the link that would have been right.
func (c *sniffed) correct(begun []byte) {
	_ = c.SetDeadline(time.Now().Add(mistakenWait)) // then reading fails
	in := bufio.NewReader(io.MultiReader(bytes.NewReader(begun), c.Conn))
	request, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	host := request.Host
	if host == "" {
		host = c.LocalAddr().String()
	}
	link := "https://" + host + request.URL.RequestURI()
	kind, body := "text/plain", onlyHTTPS+"\n"+link+"\n"
	if strings.Contains(request.Header.Get("Accept"), "text/html") {
		kind, body = "text/html", fmt.Sprintf(correction, html.EscapeString(onlyHTTPS), html.EscapeString(link))
	}
	_, _ = fmt.Fprintf(c.Conn, "HTTP/1.1 400 Bad Request\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %d\r\n"+
		"Cache-Control: no-store\r\nConnection: close\r\n\r\n%s", kind, len(body), body)
	_ = c.CloseWrite()
	_, _ = io.CopyN(io.Discard, in, 1<<20) // to close on what has not been read would take the answer back
}

// errorLog is net/http's, without the handshakes that ended before they began:
// those that are answered here, and those that browsers open in advance.
func errorLog(w io.Writer) *log.Logger { return log.New(handshakes{w}, "", log.LstdFlags) }

type handshakes struct{ io.Writer }

func (h handshakes) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("TLS handshake error")) && bytes.HasSuffix(bytes.TrimSpace(p), []byte(": EOF")) {
		return len(p), nil
	}
	return h.Writer.Write(p)
}
