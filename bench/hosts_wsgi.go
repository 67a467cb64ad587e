// The hosts of bench hosts that speak WSGI: each with the project, by the add-on wsgi, and with what it is made for, a
// function in Python and Django.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// A wsgiServer makes the command that serves what is in dir: a module, and the same as a file.
type wsgiServer struct {
	name, about string
	tools       []string
	command     func(home, address, dir, module, file string) []string
}

var wsgiServers = []wsgiServer{{
	name: "gunicorn", about: "gunicorn -w 2 (sync)", tools: []string{"gunicorn"},
	command: func(_, address, dir, module, _ string) []string {
		return append(gunicorn(address, module), "--chdir", dir)
	},
}, {
	name: "gthread", about: "gunicorn -w 2 --threads 4", tools: []string{"gunicorn"},
	command: func(_, address, dir, module, _ string) []string {
		return append(gunicorn(address, module), "--chdir", dir, "--threads", "4")
	},
}, {
	name: "uwsgi", about: "uWSGI with 2 processes, http-socket", tools: []string{"uwsgi"},
	command: func(_, address, dir, module, _ string) []string {
		return append(uwsgi("--http-socket", address, dir, module), "--add-header", "Connection: close") // it does not say that it closes
	},
}, {
	name: "mod_wsgi", about: "Apache, mod_wsgi with 2 processes of 15 threads", tools: []string{"apache2"},
	command: func(home, address, dir, _, file string) []string {
		return []string{
			"apache2", "-d", home, "-D", "FOREGROUND", "-f", filepath.Join(home, "apache.conf"),
			"-c", "Listen " + address, "-c", "WSGIScriptAlias / " + filepath.Join(dir, file),
			"-c", "WSGIDaemonProcess bench processes=2 threads=15 python-path=" + dir,
		}
	},
}}

func uwsgi(socket, address, dir, module string) []string {
	return []string{
		"uwsgi", "--plugin", "python3", "--master", "--processes", "2", "--enable-threads", "--single-interpreter", "--need-app",
		"--die-on-term", "--disable-logging", socket, address, "--chdir", dir, "--module", module,
	}
}

// apacheConf is what the command line of Apache leaves.
const apacheConf = apacheBase + `LoadModule wsgi_module /usr/lib/apache2/modules/mod_wsgi.so
WSGIProcessGroup bench
WSGIApplicationGroup %{GLOBAL}
`

// apacheBase is what every site needs.
const apacheBase = `PidFile apache.pid
ErrorLog /dev/stderr
ServerName localhost
DefaultRuntimeDir .
Mutex pthread
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
# One process that keeps connections: Apache closes those of a process that it has no more need for.
ServerLimit 1
StartServers 1
ThreadsPerChild 64
MaxRequestWorkers 64
MaxKeepAliveRequests 0
KeepAliveTimeout 60
User www-data
Group www-data
`

// wsgiHosts are all servers with all applications. gunicorn with two of them is in plainHosts.
func wsgiHosts() (hosts []webHost) {
	for _, server := range wsgiServers {
		python, django := server.name+"-python", server.name+"-django"
		if server.name == "gunicorn" {
			python, django = "python", "django"
		}
		host := func(name, about, dir, module, file string, of ...string) webHost {
			return webHost{name: name, about: about + ", " + server.about, of: of, tools: server.tools, command: func(home, address string) []string {
				return server.command(home, address, filepath.Join(home, dir), module, file)
			}}
		}
		site := filepath.Join(project, "wsgi.py")
		mine := host(server.name, "the project with all of its middleware, add-on wsgi, ACCESS_LOG=false", project, project+".wsgi:application", site, python, django)
		mine.env, mine.prepare = append(slices.Clone(production), "ACCESS_LOG=false"), prepareLibrary
		mine.tools = append(slices.Clone(server.tools), "gcc")
		hosts = append(hosts, mine)
		if server.name == "gunicorn" {
			continue
		}
		function := host(python, "a function in Python", ".", "hello:application", "hello.py", python)
		function.prepare = preparePython
		theirs := host(django, "Django with its default middleware", project, project+".wsgi:application", site, python)
		theirs.env, theirs.prepare = []string{"DJANGO_SETTINGS_MODULE=" + project + ".production"}, prepareDjango
		theirs.tools = append(slices.Clone(server.tools), "django-admin")
		hosts = append(hosts, function, theirs)
	}
	for i := range hosts {
		prepare := hosts[i].prepare
		hosts[i].prepare = func(ctx context.Context, l *lab, home string, env []string) error {
			return errors.Join(prepare(ctx, l, home, env), prepareApache(l, home))
		}
	}
	return hosts
}

// prepareApache writes a configuration, which the other servers don't mind, and lets Apache in, whose processes are
// another user's where root starts it.
func prepareApache(l *lab, home string) error {
	return errors.Join(os.Chmod(l.dir, 0o755), writeFiles(home, map[string]string{"apache.conf": apacheConf}))
}

// prepareLibrary makes a project as users have it, with one view more, as a library.
func prepareLibrary(ctx context.Context, l *lab, home string, env []string) error {
	if err := prepareWith(ctx, l, home, env, "wsgi"); err != nil {
		return err
	}
	library := filepath.Join("bin", project+".so")
	_, err := measure(ctx, filepath.Join(home, project), append(env, "CGO_ENABLED=1"), []string{"go", "build", "-trimpath", "-buildmode=c-shared", "-o", library, "./cmd/wsgi"})
	return err
}

// prepareWith makes a project with an add-on.
func prepareWith(ctx context.Context, l *lab, home string, env []string, addon string) error {
	if err := prepareProject(ctx, l, home, env); err != nil {
		return err
	}
	return add(ctx, l, home, env, addon)
}

// add adds an add-on to the project in home. Its answers are name=value.
func add(ctx context.Context, l *lab, home string, env []string, addon string, answers ...string) error {
	argv := []string{l.gostart, "add", "-v0", addon}
	for _, answer := range answers {
		argv = append(argv, "--set", answer)
	}
	if _, err := measure(ctx, filepath.Join(home, project), env, argv); err != nil {
		return fmt.Errorf("gostart add %s: %w", addon, err)
	}
	return nil
}
