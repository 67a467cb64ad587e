package runserver

// The kinds of clients of the loss test.

import (
	"fmt"
	"strings"
)

func (l *loss) keepAlive() {
	c := l.connect("keep-alive")
	for c != nil && !l.over.Load() {
		asked := l.saved.Load()
		a, ok := l.ask("keep-alive", c, "GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
		if !ok || !l.saw("keep-alive", a.Body, asked) {
			break
		}
		if a.get("Connection") == "close" {
			l.fail("keep-alive", "the server ends the connection: %v", a)
		}
	}
	c.close()
}

func (l *loss) newConnections() {
	for !l.over.Load() {
		asked := l.saved.Load()
		c := l.connect("new connection")
		if c == nil {
			return
		}
		a, ok := l.ask("new connection", c, "GET / HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n")
		c.close()
		if !ok || !l.saw("new connection", a.Body, asked) {
			return
		}
	}
}

func (l *loss) uploads() {
	c := l.connect("upload")
	for n := 0; c != nil && !l.over.Load(); n++ {
		body := strings.Repeat(fmt.Sprintf("%07d\n", n), 8<<10)
		asked := l.saved.Load()
		a, ok := l.ask("upload", c, fmt.Sprintf("POST /echo HTTP/1.1\r\nHost: example.test\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
		if !ok || !l.saw("upload", a.get("X-Version"), asked) {
			break
		}
		if a.Body != body {
			l.fail("upload", "the answer is another body: %d bytes", len(a.Body))
		}
	}
	c.close()
}

// events opens a stream, and another one when it has been told to end.
func (l *loss) events() {
	for !l.over.Load() {
		asked := l.saved.Load()
		c := l.hold("events")
		if c == nil {
			return
		}
		c.send("GET /events HTTP/1.1\r\nHost: example.test\r\n\r\n")
		var a answer
		var err error
		if a.Status, a.Header, err = c.head(); err != nil {
			l.fail("events", "%v", err)
			return
		}
		body, first := c.body(a), make([]byte, 100)
		n, err := body.Read(first)
		if err != nil {
			l.fail("events", "%v %v", a, err)
			return
		}
		if !l.saw("events", strings.TrimSpace(string(first[:n])), asked) {
			return
		}
		if rest := readAll(body); rest != "end\n" {
			l.fail("events", "the stream ends with %q", rest)
			return
		}
		c.close()
	}
}

// sockets opens a connection of another protocol, says hello over it whenever
// there is a new version, and opens another one when it has been told to end.
func (l *loss) sockets() {
	for !l.over.Load() {
		asked := l.saved.Load()
		c := l.hold("socket")
		if c == nil {
			return
		}
		c.send("GET /socket HTTP/1.1\r\nHost: example.test\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\n")
		if status, header, err := c.head(); err != nil || !strings.Contains(status, " 101 ") {
			l.fail("socket", "%s %q %v", status, header, err)
			return
		}
		version, err := c.line()
		if err != nil {
			l.fail("socket", "%v", err)
			return
		}
		if !l.saw("socket", strings.TrimSpace(version), asked) || !l.converse(c) {
			return
		}
		c.close()
	}
}

// converse tells whether c was told to end, and ended then.
func (l *loss) converse(c *client) bool {
	lines := make(chan string, 1)
	l.wait.Go(func() {
		defer close(lines)
		for line, err := c.line(); err == nil; line, err = c.line() {
			lines <- line
		}
	})
	for {
		l.mu.Lock()
		more := l.more
		l.mu.Unlock()
		var line string
		select {
		case <-more:
			c.send("hello\n")
			line = <-lines
		case line = <-lines:
		}
		switch line {
		case "hello\n":
		case "end\n":
			if line, more := <-lines; more && line != "hello\n" {
				l.fail("socket", "after its end it says %q", line)
				return false
			}
			return true
		default:
			l.fail("socket", "it says %q", line)
			return false
		}
	}
}

// hold connects until the test is over.
func (l *loss) hold(kind string) *client {
	c := l.connect(kind)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = append(l.held, c)
	return c
}

// end lets no request begin, and ends those that would stay.
func (l *loss) end() {
	l.over.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.held {
		c.close()
	}
}
