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
			t.Run("Transaction", s.testKilledTransaction)
			t.Run("Killed", func(t *testing.T) { s.testKilledMigration(t, name, server) })
			t.Run("Test", func(t *testing.T) {
				s.command(t, "go", "test", "-count=1", "./internal/database/...", "./internal/models", "./mysite")
			})
			t.Run("Serve", func(t *testing.T) { s.testServe(t, server) })
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

// testMigrate migrates by four processes at once, then back and forth.
func (s *databaseSite) testMigrate(t *testing.T) {
	if out := s.command(t, s.binary, "migrate", "status"); !strings.HasPrefix(out, "not applied          20260101000001_questions.sql\n") {
		t.Errorf("status: %s", out)
	}
	outputs := make(chan string)
	for range 4 {
		go func() {
			cmd := exec.CommandContext(t.Context(), s.binary, "migrate")
			cmd.Dir, cmd.Env = s.dir, s.env
			out, err := cmd.CombinedOutput()
			if err != nil {
				out = append(out, err.Error()...)
			}
			outputs <- string(out)
		}()
	}
	var all []string
	for range 4 {
		all = append(all, <-outputs)
	}
	slices.Sort(all)
	if want := []string{"applied 20260101000001_questions.sql\n", "nothing to apply\n", "nothing to apply\n", "nothing to apply\n"}; !slices.Equal(all, want) {
		t.Errorf("four at once: %q", all)
	}
	for _, step := range [][2]string{
		{"down", "took back 20260101000001_questions.sql\n"}, {"down", "nothing to take back\n"},
		{"up", "applied 20260101000001_questions.sql\n"}, {"up", "nothing to apply\n"},
	} {
		if out := s.command(t, s.binary, "migrate", step[0]); out != step[1] {
			t.Errorf("%s: %q, want %q", step[0], out, step[1])
		}
	}
	if out := s.command(t, s.binary, "migrate", "status"); strings.Contains(out, "not applied") {
		t.Errorf("status: %s", out)
	}
}

// testKilledTransaction kills a process within a transaction: what it wrote never was, and nobody waits for it.
func (s *databaseSite) testKilledTransaction(t *testing.T) {
	s.command(t, s.probe, "ask", "before")
	holder := exec.CommandContext(t.Context(), s.probe, "hold", "UPDATE questions SET text = 'half'")
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
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	s.command(t, s.probe, "exec", "UPDATE questions SET text = 'after' WHERE text = 'before'")
	if text := s.command(t, s.probe, "text"); text != "after\n" {
		t.Errorf("the questions are %q", text)
	}
}

// testKilledMigration kills a process in the middle of a migration. The data from before is there, and the next process
// does all of it.
func (s *databaseSite) testKilledMigration(t *testing.T, name string, server *databaseServer) {
	again := map[bool]string{false: "IF NOT EXISTS ", true: ""}[server.whole]
	migration := "internal/database/migrations/" + name + "/20990101000001_slow.sql"
	file := filepath.Join(s.dir, migration)
	text := "-- +goose Up\nCREATE TABLE " + again + "half (id INTEGER);\n" + server.sleep + ";\nCREATE TABLE " + again + "other_half (id INTEGER);\n-- +goose Down\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.binary = filepath.Join(s.dir, "bin", "slow-"+name)
	s.command(t, "go", "build", "-o", s.binary, ".")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}

	s.command(t, s.probe, "ask", "wait")
	cmd := exec.Command(s.binary, "migrate")
	cmd.Dir, cmd.Env = s.dir, s.env
	runServer(t, cmd)
	s.command(t, s.probe, "await", server.asleep)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if name == "mysql" { // its server goes on with the statement, and tells nobody whether it will end
		s.command(t, s.probe, "exec", "BEGIN NOT ATOMIC FOR p IN (SELECT id FROM information_schema.processlist WHERE state = 'User sleep') DO KILL p.id; END FOR; END")
	}
	s.command(t, s.probe, "exec", "UPDATE questions SET text = 'kept' WHERE text = 'wait'")
	if out := s.command(t, s.binary, "migrate", "status"); !strings.Contains(out, "not applied          20990101000001_slow.sql\n") {
		t.Errorf("status: %s", out)
	}
	if out := s.command(t, s.binary, "migrate"); out != "applied 20990101000001_slow.sql\n" {
		t.Errorf("migrate: %s", out)
	}
	s.command(t, s.probe, "exec", "INSERT INTO half SELECT 1 FROM questions")
	s.command(t, s.probe, "exec", "INSERT INTO other_half SELECT id FROM half")
	if text := s.command(t, s.probe, "text"); !strings.Contains(text, "kept\n") || !strings.Contains(text, "after\n") {
		t.Errorf("the questions are %q", text)
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
