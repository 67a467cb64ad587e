//go:build linux

// The add-ons "sqlite", "postgres" and "mysql", with the databases of Debian's packages.
package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A databaseSite is a project with all three databases, and the program probe.
type databaseSite struct {
	*hostedProject
	probe string
}

func newDatabaseSite(t *testing.T, addons ...string) *databaseSite {
	t.Helper()
	site := &databaseSite{hostedProject: newHostedProject(t, addons...)}
	site.env = append(site.env, "GOFLAGS=-trimpath") // as the program was built: SQLite takes a minute to compile
	site.copyIn(t, "testdata/production/database/probe.go", "cmd/probe/main.go")
	site.probe = filepath.Join(site.dir, "bin", "probe")
	site.command(t, "go", "build", "-o", site.probe, "./cmd/probe")
	return site
}

// with is the site with one of the databases.
func (s *databaseSite) with(url string) *databaseSite {
	p := *s.hostedProject
	p.env = append(slices.Clone(p.env), "DATABASE_URL="+url, "TEST_DATABASE_URL="+url)
	return &databaseSite{&p, s.probe}
}

// TestProductionDatabase has each database migrated, asked, killed and restarted.
func TestProductionDatabase(t *testing.T) {
	if testing.Short() {
		t.Skip("starts database servers")
	}
	site := newDatabaseSite(t, "sqlite", "postgres", "mysql")
	plain := site.binary
	for name, start := range databases {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			s := site.with(server.url)
			s.binary = plain
			s.command(t, s.probe, "await", "SELECT 1")
			t.Run("Migrate", s.testMigrate)
			if name == "postgres" {
				t.Run("Concurrently", s.testConcurrentIndex)
			}
			t.Run("Transaction", s.testKilledTransaction)
			t.Run("Killed", func(t *testing.T) { s.testKilledMigration(t, name, server) })
			t.Run("Test", func(t *testing.T) {
				s.command(t, "go", "test", "-count=1", "./internal/database/...", "./internal/models", "./mysite")
			})
			if server.overTLS != nil {
				t.Run("TLS", func(t *testing.T) { s.testTLS(t, server) })
			}
			t.Run("Serve", func(t *testing.T) { s.testServe(t, server) })
		})
	}
}

// TestProductionDatabaseAbsent has the tests of a project run where there is no database for them, as in CI: those that ask none are
// not skipped.
func TestProductionDatabaseAbsent(t *testing.T) {
	if testing.Short() {
		t.Skip("builds projects with modules")
	}
	for _, name := range []string{"postgres", "mysql"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := generate(t, "mysite", "--with", name+",sessions")
			out := commandIn(t, dir, "env", "-u", "TEST_DATABASE_URL", "go", "test", "-v", "./mysite")
			for _, test := range []string{"TestDevelopment", "TestProduction", "TestEachPageHasItsNonce", "TestReadyzWhileStopping", "TestSitesShareAProcess"} {
				if !strings.Contains(out, "--- PASS: "+test+" ") {
					t.Errorf("%s did not pass:\n%s", test, out)
				}
			}
		})
	}
}

// copyIn copies a file into the project.
func (s *databaseSite) copyIn(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	to = filepath.Join(s.dir, to)
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// testKilledTransaction kills a process within a transaction: what it wrote never was, and nobody waits for it.
func (s *databaseSite) testKilledTransaction(t *testing.T) {
	s.command(t, s.probe, "ask", "before")
	holder := s.hold(t, "UPDATE questions SET text = 'half'")
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	s.command(t, s.probe, "exec", "UPDATE questions SET text = 'after' WHERE text = 'before'")
	if text := s.command(t, s.probe, "text"); text != "after\n" {
		t.Errorf("the questions are %q", text)
	}
}

// hold starts a process that stays in a transaction with the statement.
func (s *databaseSite) hold(t *testing.T, statement string) *exec.Cmd {
	t.Helper()
	holder := exec.CommandContext(t.Context(), s.probe, "hold", statement)
	holder.Dir, holder.Env = s.dir, s.env
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("%q (%v)", line, err)
	}
	return holder
}

// testTLS asks a server over TLS, by its name. Another name of it is not in its certificate.
func (s *databaseSite) testTLS(t *testing.T, server *databaseServer) {
	probe := func(host string) (string, error) {
		cmd := exec.CommandContext(t.Context(), s.probe, "exec", "DO 1")
		cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+server.certificate, "DATABASE_URL="+server.overTLS(host))
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := probe("localhost"); err != nil {
		t.Errorf("by its name: %v, %s", err, out)
	}
	if out, err := probe("127.0.0.1"); err == nil || !strings.Contains(out, "certificate") {
		t.Errorf("by another name: %v, %s", err, out)
	}
}

// testServe has the site follow its database's end and return, and close it at its own end.
func (s *databaseSite) testServe(t *testing.T, server *databaseServer) {
	socket := filepath.Join(s.run, "db.sock")
	cmd := exec.Command(s.binary, "--bind", "unix:"+socket)
	cmd.Dir, cmd.Env = s.dir, s.env
	ended := startServer(t, cmd, "unix", socket)
	client := newHostClient(t, address{url: "http://" + hostName, socket: socket})
	answers := func(want int, path string) {
		t.Helper()
		response, err := client.http.Get(client.url + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, response.StatusCode, want)
		}
	}
	answers(200, "/readyz")
	if server.restart != nil {
		server.stop()
		answers(503, "/readyz")
		answers(200, "/healthz")
		server.restart(t)
		s.command(t, s.probe, "await", "SELECT 1")
		answers(200, "/readyz")
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := <-ended
	ended <- err
	if err != nil {
		t.Errorf("the program ended with %v", err)
	}
	if file, ok := strings.CutPrefix(server.url, "sqlite:"); ok {
		if _, err := os.Stat(file + "-wal"); err == nil {
			t.Error("the database was not closed")
		}
	}
}

// TestProductionDatabasePages follows the pages of deploy/ on a machine with Debian's servers. The site's user migrates.
func TestProductionDatabasePages(t *testing.T) {
	if os.Getenv("GOSTART_LONG") == "" {
		t.Skip("boots a machine: make test-production does so")
	}
	needCommands(t, "mariadbd", "pg_lsclusters", "sqlite3", "adduser")
	_, m := newMachine(t, "sqlite", "postgres", "mysql", "sessions")
	const prelude = offline + `
go() { [ "$1" = run ] || return 0; command go "$@"; } # it is built already
sudo() { if [ "$1" = -u ]; then runuser -u "$2" -- "${@:3}"; else "$@"; fi; }
systemctl start postgresql mariadb
until [ -S /run/mysqld/mysqld.sock ] && [ -S /run/postgresql/.s.PGSQL.5432 ]; do sleep .1; done
`
	for _, page := range []string{"sqlite", "postgres", "mysql"} {
		out := m.follow(t, "deploy/"+page+".md", prelude)
		if !strings.Contains(out, "applied 20260101000001_questions.sql") {
			t.Errorf("%s: %s", page, out)
		}
	}
	if out := m.follow(t, "deploy/sessions.md", prelude); !strings.Contains(out, "created ada\n") {
		t.Errorf("sessions: %s", out)
	}
	if out := m.follow(t, "deploy/database.md", prelude); !strings.Contains(out, "took back 20260102000001_users.sql\n") {
		t.Errorf("database: %s", out)
	}
}

// TestProductionDatabaseSystemd gives a service a database, as deploy/database.md tells.
func TestProductionDatabaseSystemd(t *testing.T) {
	if os.Getenv("GOSTART_LONG") == "" {
		t.Skip("boots a machine: make test-production does so")
	}
	p, m := newMachine(t, "systemd")
	m.follow(t, "deploy/systemd.md", "")
	p.lay(t, "sqlite")
	p.command(t, "go", "build", "-trimpath", "-o", p.binary, ".")
	migrate := regexp.MustCompile(`(?m)^sudo systemd-run .* migrate$`).FindString(p.read(t, "deploy/database.md"))
	out := m.sh(t, `
		install bin/mysite /usr/local/bin/
		echo DATABASE_URL=sqlite:/var/lib/mysite/db.sqlite3 >>/etc/mysite/mysite.env
		`+migrate+`
		systemctl restart mysite.service
		curl --silent --show-error --fail --unix-socket /run/mysite/mysite.sock http://localhost/readyz
		`+migrate+`
		ls /var/lib/mysite/`)
	if want := "applied 20260101000001_questions.sql\nok\nnothing to apply\ndb.sqlite3\n"; !strings.HasPrefix(out, want) {
		t.Errorf("%s", out)
	}
}
