//go:build linux

// The databases of Debian's packages, started for a test.
package main

import (
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
)

// A databaseServer is a database that a test has started.
type databaseServer struct {
	url     string
	restart func(t *testing.T) // starts it once more after stop; nil if there is no server
	stop    func()
	sleep   string // a statement that does not end while there is the question "wait"
	asleep  string // a query that gives a row once somebody is in it
	whole   bool   // a migration that was killed is not there in part

	overTLS     func(host string) string // its URL over TLS; nil if it has none
	certificate string                   // the file with its certificate, for localhost
}

// databases are those of the add-ons, by their names.
var databases = map[string]func(*testing.T) *databaseServer{"sqlite": startSQLite, "postgres": startPostgres, "mysql": startMariaDB}

func startSQLite(t *testing.T) *databaseServer {
	return &databaseServer{
		url:    "sqlite:" + filepath.Join(t.TempDir(), "db.sqlite3"),
		sleep:  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE EXISTS (SELECT 1 FROM questions WHERE text = 'wait')) SELECT count(*) FROM n",
		asleep: "busy",
		whole:  true,
	}
}

func startPostgres(t *testing.T) *databaseServer {
	bin := newestOf(t, "postgresql", "/usr/lib/postgresql/*/bin/initdb")
	dir, as := serverDirectory(t)
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(filepath.Dir(bin), name), args...)
		cmd.Dir, cmd.SysProcAttr = dir, as()
		return cmd
	}
	data := filepath.Join(dir, "data")
	if out, err := command("initdb", "--pgdata="+data, "--username=site", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s := &databaseServer{
		url:    "postgres://site@/postgres?host=" + dir,
		sleep:  "SELECT pg_sleep(3600) FROM questions WHERE text = 'wait'",
		asleep: "SELECT state FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
		whole:  true,
	}
	s.restart = func(t *testing.T) {
		cmd := command("postgres", "-D", data, "-k", dir, "-c", "listen_addresses=")
		ended := startServer(t, cmd, "unix", filepath.Join(dir, ".s.PGSQL.5432"))
		s.stop = func() {
			_ = cmd.Process.Signal(syscall.SIGQUIT) // its way to end at once, with all of its processes
			ended <- <-ended
		}
	}
	s.restart(t)
	return s
}

func startMariaDB(t *testing.T) *databaseServer {
	needCommands(t, "mariadb-install-db", "mariadbd", "openssl")
	dir, as := serverDirectory(t)
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "sock")
	certificate, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for _, args := range [][]string{
		{"mariadb-install-db", "--no-defaults", "--datadir=" + data, "--auth-root-authentication-method=normal", "--skip-test-db"},
		{"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.SysProcAttr = dir, as()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args[0], err, out)
		}
	}
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	s := &databaseServer{
		url:    "mysql://root@/site?socket=" + socket,
		sleep:  "SELECT SLEEP(3600) FROM questions WHERE text = 'wait'",
		asleep: "SELECT id FROM information_schema.processlist WHERE state = 'User sleep'",

		overTLS:     func(host string) string { return "mysql://site@" + host + ":" + port + "/site?tls=true" },
		certificate: certificate,
	}
	init := filepath.Join(dir, "init.sql")
	if err := os.WriteFile(init, []byte(`CREATE DATABASE IF NOT EXISTS site CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS site REQUIRE SSL;
GRANT ALL ON site.* TO site;
`), 0o644); err != nil {
		t.Fatal(err)
	}
	s.restart = func(t *testing.T) {
		cmd := exec.Command("mariadbd", "--no-defaults", "--datadir="+data, "--socket="+socket, "--bind-address=127.0.0.1", "--port="+port,
			"--ssl-cert="+certificate, "--ssl-key="+key, "--pid-file="+filepath.Join(dir, "pid"), "--init-file="+init)
		cmd.Dir, cmd.SysProcAttr = dir, as()
		ended := startServer(t, cmd, "unix", socket)
		s.stop = func() {
			killGroup(cmd)
			ended <- <-ended
		}
	}
	s.restart(t)
	return s
}

// newestOf finds a program of a package that is on no PATH, as each version has its own.
func newestOf(t *testing.T, pack, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err == nil && len(found) > 0 {
		slices.Sort(found)
		return found[len(found)-1]
	}
	if os.Getenv("CI") != "" {
		t.Fatal(pack + " is not installed")
	}
	t.Skip(pack + " is not installed")
	return ""
}

// serverDirectory makes a directory for a server, which runs as somebody else than root: database servers refuse to be root.
func serverDirectory(t *testing.T) (dir string, as func() *syscall.SysProcAttr) {
	t.Helper()
	dir, err := os.MkdirTemp("", "db") // t.TempDir may be too long for a socket, and others can't look into it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if os.Geteuid() != 0 {
		return dir, func() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return dir, func() *syscall.SysProcAttr {
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
}
