//go:build linux

// "From Django to Go": the site of testdata/django-to-go/old, a Django 3.2 project, and the five commits beside it that move
// it to Go (docs/from-django.md). After each of them a visitor and an editor use the whole site.
package main

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A movingSite is the project "club", at one of its commits.
type movingSite struct {
	*hostedProject
	step   int // 0 is Django alone
	django *exec.Cmd
	socket string // of Django
}

func TestProductionFromDjango(t *testing.T) {
	if testing.Short() {
		t.Skip("starts gunicorn")
	}
	needCommands(t, "gunicorn", "django-admin", "git")
	t.Parallel()
	s := newMovingSite(t)
	commits, err := filepath.Glob("testdata/django-to-go/*.patch")
	if err != nil || len(commits) != 5 {
		t.Fatalf("the commits are %v (%v)", commits, err)
	}
	s.restartDjango(t)
	t.Run("Django alone", s.visit)
	for i, commit := range commits {
		s.step = i + 1
		if s.apply(t, commit) {
			s.restartDjango(t)
		}
		if os.Getenv("GOSTART_LONG") != "" {
			s.command(t, "go", "vet", "./...")
			s.command(t, "env", "-u", "LEGACY", "go", "test", "./...") // as where Django is not there
		}
		s.command(t, "go", "build", "-o", s.binary, ".")
		if !t.Run(filepath.Base(commit), s.visit) {
			return
		}
	}
}

// newMovingSite makes what the page begins with: the Django project, in a project of gostart's with the add-on.
func newMovingSite(t *testing.T) *movingSite {
	t.Helper()
	run, err := os.MkdirTemp("", "hosts") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(run) })
	p := &hostedProject{dir: generate(t, "club"), run: run, binary: filepath.Join(run, "club")}
	s := &movingSite{hostedProject: p, socket: filepath.Join(run, "old.sock")}
	s.env = append(os.Environ(), "GOFLAGS=-trimpath", "SECRET_KEY="+strings.Repeat("secret", 10), "ALLOWED_HOSTS="+hostName,
		"GOSTART_SETTINGS_MODULE=club.settings.production", "LEGACY=unix:"+s.socket, "DATABASE="+filepath.Join(run, "db.sqlite3"),
		"PYTHONDONTWRITEBYTECODE=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	s.lay(t, "django")
	if err := os.CopyFS(filepath.Join(s.dir, "old"), os.DirFS("testdata/django-to-go/old")); err != nil {
		t.Fatal(err)
	}
	s.command(t, "git", "init", "--quiet")
	s.git(t, "add", ".")
	s.git(t, "commit", "--quiet", "--message=Django, beside a new project")

	s.manage(t, "migrate", "--verbosity=0")
	s.manage(t, "collectstatic", "--noinput", "--verbosity=0")
	s.manage(t, "shell", "--command", `
from datetime import datetime, timezone
from django.contrib.auth.models import User
from events.models import Event
User.objects.create_superuser("ada", password="correct horse")
User.objects.create_user("bob", password="battery staple")
for step in range(6):
    Event.objects.create(title=f"Dance {step}", place="Barn & Hall", starts=datetime(2126, 1, 2 + step, 19, 30, tzinfo=timezone.utc))`)
	return s
}

func (s *movingSite) git(t *testing.T, args ...string) {
	t.Helper()
	s.command(t, "git", append([]string{"-c", "user.name=The club", "-c", "user.email=club@example.com"}, args...)...)
}

// apply makes a commit of a patch, and reports whether it changes Django's side. A patch that a change of the templates has
// put out of place: git am --reject it in a project that is made as here, mend, and git format-patch --no-stat all five anew.
func (s *movingSite) apply(t *testing.T, patch string) bool {
	t.Helper()
	patch, err := filepath.Abs(patch)
	if err != nil {
		t.Fatal(err)
	}
	s.git(t, "am", "--quiet", "-C1", patch)
	text, err := os.ReadFile(patch)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(text), "diff --git a/old/")
}

func (s *movingSite) restartDjango(t *testing.T) {
	t.Helper()
	if s.django != nil {
		killGroup(s.django)
		_ = os.Remove(s.socket)
	}
	s.django = exec.Command("gunicorn", "--chdir", "old", "--bind", "unix:"+s.socket, "--workers=1", "--threads=4", "--graceful-timeout=1", "club.wsgi")
	s.django.Dir, s.django.Env = s.dir, s.env
	startServer(t, s.django, "unix", s.socket)
}

// manage runs Django's manage.py.
func (s *movingSite) manage(t *testing.T, args ...string) {
	t.Helper()
	s.command(t, systemPython, append([]string{"old/manage.py"}, args...)...)
}

// visit serves the site as it is, and uses it.
func (s *movingSite) visit(t *testing.T) {
	front := s.socket
	if s.step > 0 {
		front = s.serve(t)
	}
	as := func() *visitor {
		v := &visitor{T: t, site: s, client: newHostClient(t, address{url: "http://" + hostName, socket: front})}
		v.client.http.Jar, _ = cookiejar.New(nil) // which has no error
		return v
	}
	bob, ada := as(), as()
	event := fmt.Sprintf("/events/%d/", s.step+1)
	note := fmt.Sprintf("step %d & more", s.step)

	// Who answers what.
	bob.get(1, "/", "Welcome to the club")
	bob.get(2, "/events/", `<a href="`+event+`">Dance`, "Barn &amp; Hall, 2 January 2126, 19:30", "Log in")
	bob.get(4, event, "Dance", "to sign up")
	bob.get(django, "/static/events/club.css", "max-width: 40rem")
	bob.get(django, "/static/admin/css/base.css", "DJANGO")
	bob.ask(5, http.StatusNotFound, "GET", "/nowhere", nil)
	if s.step > 0 {
		bob.get(1, "/static/style.css", "body")
		bob.get(1, "/healthz", "ok")
	}

	// The login is Django's; both know of it.
	if location := bob.login("/accounts/login/", "bob", "battery staple"); location != "/events/" {
		t.Errorf("the login leads to %q", location)
	}
	if s.step != 2 { // at which the page of Go offers the login to everybody
		bob.get(2, "/events/", "bob", "Log out")
	}

	// The form, which is posted to one side and then to the other.
	if s.step >= 4 {
		bob.testForm(event)
		bob.ask(4, http.StatusSeeOther, "POST", event+"signup/", url.Values{"note": {note}}, "Sec-Fetch-Site", "same-origin")
	} else {
		page := bob.get(4, event, "<form")
		bob.ask(4, http.StatusFound, "POST", event+"signup/", url.Values{"note": {note}, "csrfmiddlewaretoken": {bob.token(page)}})
	}
	bob.get(4, event, "bob: "+strings.ReplaceAll(note, "&", "&amp;"), "You are in.")

	// The admin sees what was posted, at Django as before.
	if location := ada.login("/admin/login/", "ada", "correct horse"); location != "/admin/" {
		t.Errorf("the admin's login leads to %q", location)
	}
	ada.get(django, "/admin/events"+strings.Replace(event, "s/", "/", 1)+"change/", `value="`+strings.ReplaceAll(note, "&", "&amp;")+`"`)
	if s.step == 3 {
		bob.testPasswordChange()
	}

	bob.ask(django, http.StatusFound, "GET", "/accounts/logout/", nil)
	bob.get(2, "/events/", "Log in")
}

// django is for what never moves.
const django = 99

// A visitor has a browser with cookies.
type visitor struct {
	*testing.T
	site   *movingSite
	client *hostClient
}

// ask makes a request, which Django has to answer before the step from, and Go from then on.
func (v *visitor) ask(from, status int, method, path string, form url.Values, header ...string) (*http.Response, string) {
	v.Helper()
	if form != nil {
		header = append(header, "Content-Type", "application/x-www-form-urlencoded")
	}
	response, text := v.client.send(v.T, status, method, path, strings.NewReader(form.Encode()), header...)
	if byGo := !strings.Contains(response.Header.Get("Server"), "gunicorn"); byGo != (v.site.step >= from) {
		v.Errorf("%s %s is answered by Go: %t", method, path, byGo)
	}
	return response, text
}

// get asks for a page, which has to have some texts.
func (v *visitor) get(from int, path string, texts ...string) string {
	v.Helper()
	_, page := v.ask(from, http.StatusOK, "GET", path, nil)
	for _, text := range texts {
		if !strings.Contains(page, text) {
			v.Errorf("%s has no %q:\n%.3000s", path, text, page)
		}
	}
	return page
}

// token is the one against forgery, in a form of Django's.
func (v *visitor) token(page string) string {
	v.Helper()
	token := regexp.MustCompile(`name="csrfmiddlewaretoken" value="(\w+)"`).FindStringSubmatch(page)
	if token == nil {
		v.Fatalf("no token in\n%s", page)
	}
	return token[1]
}

// login gives where it leads.
func (v *visitor) login(path, name, password string) string {
	v.Helper()
	page := v.get(django, path)
	form := url.Values{"csrfmiddlewaretoken": {v.token(page)}, "username": {name}, "password": {password}}
	if path == "/admin/login/" {
		form.Set("next", "/admin/")
	}
	response, _ := v.ask(django, http.StatusFound, "POST", path, form)
	return response.Header.Get("Location")
}

// testForm has Go's form refuse what it has to.
func (v *visitor) testForm(event string) {
	v.Helper()
	form := url.Values{"note": {strings.Repeat("x", 201)}}
	v.ask(4, http.StatusForbidden, "POST", event+"signup/", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
	if _, page := v.ask(4, http.StatusUnprocessableEntity, "POST", event+"signup/", form, "Sec-Fetch-Site", "same-origin"); !strings.Contains(page, "At most 200 characters") {
		v.Errorf("a note that is too long:\n%s", page)
	}
	v.ask(4, http.StatusNotFound, "POST", "/events/99/signup/", url.Values{}, "Sec-Fetch-Site", "same-origin")
	stranger := *v
	stranger.client = newHostClient(v.T, v.client.address)
	response, _ := stranger.ask(4, http.StatusSeeOther, "POST", event+"signup/", url.Values{}, "Sec-Fetch-Site", "same-origin")
	if location := response.Header.Get("Location"); location != "/accounts/login/?next="+url.QueryEscape(event) {
		v.Errorf("who is not logged in is led to %q", location)
	}
}

// testPasswordChange has a session end, in Go too, when the user's password changes.
func (v *visitor) testPasswordChange() {
	v.Helper()
	const change = `
from django.contrib.auth.models import User
bob = User.objects.get(username="bob")
bob.set_password("%s")
bob.save()`
	v.site.manage(v.T, "shell", "--command", fmt.Sprintf(change, "another"))
	v.get(2, "/events/", "Log in")
	v.site.manage(v.T, "shell", "--command", fmt.Sprintf(change, "battery staple"))
	v.login("/accounts/login/", "bob", "battery staple")
	v.get(2, "/events/", "bob")
}

// TestDocsFromDjango checks that the code of the page is that of the commits.
func TestDocsFromDjango(t *testing.T) {
	page, err := os.ReadFile("docs/from-django.md")
	if err != nil {
		t.Fatal(err)
	}
	commits, err := filepath.Glob("testdata/django-to-go/*.patch")
	if err != nil {
		t.Fatal(err)
	}
	var made strings.Builder
	for _, commit := range commits {
		text, err := os.ReadFile(commit)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if line[0] == '+' || line[0] == ' ' {
				made.WriteString(line[1:])
			}
		}
		if !strings.Contains(string(page), filepath.Base(commit)) {
			t.Errorf("the page does not name %s", filepath.Base(commit))
		}
	}
	blocks := regexp.MustCompile("(?ms)^```(?:go|python|html)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	if len(blocks) == 0 {
		t.Error("the page has no code")
	}
	for _, block := range blocks {
		if !strings.Contains(lines(made.String()), strings.TrimSpace(lines(block[1]))) {
			t.Errorf("no commit has\n%s", block[1])
		}
	}
}
