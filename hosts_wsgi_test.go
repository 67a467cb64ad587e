//go:build linux

// The add-on wsgi, under Python's servers.
package main

import (
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

var wsgiHosts = []host{
	gunicornHost("gunicorn, sync", nil),
	gunicornHost("gunicorn, gthread", map[string]string{
		"slow headers": "its threads wait for as long as something comes; put nginx before it",
	}, "--threads=8"),
	gunicornHost("gunicorn, --preload", nil, "--preload"),
	uwsgiHost,
	modWSGI("daemon"),
	modWSGI("embedded"),
	wsgirefHost,
}

// What WSGI has no place for, or its servers.
var (
	wsgiLimits = map[string]string{
		"abort":   "WSGI does not tell that a client has left until something is sent; until then the view waits in vain",
		"upgrade": "WSGI has no upgrades; the answer is 501",
	}
	plainLimits   = map[string]string{"https": noTLS}
	noEndOfHTTP10 = map[string]string{
		"panic after the first byte": "it ends an answer of unknown length by closing the connection, as HTTP/1.0 does",
	}
)

func wsgiCannot(reasons ...map[string]string) map[string]string {
	all := maps.Clone(wsgiLimits)
	for _, r := range reasons {
		maps.Copy(all, r)
	}
	return all
}

// wsgiLibrary is what go build makes of any project with the add-on: they differ in configuration only, so that the first
// one's serves all.
var wsgiLibrary struct {
	once sync.Once
	file []byte
}

// putLibrary puts the library in its place by renaming, as the page has it.
func (p *hostedProject) putLibrary(t *testing.T) {
	t.Helper()
	library := filepath.Join(p.dir, "bin", "mysite.so")
	wsgiLibrary.once.Do(func() {
		p.command(t, "env", "CGO_ENABLED=1", "go", "build", "-trimpath", "-buildmode=c-shared", "-o", library+".new", "./cmd/wsgi")
		wsgiLibrary.file = []byte(p.read(t, "bin/mysite.so.new"))
	})
	if len(wsgiLibrary.file) == 0 {
		t.Fatal("the library could not be built: see the test that tried")
	}
	p.put(t, library+".new", string(wsgiLibrary.file))
	if err := os.Rename(library+".new", library); err != nil {
		t.Fatal(err)
	}
}

func gunicornHost(name string, cannot map[string]string, args ...string) host {
	return host{
		name:   name,
		addons: []string{"wsgi"},
		needs:  []string{"gcc", "gunicorn"},
		start: func(t *testing.T, p *hostedProject) address {
			url, _ := p.gunicorn(t, args...)
			return address{url: url}
		},
		cannot: wsgiCannot(plainLimits, cannot),
	}
}

// gunicorn serves with the configuration as it was laid.
func (p *hostedProject) gunicorn(t *testing.T, args ...string) (url string, cmd *exec.Cmd) {
	t.Helper()
	p.putLibrary(t)
	bind := freeAddress(t)
	cmd = exec.Command("gunicorn", append([]string{"--config", "deploy/wsgi/gunicorn.conf.py", "--bind", bind, "--graceful-timeout=1"}, args...)...)
	cmd.Dir, cmd.Env = p.dir, p.env
	startServer(t, cmd, "tcp", bind)
	return "http://" + bind, cmd
}

var uwsgiHost = host{
	name:   "uWSGI",
	addons: []string{"wsgi"},
	needs:  []string{"gcc", "uwsgi"},
	start: func(t *testing.T, p *hostedProject) address {
		p.putLibrary(t)
		bind := freeAddress(t)
		p.edit(t, "deploy/wsgi/uwsgi.ini", "127.0.0.1:8000", bind)
		cmd := exec.Command("uwsgi", "--ini", "deploy/wsgi/uwsgi.ini")
		cmd.Dir, cmd.Env = p.dir, p.env
		startServer(t, cmd, "tcp", bind)
		return address{url: "http://" + bind}
	},
	cannot: wsgiCannot(plainLimits, noEndOfHTTP10, map[string]string{
		"100-continue": "its http-socket does not know it; put a proxy before it",
		"slow headers": "it cuts off a client that is silent for 4 seconds, but not one that sends on and on",
	}),
}

const modWSGISite = "deploy/wsgi/apache.conf"

func modWSGI(mode string) host {
	return host{
		name:   "Apache, mod_wsgi " + mode,
		addons: []string{"wsgi mode=" + mode + " domain=" + hostName},
		needs:  []string{"gcc", "apache2"},
		start:  func(t *testing.T, p *hostedProject) address { return p.modWSGI(t) },
		cannot: wsgiCannot(map[string]string{
			"panic after the first byte": "mod_wsgi ends the answer of an application that failed as if it were complete",
		}),
	}
}

func (p *hostedProject) modWSGI(t *testing.T) address {
	t.Helper()
	p.putLibrary(t)
	lib := filepath.Join(p.run, "lib") // which Apache's user can read
	for _, file := range []string{"mysite/wsgi.py", "bin/mysite.so"} {
		p.command(t, "install", "-D", "-m", "0644", file, filepath.Join(lib, file))
	}
	plain, secure, roots := freeAddress(t), freeAddress(t), p.selfSigned(t)
	p.edit(t, modWSGISite, "*:80>", plain+">", "*:443>", secure+">", "/usr/local/lib/mysite", lib,
		"/etc/letsencrypt/live/"+hostName+"/fullchain.pem", p.run+"/cert.pem", "/etc/letsencrypt/live/"+hostName+"/privkey.pem", p.run+"/key.pem")
	conf := p.apacheConf(t, modWSGISite, "wsgi", plain, secure)
	cmd := exec.Command("apache2", "-d", p.run, "-f", conf, "-D", "FOREGROUND")
	cmd.Env = p.env
	startServer(t, cmd, "tcp", secure)
	return address{url: "https://" + secure, roots: roots}
}

// wsgirefHost is the server of Python itself, with the validator that complains of whatever PEP 3333 does not allow.
var wsgirefHost = host{
	name:   "wsgiref, validated",
	addons: []string{"wsgi"},
	needs:  []string{"gcc", systemPython},
	start: func(t *testing.T, p *hostedProject) address {
		p.putLibrary(t)
		bind := freeAddress(t)
		host, port, _ := strings.Cut(bind, ":")
		cmd := exec.Command(systemPython, "-c", `
import socketserver, sys
from wsgiref import simple_server, validate
from mysite.wsgi import application

class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True

simple_server.make_server(sys.argv[1], int(sys.argv[2]), validate.validator(application), Server).serve_forever()
`, host, port)
		cmd.Dir, cmd.Env = p.dir, p.env
		startServer(t, cmd, "tcp", bind)
		return address{url: "http://" + bind}
	},
	cannot: wsgiCannot(plainLimits, noEndOfHTTP10, map[string]string{
		"escaped slash":  "WSGI has the decoded path alone; other servers have a variable of their own besides",
		"chunked upload": "it does not read chunks; the answer is 411",
		"100-continue":   "it speaks HTTP/1.0",
	}),
}

// TestHostsWSGIReload replaces the library while gunicorn serves, by renaming, and has it begin new processes.
func TestHostsWSGIReload(t *testing.T) {
	needCommands(t, "gcc", "gunicorn")
	t.Parallel()
	p := newHostedProject(t, "wsgi")
	url, cmd := p.gunicorn(t, "--workers=1")
	requests, _ := restartUnderLoad(t, address{url: url}, 10, 3, func() {
		p.putLibrary(t)
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%d requests", requests)
}

// TestHostsWSGISubInterpreter is mod_wsgi with the site in an interpreter of its own, as it does without
// WSGIApplicationGroup. C can't call back into one.
func TestHostsWSGISubInterpreter(t *testing.T) {
	needCommands(t, "gcc", "apache2")
	t.Parallel()
	p := newHostedProject(t, "wsgi domain="+hostName)
	p.edit(t, modWSGISite, "WSGIApplicationGroup %{GLOBAL}", "WSGIApplicationGroup apart")
	at := p.modWSGI(t)
	cannot := modWSGI("daemon").cannot
	for _, c := range hostCases {
		if cannot[c.name] == "" && c.name != "slow headers" { // which are Apache's own
			if err := c.run(t.Context(), newHostClient(t, at)); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// wsgiScript begins a program that asks the application of mysite/wsgi.py.
const wsgiScript = `
import io, os, sys, threading, shutil, importlib.util
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

def load(directory):
    """The wsgi.py of a directory, as a server that has several sites loads it."""
    spec = importlib.util.spec_from_file_location(directory, directory + "/mysite/wsgi.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

def ask(application, host="example.test", path="/healthz", body=b""):
    environ = {"HTTP_HOST": host, "PATH_INFO": path, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
               "REQUEST_METHOD": "POST" if body else "GET", "REMOTE_ADDR": "192.0.2.1"}
    setup_testing_defaults(environ)
    answer, data = [], []
    def start_response(status, headers, exc_info=None):
        answer[:] = [status]
        return data.append
    result = application(environ, start_response)
    data += result
    return answer[0], b"".join(data)
`

// TestHostsWSGIProcess is what wsgi.py does beside answering.
func TestHostsWSGIProcess(t *testing.T) {
	needCommands(t, "gcc", systemPython)
	t.Parallel()
	p := newHostedProject(t, "wsgi")
	p.command(t, "go", "build", "-trimpath", "./...") // without cgo, it is a project like any other
	p.putLibrary(t)
	for name, script := range map[string]string{
		// Go sees the environment of the process's start, if nobody tells it of changes.
		"environment": `
os.environ["ALLOWED_HOSTS"] = "python.test"
del os.environ["DATA_UPLOAD_MAX_MEMORY_SIZE"]
application = load(".").application
assert ask(application, "python.test", "/")[0] == "200 OK"
assert ask(application, "example.test", "/")[0] == "400 Bad Request"
assert ask(application, "python.test", "/conformance/echo/", b"x" * 3000000)[0] == "400 Bad Request"
`,
		"wrong settings": `
application, key = load(".").application, os.environ.pop("SECRET_KEY")
os.environ["GOSTART_SETTINGS_MODULE"] = "" # which is production, here
for path in "/", "/healthz":
    try:
        ask(application, path=path)
    except RuntimeError as error:
        assert "SECRET_KEY is not set" in str(error), error
    else:
        raise AssertionError("it serves")
os.environ["SECRET_KEY"] = key
assert ask(application)[0] == "200 OK"
`,
		// Go's threads stay behind in a fork.
		"fork": `
application = load(".").application
def in_child(wanted):
    pid = os.fork()
    if pid == 0:
        try:
            answer = ask(application)[0]
        except RuntimeError as error:
            answer = str(error)
        os._exit(0 if wanted in answer else 1)
    assert os.waitpid(pid, 0)[1] == 0, wanted
in_child("200 OK") # the library is loaded in the child alone
in_child("200 OK")
assert ask(application)[0] == "200 OK"
in_child("forked")
assert ask(application)[0] == "200 OK"
`,
		"two sites, many threads": `
for name in "one", "two":
    shutil.copytree("mysite", name + "/mysite")
    os.mkdir(name + "/bin")
    shutil.copy("bin/mysite.so", name + "/bin")
sites = {name: load(name).application for name in ("one", "two")}
for name, site in sites.items():
    os.environ["ALLOWED_HOSTS"] = name + ".test"
    assert ask(site, name + ".test", "/")[0] == "200 OK"
assert ask(sites["one"], "two.test", "/")[0] == "400 Bad Request"
failed = []
def loop(name, site):
    body = name.encode() * 70000
    for i in range(50):
        status, answer = ask(site, name + ".test", "/conformance/echo/", body)
        if status != "200 OK" or b'"bytes":210000' not in answer:
            failed.append((status, answer))
        status, answer = ask(site, name + ".test", "/conformance/header?bytes=10")
threads = [threading.Thread(target=loop, args=site) for site in sites.items() for i in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not failed, failed[:3]
`,
	} {
		t.Run(name, func(t *testing.T) { p.command(t, systemPython, "-c", wsgiScript+script) })
	}
}

// TestHostsWSGIInstall follows the page, server after server.
func TestHostsWSGIInstall(t *testing.T) {
	needCommands(t, "gcc", "gunicorn", "uwsgi", "apache2")
	_, m := newMachine(t, "wsgi")
	m.follow(t, "deploy/wsgi.md", offline)
	if page := m.sh(t, "curl --http2 --silent --include --cacert /etc/letsencrypt/live/example.com/fullchain.pem https://example.com/"); !strings.Contains(page, "strict-transport-security: max-age=3600") {
		t.Errorf("Apache answers:\n%s", page)
	}
}

// TestHostsWSGIName serves a project that is called like a module of Python.
func TestHostsWSGIName(t *testing.T) {
	needCommands(t, "gcc", "gunicorn", "uwsgi")
	t.Parallel()
	p := &hostedProject{dir: generate(t, "site", "--with", "wsgi")}
	p.env = append(os.Environ(), "SECRET_KEY="+strings.Repeat("secret", 10), "ALLOWED_HOSTS=127.0.0.1")
	p.command(t, "env", "CGO_ENABLED=1", "go", "build", "-trimpath", "-buildmode=c-shared", "-o", "bin/site.so", "./cmd/wsgi")
	p.edit(t, "deploy/wsgi/uwsgi.ini", "processes = 4", "processes = 1") // one that is stopped while it starts does not end
	for config, server := range map[string][]string{
		"deploy/wsgi/gunicorn.conf.py": {"gunicorn", "--config"},
		"deploy/wsgi/uwsgi.ini":        {"uwsgi", "--ini"},
	} {
		t.Run(server[0], func(t *testing.T) {
			bind := freeAddress(t)
			p.edit(t, config, "127.0.0.1:8000", bind)
			cmd := exec.Command(server[0], append(server[1:], config)...)
			cmd.Dir, cmd.Env = p.dir, p.env
			startServer(t, cmd, "tcp", bind)
			if page := getPage(http.DefaultClient, "http://"+bind+"/healthz", http.Header{}); !strings.HasPrefix(page, "200 ") {
				t.Errorf("it answers:\n%s", page)
			}
		})
	}
}
