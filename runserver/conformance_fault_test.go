package runserver

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"
)

// testPanics: the connection is cut at the same place, the log has the same
// line, and the handler is never called again.
func (b *both) testPanics(t *testing.T) {
	requests := map[string]string{
		"GET":            "GET %s HTTP/1.1\nHost: example.test\n\n",
		"HEAD":           "HEAD %s HTTP/1.1\nHost: example.test\n\n",
		"OPTIONS":        "OPTIONS %s HTTP/1.1\nHost: example.test\nContent-Length: 0\n\n",
		"POST":           "POST %s HTTP/1.1\nHost: example.test\nContent-Length: 4\n\nbody",
		"empty POST":     "POST %s HTTP/1.1\nHost: example.test\nContent-Length: 0\n\n",
		"DELETE":         "DELETE %s HTTP/1.1\nHost: example.test\n\n",
		"idempotent":     "POST %s HTTP/1.1\nHost: example.test\nIdempotency-Key: 1\nContent-Length: 0\n\n",
		"idempotent too": "PATCH %s HTTP/1.1\nHost: example.test\nX-Idempotency-Key: 1\n\n",
		"chunked":        "PUT %s HTTP/1.1\nHost: example.test\nTransfer-Encoding: chunked\n\n0\r\n\r\n",
		"expecting":      "PUT %s HTTP/1.1\nHost: example.test\nExpect: 100-continue\nContent-Length: 4\n\nbody",
	}
	for name, request := range requests {
		for _, when := range []string{"before", "written", "flushed", "read", "abort", "aborted"} {
			t.Run(name+" "+when, func(t *testing.T) {
				id := strings.ReplaceAll(name+"-"+when, " ", "-")
				request := fmt.Sprintf(request, "/do/panic?id="+id+"&when="+when)
				b.each(t, func(t *testing.T, c *client) any {
					first := c.then() // a connection that has been used before
					a := c.exchange(request)
					if name == "HEAD" && strings.HasSuffix(when, "ed") && when != "written" {
						a.Then = "" // all has been sent; see below
					}
					count := get(t, c.server(), "/do/calls?id="+id)
					if count != "1" {
						t.Errorf("%s: the handler was called %s times", c.server(), count)
					}
					line, printed := fmt.Sprintf("http: panic serving %s: of %s\n", c.LocalAddr(), id), b.printed[c.server()]
					if strings.HasPrefix(when, "abort") { // http.ErrAbortHandler
						if strings.Contains(printed.String(), line) {
							t.Errorf("%s: printed %q", c.server(), line)
						}
					} else if !printed.await(line) {
						t.Errorf("%s: did not print %q", c.server(), line)
					}
					return fmt.Sprint(first, a, count)
				})
			})
		}
	}
	t.Run("when all has been sent", func(t *testing.T) {
		// The answer is complete, and what ends after it is a connection of the
		// proxy's: the client keeps its own. Nobody else notices.
		for addr, want := range map[string]string{b.direct: "closed", b.served: "open: HTTP/1.1 200 OK"} {
			for i := range 50 {
				method, body := "GET", "full"
				if i%2 == 1 {
					method, body = "HEAD", ""
				}
				other := dial(t, addr)
				a := dial(t, addr).exchange(method + " /do/panic?id=complete&when=complete HTTP/1.1\nHost: example.test\n\n")
				if a.Body != body || a.Error != "" || a.Then != want {
					t.Errorf("%s %s: %v", addr, method, a)
				}
				other.send("POST /do/echo HTTP/1.1\r\nHost: example.test\r\nContent-Length: 5\r\n\r\nhello")
				if a := other.answer("POST"); a.Body != "hello" {
					t.Errorf("%s another: %v", addr, a)
				}
			}
		}
	})
}

// testHTTP2 speaks HTTP/2 with prior knowledge.
func (b *both) testHTTP2(t *testing.T) {
	cases := []struct{ name, method, path, body string }{
		{"GET", "GET", "/seen?a=1;b", ""}, {"escapes", "GET", "/a%2Fb//c%20d", ""}, {"HEAD", "HEAD", "/do/length", ""}, {"POST", "POST", "/seen", "body"},
		{"unknown length", "POST", "/seen", "unknown"}, {"trailers", "POST", "/seen", "trailers"}, {"large", "PUT", "/seen", "large"},
		{"trailers back", "GET", "/do/trailers?which=both&flush", ""}, {"announced trailers back", "GET", "/do/trailers?which=announced&flush", ""},
		{"hints", "GET", "/do/hints", ""}, {"headers", "GET", "/do/headers", ""}, {"no type", "GET", "/do/no-type", ""}, {"cookies", "GET", "/do/cookies", ""},
		{"close", "GET", "/do/close", ""}, {"panic", "GET", "/do/panic?id=h2&when=before", ""}, {"panic later", "GET", "/do/panic?id=h2-later&when=flushed", ""},
		{"many", "GET", "/do/many", ""}, {"unread", "POST", "/do/ignore", "large"}, {"duplex", "POST", "/do/duplex", "lines\nof\ntext\n"},
		{"echo", "POST", "/do/echo", "large"}, {"status", "GET", "/do/status?is=418", ""}, {"OPTIONS", "OPTIONS", "/seen", ""}, {"expect", "POST", "/do/read", "expect"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			b.each(t, func(t *testing.T, c *client) any { return c.overHTTP2(t, test.method, test.path, test.body) })
		})
	}
}

// testHTTP2Differences: between runserver and the application is HTTP/1.1, where
// a body that has trailers has no length.
func (b *both) testHTTP2Differences(t *testing.T) {
	for addr, want := range map[string]bool{b.direct: true, b.served: false} {
		got := dial(t, addr).overHTTP2(t, "GET", "/do/trailers?which=both", "")
		if !strings.HasSuffix(got, "\nbody\n<nil>\nmap[X-Late:[l m] X-One:[1]]") || strings.Contains(got, `Content-Length: ["4"]`) != want {
			t.Errorf("a length %t: %s", want, got)
		}
	}
	// Too short an answer ends as one whose connection broke.
	for addr, want := range map[string]string{b.direct: "12345\nunexpected EOF", b.served: "12345\nstream error: stream ID 1; INTERNAL_ERROR; received from peer"} {
		if got := dial(t, addr).overHTTP2(t, "GET", "/do/short", ""); !strings.Contains(got, want) {
			t.Errorf("want %q: %s", want, got)
		}
	}
}

// overHTTP2 makes one request over c, and returns all that came back.
func (c *client) overHTTP2(t *testing.T, method, path, body string) string {
	transport := &http.Transport{
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return c.Conn, nil },
		DisableCompression: true,
		Protocols:          new(http.Protocols),
	}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	var reader io.Reader
	switch body {
	case "":
	case "large":
		reader = bytes.NewReader(make([]byte, 3<<20))
	case "unknown":
		reader = io.MultiReader(strings.NewReader(body))
	default:
		reader = strings.NewReader(body)
	}
	var interim []string
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
		interim = append(interim, fmt.Sprint(code, header))
		return nil
	}}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), method, "http://"+c.server()+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "example.test"
	switch body {
	case "trailers":
		r.ContentLength = -1
		r.Trailer = http.Header{"X-One": {"1"}, "X-Two": {"2"}}
	case "expect":
		r.Header.Set("Expect", "100-continue")
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close() //nolint:errcheck // it has been read
	text, err := io.ReadAll(response.Body)
	var header []string
	for name, values := range response.Header {
		if name != "Date" {
			header = append(header, fmt.Sprintf("%s: %q", name, values))
		}
	}
	slices.Sort(header)
	return fmt.Sprintf("%q\n%s %s\n%s\n%s\n%v\n%v", interim, response.Proto, response.Status,
		strings.Join(header, "\n"), text, err, response.Trailer)
}
