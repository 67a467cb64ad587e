//go:build linux

// The add-on "django": a Django 3.2 site under gunicorn, behind a project that takes its URLs over.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// systemPython is the one that Debian's packages are for, whatever PATH says.
const systemPython = "/usr/bin/python3"

// migratingSite is the project and the Django site behind it, as a browser with cookies sees them.
type migratingSite struct {
	*testing.T
	client *hostClient
	gate   string // the named pipe for which the streaming view waits
	stop   func() // ends Django
}

func startMigratingSite(t *testing.T) *migratingSite {
	if testing.Short() {
		t.Skip("starts gunicorn")
	}
	err := exec.Command(systemPython, "-c", "import django").Run()
	if _, missing := exec.LookPath("gunicorn"); err != nil || missing != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("gunicorn and python3-django are not installed")
		}
		t.Skip("gunicorn and python3-django are not installed")
	}
	p := newHostedProject(t)
	p.command(t, "gostart", "add", "django")
	old := filepath.Join(p.run, "old")
	if err := os.CopyFS(p.run, os.DirFS("testdata/hosts/django")); err != nil {
		t.Fatal(err)
	}
	view, err := os.ReadFile("testdata/hosts/django/whoami.go")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "mysite", "whoami.go"), view, 0o600); err != nil {
		t.Fatal(err)
	}
	p.edit(t, "mysite/urls.go", "return append(table,", `return append(table, route{"/whoami", s.whoami},`)
	gate, socket := filepath.Join(p.run, "gate"), filepath.Join(p.run, "old.sock")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "DJANGO_SETTINGS_MODULE=old.settings", "DJANGO_DIR="+p.run, "DJANGO_GATE="+gate,
		"PYTHONPATH="+p.run, "PYTHONDONTWRITEBYTECODE=1", "LEGACY=unix:"+socket)
	p.command(t, systemPython, "-m", "django", "migrate", "--verbosity=0")
	encoded := p.command(t, systemPython, "-c", `import django; django.setup()
from django.contrib.auth.models import User
print(User.objects.create_superuser("ada", password="correct horse").password)`)
	p.env = append(p.env, "DJANGO_PASSWORD="+strings.TrimSpace(encoded))
	p.command(t, "go", "vet", "./...")
	p.command(t, "go", "build", "-o", p.binary, ".")

	gunicorn := exec.Command("gunicorn", "--chdir", p.run, "--bind", "unix:"+socket, "--workers=2", "--graceful-timeout=1", "old.wsgi")
	gunicorn.Dir, gunicorn.Env = old, p.env
	startServer(t, gunicorn, "unix", socket)
	s := &migratingSite{T: t, gate: gate, client: newHostClient(t, address{url: "http://" + hostName, socket: p.serve(t)})}
	s.stop = func() {
		_ = os.Remove(socket)
		killGroup(gunicorn)
	}
	if s.client.http.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// send makes a request, whose answer has to have the status.
func (s *migratingSite) send(status int, method, path string, body io.Reader, header ...string) (*http.Response, string) {
	s.Helper()
	return s.client.send(s.T, status, method, path, body, header...)
}

// TestHostsDjango moves a site from Django to Go, with a visitor on both sides.
func TestHostsDjango(t *testing.T) {
	s := startMigratingSite(t)

	// The table's URLs are the project's, all else is Django's; both know scheme, host and client.
	s.send(http.StatusOK, "GET", "/healthz", nil)
	s.send(http.StatusNotFound, "GET", "/nowhere", nil)
	_, text := s.send(http.StatusOK, "GET", "/old/a%2Fb?q=1", nil, "X-Forwarded-For", "192.0.2.1, 192.0.2.2", "X-Forwarded-Proto", "https")
	var seen map[string]string
	if err := json.Unmarshal([]byte(text), &seen); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"user": "", "scheme": "https", "host": hostName, "client": "192.0.2.2", "path": "/old/a%2Fb?q=1"}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("Django saw %v, want %v", seen, want)
	}

	// Static files: Django's, and the project's, from one directory.
	if _, css := s.send(http.StatusOK, "GET", "/static/admin/css/base.css", nil); !strings.Contains(css, "DJANGO") {
		t.Errorf("the admin's style is %.100s", css)
	}
	if _, css := s.send(http.StatusOK, "GET", "/static/style.css", nil); strings.Contains(css, "DJANGO") {
		t.Errorf("the project's style is %.100s", css)
	}

	// A login made in Django is seen in Go, until it ends.
	s.send(http.StatusUnauthorized, "GET", "/whoami", nil)
	_, page := s.send(http.StatusOK, "GET", "/admin/login/", nil)
	token := regexp.MustCompile(`name="csrfmiddlewaretoken" value="(\w+)"`).FindStringSubmatch(page)
	if token == nil {
		t.Fatalf("the login page has no token:\n%s", page)
	}
	form := url.Values{"csrfmiddlewaretoken": {token[1]}, "username": {"ada"}, "password": {"correct horse"}, "next": {"/admin/"}}
	s.send(http.StatusFound, "POST", "/admin/login/", strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	if _, page := s.send(http.StatusOK, "GET", "/admin/", nil); !strings.Contains(page, "Site administration") {
		t.Errorf("the admin shows\n%s", page)
	}
	if _, text := s.send(http.StatusOK, "GET", "/whoami", nil); text != "1 true true true <nil>\n" {
		t.Errorf("whoami is %q", text)
	}
	s.send(http.StatusOK, "GET", "/admin/logout/", nil)
	s.send(http.StatusUnauthorized, "GET", "/whoami", nil)

	// Cookies, and an upload that is larger than the project itself takes.
	response, _ := s.send(http.StatusOK, "GET", "/old/cookies", nil)
	if cookies := response.Cookies(); len(cookies) != 2 || cookies[0].String() != "a=1; Path=/" || cookies[1].String() != "b=2; Path=/; HttpOnly" {
		t.Errorf("cookies are %v", cookies)
	}
	file := bytes.Repeat([]byte("twelve bytes"), 1<<20)
	var upload bytes.Buffer
	parts := multipart.NewWriter(&upload)
	part, err := parts.CreateFormFile("file", "file.bin")
	if err == nil {
		_, err = part.Write(file)
	}
	if err := errors.Join(err, parts.Close()); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(file)
	if _, text := s.send(http.StatusOK, "POST", "/old/upload", &upload, "Content-Type", parts.FormDataContentType()); text != hex.EncodeToString(sum[:]) {
		t.Errorf("the upload's sum is %q", text)
	}

	s.testStream()

	// Django is down: the visitor is told, and what has moved is not affected.
	s.stop()
	s.send(http.StatusBadGateway, "GET", "/old/", nil)
	s.send(http.StatusOK, "GET", "/healthz", nil)
}

// testStream reads the first line of an answer before the second is written.
func (s *migratingSite) testStream() {
	r, err := http.NewRequestWithContext(s.Context(), "GET", s.client.url+"/old/stream", nil)
	if err != nil {
		s.Fatal(err)
	}
	response, err := s.client.http.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it is read to its end
	first := make([]byte, len("first\n"))
	if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "first\n" {
		s.Fatalf("the stream begins with %q, %v", first, err)
	}
	if err := os.WriteFile(s.gate, []byte("second\n"), 0); err != nil {
		s.Fatal(err)
	}
	if rest, err := io.ReadAll(response.Body); err != nil || string(rest) != "second\n" {
		s.Errorf("the stream goes on with %q, %v", rest, err)
	}
}
