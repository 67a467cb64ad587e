//go:build linux

// The project's own server, without another before it.
package main

import (
	"os/exec"
	"testing"
)

const noTLS = "it speaks HTTP; put one of the proxies before it"

var ownServer = host{
	name: "own server",
	start: func(t *testing.T, p *hostedProject) address {
		bind := freeAddress(t)
		cmd := exec.Command(p.binary, "--bind", bind)
		cmd.Dir, cmd.Env = p.dir, p.env
		startServer(t, cmd, "tcp", bind)
		return address{url: "http://" + bind}
	},
	cannot: map[string]string{"https": noTLS},
}

var ownServerUnix = host{
	name: "own server, unix socket",
	start: func(t *testing.T, p *hostedProject) address {
		return address{url: "http://localhost", socket: p.serve(t)}
	},
	cannot: map[string]string{
		"https":           noTLS,
		"client address":  "a unix socket has none; the proxy before it tells",
		"spoofed headers": "whoever may open the socket is believed to be the proxy",
	},
}
