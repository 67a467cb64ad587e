//go:build linux

// The cases in which an answer does not simply end, or the client does not simply ask.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

func caseStream(ctx context.Context, c *hostClient) error {
	gate, err := newSuiteGate()
	if err != nil {
		return err
	}
	defer func() { _ = gate.Close() }()
	response, err := c.get(ctx, "/stream"+gate.query())
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	for i := range 3 {
		if _, err := io.ReadFull(response.Body, make([]byte, len("first\n"))); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		if err := gate.pass(ctx); err != nil {
			return err
		}
	}
	rest, err := io.ReadAll(response.Body)
	if err == nil && string(rest) != "last\n" {
		err = fmt.Errorf("the stream ended with %q", rest)
	}
	return err
}

// leave asks for a view, goes away after the first bytes, and waits for the view to report.
func leave(ctx context.Context, c *hostClient, path string) error {
	gate, err := newSuiteGate()
	if err != nil {
		return err
	}
	defer func() { _ = gate.Close() }()
	response, err := c.get(ctx, path+gate.query())
	if err != nil {
		return err
	}
	_, err = io.ReadFull(response.Body, make([]byte, 6))
	_ = response.Body.Close() // and with it, the connection
	if err != nil {
		return err
	}
	if err := gate.pass(ctx); err != nil {
		return fmt.Errorf("the view did not notice: %w", err)
	}
	return nil
}

func caseAbort(ctx context.Context, c *hostClient) error { return leave(ctx, c, "/wait") }

func caseAbortSending(ctx context.Context, c *hostClient) error { return leave(ctx, c, "/endless") }

func casePanic(ctx context.Context, c *hostClient) error {
	return c.survives(ctx, "/panic", func(response *http.Response) error {
		body, err := io.ReadAll(response.Body)
		if err == nil && (response.StatusCode != http.StatusInternalServerError || !strings.Contains(string(body), "</html>")) {
			err = fmt.Errorf("got %s and %.300q", response.Status, body)
		}
		return err
	})
}

func casePanicAfter(ctx context.Context, c *hostClient) error {
	gate, err := newSuiteGate()
	if err != nil {
		return err
	}
	defer func() { _ = gate.Close() }()
	return c.survives(ctx, "/panic/after"+gate.query(), func(response *http.Response) error {
		if _, err := io.ReadFull(response.Body, make([]byte, len("first\n"))); err != nil {
			return fmt.Errorf("the first line: %w", err)
		}
		if err := gate.pass(ctx); err != nil {
			return err
		}
		if rest, err := io.ReadAll(response.Body); err == nil {
			return fmt.Errorf("the answer ended with %q as if it were complete", rest)
		}
		return nil
	})
}

func caseLargeHeaders(ctx context.Context, c *hostClient) error {
	large := strings.Repeat("x", 12<<10)
	r, err := c.request(ctx, http.MethodGet, "/echo/", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Large", large)
	got, err := c.echo(r)
	if err != nil || got.Header != large {
		return fmt.Errorf("of 12 KB in a request's header, %d bytes arrived (%v)", len(got.Header), err)
	}
	response, err := c.get(ctx, fmt.Sprint("/header?bytes=", len(large)))
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.Header.Get("Large") != large {
		return fmt.Errorf("of 12 KB in an answer's header, %d bytes arrived, with %s", len(response.Header.Get("Large")), response.Status)
	}
	return nil
}

func caseTooLargeHeaders(ctx context.Context, c *hostClient) error {
	conn, answers, err := c.raw(ctx, "/echo/", "GET")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for i := range 256 {
		if _, err = fmt.Fprintf(conn, "Large-%d: %s\r\n", i, strings.Repeat("x", 4<<10)); err != nil {
			break // it has heard enough
		}
	}
	_, _ = io.WriteString(conn, "\r\n")
	response, err := http.ReadResponse(answers, nil)
	if err == nil && (response.StatusCode < 400 || response.StatusCode >= 500) {
		return fmt.Errorf("answered with %s", response.Status)
	}
	if err != nil && ctx.Err() != nil {
		return err
	}
	return c.survives(ctx, "/echo/", func(*http.Response) error { return nil })
}

func caseSlowHeaders(ctx context.Context, c *hostClient) error {
	conn, answers, err := c.raw(ctx, "/echo/", "GET")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, answers)
		ended <- err
	}()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			if isTimeout(err) {
				return errors.New("still connected")
			}
			return nil
		case <-tick.C:
			_, _ = io.WriteString(conn, "S: l\r\n")
		}
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// asked sends a request with headers, and gives what the view saw of it.
func (c *hostClient) asked(ctx context.Context, header http.Header) (seen, error) {
	r, err := c.request(ctx, http.MethodGet, "/echo/", nil)
	if err != nil {
		return seen{}, err
	}
	r.Header = header
	return c.echo(r)
}

func caseHost(ctx context.Context, c *hostClient) error {
	got, err := c.asked(ctx, http.Header{})
	if err == nil && got.Host != hostName {
		err = fmt.Errorf("asked for %s, the view saw %s", hostName, got.Host)
	}
	return err
}

// elsewhere is a client that is not where the proxy is.
var elsewhere = netip.MustParseAddr("127.0.0.2")

// addressOf reads an address with or without a port.
func addressOf(client string) netip.Addr {
	if with, err := netip.ParseAddrPort(client); err == nil {
		return with.Addr().Unmap()
	}
	address, _ := netip.ParseAddr(client)
	return address.Unmap()
}

func caseClientAddress(ctx context.Context, c *hostClient) error {
	c.from = &net.TCPAddr{IP: elsewhere.AsSlice()}
	got, err := c.asked(ctx, http.Header{})
	if err == nil && addressOf(got.Client) != elsewhere {
		err = fmt.Errorf("came from %v, the view saw %s", elsewhere, got.Client)
	}
	return err
}

func caseHTTPS(ctx context.Context, c *hostClient) error {
	if !strings.HasPrefix(c.url, "https:") {
		if got, err := c.asked(ctx, http.Header{}); err != nil || got.Scheme != "http" {
			return fmt.Errorf("came over http, the view saw %q (%v)", got.Scheme, err)
		}
		if c.https == "" {
			return errors.New("the host has no TLS")
		}
		c.url = c.https
	}
	for _, http2 := range []bool{false, true} { // where the host offers it
		c.http.Transport.(*http.Transport).ForceAttemptHTTP2 = http2
		if got, err := c.asked(ctx, http.Header{}); err != nil || got.Scheme != "https" {
			return fmt.Errorf("came over https, the view saw %q (%v)", got.Scheme, err)
		}
		c.http.CloseIdleConnections()
	}
	return nil
}

func caseSpoofed(ctx context.Context, c *hostClient) error {
	c.from = &net.TCPAddr{IP: elsewhere.AsSlice()}
	const evil = "192.0.2.66"
	scheme, wrong := "http", "https"
	if strings.HasPrefix(c.url, "https:") {
		scheme, wrong = wrong, scheme
	}
	got, err := c.asked(ctx, http.Header{
		"X-Forwarded-For":   {evil},
		"X-Forwarded-Proto": {wrong},
		"X-Forwarded-Host":  {"evil.example"},
		"X-Real-Ip":         {evil},
		"Forwarded":         {"for=" + evil + ";proto=" + wrong + ";host=evil.example"},
		"X_Forwarded_For":   {evil}, // which servers for CGI take for the same
		"X_Forwarded_Proto": {wrong},
		"Proxy":             {"http://evil.example"}, // https://httpoxy.org
	})
	if err != nil {
		return err
	}
	if c.socket == "" && addressOf(got.Client) != elsewhere || got.Client == evil || got.Scheme != scheme || got.Host != hostName || got.Proxy != "" {
		return fmt.Errorf("the view saw client %s, scheme %s, host %s, HTTP_PROXY %q", got.Client, got.Scheme, got.Host, got.Proxy)
	}
	return nil
}

func caseUpgrade(ctx context.Context, c *hostClient) error {
	conn, answers, err := c.raw(ctx, "/upgrade", "GET", "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	response, err := http.ReadResponse(answers, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("want 101, got %v (%v)", response, err)
	}
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		return err
	}
	line, err := answers.ReadString('\n')
	if err == nil && line != "hello\n" {
		err = fmt.Errorf("sent hello, got %q back", line)
	}
	return err
}
