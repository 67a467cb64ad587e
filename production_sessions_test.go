//go:build linux

// The add-on "sessions": a browser that logs in and out, and nginx and Apache, which ask the project who may see what.
package main

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// newSessionsProject has the user ada, and private files.
func newSessionsProject(t *testing.T, addons ...string) *hostedProject {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and serves a project")
	}
	p := newHostedProject(t, append([]string{"sqlite", "sessions"}, addons...)...)
	p.env = append(p.env, "DATABASE_URL=sqlite:"+filepath.Join(p.run, "db.sqlite3"))
	p.command(t, p.binary, "migrate")
	create := exec.CommandContext(t.Context(), p.binary, "createuser", "ada")
	create.Dir, create.Env, create.Stdin = p.dir, p.env, strings.NewReader("correct horse\n")
	if out, err := create.CombinedOutput(); string(out) != "created ada\n" {
		t.Fatalf("createuser: %s (%v)", out, err)
	}
	if err := os.Mkdir(filepath.Join(p.run, "private"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plan.txt": "the plan\n", "my plan?.txt": "my plan\n"} {
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
	p.testAuthorize(t, p.nginxProxy(t))
}

// TestProductionSessionsApache has Apache ask by RewriteMap.
func TestProductionSessionsApache(t *testing.T) {
	needCommands(t, "apache2")
	p := newSessionsProject(t, "apache domain="+hostName+" tls=false")
	ask := filepath.Join(p.run, "authorize")
	script := p.read(t, "deploy/sessions/authorize")
	settings := filepath.Join(p.run, "env")
	script = strings.NewReplacer("/etc/mysite/mysite.env", settings, "/usr/local/bin/mysite authorize", p.binary+" authorize").Replace(script)
	var variables strings.Builder
	for _, variable := range p.env {
		if name, value, _ := strings.Cut(variable, "="); strings.Contains("SECRET_KEY ALLOWED_HOSTS DATABASE_URL GOSTART_SETTINGS_MODULE", name) {
			variables.WriteString(name + "=" + value + "\n")
		}
	}
	p.put(t, settings, variables.String())
	p.put(t, ask, script)
	if err := os.Chmod(ask, 0o755); err != nil {
		t.Fatal(err)
	}
	p.edit(t, "deploy/sessions/apache.conf", "/srv/mysite/private", p.run+"/private", "/usr/local/bin/mysite-authorize mysite:mysite", ask)
	p.edit(t, apacheSite, "\tProxyPass / ", "\tInclude "+p.dir+"/deploy/sessions/apache.conf\n\tProxyPass / ")
	p.testAuthorize(t, p.apacheProxy(t))
}

// testAuthorize asks a web server for the private file: as a stranger, as ada, with a forged cookie, and after the logout.
func (p *hostedProject) testAuthorize(t *testing.T, server string) {
	client := newHostClient(t, address{url: server})
	cookie := ""
	send := func(method, path, form string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server+path, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = hostName
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if cookie != "" {
			r.Header.Set("Cookie", "other=1; "+cookie)
		}
		response, body, err := client.do(r)
		if err != nil {
			t.Fatal(err)
		}
		return response, body
	}
	refused := func(who string, paths ...string) {
		t.Helper()
		for _, path := range paths {
			response, body := send("GET", path, "")
			location, err := url.Parse(response.Header.Get("Location"))
			if response.StatusCode != http.StatusSeeOther || err != nil || location.Path != "/login" || strings.Contains(body, " plan\n") {
				t.Errorf("%s, %s: %s, %s (%v)\n%s", who, path, response.Status, location, err, body)
			}
		}
	}
	refused("a stranger", "/private/plan.txt", "/private/../private/plan.txt", "/private//plan.txt", "/private/%70lan.txt", "/private/my%20plan%3F.txt", "/x/../private/plan.txt")
	response, _ := send("POST", "/login", "name=ada&password=correct+horse&next=/private/plan.txt")
	for _, set := range response.Cookies() {
		cookie = set.Name + "=" + set.Value
	}
	if !strings.HasPrefix(cookie, "__Host-session=") {
		t.Fatalf("the login answers %s with %v", response.Status, response.Header)
	}
	if response, body := send("GET", response.Header.Get("Location"), ""); response.StatusCode != http.StatusOK || body != "the plan\n" {
		t.Errorf("ada: %s\n%s", response.Status, body)
	}
	if response, body := send("GET", "/private/my%20plan%3F.txt", ""); response.StatusCode != http.StatusOK || body != "my plan\n" {
		t.Errorf("ada: %s\n%s", response.Status, body)
	}
	good := cookie
	cookie = good + "A"
	refused("a forged cookie", "/private/plan.txt")
	cookie = good
	send("POST", "/logout", "")
	refused("ada after the logout", "/private/plan.txt")
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
