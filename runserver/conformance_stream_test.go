package runserver

import (
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strings"
	"testing"
)

func (c *client) closeWrite() { c.Conn.(*net.TCPConn).CloseWrite() } //nolint:errcheck // the answer tells

// server is the address that the client is connected to.
func (c *client) server() string { return c.RemoteAddr().String() }

// testExpect sends a header, and its body when it is told to.
func (b *both) testExpect(t *testing.T) {
	polite := func(name, path, length string) {
		t.Run(name, func(t *testing.T) {
			b.each(t, func(_ *testing.T, c *client) any {
				c.send("POST " + path + " HTTP/1.1\r\nHost: example.test\r\nExpect: 100-continue\r\n" + length + "\r\n\r\n")
				var heads []string
				for {
					status, header, err := c.head()
					if err != nil || !strings.Contains(status, " 1") {
						heads = append(heads, status, strings.Join(header, "\n"), describe(err))
						break
					}
					heads = append(heads, status, strings.Join(header, "\n"))
					if strings.Contains(status, " 100 ") {
						if body := "hello"; strings.HasPrefix(length, "Transfer") {
							c.send("5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n")
						} else {
							c.send(body)
						}
					}
				}
				body := make([]byte, 100)
				n, _ := c.reader.Read(body)
				return fmt.Sprintf("%q %s %s", heads, body[:n], c.then())
			})
		})
	}
	for range 20 { // what comes first must not depend on luck
		polite("read", "/do/read", "Content-Length: 5")
	}
	polite("chunked", "/do/read", "Transfer-Encoding: chunked")
	polite("refuse", "/do/refuse", "Content-Length: 5")
	polite("ignore", "/do/ignore", "Content-Length: 5")
	polite("hints, then read", "/do/hints-read", "Content-Length: 5")
	polite("hints, then refuse", "/do/hints-refuse", "Content-Length: 5")
	polite("explicit", "/do/continue", "Content-Length: 5")
	polite("no body", "/do/read", "Content-Length: 0")
	polite("no body, explicit", "/do/continue", "Content-Length: 0")
	b.raw(t, "impatient", "POST /do/read HTTP/1.1\nHost: example.test\nExpect: 100-continue\nContent-Length: 5\n\nhello")
	b.raw(t, "impatient, refused", "POST /do/refuse HTTP/1.1\nHost: example.test\nExpect: 100-continue\nContent-Length: 5\n\nhello")
	b.raw(t, "in HTTP/1.0", "POST /do/read HTTP/1.0\nHost: example.test\nExpect: 100-continue\nContent-Length: 5\n\nhello")
	b.raw(t, "explicit, unexpected", "POST /do/continue HTTP/1.1\nHost: example.test\nContent-Length: 5\n\nhello")
}

func (b *both) testDuplex(t *testing.T) {
	t.Run("the answer comes first", func(t *testing.T) {
		b.each(t, func(_ *testing.T, c *client) any {
			c.send("POST /do/answer-first HTTP/1.1\r\nHost: example.test\r\nContent-Length: 3000000\r\n\r\n")
			_, header, err := c.head()
			body := httputil.NewChunkedReader(c.reader)
			line := make([]byte, len("go ahead\n"))
			_, err2 := io.ReadFull(body, line)
			c.send(strings.Repeat("x", 3_000_000))
			rest := readAll(body)
			end, _ := c.line()
			return fmt.Sprintf("%q %v %q %v %s %q %s", header, err, line, err2, rest, end, c.then())
		})
	})
	t.Run("by turns", func(t *testing.T) {
		b.each(t, func(_ *testing.T, c *client) any {
			c.send("POST /do/duplex HTTP/1.1\r\nHost: example.test\r\nTransfer-Encoding: chunked\r\n\r\n")
			var heard []string
			body := httputil.NewChunkedReader(c.reader)
			for i := range 5 {
				c.send("5\r\nhell\n\r\n")
				if i == 0 {
					_, header, err := c.head()
					heard = append(heard, fmt.Sprint(header, err))
				}
				line := make([]byte, 5)
				_, err := io.ReadFull(body, line)
				heard = append(heard, string(line), describe(err))
			}
			c.send("0\r\n\r\n")
			return fmt.Sprintf("%q %s", heard, readAll(body))
		})
	})
}

// testStreams lets the second part of an answer wait until the first has come.
func (b *both) testStreams(t *testing.T) {
	for _, version := range []string{"1.1", "1.0"} {
		for _, name := range []string{"stream", "head-first", "length-first", "events"} {
			id := name + version
			t.Run(id, func(t *testing.T) {
				b.each(t, func(t *testing.T, c *client) any {
					c.send("GET /do/" + name + "?id=" + id + " HTTP/" + version + "\r\nHost: example.test\r\n\r\n")
					a := answer{}
					var err error
					a.Status, a.Header, err = c.head()
					body, first := c.body(a), make([]byte, 100)
					n := 0
					if name != "head-first" {
						n, err = body.Read(first)
					}
					get(t, c.server(), "/do/signal?id="+id)
					return fmt.Sprintf("%s %q %q %v %q", a.Status, a.Header, first[:n], err, readAll(body))
				})
			})
		}
	}
}

// testUpgrades talks over connections that the application has taken.
func (b *both) testUpgrades(t *testing.T) {
	request := func(id string) string {
		return "GET /do/upgrade?id=" + id + " HTTP/1.1\r\nHost: example.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"
	}
	talk := func(name string, do func(t *testing.T, c *client, id string) any) {
		t.Run(name, func(t *testing.T) {
			id := strings.ReplaceAll(name, " ", "-")
			b.each(t, func(t *testing.T, c *client) any { return do(t, c, id) })
		})
	}
	welcomed := func(c *client) string {
		status, header, err := c.head()
		line, _ := c.line()
		return fmt.Sprintf("%s %q %v %q", status, header, err, line)
	}
	talk("the client ends", func(t *testing.T, c *client, id string) any {
		c.send(request(id))
		heard := welcomed(c)
		for range 3 {
			c.send("hello\n")
			line, err := c.line()
			heard += fmt.Sprintf(" %q %v", line, err)
		}
		c.closeWrite()
		return heard + readAll(c.reader)
	})
	talk("the client hurries", func(t *testing.T, c *client, id string) any {
		c.send(request(id) + "early\nbird\n")
		c.closeWrite()
		return welcomed(c) + readAll(c.reader)
	})
	talk("the application ends", func(t *testing.T, c *client, id string) any {
		c.send(request(id))
		heard := welcomed(c)
		c.send("last\n")
		heard += readAll(c.reader)
		c.send("still\n")
		return heard + get(t, c.server(), "/do/await?id="+id+"-still")
	})
	talk("the application ends all", func(t *testing.T, c *client, id string) any {
		c.send(request(id))
		heard := welcomed(c)
		c.send("cut\n")
		return heard + readAll(c.reader)
	})
	talk("much", func(t *testing.T, c *client, id string) any {
		c.send(request(id))
		heard := welcomed(c)
		go func() {
			c.send(strings.Repeat("much\n", 1<<16))
			c.closeWrite()
		}()
		all := readAll(c.reader)
		return fmt.Sprint(heard, strings.Count(all, "MUCH\n"), len(all))
	})
	t.Run("that nobody asked for", func(t *testing.T) {
		// A client that has not asked for another protocol would take it for HTTP:
		// the proxy cuts the connection.
		for addr, want := range map[string]string{b.direct: "HTTP/1.1 101 Switching Protocols", b.served: ""} {
			c := dial(t, addr)
			c.send("GET /do/upgrade HTTP/1.1\r\nHost: example.test\r\n\r\n")
			if status, _, _ := c.head(); status != want {
				t.Errorf("%s: got %q, want %q", addr, status, want)
			}
		}
	})
}

// testAbandoned leaves requests alone, and waits until the application knows.
func (b *both) testAbandoned(t *testing.T) {
	for _, addr := range []string{b.direct, b.served, b.tcp} {
		for name, rest := range map[string]string{
			"abandoned":        "\r\n",
			"abandoned-upload": "Content-Length: 1000000\r\n\r\nsome",
			"abandoned-stream": "\r\n",
		} {
			t.Run(name, func(t *testing.T) {
				c := dial(t, addr)
				c.send("POST /do/" + name + "?id=" + name + " HTTP/1.1\r\nHost: example.test\r\n" + rest)
				get(t, addr, "/do/await?id="+name+"-begun")
				c.close()
				get(t, addr, "/do/await?id="+name+"-cancelled")
				if name == "abandoned-upload" {
					get(t, addr, "/do/await?id="+name+"-broken")
				}
			})
		}
	}
	t.Run("but for the answer", func(t *testing.T) {
		b.each(t, func(_ *testing.T, c *client) any {
			c.send("GET /do/half-closed HTTP/1.1\r\nHost: example.test\r\n\r\n")
			c.closeWrite()
			return c.answer("GET")
		})
	})
}
