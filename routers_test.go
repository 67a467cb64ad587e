// Other people's routers: docs/routers.md, proven with the routers themselves.
package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRouters lays testdata/routers over a project, which makes chi, gorilla/mux, gin and echo its requirements, and
// runs the tests that come with it. Where the modules are neither here nor to be had, they are left out, but for CI.
func TestRouters(t *testing.T) {
	if testing.Short() {
		t.Skip("builds four routers")
	}
	dir := generate(t, "mysite")
	if err := os.Remove(filepath.Join(dir, "go.mod")); err != nil { // there is another one, with requirements
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS("testdata/routers")); err != nil {
		t.Fatal(err)
	}
	urls := filepath.Join(dir, "mysite", "urls.go")
	table, err := os.ReadFile(urls)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(table), "return table", "return append(table, routers()...)", 1)
	if err := os.WriteFile(urls, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}

	run := func(limit time.Duration, args ...string) ([]byte, error) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "GOTOOLCHAIN=local", "GOSTART_SETTINGS_MODULE=")
		return cmd.CombinedOutput()
	}
	if out, err := run(2*time.Minute, "mod", "download"); err != nil {
		if os.Getenv("CI") == "" {
			t.Skipf("no module proxy: %v\n%s", err, out)
		}
		t.Fatalf("go mod download: %v\n%s", err, out)
	}
	for _, args := range [][]string{{"vet", "./..."}, {"test", "-timeout", "1m", "./..."}} {
		if out, err := run(4*time.Minute, args...); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
}
