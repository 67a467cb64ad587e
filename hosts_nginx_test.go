//go:build linux

// The add-on nginx, as a private instance and on a machine.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var nginxHost = host{
	name:   "nginx",
	addons: []string{"nginx domain=" + hostName},
	needs:  []string{"nginx"},
	start: func(t *testing.T, p *hostedProject) address {
		secure, roots := freeAddress(t), p.selfSigned(t)
		p.edit(t, nginxSite, "listen 443 ssl", "listen "+secure+" ssl", "listen [::]:443 ssl http2;", "",
			"/etc/letsencrypt/live/"+hostName+"/fullchain.pem", p.run+"/cert.pem", "/etc/letsencrypt/live/"+hostName+"/privkey.pem", p.run+"/key.pem")
		p.nginxProxy(t)
		return address{url: "https://" + secure, roots: roots}
	},
}

const nginxSite = "deploy/nginx/mysite.conf"

// nginxProxy serves the site, and gives the URL of its port for http.
func (p *hostedProject) nginxProxy(t *testing.T) string {
	t.Helper()
	plain := freeAddress(t)
	p.edit(t, nginxSite, "listen 80;", "listen "+plain+";", "listen [::]:80;", "", "/run/mysite/mysite.sock", p.serve(t))
	startServer(t, exec.Command("nginx", "-c", p.nginxConf(t, nginxSite), "-e", "stderr", "-g", "daemon off;"), "tcp", plain)
	return "http://" + plain
}

// TestHostsNginxPlain is the site without TLS, such as behind another proxy.
func TestHostsNginxPlain(t *testing.T) {
	needCommands(t, "nginx")
	p := newHostedProject(t, "nginx domain="+hostName+" tls=false")
	at := address{url: p.nginxProxy(t)}
	for _, run := range []func(context.Context, *hostClient) error{caseEscapedSlash, caseStream, caseClientAddress, caseSpoofed} {
		if err := run(t.Context(), newHostClient(t, at)); err != nil {
			t.Error(err)
		}
	}
}

// TestHostsNginxDownload has nginx take a large answer off a view that asks for it: the view is done before the client
// has read more than a little.
func TestHostsNginxDownload(t *testing.T) {
	needCommands(t, "nginx")
	p := newHostedProject(t, "nginx domain="+hostName+" tls=false")
	gate, err := newSuiteGate()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = gate.Close() }()
	response, err := newHostClient(t, address{url: p.nginxProxy(t)}).get(t.Context(), "/download"+gate.query()+"&accel")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := gate.pass(ctx); err != nil {
		t.Fatalf("the view waits for the client: %v", err)
	}
	if n, err := io.Copy(io.Discard, response.Body); err != nil || n != 50<<20 {
		t.Errorf("%d bytes arrived, and %v", n, err)
	}
}

// nginxConf is Debian's nginx.conf with one site, for files of its own. It must make no warning.
func (p *hostedProject) nginxConf(t *testing.T, site string) string {
	t.Helper()
	conf := filepath.Join(p.run, "nginx.conf")
	text := "pid nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\n\tinclude /etc/nginx/mime.types;\n\taccess_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		text += fmt.Sprintf("\t%s_temp_path %s/%s;\n", kind, p.run, kind)
	}
	if os.Geteuid() == 0 {
		text = "user root;\n" + text
	}
	p.put(t, conf, strings.Replace(text, "pid nginx", "pid "+p.run+"/nginx", 1)+"\tinclude "+filepath.Join(p.dir, site)+";\n}\n")
	if out := p.command(t, "nginx", "-t", "-c", conf, "-e", "stderr"); strings.Contains(out, "[warn]") {
		t.Error(out)
	}
	return conf
}

// put writes a file.
func (p *hostedProject) put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// selfSigned puts a certificate for the suite's host into p.run, as cert.pem and key.pem.
func (p *hostedProject) selfSigned(t *testing.T) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{hostName}, NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	roots, public := x509.NewCertPool(), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	roots.AppendCertsFromPEM(public)
	p.put(t, filepath.Join(p.run, "cert.pem"), string(public))
	p.put(t, filepath.Join(p.run, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	return roots
}
