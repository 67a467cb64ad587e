// The client of the stories of testdata/script.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func scriptGet(ts *testscript.TestScript, neg bool, args []string) {
	header, client, background := http.Header{}, http.DefaultClient, false
	for len(args) > 1 {
		switch args[0] {
		case "-background":
			background, args = true, args[1:]
			continue
		case "-H":
			name, value, _ := strings.Cut(args[1], ":")
			header.Set(name, strings.TrimSpace(value))
		case "-unix":
			client = unixClient(ts.MkAbs(args[1]))
		case "-cert":
			text, err := os.ReadFile(ts.MkAbs(args[1]))
			ts.Check(err)
			client = trustingClient(text)
		default:
			neg = true
		}
		if args = args[1:]; len(args) > 0 {
			args = args[1:]
		}
	}
	if neg || len(args) != 1 {
		ts.Fatalf("usage: get [-H 'NAME: VALUE'] [-unix PATH] [-cert FILE] [-background] URL")
	}
	if background {
		s := servedNow(ts)
		s.page = make(chan string, 1)
		go func() { s.page <- getPage(client, args[0], header) }()
		return
	}
	_, _ = fmt.Fprintln(ts.Stdout(), getPage(client, args[0], header))
}

// unixClient connects to a socket, whatever the host in the URL.
func unixClient(path string) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
}

// trustingClient trusts a certificate, and no other.
func trustingClient(certificate []byte) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
	}}
}

func scriptBackground(ts *testscript.TestScript, neg bool, args []string) {
	_, _ = fmt.Fprintln(ts.Stdout(), <-servedNow(ts).page)
}

// getPage is status, type and body of a page, or the error.
func getPage(client *http.Client, url string, header http.Header) string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	request.Header, request.Host = header, header.Get("Host")
	response, err := client.Do(request)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s\nContent-Type: %s\n\n%s", response.Status, response.Header.Get("Content-Type"), body)
}
