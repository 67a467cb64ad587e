//go:build linux

// The cases of the conformance suite: requests of which every host should make nothing but what they are. The
// views that they ask for are in testdata/hosts/conformance.go.
//
// Nothing is timed: a view that has to show that it is heard at once, or that it notices something, waits for
// the suite or reports to it (suiteGate). What a host fails to do ends at the case's deadline.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A hostCase is a row of the suite.
type hostCase struct {
	name, what string
	run        func(ctx context.Context, c *hostClient) error
	patience   time.Duration // of a case that waits, and so beside the others
}

var hostCases = []hostCase{
	{name: "escaped paths", what: "spaces, percent signs, UTF-8, and a query with all of them arrive as they were sent", run: caseEscapedPaths},
	{name: "escaped slash", what: "`%2F` in a path stays apart from `/`", run: caseEscapedSlash},
	{name: "methods", what: "PUT, PATCH, DELETE and OPTIONS reach the view", run: caseMethods},
	{name: "statuses", what: "201, 404, 418 and 503 come with the body of the view, not of the server", run: caseStatuses},
	{name: "upload", what: "3 MB with a length", run: caseUpload},
	{name: "chunked upload", what: "3 MB without one", run: caseChunkedUpload},
	{name: "100-continue", what: "`Expect: 100-continue` is answered before the body is sent", run: caseContinue},
	{name: "download", what: "50 MB without a length, whole", run: caseDownload},
	{name: "stream", what: "what a view flushes arrives while the view goes on", run: caseStream},
	{name: "abort", what: "a client that leaves ends the request's context while the view waits", run: caseAbort, patience: 8 * time.Second},
	{name: "abort while sending", what: "a client that leaves makes the view's writes fail", run: caseAbortSending},
	{name: "panic", what: "a panic before the first byte is a 500 with the project's page, and the process lives on", run: casePanic},
	{name: "panic after the first byte", what: "the answer is cut off, so that it can't look complete, and the process lives on", run: casePanicAfter},
	{name: "cookies", what: "three Set-Cookie arrive as three", run: caseCookies},
	{name: "204", what: "no body, and no trace of one", run: caseNoContent},
	{name: "HEAD", what: "the header of a GET, its Content-Length included, without the body", run: caseHead},
	{name: "304", what: "If-None-Match is answered by 304 with the ETag", run: caseNotModified},
	{name: "ranges", what: "a Range gives 206 and the part", run: caseRange},
	{name: "large headers", what: "12 KB in one line pass, in both directions", run: caseLargeHeaders},
	{name: "too large headers", what: "a megabyte of them is refused", run: caseTooLargeHeaders},
	{name: "slow headers", what: "a client that sends its header byte by byte is cut off", run: caseSlowHeaders, patience: 45 * time.Second},
	{name: "host", what: "the view sees the host that the client asked for", run: caseHost},
	{name: "client address", what: "the view, and the request log, see the address of the client", run: caseClientAddress},
	{name: "https", what: "the view knows that the client came over TLS", run: caseHTTPS},
	{name: "spoofed headers", what: "what a client says in X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Forwarded or Proxy is not believed", run: caseSpoofed},
	{name: "upgrade", what: "a connection that leaves HTTP, as WebSockets do, is passed through", run: caseUpgrade},
}

// wantEcho compares what a view saw of a path and query.
func wantEcho(ctx context.Context, c *hostClient, path, query string) error {
	r, err := c.request(ctx, http.MethodGet, "/echo/"+path+"?"+query, nil)
	if err != nil {
		return err
	}
	got, err := c.echo(r)
	if want := "/conformance/echo/" + path; err == nil && (got.Path != want || got.Query != query) {
		err = fmt.Errorf("sent %s?%s, the view saw %s?%s", want, query, got.Path, got.Query)
	}
	return err
}

func caseEscapedPaths(ctx context.Context, c *hostClient) error {
	return errors.Join(
		wantEcho(ctx, c, "a%20b/c+d;e=f,g", "a=b%20c+d"),
		wantEcho(ctx, c, "%C3%A9/%E4%B8%96%E7%95%8C", "q=%C3%A9&r=%2F%26"),
		wantEcho(ctx, c, "100%25/%252F%3F%23", "a=1&a=2&empty=&flag"))
}

func caseEscapedSlash(ctx context.Context, c *hostClient) error {
	return errors.Join(wantEcho(ctx, c, "a%2Fb/c", "next=%2Fhome"), wantEcho(ctx, c, "a%2Fb%20c", "x=y"))
}

func caseMethods(ctx context.Context, c *hostClient) error {
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		r, err := c.request(ctx, method, "/echo/", nil)
		if err != nil {
			return err
		}
		if got, err := c.echo(r); err != nil || got.Method != method {
			return fmt.Errorf("sent %s, the view saw %q (%v)", method, got.Method, err)
		}
	}
	return nil
}

func caseStatuses(ctx context.Context, c *hostClient) error {
	for _, status := range []int{201, 404, 418, 503} {
		r, err := c.request(ctx, http.MethodGet, fmt.Sprint("/status/", status), nil)
		if err != nil {
			return err
		}
		response, body, err := c.do(r)
		if err != nil || response.StatusCode != status || body != fmt.Sprint("status ", status) {
			return fmt.Errorf("want %d and its body, got %.200q (%v)", status, body, err)
		}
	}
	return nil
}

// upload sends 3 MB and compares what arrived.
func upload(ctx context.Context, c *hostClient, body func(io.Reader) io.Reader) error {
	text := strings.Repeat("0123456789abcde\n", 3<<20/16)
	r, err := c.request(ctx, http.MethodPost, "/echo/", body(strings.NewReader(text)))
	if err != nil {
		return err
	}
	got, err := c.echo(r)
	if err == nil && got.SHA256 != sha(text) {
		err = errors.New("another body arrived than was sent")
	}
	return err
}

func caseUpload(ctx context.Context, c *hostClient) error {
	return upload(ctx, c, func(r io.Reader) io.Reader { return r })
}

func caseChunkedUpload(ctx context.Context, c *hostClient) error {
	return upload(ctx, c, func(r io.Reader) io.Reader { return struct{ io.Reader }{r} })
}

func caseContinue(ctx context.Context, c *hostClient) error {
	conn, answers, err := c.raw(ctx, "/echo/", "POST", "Content-Length: 5", "Expect: 100-continue", "Connection: close", "")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	response, err := http.ReadResponse(answers, nil)
	if err != nil || response.StatusCode != http.StatusContinue {
		return fmt.Errorf("no 100 Continue: %v (%v)", response, err)
	}
	if _, err := io.WriteString(conn, "hello"); err != nil {
		return err
	}
	for response.StatusCode == http.StatusContinue { // a proxy may send its own, and then the program's
		if response, err = http.ReadResponse(answers, nil); err != nil {
			return err
		}
	}
	body, err := io.ReadAll(response.Body)
	if err == nil && !bytes.Contains(body, []byte(sha("hello"))) {
		err = fmt.Errorf("after 100 Continue: %s: %.300s", response.Status, body)
	}
	return err
}

func caseDownload(ctx context.Context, c *hostClient) error {
	response, err := c.get(ctx, "/download")
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	got, want := sha256.New(), sha256.New()
	if _, err := io.Copy(got, response.Body); err != nil {
		return err
	}
	_, _ = io.WriteString(want, strings.Repeat("0123456789abcde\n", 50<<20/16))
	if !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		return errors.New("another body arrived than was sent")
	}
	return nil
}

func caseCookies(ctx context.Context, c *hostClient) error {
	r, err := c.request(ctx, http.MethodGet, "/cookies", nil)
	if err != nil {
		return err
	}
	response, _, err := c.do(r)
	if err != nil {
		return err
	}
	var got []string
	for _, cookie := range response.Cookies() {
		got = append(got, fmt.Sprint(cookie.Name, cookie.Value, cookie.Path, cookie.Expires.Year()))
	}
	if want := []string{"c0v/2040", "c1v/2040", "c2v/2040"}; !slices.Equal(got, want) {
		return fmt.Errorf("got %v", response.Header["Set-Cookie"])
	}
	return nil
}

// bodiless wants an answer of a head and nothing after it.
func bodiless(ctx context.Context, c *hostClient, status int, path string, lines ...string) (*http.Response, error) {
	conn, answers, err := c.raw(ctx, path, append(lines, "Connection: close", "")...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	response, err := http.ReadResponse(answers, &http.Request{Method: http.MethodHead})
	if err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(answers)
	if err != nil || response.StatusCode != status || len(rest) > 0 {
		return nil, fmt.Errorf("got %s, and after the header %.200q (%v)", response.Status, rest, err)
	}
	return response, nil
}

func caseNoContent(ctx context.Context, c *hostClient) error {
	response, err := bodiless(ctx, c, http.StatusNoContent, "/status/204", "GET")
	if err == nil && (response.Header.Get("Content-Length") != "" || len(response.TransferEncoding) > 0) {
		err = fmt.Errorf("204 has the framing of a body: %v", response.Header)
	}
	return err
}

func caseHead(ctx context.Context, c *hostClient) error {
	response, err := bodiless(ctx, c, http.StatusOK, "/file", "HEAD")
	if err == nil && response.ContentLength != 10 {
		err = fmt.Errorf("Content-Length is %d, that of a GET is 10", response.ContentLength)
	}
	return err
}

func caseNotModified(ctx context.Context, c *hostClient) error {
	response, err := bodiless(ctx, c, http.StatusNotModified, "/file", "GET", `If-None-Match: "tag"`)
	if err == nil && response.Header.Get("Etag") != `"tag"` {
		err = fmt.Errorf("304 has the ETag %q", response.Header.Get("Etag"))
	}
	return err
}

func caseRange(ctx context.Context, c *hostClient) error {
	r, err := c.request(ctx, http.MethodGet, "/file", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Range", "bytes=2-4")
	response, body, err := c.do(r)
	if err != nil || response.StatusCode != http.StatusPartialContent || body != "234" {
		return fmt.Errorf("got %v, %.200q (%v)", response, body, err)
	}
	return nil
}
