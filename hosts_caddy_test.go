//go:build linux

// The add-on caddy.
package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var caddyHost = host{
	name:   "Caddy",
	addons: []string{"caddy domain=" + hostName},
	needs:  []string{"caddy"},
	start: func(t *testing.T, p *hostedProject) address {
		const file = "deploy/caddy/Caddyfile"
		p.env = append(p.env, "XDG_CONFIG_HOME="+p.run, "XDG_DATA_HOME="+p.run)
		if out := p.command(t, "caddy", "fmt", "--diff", file); strings.Contains(out, "\n+") || strings.Contains(out, "\n-") {
			t.Errorf("caddy fmt:\n%s", out)
		}
		if out := p.command(t, "caddy", "validate", "--adapter=caddyfile", "--config="+file); strings.Contains(out, `"warn"`) {
			t.Error(out)
		}
		plain, secure, roots := freeAddress(t), freeAddress(t), p.selfSigned(t)
		_, httpPort, _ := strings.Cut(plain, ":")
		_, httpsPort, _ := strings.Cut(secure, ":")
		p.edit(t, file, "{\n\tservers {", "{\n\tadmin off\n\thttp_port "+httpPort+"\n\thttps_port "+httpsPort+"\n\tservers {",
			hostName+" {", hostName+" {\n\ttls "+p.run+"/cert.pem "+p.run+"/key.pem",
			"/run/mysite/mysite.sock", p.serve(t))
		cmd := exec.Command("caddy", "run", "--adapter=caddyfile", "--config="+filepath.Join(p.dir, file))
		cmd.Env = p.env
		startServer(t, cmd, "tcp", secure)
		return address{url: "https://" + secure, roots: roots}
	},
	cannot: map[string]string{
		// https://github.com/caddyserver/caddy/issues/5951
		"panic after the first byte": "Caddy before 2.8 (Debian 12 has 2.6) ends an answer that was cut off as if it were complete",
	},
}
