package runserver

// Conformance: one application, hosted by net/http alone and by runserver. The
// same bytes go to both, and the same bytes must come back, whatever the
// application sees and does. Where they differ and have to, the test says how,
// and why.
//
// What it needs is built twice, by the go command and by runserver, and shared
// by all cases.

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// both is the application under both servers.
type both struct {
	direct, served string             // addresses
	tcp            string             // of a runserver that reaches its launcher as it does on Windows
	printed        map[string]*output // by address
}

func TestConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and serves an application")
	}
	dir := conformanceModule(t)
	direct, printed := buildDirect(t, dir)
	s := startServer(t, Options{Dir: dir, Application: "app.Serve"})
	t.Setenv("GOSTART_TRANSPORT", "tcp")
	tcp := startServer(t, Options{Dir: conformanceModule(t), Application: "app.Serve"})
	b := &both{direct: direct, served: s.addr, tcp: tcp.addr,
		printed: map[string]*output{direct: printed, s.addr: s.errors, tcp.addr: tcp.errors}}
	t.Run("requests", b.testRequests)
	t.Run("proxied", b.testProxied)
	t.Run("refused", b.testRefused)
	t.Run("answers", b.testAnswers)
	t.Run("bodies", b.testBodies)
	t.Run("expect", b.testExpect)
	t.Run("duplex", b.testDuplex)
	t.Run("streams", b.testStreams)
	t.Run("upgrades", b.testUpgrades)
	t.Run("abandoned", b.testAbandoned)
	t.Run("panics", b.testPanics)
	t.Run("limits", b.testLimits)
	t.Run("http2", b.testHTTP2)
	t.Run("http2 differs", b.testHTTP2Differences)
}

// conformanceModule writes the application's module.
func conformanceModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "conformance"))); err != nil {
		t.Fatal(err)
	}
	module := "module gostart/runserver/testdata/conformance\n\ngo 1.26\n"
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(module), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// each runs talk with a connection to each server, and compares what it returns.
// In it, the addresses of the two ends read CLIENT and SERVER.
func (b *both) each(t *testing.T, talk func(t *testing.T, c *client) any) {
	t.Helper()
	servers := []string{b.direct, b.served, b.tcp}
	results := make([]string, len(servers))
	var wait sync.WaitGroup
	for i, addr := range servers {
		c := dial(t, addr)
		wait.Go(func() {
			text := fmt.Sprint(talk(t, c))
			text = strings.ReplaceAll(text, c.LocalAddr().String(), "CLIENT")
			results[i] = strings.ReplaceAll(text, addr, "SERVER")
			c.close()
		})
	}
	wait.Wait()
	for i, result := range results[1:] {
		if result != results[0] {
			t.Errorf("%s (%s):\n%s", servers[i+1], []string{"unix", "tcp"}[i], difference(results[0], result))
		}
	}
}

// String is the answer for a comparison, a part a line.
func (a answer) String() string {
	return fmt.Sprintf("interim: %q\nstatus: %s\nheader:\n  %s\nbody: %d bytes\n%s\ntrailer: %q\nerror: %s\nthen: %s\n",
		a.Interim, a.Status, strings.Join(a.Header, "\n  "), len(a.Body), a.Body, a.Trailer, a.Error, a.Then)
}

// difference shows the lines that differ.
func difference(direct, served string) string {
	one, two := strings.Split(direct, "\n"), strings.Split(served, "\n")
	var b strings.Builder
	for i := range max(len(one), len(two)) {
		var left, right string
		if i < len(one) {
			left = one[i]
		}
		if i < len(two) {
			right = two[i]
		}
		if left != right {
			fmt.Fprintf(&b, "net/http:  %s\nrunserver: %s\n", shorten(left), shorten(right))
		}
	}
	return b.String()
}

func shorten(text string) string {
	if len(text) > 2000 {
		return fmt.Sprintf("%s... %d bytes", text[:1000], len(text))
	}
	return text
}

// raw compares the answers to requests as they are written here; lines end in
// \n, for legibility. The method of the answer is that of the first line.
func (b *both) raw(t *testing.T, name, request string) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Helper()
		b.each(t, func(_ *testing.T, c *client) any { return c.exchange(request) })
	})
}

// exchange sends a request, with \n for \r\n in its header, and reads its answer.
func (c *client) exchange(request string) answer {
	head, body, _ := strings.Cut(request, "\n\n")
	var sent sync.WaitGroup
	sent.Go(func() { c.send(strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + body) })
	method, _, _ := strings.Cut(head, " ")
	a := c.answer(method)
	sent.Wait()
	a.Then = c.then()
	return a
}

// get asks one of the servers for a path of the application by other means.
func get(t *testing.T, addr, path string) string {
	t.Helper()
	c := dial(t, addr)
	defer c.close()
	c.send("GET " + path + " HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n")
	a := c.answer("GET")
	if !strings.Contains(a.Status, " 200 ") || a.Error != "" {
		t.Errorf("GET %s: %v", path, a)
	}
	return a.Body
}

func (b *both) testRequests(t *testing.T) {
	targets := []string{
		"/", "/a", "/a%2Fb", "/%7Euser", "/a%20b", "/caf%C3%A9", "/caf\xc3\xa9", "/latin\xe9", "//a//b", "///", "/a/../b/./c",
		"/a/", "/?", "/a?", "/?q", "/?a=1&a=2", "/?a=1;b=2", "/?a;b&c", "/?bad=%zz&good=1", "/?x=%", "/?q=a+b%20c", "/?caf\xc3\xa9=\xe9",
		"/a?b?c", "/a;v=1/b", "/:8000", "/a:b", "/@", "/[x]", "/<script>", "/\"quoted\"", "/back\\slash", "/a|b^c`d{e}", "/%", "/%2", "/%zz",
		"/a#fragment", "/*", "*", "http://other.test/x?y=1", "http://other.test", "http://user:secret@other.test:8080//x", "https://other.test/%2F",
		"ftp://other.test/x", "mailto:someone", "urn:a:b?c", "nothing", "//[::1]/x", "http://[::1%25eth0]:80/x", "/" + strings.Repeat("long/", 2000),
	}
	for _, target := range targets {
		b.raw(t, "GET "+shorten(target), "GET "+target+" HTTP/1.1\nHost: example.test\n\n")
	}
	for _, method := range []string{"HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X-Y"} {
		b.raw(t, method, method+" /seen HTTP/1.1\nHost: example.test\n\n")
		b.raw(t, method+" of no length", method+" /seen HTTP/1.1\nHost: example.test\nContent-Length: 0\n\n")
	}
	b.raw(t, "OPTIONS *", "OPTIONS * HTTP/1.1\nHost: example.test\n\n")
	b.raw(t, "POST *", "POST * HTTP/1.1\nHost: example.test\nContent-Length: 0\n\n")
	b.raw(t, "CONNECT", "CONNECT other.test:443 HTTP/1.1\nHost: other.test:443\n\n")
	b.raw(t, "CONNECT a path", "CONNECT /path HTTP/1.1\nHost: other.test\n\n")
	for _, host := range []string{"", "example.test", "EXAMPLE.test:80", "example.test:", "127.0.0.1:8000", "[::1]:8000", "[fe80::1%25eth0]:80",
		"caf\xc3\xa9.test", "xn--caf-dma.test", "a_b.test", "user@example.test", "example.test, other.test", "exa mple", "/path", "launcher"} {
		b.raw(t, fmt.Sprintf("Host %q", host), "GET /host HTTP/1.1\nHost: "+host+"\n\n")
	}
	b.raw(t, "no Host", "GET / HTTP/1.1\nX: 1\n\n")
	b.raw(t, "two Hosts", "GET / HTTP/1.1\nHost: a.test\nHost: b.test\n\n")
	for _, version := range []string{"HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/1.10", "SPDY/1.1", "http/1.1"} {
		b.raw(t, version, "GET /seen "+version+"\nHost: example.test\n\n")
	}
	b.raw(t, "HTTP/1.0 without Host", "GET /seen HTTP/1.0\nX: 1\n\n")
	b.raw(t, "HTTP/1.0 keep-alive", "GET /seen HTTP/1.0\nConnection: keep-alive\n\n")
	b.raw(t, "HTTP/1.0 keep-alive, chunked", "GET /do/many HTTP/1.0\nConnection: keep-alive\n\n")
	b.raw(t, "HTTP/1.0 POST", "POST /seen HTTP/1.0\nContent-Length: 3\n\nabc")
	b.raw(t, "HTTP/1.0 POST keep-alive", "POST /seen HTTP/1.0\nContent-Length: 3\nConnection: Keep-Alive\n\nabc")
	b.raw(t, "HTTP/1.0 trailers", "GET /do/trailers?which=both HTTP/1.0\nX: 1\n\n")
	b.raw(t, "no request", "this is not a request\n\n")
	b.raw(t, "a space too many", "GET / / HTTP/1.1\nHost: example.test\n\n")
	b.raw(t, "a bad header", "GET / HTTP/1.1\nHost: example.test\nno colon\n\n")
	b.raw(t, "a bad name", "GET / HTTP/1.1\nHost: example.test\nX Y: 1\n\n")
	b.raw(t, "a bad value", "GET / HTTP/1.1\nHost: example.test\nX: \x01\n\n")
	b.raw(t, "a bad length", "POST / HTTP/1.1\nHost: example.test\nContent-Length: x\n\n")
	b.raw(t, "two lengths", "POST /seen HTTP/1.1\nHost: example.test\nContent-Length: 3\nContent-Length: 3\n\nabc")
	b.raw(t, "a padded length", "POST /seen HTTP/1.1\nHost: example.test\nContent-Length: 003\n\nabc")
	b.raw(t, "a length and chunks", "POST /seen HTTP/1.1\nHost: example.test\nContent-Length: 3\nTransfer-Encoding: chunked\n\n0\r\n\r\n")
	b.raw(t, "an unknown encoding", "POST /seen HTTP/1.1\nHost: example.test\nTransfer-Encoding: gzip\n\n")
	t.Run("pipelined", func(t *testing.T) {
		b.each(t, func(_ *testing.T, c *client) any {
			c.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
			return []any{c.answer("GET"), c.answer("POST"), c.answer("GET"), c.then()}
		})
	})
}

// testProxied sends what a proxy drops, adds or makes use of.
func (b *both) testProxied(t *testing.T) {
	for _, header := range []string{
		"X-Multi: b\nX-Multi: a\nX-Multi:\nx-MULTI: caf\xc3\xa9\nX-Multi: caf\xe9", "X-Empty:", "X-Tab: a\tb", "X-Json: \"a\\\\b\" <&>",
		"X-Forwarded-For: 1.2.3.4\nX-Forwarded-For: 5.6.7.8", "X-Forwarded-Host: f.test\nX-Forwarded-Proto: https\nX-Forwarded-Port: 1",
		"Forwarded: for=1.2.3.4;proto=https", "X-Real-Ip: 1.2.3.4\nVia: 1.1 v",
		"Connection: close", "Connection: keep-alive", "Connection: X-Hop, close\nX-Hop: 1", "Connection: x-hop\nConnection: X-Other, \nX-Hop: 1\nX-Other: caf\xe9",
		"Connection: Authorization\nAuthorization: Basic eDp5", "Connection: Host", "Connection: X-Absent", "Connection: Cookie\nCookie: a=1\nCookie: b=2",
		"Connection: User-Agent, Content-Length\nUser-Agent: x", "Connection: X-Forwarded-For\nX-Forwarded-For: 1", "Connection: Gostart-Original",
		"Keep-Alive: timeout=5", "Te: trailers", "Te: gzip, trailers;q=0.5", "Te: deflate", "Upgrade: h2c", "Connection: Upgrade\nUpgrade: h2c",
		"Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAAP__", "Connection: Upgrade",
		"Proxy-Connection: keep-alive", "Proxy-Authorization: Basic eDp5", "Proxy-Authenticate: x", "Trailer: X-T",
		"User-Agent: Mozilla/5.0 (x)", "User-Agent:", "User-Agent: a\nUser-Agent: b", "Accept-Encoding: gzip", "Accept-Encoding:", "Accept-Encoding: br\nRange: bytes=0-1",
		"Idempotency-Key: 1", "X-Idempotency-Key:", "Gostart-Original: {}", "Gostart-Original: a\nGostart-Original: b", "Expect: something", "Expect: 100-continue",
		"Content-Type: text/plain", "Content-Encoding: gzip", "Cookie: a=1; b=\"2\"", "Referer: http://x/", "If-None-Match: \"x\"", "Early-Data: 1", "Pragma: no-cache",
	} {
		b.raw(t, shorten(header), "GET /seen HTTP/1.1\nHost: example.test\n"+header+"\n\n")
		b.raw(t, "POST "+shorten(header), "POST /seen HTTP/1.1\nHost: example.test\nContent-Length: 3\n"+header+"\n\nabc")
		b.raw(t, "DELETE 1.0 "+shorten(header), "DELETE /seen HTTP/1.0\n"+header+"\n\n")
	}
}

// testRefused: httputil.ReverseProxy sends no protocol's name on that is not ASCII.
func (b *both) testRefused(t *testing.T) {
	for addr, want := range map[string]string{b.direct: "HTTP/1.1 200 OK", b.served: ""} {
		a := dial(t, addr).exchange("GET / HTTP/1.1\nHost: example.test\nConnection: Upgrade\nUpgrade: caf\xc3\xa9\n\n")
		if a.Status != want {
			t.Errorf("want %q: %v", want, a)
		}
	}
}

func readAll(r io.Reader) string {
	text, err := io.ReadAll(r)
	if err != nil {
		return fmt.Sprintf("%s (%s)", text, describe(err))
	}
	return string(text)
}
