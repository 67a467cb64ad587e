//go:build linux

// The add-on apache.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var apacheHost = host{
	name:   "Apache",
	addons: []string{"apache domain=" + hostName},
	needs:  []string{"apache2"},
	start: func(t *testing.T, p *hostedProject) address {
		secure, roots := freeAddress(t), p.selfSigned(t)
		p.edit(t, apacheSite, "*:443>", secure+">",
			"/etc/letsencrypt/live/"+hostName+"/fullchain.pem", p.run+"/cert.pem", "/etc/letsencrypt/live/"+hostName+"/privkey.pem", p.run+"/key.pem")
		p.apacheProxy(t, secure)
		return address{url: "https://" + secure, roots: roots}
	},
	cannot: map[string]string{
		"abort": "Apache notices that a client has left when it next sends something; until then the view waits in vain",
	},
}

const apacheSite = "deploy/apache/mysite.conf"

// apacheProxy serves the site, and gives the URL of its port for http; also are the other addresses to listen on.
func (p *hostedProject) apacheProxy(t *testing.T, also ...string) string {
	t.Helper()
	plain := freeAddress(t)
	p.edit(t, apacheSite, "*:80>", plain+">", "/run/mysite/mysite.sock", p.serve(t))
	conf := p.apacheConf(t, apacheSite, "headers proxy proxy_http", append(also, plain)...)
	startServer(t, exec.Command("apache2", "-d", p.run, "-f", conf, "-D", "FOREGROUND"), "tcp", plain)
	return "http://" + plain
}

// TestHostsApachePlain is the site without TLS, such as behind another proxy.
func TestHostsApachePlain(t *testing.T) {
	needCommands(t, "apache2")
	p := newHostedProject(t, "apache domain="+hostName+" tls=false")
	at := address{url: p.apacheProxy(t)}
	for _, run := range []func(context.Context, *hostClient) error{caseEscapedSlash, caseStream, caseClientAddress, caseSpoofed} {
		if err := run(t.Context(), newHostClient(t, at)); err != nil {
			t.Error(err)
		}
	}
}

// apacheConf is a configuration with modules beside those that Debian or https need, and one site. It must make no warning.
func (p *hostedProject) apacheConf(t *testing.T, site, modules string, listen ...string) string {
	t.Helper()
	text := fmt.Sprintf("ServerRoot %s\nPidFile apache.pid\nErrorLog /dev/stderr\nServerName localhost\nDefaultRuntimeDir .\nMutex pthread\n", p.run)
	for _, module := range strings.Fields("mpm_event authz_core alias reqtimeout rewrite ssl http2 " + modules) {
		text += fmt.Sprintf("LoadModule %s_module /usr/lib/apache2/modules/mod_%[1]s.so\n", module)
	}
	for _, address := range listen {
		text += "Listen " + address + "\n"
	}
	if os.Geteuid() == 0 {
		text += "User www-data\nGroup www-data\n"
		if err := os.Chmod(p.run, 0o711); err != nil { // its children are not root, and connect to the socket
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(p.run, "mysite.sock"), 0o666); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	conf := filepath.Join(p.run, "apache.conf")
	p.put(t, conf, text+"Include "+filepath.Join(p.dir, site)+"\n")
	if out := p.command(t, "apache2", "-d", p.run, "-f", conf, "-t"); strings.TrimSpace(out) != "Syntax OK" {
		t.Error(out)
	}
	return conf
}
