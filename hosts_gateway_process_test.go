//go:build linux

// The program of the add-on gateway as a process: what becomes of requests when it stops, ends or is replaced.
package main

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
)

// TestHostsGatewayProcess has the program behind nginx.
func TestHostsGatewayProcess(t *testing.T) {
	needCommands(t, "nginx")
	t.Parallel()
	p := newHostedProject(t, "gateway server=nginx protocol=fastcgi domain="+hostName+" tls=false")
	socket := filepath.Join(p.run, "mysite.sock")
	program := p.gatewayOn(t, "fastcgi", "unix", socket)
	at := address{url: p.gatewayBehindNginx(t, "fastcgi", "unix:"+socket)}
	status := func() int {
		t.Helper()
		response, err := newHostClient(t, at).get(t.Context(), "/echo/")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}

	// A new process takes over on SIGHUP, and no request fails.
	requests, _ := restartUnderLoad(t, at, 20, 3, func() {
		if err := syscall.Kill(-program.Process.Pid, syscall.SIGHUP); err != nil { // it is in the first one's group
			t.Fatal(err)
		}
	})
	t.Logf("%d requests", requests)

	// Killed, it can do nothing for its requests, but leaves nothing that would keep the next one from starting.
	killGroup(program)
	if got := status(); got != http.StatusBadGateway {
		t.Errorf("nginx answers %d for a process that is gone", got)
	}
	program = p.gatewayOn(t, "fastcgi", "unix", socket)
	if got := status(); got != http.StatusOK {
		t.Errorf("a new process answers %d", got)
	}

	// On SIGTERM, it finishes the request that is under way.
	gate, err := newSuiteGate()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = gate.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	response, err := newHostClient(t, at).get(ctx, "/stream"+gate.query())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.ReadFull(response.Body, make([]byte, len("first\n"))); err != nil {
		t.Fatal(err)
	}
	if err := program.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for status() != http.StatusBadGateway { // until it accepts no more
	}
	for range 3 {
		if err := gate.pass(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if rest, err := io.ReadAll(response.Body); err != nil || string(rest) != "first\nfirst\nlast\n" {
		t.Errorf("the answer ended with %q, %v", rest, err)
	}
}
