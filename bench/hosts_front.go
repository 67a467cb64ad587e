// The hosts of bench hosts where a web server stands before the site: HTTP over a unix socket, with the configurations
// of the add-ons nginx, apache and caddy, and the protocols of the add-on gateway behind nginx. Python and Django are
// behind the same web server with the same configuration: by HTTP in gunicorn, by the other protocols in uWSGI, which
// speaks all three.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A webServer serves with the configuration that an add-on lays.
type webServer struct {
	name    string
	about   string
	tool    string
	addon   string
	answers []string
	file    string                                // the site's configuration in the project; site.conf when it is edited
	edits   func(address, socket string) []string // each old text, and the new one that follows it
	conf    string                                // web.conf: what a distribution has around the site
	command func(home string) []string
}

const (
	laidSocket = "/run/" + project + "/" + project + ".sock"
	laidDomain = "127.0.0.1"
)

var nginxServer = webServer{
	name: "nginx", about: "nginx by HTTP", tool: "nginx", addon: "nginx", answers: []string{"tls=false"},
	file: "deploy/nginx/" + project + ".conf",
	edits: func(address, socket string) []string {
		return []string{"listen 80;", "listen " + address + ";", "listen [::]:80;", "", laidSocket, socket}
	},
	conf: `daemon off;
pid nginx.pid;
worker_processes auto;
events {}
http {
	access_log off;
	client_body_temp_path client_body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	include site.conf;
}
`,
	command: func(home string) []string { return []string{"nginx", "-p", home, "-c", "web.conf", "-e", "stderr"} },
}

var frontServers = []webServer{nginxServer, {
	name: "apache", about: "Apache by HTTP", tool: "apache2", addon: "apache", answers: []string{"tls=false"},
	file: "deploy/apache/" + project + ".conf",
	edits: func(address, socket string) []string {
		return []string{"<VirtualHost *:80>", "Listen " + address + "\n<VirtualHost " + address + ">", laidSocket, socket}
	},
	conf: apacheBase + `LoadModule reqtimeout_module /usr/lib/apache2/modules/mod_reqtimeout.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
Include site.conf
`,
	command: func(home string) []string {
		return []string{"apache2", "-d", home, "-D", "FOREGROUND", "-f", "web.conf"}
	},
}, {
	name: "caddy", about: "Caddy by HTTP", tool: "caddy", addon: "caddy",
	file: "deploy/caddy/Caddyfile",
	edits: func(address, socket string) []string {
		return []string{"{\n\tservers {", "{\n\tadmin off\n\tservers {", laidDomain + " {", "http://" + address + " {", laidSocket, socket}
	},
	command: func(string) []string {
		return []string{"caddy", "run", "--adapter=caddyfile", "--config=site.conf"}
	},
}}

// frontHosts are all web servers with all applications.
func frontHosts() (hosts []webHost) {
	named := func(name string) webHost {
		return plainHosts[slices.IndexFunc(plainHosts, func(host webHost) bool { return host.name == name })]
	}
	mine, python, django := named("mysite"), named("python"), named("django")
	mine.about, python.about, django.about = "the same as mysite", "the same as python", "the same as django"
	for _, server := range frontServers {
		hosts = append(hosts, server.before(mine, python, django)...)
	}
	mine.prepare = prepareGateway
	mine.about += ", but by the add-on gateway"
	python.about, django.about = python.about+", but in uWSGI with 2 processes", django.about+", but in uWSGI with 2 processes"
	python.tools, django.tools = []string{"uwsgi"}, []string{"uwsgi", "django-admin"}
	for _, protocol := range []string{"fastcgi", "uwsgi", "scgi"} {
		mine.command = func(home, address string) []string {
			return []string{binary(home), "--protocol", protocol, "--bind", address}
		}
		serve := func(dir, module string) func(home, address string) []string {
			return func(home, address string) []string {
				argv := uwsgi("--"+protocol+"-socket", strings.TrimPrefix(address, "unix:"), filepath.Join(home, dir), module)
				// Of nginx's files of parameters only uwsgi_params has a PATH_INFO.
				return append(argv, "--route-if", "empty:${PATH_INFO} setscriptname:", "--route-if", "empty:${PATH_INFO} setpathinfo:${DOCUMENT_URI}")
			}
		}
		python.command, django.command = serve(".", "hello:application"), serve(project, project+".wsgi:application")
		hosts = append(hosts, gatewayServer(protocol).before(mine, python, django)...)
	}
	return hosts
}

// gatewayServer is nginx with the configuration of the add-on gateway.
func gatewayServer(protocol string) webServer {
	server := nginxServer
	server.name, server.about = "gateway-"+protocol, "nginx by "+protocol
	server.addon, server.answers = "gateway", []string{"tls=false", "server=nginx", "protocol=" + protocol}
	server.file = "deploy/gateway/nginx.conf"
	server.edits = func(address, socket string) []string {
		return append(nginxServer.edits(address, socket), "include "+protocol, "include /etc/nginx/"+protocol)
	}
	return server
}

// before puts the web server before the project, Python and Django.
func (server webServer) before(mine, python, django webHost) []webHost {
	hosts := []webHost{mine, python, django}
	for i, suffix := range []string{"", "-python", "-django"} {
		host := &hosts[i]
		host.name, host.about, host.of = server.name+suffix, host.about+", behind "+server.about, nil
		host.tools, host.front = append(slices.Clone(host.tools), server.tool), &server
	}
	hosts[0].of = []string{server.name + "-python", server.name + "-django"}
	if server.name != server.addon { // another protocol than HTTP
		hosts[0].of = append(hosts[0].of, nginxServer.name)
	}
	return hosts
}

// launchBehind launches the site, and the web server once the site listens.
func (row *hostRow) launchBehind(ctx context.Context, l *lab, env []string) error {
	front, socket := row.host.front, filepath.Join(row.home, "site.sock")
	if err := row.launch(l, env, row.host.command(row.home, "unix:"+socket)); err != nil {
		return err
	}
	if err := awaitSocket(ctx, socket); err != nil {
		return err
	}
	if err := front.configure(ctx, l, row.home, row.address, socket); err != nil {
		return err
	}
	env = append(slices.Clone(env), "XDG_CONFIG_HOME="+row.home, "XDG_DATA_HOME="+row.home) // Caddy writes there
	return row.launch(l, env, front.command(row.home))
}

// configure writes the configuration for a site that listens on the socket.
func (server webServer) configure(ctx context.Context, l *lab, home, address, socket string) error {
	// A project for its configuration only: the site's own may be Django's.
	dir := filepath.Join(home, "web")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if _, err := measure(ctx, dir, l.env, []string{l.gostart, "startproject", project}); err != nil {
		return err
	}
	if err := add(ctx, l, dir, l.env, server.addon, append(slices.Clone(server.answers), "domain="+laidDomain)...); err != nil {
		return err
	}
	site, err := edited(filepath.Join(dir, project, filepath.FromSlash(server.file)), server.edits(address, socket))
	if err != nil {
		return err
	}
	return errors.Join(
		writeFiles(home, map[string]string{"site.conf": site, "web.conf": server.conf}),
		// Its processes are another user's where root starts it.
		os.Chmod(l.dir, 0o755), os.Chmod(socket, 0o666))
}

// edited is the text of a file with each old text replaced by the new one that follows it; each old one must be there.
func edited(file string, oldnew []string) (string, error) {
	text := readFile(file)
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(text, oldnew[i]) {
			return "", fmt.Errorf("%s has no %q", file, oldnew[i])
		}
	}
	return strings.NewReplacer(oldnew...).Replace(text), nil
}

// awaitSocket waits until somebody listens on the socket. Apache does not ask again for a minute where it found nobody.
func awaitSocket(ctx context.Context, socket string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, answerTime, errors.New("nobody listens on the site's socket"))
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
		if err == nil {
			return conn.Close()
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		pause(ctx, pollPause)
	}
}

// prepareGateway makes a project as users have it, with one view more, as the program of the add-on gateway.
func prepareGateway(ctx context.Context, l *lab, home string, env []string) error {
	if err := prepareWith(ctx, l, home, env, "gateway"); err != nil {
		return err
	}
	_, err := measure(ctx, filepath.Join(home, project), env, []string{"go", "build", "-o", binary(home), "./cmd/gateway"})
	return err
}
