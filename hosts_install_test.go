//go:build linux

// The pages of deploy/, followed to the letter on a machine: what they install is the distribution's own service, with
// the configuration as it was laid, on the ports that everybody uses.
package main

import (
	"strings"
	"testing"
)

// offline stands in for what a machine without the Internet can't have: packages, which are there already, and
// certificates of an authority.
const offline = `
apt-get() { dpkg --status $(echo "$*" | sed 's/^install//; s/[a-z0-9-]*certbot[a-z0-9-]*//g') >/dev/null; }
certbot() {
	install -d /etc/letsencrypt/live/example.com
	openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=example.com -addext subjectAltName=DNS:example.com \
		-keyout /etc/letsencrypt/live/example.com/privkey.pem -out /etc/letsencrypt/live/example.com/fullchain.pem 2>/dev/null
}
export CURL_CA_BUNDLE=/etc/letsencrypt/live/example.com/fullchain.pem
`

func TestHostsInstall(t *testing.T) {
	for _, proxy := range []struct{ addon, command, prelude, log string }{
		{"nginx", "nginx", offline, "/var/log/nginx/error.log"},
		{"apache", "apache2", offline, "/var/log/apache2/error.log"},
		// What Caddy does where it can't reach an authority: it is one.
		{"caddy", "caddy", offline + `
			caddy() { sed -i 's/^example.com {/&\n\ttls internal/' /etc/caddy/Caddyfile; command caddy "$@"; }
			export CURL_CA_BUNDLE=/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt`, ""},
	} {
		t.Run(proxy.addon, func(t *testing.T) {
			needCommands(t, proxy.command)
			_, m := newMachine(t, "systemd", proxy.addon)
			m.follow(t, "deploy/systemd.md", "")
			out := m.follow(t, "deploy/"+proxy.addon+".md", proxy.prelude)
			if strings.Contains(out, "[warn]") {
				t.Error(out)
			}
			// The client's address and scheme arrive, and http leads to https.
			head := m.sh(t, "curl --silent --head 'http://example.com/a%2Fb%20c?d=%2F'")
			if !strings.Contains(head, "ocation: https://example.com/a%2Fb%20c?d=%2F\r\n") {
				t.Errorf("http is answered with:\n%s", head)
			}
			m.sh(t, "systemctl restart mysite; journalctl --sync; journalctl --unit=mysite --output=cat | grep '\"path\":\"/healthz\".*\"client\":\"127.0.0.1\"'")
		})
	}
}
