//go:build linux

// The add-on compose: compose.yaml as Docker Compose reads it, strictly, by the module that it is made from. That is in
// testdata/production/compose, so that nobody else has to download it.
package main

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A composeModel is what Compose makes of compose.yaml, as far as the tests look at it.
type composeModel struct {
	Services map[string]composeService
	Volumes  map[string]any
}

type composeService struct {
	Environment map[string]string
	Ports       []struct {
		HostIP    string `json:"host_ip"`
		Published string
		Target    int
	}
	DependsOn   map[string]struct{ Condition string } `json:"depends_on"`
	HealthCheck *struct {
		Test    []string
		Disable bool
	}
	ReadOnly bool     `json:"read_only"`
	CapDrop  []string `json:"cap_drop"`
	Volumes  []struct{ Type, Source, Target string }
	Develop  struct{ Watch []struct{ Action string } }
}

// A composeReader is the program that reads compose.yaml.
type composeReader string

func newComposeReader(t *testing.T) composeReader {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles a part of Compose")
	}
	return composeReader(buildTool(t, "testdata/production/compose"))
}

func (c composeReader) read(t *testing.T, dir string) (model composeModel, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), string(c), dir)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "DATABASE_") })
	out, err := cmd.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return model, errors.New(string(exit.Stderr))
	} else if err != nil {
		t.Fatal(err)
	}
	return model, json.Unmarshal(out, &model)
}

func TestProductionCompose(t *testing.T) {
	t.Parallel()
	reader := newComposeReader(t)
	for _, database := range []string{"none", "sqlite", "postgres", "mysql"} {
		t.Run(database, func(t *testing.T) {
			dir := generate(t, "mysite", "--with", "compose", "--set", "database="+database)
			model, err := reader.read(t, dir)
			if err != nil {
				t.Fatal(err)
			}
			web := model.Services["web"]
			if len(web.Develop.Watch) != 1 || web.Environment["GOSTART_SETTINGS_MODULE"] != "mysite.settings" {
				t.Errorf("web is %+v", web)
			}
			if _, ok := model.Services["migrate"]; ok != (database != "none") {
				t.Errorf("there is a service migrate: %v", ok)
			}
			for name, service := range model.Services {
				model.check(t, name, service)
			}
			switch database {
			case "none":
				if address, ok := web.Environment["DATABASE_URL"]; ok {
					t.Errorf("the database's address is %q", address)
				}
			case "sqlite":
				if address := model.address(t, database); len(web.Volumes) != 1 || path.Dir(address.Path) != web.Volumes[0].Target {
					t.Errorf("%v is not in a volume: %v", address, web.Volumes)
				}
			default:
				checkPassword(t, reader, dir, model.address(t, database))
			}
			if database == "postgres" {
				testComposeMutations(t, reader, dir)
			}
		})
	}
}

// check looks at what a service may do, and at what it waits for.
func (m composeModel) check(t *testing.T, name string, service composeService) {
	t.Helper()
	for _, port := range service.Ports {
		if port.HostIP != "127.0.0.1" || port.Published == "" {
			t.Errorf("%s is published at %+v, where others could reach it", name, port)
		}
	}
	if name != "database" && (!service.ReadOnly || !slices.Equal(service.CapDrop, []string{"ALL"})) {
		t.Errorf("%s is not confined: %+v", name, service)
	}
	for other, how := range service.DependsOn {
		if how.Condition == "service_healthy" && (m.Services[other].HealthCheck == nil || len(m.Services[other].HealthCheck.Test) < 2) {
			t.Errorf("%s waits for %s to be healthy, which has no health check", name, other)
		}
	}
	if _, ok := m.Services["database"]; ok && name != "database" && service.DependsOn["database"].Condition != "service_healthy" {
		t.Errorf("%s does not wait for the database", name)
	}
	for _, volume := range service.Volumes {
		if _, ok := m.Volumes[volume.Source]; volume.Type != "volume" || !ok {
			t.Errorf("%s has the volume %+v, which is none of %v", name, volume, m.Volumes)
		}
	}
}

// address is where the site finds its database.
func (m composeModel) address(t *testing.T, scheme string) *url.URL {
	t.Helper()
	address, err := url.Parse(m.Services["web"].Environment["DATABASE_URL"])
	if err != nil || address.Scheme != scheme {
		t.Fatalf("the database's address is %v, %v", address, err)
	}
	return address
}

// checkPassword looks at the password in an address, and at the one that somebody has who cloned the repository: compose.env is
// not in it, and made anew as the page says.
func checkPassword(t *testing.T, reader composeReader, dir string, address *url.URL) {
	t.Helper()
	password, _ := address.User.Password()
	checkHidden(t, dir, password)
	page, err := os.ReadFile(filepath.Join(dir, "deploy/compose.md"))
	if err != nil {
		t.Fatal(err)
	}
	script := regexp.MustCompile(`(?m)(^    .*compose\.env.*\n)+`).Find(page)
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", "rm compose.env\n"+string(script))
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s%s", err, script, out)
	}
	model, err := reader.read(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	again := model.address(t, address.Scheme)
	other, _ := again.User.Password()
	if len(password) != 32 || len(other) != 32 || other == password {
		t.Errorf("passwords are %q and %q", password, other)
	}
	again.User = address.User
	if again.String() != address.String() || address.Host != "database" {
		t.Errorf("the database's addresses are %v and %v", address, again)
	}
}

// checkHidden finds the password in compose.env only, which nobody else can read and git does not take.
func checkHidden(t *testing.T, dir, password string) {
	t.Helper()
	if info, err := os.Stat(filepath.Join(dir, "compose.env")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("compose.env: %v, %v", info, err)
	}
	cmd := exec.CommandContext(t.Context(), "grep", "--recursive", "--files-with-matches", password, ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "./compose.env\n" {
		t.Errorf("the password is in %s(%v)", out, err)
	}
	ignored := exec.CommandContext(t.Context(), "sh", "-c", "git init --quiet && git check-ignore compose.env")
	ignored.Dir = dir
	if out, err := ignored.CombinedOutput(); err != nil {
		t.Errorf("git does not ignore compose.env: %v\n%s", err, out)
	}
}

// testComposeMutations has the reader refuse what Compose would, for the test would prove nothing otherwise.
func testComposeMutations(t *testing.T, reader composeReader, dir string) {
	file := filepath.Join(dir, "compose.yaml")
	right, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct{ old, new, want string }{
		{"    ports:", "    port:", "port"},
		{"read_only: true", "read_only: [yes]", "read_only"},
		{"action: rebuild", "action: reload", "action"},
		{"- database:/var/lib", "- data:/var/lib", "undefined volume data"},
		{"      database:\n        condition", "      db:\n        condition", "undefined service"},
		{"condition: service_healthy", "condition: healthy", "condition"},
		{"path: compose.env", "path: other.env", "other.env"},
	} {
		wrong := strings.ReplaceAll(string(right), m.old, m.new)
		if err := os.WriteFile(file, []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := reader.read(t, dir); err == nil || !strings.Contains(err.Error(), m.want) {
			t.Errorf("%q in place of %q: %v", m.new, m.old, err)
		}
	}
}
