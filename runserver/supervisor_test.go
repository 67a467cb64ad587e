package runserver

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
)

// newSupervisor is a supervisor of the module that files make.
func newSupervisor(t *testing.T, files map[string]string, application string) (*supervisor, *output) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		writeTestFile(t, filepath.Join(root, filepath.FromSlash(name)), text)
	}
	p, err := findProject(root, application)
	if err != nil {
		t.Fatal(err)
	}
	dir, printed := t.TempDir(), newOutput()
	return &supervisor{
		options: Options{Application: application}, project: p, known: p.defaultApplication(),
		builder: &builder{project: p, dir: dir}, host: newHost(dir, root, printed, printed), envFile: filepath.Join(root, ".env"),
	}, printed
}

// programs are the launchers that have been built, and are still there.
func (s *supervisor) programs() []string {
	names, _ := filepath.Glob(filepath.Join(s.builder.dir, "launcher*"))
	return names
}

// TestGivenUpStart: what was built is removed when a save comes before the application has come up.
func TestGivenUpStart(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	s, printed := newSupervisor(t, map[string]string{
		"go.mod": "module mysite\n\ngo 1.25\n",
		"web/web.go": `package web

import (
	"net/http"
	"time"
)

func init() {
	println("it stands")
	time.Sleep(time.Hour)
}

var Handler = http.NotFoundHandler()
`,
	}, "web.Handler")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		printed.await("it stands\n")
		cancel()
	}()
	if o := s.attempt(ctx, fingerprint{}, nil); o != nil {
		t.Fatalf("an attempt that was given up comes to %v", o.failure)
	}
	if left := s.programs(); len(left) > 0 {
		t.Errorf("it leaves %q", left)
	}
}

// TestWrongGuess: the program with the application that was guessed is removed when the settings name another.
func TestWrongGuess(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	s, _ := newSupervisor(t, map[string]string{
		"go.mod": "module mysite\n\ngo 1.25\n",
		"mysite/wsgi.go": `package mysite

import "net/http"

type Settings struct{ WSGIApplication string }

func LoadSettings() (Settings, error) { return Settings{"mysite.Other"}, nil }

var Application, Other = http.NotFoundHandler(), http.NotFoundHandler()
`,
	}, "")
	o := s.attempt(context.Background(), fingerprint{}, nil)
	if o.failure != nil {
		t.Fatal(o.failure.write("", true))
	}
	defer o.launcher.stop()
	if o.build.application.name != "Other" || !slices.Equal(s.programs(), []string{o.build.binary}) {
		t.Errorf("%s is served, and there are %q", o.build.application.name, s.programs())
	}
}
