//go:build linux

// How the suite speaks to a host.
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// hostName is the one of ALLOWED_HOSTS that the suite asks for.
const hostName = "example.test"

// A hostClient sends the requests of one case.
type hostClient struct {
	address
	http http.Client // HTTP/1.1
	tls  *tls.Config
	from net.Addr // the address to connect from; nil for any

	dialed *atomic.Int64 // how often it has connected; nil where nobody counts
}

func newHostClient(t *testing.T, at address) *hostClient {
	c := &hostClient{address: at}
	c.tls = &tls.Config{RootCAs: at.roots, ServerName: hostName}
	transport := &http.Transport{
		DialContext:        func(ctx context.Context, _, addr string) (net.Conn, error) { return c.dial(ctx, addr) },
		TLSClientConfig:    c.tls,
		DisableCompression: true,
	}
	c.http = http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(transport.CloseIdleConnections)
	return c
}

func (c *hostClient) dial(ctx context.Context, addr string) (net.Conn, error) {
	if c.dialed != nil {
		c.dialed.Add(1)
	}
	if c.socket != "" {
		return new(net.Dialer).DialContext(ctx, "unix", c.socket)
	}
	return (&net.Dialer{LocalAddr: c.from}).DialContext(ctx, "tcp", addr)
}

// request makes a request for a path below /conformance; body may be nil.
func (c *hostClient) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.url+"/conformance"+path, body)
	if err == nil {
		r.Host = hostName
	}
	return r, err
}

// get sends a GET; the caller closes the body.
func (c *hostClient) get(ctx context.Context, path string) (*http.Response, error) {
	r, err := c.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return c.http.Do(r)
}

// do sends a request, and reads the answer whole.
func (c *hostClient) do(r *http.Request) (*http.Response, string, error) {
	response, err := c.http.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

// send makes a request with headers as name, value, ..., whose answer has to have the status, and reads the answer whole.
func (c *hostClient) send(t *testing.T, status int, method, path string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, text, err := c.do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if response.StatusCode != status {
		t.Fatalf("%s %s: %s, want %d:\n%.2000s", method, path, response.Status, status, text)
	}
	return response, text
}

// seen is a request as the application saw it.
type seen struct{ Method, Path, Query, Scheme, Host, Client, Proxy, Header, SHA256 string }

// echo sends a request to the view that reports it.
func (c *hostClient) echo(r *http.Request) (seen, error) {
	var s seen
	response, body, err := c.do(r)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.300s", response.Status, body)
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &s)
	}
	return s, err
}

// raw connects and sends the head of a request for a path below /conformance: request line, Host, and lines.
func (c *hostClient) raw(ctx context.Context, path string, lines ...string) (net.Conn, *bufio.Reader, error) {
	u, err := url.Parse(c.url + "/conformance" + path)
	if err != nil {
		return nil, nil, err
	}
	conn, err := c.dial(ctx, u.Host)
	if err != nil {
		return nil, nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	if u.Scheme == "https" {
		conn = tls.Client(conn, c.tls)
	}
	lines = append([]string{lines[0] + " " + u.RequestURI() + " HTTP/1.1", "Host: " + hostName}, lines[1:]...)
	_, err = io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n")
	return conn, bufio.NewReader(conn), err
}

// process asks over a new connection which process answers.
func (c *hostClient) process(ctx context.Context) (string, error) {
	r, err := c.request(ctx, http.MethodGet, "/echo/", nil)
	if err != nil {
		return "", err
	}
	r.Close = true
	response, _, err := c.do(r)
	if err != nil {
		return "", err
	}
	return response.Header.Get("Process"), nil
}

// survives runs a request and finds the process that answered it still at work afterwards.
func (c *hostClient) survives(ctx context.Context, path string, check func(*http.Response) error) error {
	response, err := c.get(ctx, path)
	if err != nil {
		return err
	}
	err = check(response)
	_ = response.Body.Close()
	process := response.Header.Get("Process")
	if err != nil || process == "" {
		return fmt.Errorf("process %q: %w", process, err)
	}
	for ctx.Err() == nil { // others may answer too, and one of them all requests that come one by one: so several at once
		type answer struct {
			process string
			err     error
		}
		answers, found := make(chan answer, 8), false
		for range cap(answers) {
			go func() {
				by, err := c.process(ctx)
				answers <- answer{by, err}
			}()
		}
		for range cap(answers) {
			a := <-answers
			if a.err != nil {
				return fmt.Errorf("after a panic: %w", a.err)
			}
			found = found || a.process == process
		}
		if found {
			return nil
		}
	}
	return fmt.Errorf("the process that panicked is gone")
}

// A suiteGate is where a view reports: it connects, and waits until the suite hangs up.
type suiteGate struct{ net.Listener }

func newSuiteGate() (suiteGate, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	return suiteGate{listener}, err
}

func (g suiteGate) query() string { return "?gate=" + url.QueryEscape(g.Addr().String()) }

// pass waits for the view and lets it go on.
func (g suiteGate) pass(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok {
		_ = g.Listener.(*net.TCPListener).SetDeadline(deadline)
	}
	conn, err := g.Accept()
	if err != nil {
		return err
	}
	return conn.Close()
}

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
