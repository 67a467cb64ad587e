//go:build linux

// The command migrate, with each database: at once with others, killed, and with what waits for others.
package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testMigrate migrates by four processes at once, then back and forth.
func (s *databaseSite) testMigrate(t *testing.T) {
	if out := s.command(t, s.binary, "migrate", "status"); !strings.HasPrefix(out, "not applied          20260101000001_questions.sql\n") {
		t.Errorf("status: %s", out)
	}
	outputs := make(chan string)
	for range 4 {
		go func() { outputs <- s.migrate(t) }()
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

// migrate gives what the command printed, and its error.
func (s *databaseSite) migrate(t *testing.T) string {
	cmd := exec.CommandContext(t.Context(), s.binary, "migrate")
	cmd.Dir, cmd.Env = s.dir, s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		out = append(out, err.Error()...)
	}
	return string(out)
}

// withMigration builds the program with one migration more.
func (s *databaseSite) withMigration(t *testing.T, database, name, text string) {
	t.Helper()
	file := filepath.Join(s.dir, "internal/database/migrations", database, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.binary = filepath.Join(s.dir, "bin", strings.TrimSuffix(name, ".sql")+"-"+database)
	s.command(t, "go", "build", "-o", s.binary, ".")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// testConcurrentIndex has a second process wait for one that makes an index CONCURRENTLY, which waits for whoever else
// is in the middle of something.
func (s *databaseSite) testConcurrentIndex(t *testing.T) {
	s.withMigration(t, "postgres", "20980101000001_index.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY questions_text ON questions (text);\n-- +goose Down\n")
	s.command(t, s.probe, "ask", "indexed")
	writer := s.hold(t, "UPDATE questions SET text = 'half'")
	outputs := make(chan string)
	migrate := func() { outputs <- s.migrate(t) }
	go migrate()
	s.command(t, s.probe, "await", "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event = 'virtualxid'")
	go migrate()
	s.command(t, s.probe, "await", "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_%advisory_lock%'")
	if err := writer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Wait()
	all := []string{<-outputs, <-outputs}
	slices.Sort(all)
	if want := []string{"applied 20980101000001_index.sql\n", "nothing to apply\n"}; !slices.Equal(all, want) {
		t.Errorf("two at once: %q", all)
	}
	s.command(t, s.probe, "exec", "DELETE FROM questions")
}

// testKilledMigration kills a process in the middle of a migration. The data from before is there, and the next process
// does all of it.
func (s *databaseSite) testKilledMigration(t *testing.T, name string, server *databaseServer) {
	again := map[bool]string{false: "IF NOT EXISTS ", true: ""}[server.whole]
	s.withMigration(t, name, "20990101000001_slow.sql", "-- +goose Up\nCREATE TABLE "+again+"half (id INTEGER);\n"+server.sleep+";\nCREATE TABLE "+again+"other_half (id INTEGER);\n-- +goose Down\n")
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
