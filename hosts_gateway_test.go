//go:build linux

// The add-on gateway, behind the web servers that speak its protocols.
package main

import (
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var gatewayHosts = []host{
	gatewayNginx("fastcgi"),
	gatewayNginx("uwsgi", noEndMark),
	gatewayNginx("scgi", noEndMark),
	gatewayApache("fastcgi", apacheLimits),
	gatewayApache("uwsgi", apacheLimits, noEndMark, noLength, map[string]string{
		"escaped slash": "Apache's mod_proxy_uwsgi answers 500 to `%2F`",
	}),
	gatewayApache("scgi", apacheLimits, noEndMark, noLength),
	gatewayCGI,
	gatewayLighttpd("fastcgi", lighttpdLimits),
	gatewayLighttpd("uwsgi", lighttpdLimits, noEndMark),
	gatewayLighttpd("scgi", lighttpdLimits, noEndMark),
}

// What a gateway can't do, for the protocol or the web server.
var (
	noUpgrade = map[string]string{"upgrade": "only HTTP has upgrades; the answer is 501"}
	noEndMark = map[string]string{
		"panic after the first byte": "the protocol has no mark for the end of an answer, and a unix socket can't be reset; over TCP it is cut off",
	}
	noLength     = map[string]string{"chunked upload": "the protocol has no bodies of unknown length, and Apache answers 411"}
	apacheLimits = map[string]string{
		"abort":         apacheHost.cannot["abort"],
		"large headers": "of an answer's header, Apache takes lines of up to 8 KB",
	}
	lighttpdLimits = map[string]string{
		"slow headers": "lighttpd cuts off a client that is silent for a minute, but not one that sends on and on",
	}
)

var protocolNames = map[string]string{"fastcgi": "FastCGI", "uwsgi": "uwsgi", "scgi": "SCGI"}

func limits(reasons ...map[string]string) map[string]string {
	all := maps.Clone(noUpgrade)
	for _, r := range reasons {
		maps.Copy(all, r)
	}
	return all
}

// startGateway builds the program and starts it on a socket.
func (p *hostedProject) startGateway(t *testing.T, protocol string) (socket string) {
	t.Helper()
	socket = filepath.Join(p.run, "mysite.sock")
	p.gatewayOn(t, protocol, "unix", socket)
	return socket
}

func (p *hostedProject) gatewayOn(t *testing.T, protocol, network, address string) *exec.Cmd {
	t.Helper()
	p.command(t, "go", "build", "-trimpath", "-o", "bin/", "./cmd/gateway")
	bind := address
	if network == "unix" {
		bind = "unix:" + address
	}
	cmd := exec.Command(filepath.Join(p.dir, "bin", "gateway"), "--protocol", protocol, "--bind", bind)
	cmd.Dir, cmd.Env = p.dir, p.env
	startServer(t, cmd, network, address)
	return cmd
}

const gatewayNginxSite = "deploy/gateway/nginx.conf"

func gatewayNginx(protocol string, cannot ...map[string]string) host {
	return host{
		name:   "nginx, " + protocolNames[protocol],
		addons: []string{"gateway server=nginx protocol=" + protocol + " domain=" + hostName},
		needs:  []string{"nginx"},
		start: func(t *testing.T, p *hostedProject) address {
			secure, roots := freeAddress(t), p.selfSigned(t)
			p.edit(t, gatewayNginxSite, "listen 443 ssl", "listen "+secure+" ssl", "listen [::]:443 ssl http2;", "",
				"/etc/letsencrypt/live/"+hostName+"/fullchain.pem", p.run+"/cert.pem", "/etc/letsencrypt/live/"+hostName+"/privkey.pem", p.run+"/key.pem")
			p.gatewayBehindNginx(t, protocol, "unix:"+p.startGateway(t, protocol))
			return address{url: "https://" + secure, roots: roots}
		},
		cannot: limits(cannot...),
	}
}

// gatewayBehindNginx serves the site, and gives the URL of its port for http.
func (p *hostedProject) gatewayBehindNginx(t *testing.T, protocol, upstream string) string {
	t.Helper()
	plain := freeAddress(t)
	p.edit(t, gatewayNginxSite, "listen 80;", "listen "+plain+";", "listen [::]:80;", "",
		"include "+protocol, "include /etc/nginx/"+protocol, "unix:/run/mysite/mysite.sock", upstream)
	startServer(t, exec.Command("nginx", "-c", p.nginxConf(t, gatewayNginxSite), "-e", "stderr", "-g", "daemon off;"), "tcp", plain)
	return "http://" + plain
}

func gatewayApache(protocol string, cannot ...map[string]string) host {
	return host{
		name:   "Apache, " + protocolNames[protocol],
		addons: []string{"gateway server=apache protocol=" + protocol + " domain=" + hostName},
		needs:  []string{"apache2"},
		start: func(t *testing.T, p *hostedProject) address {
			module := strings.Replace("proxy_"+protocol, "fast", "f", 1)
			return p.gatewayBehindApache(t, "deploy/gateway/apache.conf", "proxy "+module, "/run/mysite/mysite.sock", p.startGateway(t, protocol))
		},
		cannot: limits(cannot...),
	}
}

var gatewayCGI = host{
	name:   "Apache, CGI",
	addons: []string{"gateway server=apache-cgi domain=" + hostName},
	needs:  []string{"apache2"},
	start: func(t *testing.T, p *hostedProject) address {
		p.command(t, "go", "build", "-trimpath", "-o", filepath.Join(p.run, "lib", "gateway"), "./cmd/gateway")
		env := filepath.Join(p.run, "apache.env")
		var settings strings.Builder
		for _, variable := range p.env[len(p.env)-4:] {
			name, value, _ := strings.Cut(variable, "=")
			fmt.Fprintf(&settings, "SetEnv %s %q\n", name, value)
		}
		p.put(t, env, settings.String())
		return p.gatewayBehindApache(t, "deploy/gateway/apache-cgi.conf", "cgid", "/etc/mysite/apache.env", env, "/usr/local/lib/mysite", filepath.Join(p.run, "lib"))
	},
	cannot: limits(apacheLimits, map[string]string{
		"abort while sending":        "Apache ends the process, which learns nothing",
		"panic":                      "the process ends with the answer, after a panic as always",
		"panic after the first byte": "the protocol has no mark for the end of an answer",
		"too large headers":          "they are refused; but the process that the case looks for afterwards has ended",
	}),
	chance: []string{"abort while sending"}, // a process that is slow to end may learn it
}

func (p *hostedProject) gatewayBehindApache(t *testing.T, site, modules string, oldnew ...string) address {
	t.Helper()
	plain, secure, roots := freeAddress(t), freeAddress(t), p.selfSigned(t)
	p.edit(t, site, append(oldnew, "*:80>", plain+">", "*:443>", secure+">",
		"/etc/letsencrypt/live/"+hostName+"/fullchain.pem", p.run+"/cert.pem", "/etc/letsencrypt/live/"+hostName+"/privkey.pem", p.run+"/key.pem")...)
	conf := p.apacheConf(t, site, modules+" env", plain, secure)
	startServer(t, exec.Command("apache2", "-d", p.run, "-f", conf, "-D", "FOREGROUND"), "tcp", secure)
	return address{url: "https://" + secure, roots: roots}
}

const gatewayLighttpdSite = "deploy/gateway/lighttpd.conf"

func gatewayLighttpd(protocol string, cannot ...map[string]string) host {
	return host{
		name:   "lighttpd, " + protocolNames[protocol],
		addons: []string{"gateway server=lighttpd protocol=" + protocol + " domain=" + hostName},
		needs:  []string{"lighttpd"},
		start: func(t *testing.T, p *hostedProject) address {
			secure, roots := freeAddress(t), p.selfSigned(t)
			p.edit(t, gatewayLighttpdSite, "0.0.0.0:443", secure, `$SERVER["socket"] == "[::]:443" { ssl.engine = "enable" }`, "",
				"/etc/letsencrypt/live/"+hostName+"/fullchain.pem", p.run+"/cert.pem", "/etc/letsencrypt/live/"+hostName+"/privkey.pem", p.run+"/key.pem",
				"/run/mysite/mysite.sock", p.startGateway(t, protocol))
			p.lighttpd(t)
			return address{url: "https://" + secure, roots: roots}
		},
		cannot: limits(cannot...),
	}
}

// lighttpd starts it with as much of Debian's configuration as the site needs, and gives the URL of its port for http.
func (p *hostedProject) lighttpd(t *testing.T) string {
	t.Helper()
	plain, conf := freeAddress(t), filepath.Join(p.run, "lighttpd.conf")
	_, port, _ := strings.Cut(plain, ":")
	p.put(t, conf, fmt.Sprintf(`server.bind = "127.0.0.1"
server.port = %s
server.document-root = "/var/www/html"
server.upload-dirs = ( "%s" )
server.http-parseopts = ( "url-normalize-unreserved" => "enable", "url-path-2f-decode" => "disable" )
server.modules = ( "mod_access" )
include "%s"
`, port, p.run, filepath.Join(p.dir, gatewayLighttpdSite)))
	cmd := exec.Command("lighttpd", "-D", "-f", conf)
	cmd.Env = p.env
	startServer(t, cmd, "tcp", plain)
	return "http://" + plain
}
