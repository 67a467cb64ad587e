// The hosts of bench hosts; hosts_wsgi.go and hosts_front.go have more of them. To add one, add an entry. One whose
// programs are not installed is left out, and named below the result.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// A webHost serves a hello at the bench's path. Each has a directory of its own, its home.
type webHost struct {
	name    string
	about   string
	of      []string // the hosts that it is compared with
	tools   []string // the programs that it needs
	env     []string // for prepare and for command
	prepare func(ctx context.Context, l *lab, home string, env []string) error
	command func(home, address string) []string // address is host:port, or unix:PATH behind a web server
	front   *webServer                          // before it, if any
}

var webHosts = slices.Concat(plainHosts, wsgiHosts(), frontHosts())

var plainHosts = []webHost{{
	name: "bare", about: "net/http, one handler and nothing else", of: []string{"bare"},
	prepare: prepareBare,
	command: func(home, address string) []string { return []string{binary(home), address} },
}, {
	name: "mysite", about: "the project with all of its middleware, its own server, ACCESS_LOG=false", of: []string{"bare"},
	env:     append(production, "ACCESS_LOG=false"),
	prepare: prepareProject, command: ownServer,
}, {
	name: "mysite-log", about: "the same with its access log, written to a file", of: []string{"bare"},
	env: production, prepare: prepareProject, command: ownServer,
}, {
	name: "python", about: "a function in Python, gunicorn -w 2 (sync)", of: []string{"mysite"},
	tools:   []string{"gunicorn"},
	prepare: preparePython,
	command: func(_, address string) []string { return gunicorn(address, "hello:application") },
}, {
	name: "django", about: "Django with its default middleware, gunicorn -w 2 (sync)", of: []string{"mysite"},
	tools: []string{"gunicorn", "django-admin"}, env: []string{"DJANGO_SETTINGS_MODULE=" + project + ".production"},
	prepare: prepareDjango,
	command: func(_, address string) []string {
		return append(gunicorn(address, project+".wsgi:application"), "--chdir", project)
	},
}}

var production = []string{
	"GOSTART_SETTINGS_MODULE=" + project + ".settings.production", "SECRET_KEY=of the bench", "ALLOWED_HOSTS=127.0.0.1",
}

func binary(home string) string { return filepath.Join(home, "program"+exe()) }

func ownServer(home, address string) []string { return []string{binary(home), "--bind", address} }

func gunicorn(address, application string) []string {
	return []string{"gunicorn", "--workers", "2", "--bind", address, application}
}

const bareProgram = `package main

import (
	"io"
	"net/http"
	"os"
)

func main() {
	panic(http.ListenAndServe(os.Args[1], http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "` + hello + `")
	})))
}
`

func prepareBare(ctx context.Context, _ *lab, home string, env []string) error {
	if err := writeFiles(home, map[string]string{"go.mod": "module bare\n\ngo 1.25\n", "main.go": bareProgram}); err != nil {
		return err
	}
	_, err := measure(ctx, home, env, []string{"go", "build", "-o", binary(home), "."})
	return err
}

// prepareProject makes a project as users have it, with one view more.
func prepareProject(ctx context.Context, l *lab, home string, env []string) error {
	if _, err := measure(ctx, home, env, []string{l.gostart, "startproject", project}); err != nil {
		return err
	}
	view, err := addGoView(filepath.Join(home, project, project))
	if err != nil {
		return err
	}
	if err := view.save(hello); err != nil {
		return err
	}
	_, err = measure(ctx, filepath.Join(home, project), env, []string{"go", "build", "-o", binary(home), "."})
	return err
}

func preparePython(_ context.Context, _ *lab, home string, _ []string) error {
	return writeFiles(home, map[string]string{"hello.py": `def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "` + fmt.Sprint(len(hello)) + `")])
    return [b"` + hello + `"]
`})
}

func prepareDjango(ctx context.Context, l *lab, home string, env []string) error {
	cmd := exec.CommandContext(ctx, l.tool("django-admin"), "startproject", project)
	cmd.Dir, cmd.Env = home, append(env, "DJANGO_SETTINGS_MODULE=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("django-admin: %w: %s", err, out)
	}
	dir := filepath.Join(home, project, project)
	view, err := addPythonView(dir)
	if err != nil {
		return err
	}
	if err := view.save(hello); err != nil {
		return err
	}
	return writeFiles(dir, map[string]string{
		"production.py": "from .settings import *\n\nDEBUG = False\nALLOWED_HOSTS = [\"127.0.0.1\"]\n",
	})
}

func writeFiles(dir string, files map[string]string) error {
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
