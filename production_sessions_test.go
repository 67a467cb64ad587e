//go:build linux

// The add-on "sessions": a browser that logs in and out, and nginx and Apache, which ask the project who may see what.
package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/sys/unix"
)

// newSessionsProject has the user ada, and private files: all are for her but the boss's.
func newSessionsProject(t *testing.T, addons ...string) *hostedProject {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and serves a project")
	}
	p := newHostedProject(t, append([]string{"sqlite", "sessions"}, addons...)...)
	p.edit(t, "mysite/login.go", `return path != "" }`, `return path != "" && !strings.HasPrefix(path, "/private/boss/") }`)
	p.command(t, "go", "build", "-trimpath", "-o", p.binary, ".")
	p.env = append(p.env, "DATABASE_URL=sqlite:"+filepath.Join(p.run, "db.sqlite3"))
	p.command(t, p.binary, "migrate")
	create := exec.CommandContext(t.Context(), p.binary, "createuser", "ada")
	create.Dir, create.Env, create.Stdin = p.dir, p.env, strings.NewReader("correct horse\n")
	if out, err := create.CombinedOutput(); string(out) != "created ada\n" {
		t.Fatalf("createuser: %s (%v)", out, err)
	}
	if err := os.MkdirAll(filepath.Join(p.run, "private", "boss"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plan.txt": "the plan\n", "my plan?.txt": "my plan\n", "boss/plan.txt": "the boss's plan\n"} {
		if err := os.WriteFile(filepath.Join(p.run, "private", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// TestProductionSessionsBrowser logs in and out.
func TestProductionSessionsBrowser(t *testing.T) {
	p := newSessionsProject(t)
	at := freeAddress(t)
	cmd := exec.Command(p.binary, "--bind", at)
	cmd.Dir, cmd.Env = p.dir, p.env
	startServer(t, cmd, "tcp", at)
	_, port, _ := strings.Cut(at, ":")
	site := "http://localhost:" + port // where browsers take cookies for https, too
	b := openTab(t, startBrowser(t))
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		for _, step := range steps {
			if _, err := in(b, step); err != nil {
				t.Fatal(err)
			}
		}
	}
	logIn := func(password string) {
		t.Helper()
		do(chromedp.SetValue("input[name=name]", "ada"), chromedp.SendKeys("input[name=password]", password), chromedp.Click("main button"))
	}

	b.open(site + "/account")
	b.waitLoaded("location.pathname + location.search === '/login?next=%2Faccount'")
	logIn("wrong horse")
	b.waitLoaded("document.querySelector('[role=alert]')?.textContent === 'The name or the password is wrong.'")
	logIn("correct horse")
	b.waitLoaded("location.pathname === '/account' && document.querySelector('h1').textContent === 'ada'")
	if cookies := b.eval("document.cookie"); cookies != `""` {
		t.Errorf("scripts see the cookie: %s", cookies)
	}
	do(chromedp.Click("main button"))
	b.waitLoaded("location.pathname + location.search === '/login'")
	b.open(site + "/account")
	b.waitLoaded("location.pathname + location.search === '/login?next=%2Faccount'")
	b.quiet("422") // what a wrong password is answered with
}

// TestProductionSessionsNginx has nginx ask by auth_request.
func TestProductionSessionsNginx(t *testing.T) {
	needCommands(t, "nginx")
	p := newSessionsProject(t, "nginx domain="+hostName+" tls=false")
	p.edit(t, "deploy/sessions/nginx.conf", "/srv/mysite/private/", p.run+"/private/")
	p.edit(t, nginxSite, "\tlocation / {", "\tinclude "+p.dir+"/deploy/sessions/nginx.conf;\n\tlocation / {")
	testAuthorize(t, p.nginxProxy(t))
}

// TestProductionSessionsApache has Apache ask by RewriteMap.
func TestProductionSessionsApache(t *testing.T) {
	needCommands(t, "apache2")
	p := newSessionsProject(t, "apache domain="+hostName+" tls=false")
	program := filepath.Join(p.run, "mysite") // where www-data may get at it
	p.command(t, "cp", p.binary, program)
	p.edit(t, "deploy/sessions/apache.conf", "/srv/mysite/private", p.run+"/private",
		"/usr/local/bin/mysite", program, "/run/mysite/mysite.sock", p.run+"/mysite.sock")
	if os.Geteuid() != 0 {
		p.edit(t, "deploy/sessions/apache.conf", " www-data:www-data", "") // root alone may run something as somebody else
	}
	p.edit(t, apacheSite, "\tProxyPass / ", "\tInclude "+p.dir+"/deploy/sessions/apache.conf\n\tProxyPass / ")
	server := p.apacheProxy(t)
	testAuthorize(t, server)

	// Apache makes one line of a header that comes several times. Whether it passes that on or not: the program lives on.
	v := newSessionsVisitor(t, server)
	for range 5 {
		v.cookies = append(v.cookies, "large="+strings.Repeat("x", 14<<10))
	}
	if response, body := v.send("GET", "/private/plan.txt", ""); response.StatusCode == http.StatusOK {
		t.Errorf("somebody with large cookies: %s\n%s", response.Status, body)
	}
	v.cookies = nil
	v.logIn()
	v.reads("/private/plan.txt", "the plan\n")

	// Nobody gets anything without the program.
	killProgram(t, program+"\x00authorize\x00")
	v.refused("ada, without the program", "/private/plan.txt")
	v.cookies = nil
	v.refused("a stranger, without the program", "/private/plan.txt")
}

// TestProductionSessionsSystemd follows the pages on a machine with systemd and Apache, whose user can read nothing of the
// site's: neither its settings nor its database.
func TestProductionSessionsSystemd(t *testing.T) {
	if os.Getenv("GOSTART_LONG") == "" {
		t.Skip("boots a machine: make test-production does so")
	}
	needCommands(t, "apache2")
	p, m := newMachine(t, "systemd", "apache")
	m.follow(t, "deploy/systemd.md", "")
	m.follow(t, "deploy/apache.md", offline)
	p.lay(t, "sqlite")
	p.lay(t, "sessions")
	p.command(t, "go", "build", "-trimpath", "-o", p.binary, ".")
	migrate := regexp.MustCompile(`(?m)^sudo systemd-run .* migrate$`).FindString(p.read(t, "deploy/database.md"))
	install := regexp.MustCompile("(?s)```sh\n(sudo a2enmod .*?)```").FindStringSubmatch(p.read(t, "deploy/sessions.md"))
	if migrate == "" || install == nil {
		t.Fatal("the pages have changed")
	}
	out := m.sh(t, `
		install bin/mysite /usr/local/bin/
		echo DATABASE_URL=sqlite:/var/lib/mysite/db.sqlite3 >>/etc/mysite/mysite.env
		`+migrate+`
		echo 'correct horse' | `+strings.TrimSuffix(migrate, "migrate")+`createuser ada
		systemctl restart mysite.service
		`+install[1]+`
		sed -i '0,/^\tProxyPass /s//\tInclude mysite-sessions.conf\n&/' /etc/apache2/sites-available/mysite.conf
		apachectl configtest
		systemctl reload apache2
		install -d private
		echo 'the plan' >private/plan.txt`)
	if !strings.Contains(out, "created ada") {
		t.Fatal(out)
	}
	const ask = "\ncurl --silent --cacert /etc/letsencrypt/live/example.com/fullchain.pem --write-out '%{http_code}' https://example.com"
	for _, step := range [][2]string{
		{"/private/plan.txt --output /dev/null", "303"},
		{"/login --cookie-jar jar --output /dev/null --data 'name=ada&password=correct+horse&next=/private/plan.txt'", "303"},
		{"/private/plan.txt --cookie jar", "the plan\n200"},
		{"/private/plan.txt --output /dev/null --cookie __Host-session=forged", "303"},
	} {
		if out := m.sh(t, ask+step[0]); out != step[1] {
			t.Errorf("%s: %s", step[0], out)
		}
	}
}

// killProgram kills the process whose command line begins as told, and waits until it has ended, whoever's child it is.
func killProgram(t *testing.T, command string) {
	t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	i := slices.IndexFunc(files, func(file string) bool {
		line, err := os.ReadFile(file)
		return err == nil && strings.HasPrefix(string(line), command)
	})
	if i < 0 {
		t.Fatalf("no process is %q", command)
	}
	pid, err := strconv.Atoi(filepath.Base(filepath.Dir(files[i])))
	if err != nil {
		t.Fatal(err)
	}
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(process) }()
	if err := unix.PidfdSendSignal(process, unix.SIGKILL, nil, 0); err != nil {
		t.Fatal(err)
	}
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(process), Events: unix.POLLIN}}, int(patience.Milliseconds()))
		if n > 0 {
			return
		}
		if !errors.Is(err, unix.EINTR) {
			t.Fatalf("%q does not end (%v)", command, err)
		}
	}
}

// A sessionsVisitor asks a web server for private files.
type sessionsVisitor struct {
	*testing.T
	client  *hostClient
	cookies []string // headers, each
}

func newSessionsVisitor(t *testing.T, server string) *sessionsVisitor {
	return &sessionsVisitor{T: t, client: newHostClient(t, address{url: server})}
}

func (v *sessionsVisitor) send(method, path, form string) (*http.Response, string) {
	v.Helper()
	r, err := http.NewRequestWithContext(v.Context(), method, v.client.url+path, strings.NewReader(form))
	if err != nil {
		v.Fatal(err)
	}
	r.Host = hostName
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header["Cookie"] = v.cookies
	response, body, err := v.client.do(r)
	if err != nil {
		v.Fatal(err)
	}
	return response, body
}

// logIn is ada's, and returns where she gets to.
func (v *sessionsVisitor) logIn() (location string) {
	v.Helper()
	response, _ := v.send("POST", "/login", "name=ada&password=correct+horse&next=/private/plan.txt")
	for _, set := range response.Cookies() {
		v.cookies = []string{"other=1; " + set.Name + "=" + set.Value}
	}
	if len(v.cookies) == 0 || !strings.HasPrefix(v.cookies[0], "other=1; __Host-session=") {
		v.Fatalf("the login answers %s with %v", response.Status, response.Header)
	}
	return response.Header.Get("Location")
}

func (v *sessionsVisitor) reads(path, text string) {
	v.Helper()
	response, body := v.send("GET", path, "")
	if response.StatusCode != http.StatusOK || body != text || response.Header.Get("Cache-Control") != "private, no-store" {
		v.Errorf("ada, %s: %s, %v\n%s", path, response.Status, response.Header, body)
	}
}

func (v *sessionsVisitor) refused(who string, paths ...string) {
	v.Helper()
	for _, path := range paths {
		response, body := v.send("GET", path, "")
		location, err := url.Parse(response.Header.Get("Location"))
		if response.StatusCode != http.StatusSeeOther || err != nil || location.Path != "/login" || location.Query().Get("next") != path || strings.Contains(body, " plan\n") {
			v.Errorf("%s, %s: %s, %s (%v)\n%s", who, path, response.Status, location, err, body)
		}
	}
}

// testAuthorize asks a web server for the private files: as a stranger, as ada, with a forged cookie, and after the logout.
func testAuthorize(t *testing.T, server string) {
	v := newSessionsVisitor(t, server)
	v.refused("a stranger", "/private/plan.txt", "/private/../private/plan.txt", "/private//plan.txt", "/private/%70lan.txt", "/private/my%20plan%3F.txt?a=b+c&d=%26", "/x/../private/plan.txt")
	v.reads(v.logIn(), "the plan\n")
	v.reads("/private/my%20plan%3F.txt", "my plan\n")

	// What is not for ada she does not get, whatever comes behind its path.
	for _, target := range []string{"", "#/../../plan.txt", "?/../../plan.txt", "#?/../../plan.txt", "%23/../../boss/plan.txt"} {
		target = "/private/boss/plan.txt" + target
		if answer := v.sendTarget(target); strings.Contains(answer, "boss's plan") || !strings.HasPrefix(answer, "HTTP/1.1 ") {
			t.Errorf("ada, %s:\n%s", target, answer)
		}
	}
	good := v.cookies
	v.cookies = []string{good[0] + "A"}
	v.refused("a forged cookie", "/private/plan.txt")
	v.cookies = good
	v.send("POST", "/logout", "")
	v.refused("ada after the logout", "/private/plan.txt")
}

// sendTarget sends a request for what net/http would not send, and returns the answer.
func (v *sessionsVisitor) sendTarget(target string) string {
	v.Helper()
	conn, err := v.client.dial(v.Context(), strings.TrimPrefix(v.client.url, "http://"))
	if err != nil {
		v.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nConnection: close\r\n\r\n", target, hostName, v.cookies[0])
	if err != nil {
		v.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		v.Fatal(err)
	}
	return string(answer)
}

// TestProductionSessionsServers runs the project's own tests of users and sessions on the servers.
func TestProductionSessionsServers(t *testing.T) {
	if os.Getenv("GOSTART_LONG") == "" {
		t.Skip("starts database servers: make test-production does so")
	}
	site := newDatabaseSite(t, "postgres", "mysql", "sessions")
	for _, name := range []string{"postgres", "mysql"} {
		t.Run(name, func(t *testing.T) {
			s := site.with(databases[name](t).url)
			s.command(t, s.probe, "await", "SELECT 1")
			s.command(t, "go", "test", "-count=1", "./internal/auth")
		})
	}
}
