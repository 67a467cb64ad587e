package runserver

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http/httputil"
	"strings"
	"testing"
)

func (b *both) testAnswers(t *testing.T) {
	names := []string{"empty", "sniffed", "no-type", "no-date", "dated", "cookies", "unmodified", "length", "many", "range", "close",
		"keep", "hop", "headers", "large", "hints", "gzip", "absent", "short", "long",
		"trailers?which=unannounced", "trailers?which=both&flush", "trailers?which=none"}
	for _, status := range []int{200, 201, 202, 203, 204, 205, 206, 226, 299, 300, 301, 304, 307, 400, 401, 404, 407, 418, 426, 431, 500, 502, 503, 599, 999} {
		names = append(names, fmt.Sprintf("status?is=%d", status))
	}
	for _, name := range names {
		b.raw(t, name, "GET /do/"+name+" HTTP/1.1\nHost: example.test\nAccept-Encoding: gzip\n\n")
		b.raw(t, "HEAD "+name, "HEAD /do/"+name+" HTTP/1.1\nHost: example.test\n\n")
		b.raw(t, "1.0 "+name, "GET /do/"+name+" HTTP/1.0\nConnection: keep-alive\n\n")
	}
	b.raw(t, "part of a range", "GET /do/range HTTP/1.1\nHost: example.test\nRange: bytes=10-19,30-39\nIf-Range: x\n\n")
	b.raw(t, "ranges", "GET /do/range HTTP/1.1\nHost: example.test\nRange: bytes=990-\n\n")
	b.raw(t, "no such range", "GET /do/range HTTP/1.1\nHost: example.test\nRange: bytes=2000-\n\n")
	b.raw(t, "not modified", "GET /do/range HTTP/1.1\nHost: example.test\nIf-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT\n\n")
	b.raw(t, "asked to close", "GET /do/many HTTP/1.1\nHost: example.test\nConnection: close\n\n")

	t.Run("the Trailer header", func(t *testing.T) {
		// The names that the application announced come in one line and in any
		// order: net/http's client keeps them in a map.
		for addr, want := range map[string][]string{b.direct: {"X-One, X-Two", "X-Never"}, b.served: {"X-Never", "X-One", "X-Two"}} {
			a := dial(t, addr).exchange("GET /do/trailers?which=announced HTTP/1.1\nHost: example.test\n\n")
			var names []string
			for _, line := range a.Header {
				if value, ok := strings.CutPrefix(line, "Trailer: "); ok {
					names = append(names, value)
				}
			}
			if addr == b.served && len(names) == 1 {
				names = strings.Split(names[0], ", ")
				sortHeader(names)
			}
			if fmt.Sprint(names) != fmt.Sprint(want) || fmt.Sprint(a.Trailer) != "[X-One: 1 X-Two: 2]" || a.Body != "body" {
				t.Errorf("%v", a)
			}
		}
	})
	t.Run("the spelling of names", func(t *testing.T) {
		// HTTP gives it no meaning, and net/http's client does not keep it.
		for addr, want := range map[string]string{b.direct: "x-lower", b.served: "X-Lower"} {
			a := dial(t, addr).exchange("GET /do/spelling HTTP/1.1\nHost: example.test\n\n")
			if a.get(want) != "1" {
				t.Errorf("want %q: %v", want, a)
			}
		}
	})
	t.Run("a connection that the application took", func(t *testing.T) {
		// What it says in HTTP is an answer like any other, and its own words for
		// the status are lost; the connection that it ends is not the client's.
		for addr, want := range map[string]string{b.direct: "HTTP/1.1 200 Fine closed", b.served: "HTTP/1.1 200 OK open: HTTP/1.1 200 OK"} {
			a := dial(t, addr).exchange("GET /do/raw HTTP/1.1\nHost: example.test\n\n")
			if a.Status+" "+a.Then != want || a.Body != "raw" {
				t.Errorf("want %q: %v", want, a)
			}
		}
	})
	t.Run("50 MB", func(t *testing.T) {
		b.each(t, func(_ *testing.T, c *client) any {
			c.send("GET /do/download HTTP/1.1\r\nHost: example.test\r\n\r\n")
			status, header, _ := c.head()
			hash := sha256.New()
			size, err := io.Copy(hash, httputil.NewChunkedReader(c.reader))
			end, _ := c.line()
			return fmt.Sprintf("%s\n%q\n%d bytes %x %v %q %s", status, header, size, hash.Sum(nil), err, end, c.then())
		})
	})
}

func (b *both) testBodies(t *testing.T) {
	for _, size := range []int{1, 300_000, 3 << 20, 20 << 20} {
		body := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", size, body)
		for _, path := range []string{"/seen", "/do/ignore", "/do/some", "/do/refuse"} {
			if size > 3<<20 && path != "/seen" {
				break // each waits for the client to notice
			}
			name := fmt.Sprintf("%s %d bytes", path, size)
			b.raw(t, name, fmt.Sprintf("POST %s HTTP/1.1\nHost: example.test\nContent-Length: %d\n\n%s", path, size, body))
			b.raw(t, name+" chunked", fmt.Sprintf("PUT %s HTTP/1.1\nHost: example.test\nTransfer-Encoding: chunked\n\n%s", path, chunked))
		}
	}
	b.raw(t, "echo", "POST /do/echo HTTP/1.1\nHost: example.test\nContent-Length: 5\n\nhello")
	b.raw(t, "GET with a body", "GET /seen HTTP/1.1\nHost: example.test\nContent-Length: 5\n\nhello")
	b.raw(t, "GET with chunks", "GET /seen HTTP/1.1\nHost: example.test\nTransfer-Encoding: chunked\n\n5\r\nhello\r\n0\r\n\r\n")
	b.raw(t, "DELETE with a body", "DELETE /seen HTTP/1.1\nHost: example.test\nContent-Length: 5\n\nhello")
	for _, method := range []string{"GET", "POST", "DELETE"} {
		b.raw(t, method+" with no chunks", method+" /seen HTTP/1.1\nHost: example.test\nTransfer-Encoding: chunked\n\n0\r\n\r\n")
		b.raw(t, method+" with announced trailers", method+" /seen HTTP/1.1\nHost: example.test\nTransfer-Encoding: chunked\nTrailer: X-One, x-two\nTrailer: X-Never\n\n"+
			"5\r\nhello\r\n0\r\nX-One: 1\r\nX-Two: caf\xe9\r\nX-Two: 2\r\n\r\n")
		b.raw(t, method+" with trailers", method+" /seen HTTP/1.1\nHost: example.test\nTransfer-Encoding: chunked\n\n5\r\nhello\r\n0\r\nX-One: 1\r\nX-Two: 2\r\n\r\n")
		b.raw(t, method+" with trailers alone", method+" /seen HTTP/1.1\nHost: example.test\nTransfer-Encoding: chunked\n\n0\r\nX-One: 1\r\n\r\n")
		b.raw(t, method+" with trailers of both kinds", method+" /seen HTTP/1.1\nHost: example.test\nTransfer-Encoding: chunked\nTrailer: X-One\n\n"+
			"5\r\nhello\r\n0\r\nX-One: 1\r\nX-Two: 2\r\n\r\n")
	}
	t.Run("bad chunks", func(t *testing.T) {
		// The error in reading them is runserver's; the application sees a body that
		// breaks off there.
		for addr, want := range map[string]string{b.direct: "invalid byte in chunk length", b.served: "unexpected EOF"} {
			a := dial(t, addr).exchange("POST /do/read HTTP/1.1\nHost: example.test\nTransfer-Encoding: chunked\n\n2\r\nhi\r\nhello\r\n")
			if !strings.HasPrefix(a.Body, "2 bytes ") || !strings.HasSuffix(a.Body, want) || a.Then != "closed" {
				t.Errorf("want %q: %v", want, a)
			}
		}
	})
	b.raw(t, "a form", "POST /do/form?q=1&a=3 HTTP/1.1\nHost: example.test\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 12\n\na=1&b=%C3%A9")
	parts := "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nvalue of a\r\n--x--"
	b.raw(t, "parts", fmt.Sprintf("POST /do/form?q=1 HTTP/1.1\nHost: example.test\nContent-Type: multipart/form-data; boundary=x\n"+
		"Content-Length: %d\n\n%s", len(parts), parts))
	t.Run("a body that ends early", func(t *testing.T) {
		b.each(t, func(_ *testing.T, c *client) any {
			c.send("POST /do/read HTTP/1.1\r\nHost: example.test\r\nContent-Length: 10\r\n\r\nhello")
			c.closeWrite()
			return c.answer("POST")
		})
	})
	t.Run("a read that takes too long", func(t *testing.T) {
		b.each(t, func(_ *testing.T, c *client) any {
			c.send("POST /do/stalled HTTP/1.1\r\nHost: example.test\r\nContent-Length: 10\r\n\r\nhello")
			return c.answer("POST")
		})
	})
}

// testLimits: both servers have net/http's limit of 1 MB for a request's header.
func (b *both) testLimits(t *testing.T) {
	large := func(size int) string { return strings.Repeat("x", size) }
	for _, size := range []int{100 << 10, 900 << 10, 1 << 20, 1<<20 + 8<<10, 2 << 20} {
		b.raw(t, fmt.Sprintf("a header of %d bytes", size), "GET /seen HTTP/1.1\nHost: example.test\nX-Large: "+large(size)+"\n\n")
		b.raw(t, fmt.Sprintf("a hop-by-hop header of %d bytes", size), "GET /seen HTTP/1.1\nHost: example.test\nConnection: X-Large\nX-Large: "+large(size)+"\n\n")
		b.raw(t, fmt.Sprintf("a path of %d bytes", size), "GET /"+large(size)+" HTTP/1.1\nHost: example.test\n\n")
	}
	b.raw(t, "many headers", "GET /seen HTTP/1.1\nHost: example.test\n"+strings.Repeat("X-Many: 1\n", 20_000)+"\n")
}
