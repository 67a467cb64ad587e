//go:build linux

// The add-on systemd, under the systemd of a machine of its own.
package main

import (
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var systemdHost = host{
	name:   "systemd",
	addons: []string{"systemd"},
	needs:  machineNeeds,
	wants:  whyNoMachine,
	start: func(t *testing.T, p *hostedProject) address {
		m := bootMachine(t, p)
		m.follow(t, "deploy/systemd.md", "")
		m.configure(t, p)
		return address{url: "http://localhost", socket: m.path("/run/mysite/mysite.sock")}
	},
	cannot: ownServerUnix.cannot,
}

// configure gives the installed program the settings that the suite needs.
func (m *machine) configure(t *testing.T, p *hostedProject) {
	t.Helper()
	var settings strings.Builder
	for _, variable := range p.env[len(p.env)-4:] {
		settings.WriteString(variable + "\n")
	}
	m.sh(t, "cat >/etc/mysite/mysite.env <<'END'\n"+settings.String()+"END\nsystemctl restart mysite")
}

// TestHostsSystemdUnits has systemd's own opinion of the units, as they are laid but for the program's path.
func TestHostsSystemdUnits(t *testing.T) {
	needCommands(t, "systemd-analyze")
	p := newHostedProject(t, "systemd")
	for _, unit := range []string{"mysite", "mysite@"} {
		service, socket := "deploy/systemd/"+unit+".service", "deploy/systemd/"+unit+".socket"
		p.edit(t, service, "/usr/local/bin/mysite", p.binary)
		if out := p.command(t, "systemd-analyze", "verify", service, socket); out != "" { // it exits 0 on unknown keys
			t.Errorf("%s: %s", unit, out)
		}
		out := p.command(t, "systemd-analyze", "security", "--offline=true", "--no-pager", service)
		score := regexp.MustCompile(`Overall exposure level for \S+: ([\d.]+) `).FindStringSubmatch(out)
		if score == nil {
			t.Fatalf("no score in:\n%s", out)
		}
		if exposure, err := strconv.ParseFloat(score[1], 64); err != nil || exposure > 1.1 {
			t.Errorf("%s: the exposure is %s of 10, and was 1.1:\n%s", unit, score[1], out)
		}
	}
}

// The instance units are the others with a %i in its places.
func TestHostsSystemdInstances(t *testing.T) {
	p := newHostedProject(t, "systemd")
	for _, kind := range []string{"service", "socket"} {
		read := func(unit string) (directives []string) {
			for line := range strings.Lines(p.read(t, "deploy/systemd/"+unit+"."+kind)) {
				if line != "\n" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "User=") {
					directives = append(directives, strings.TrimSuffix(line, "\n"))
				}
			}
			return directives
		}
		one, each := read("mysite"), read("mysite@")
		for i := range min(len(one), len(each)) {
			plain := strings.NewReplacer(", site %i", "", "@%i", "", "-%i", "", "%i", "mysite").Replace(each[i])
			if plain != one[i] {
				t.Errorf("%s: %q and %q", kind, one[i], each[i])
			}
		}
		if len(one) != len(each) {
			t.Errorf("%s: %d lines and %d", kind, len(one), len(each))
		}
	}
}

// TestHostsSystemdNames has the longest names of projects and of sites: Linux takes 107 bytes for a socket's path, and
// systemd 31 for the name of a user that it makes up.
func TestHostsSystemdNames(t *testing.T) {
	for _, name := range []string{"mysite", strings.Repeat("x", 48)} {
		p := &hostedProject{dir: generate(t, name, "--with", "systemd")}
		room := regexp.MustCompile(`does for SITE, of (\d+) at most:`).FindStringSubmatch(p.read(t, "deploy/systemd.md"))
		if room == nil {
			t.Fatal("the page does not say how long a site's name may be")
		}
		length, err := strconv.Atoi(room[1])
		if err != nil || length < 10 {
			t.Errorf("%s: a site's name has %s letters (%v)", name, room[1], err)
		}
		site := strings.NewReplacer("%i", strings.Repeat("s", length))
		for unit, limit := range map[string]struct {
			directive string
			most      int
		}{
			".service": {"User", 31}, "@.service": {"User", 31}, ".socket": {"ListenStream", 107}, "@.socket": {"ListenStream", 107},
		} {
			value := regexp.MustCompile(`(?m)^` + limit.directive + `=(.+)$`).FindStringSubmatch(p.read(t, "deploy/systemd/"+name+unit))
			if value == nil || len(site.Replace(value[1])) > limit.most {
				t.Errorf("%s%s: %s is %q, and has more than %d bytes for a long SITE", name, unit, limit.directive, value, limit.most)
			}
		}
	}
}

// TestHostsSystemdActivation has sockets handed over by systemd's own tool: the program starts when somebody connects.
func TestHostsSystemdActivation(t *testing.T) {
	needCommands(t, "systemd-socket-activate")
	p := newHostedProject(t)
	for network, bind := range map[string]string{"tcp": freeAddress(t), "unix": filepath.Join(p.run, "activated")} {
		t.Run(network, func(t *testing.T) {
			args := []string{"--listen=" + bind}
			for _, variable := range p.env {
				name, _, _ := strings.Cut(variable, "=")
				args = append(args, "--setenv="+name)
			}
			cmd := exec.Command("systemd-socket-activate", append(args, p.binary)...)
			cmd.Dir, cmd.Env = p.dir, p.env
			startServer(t, cmd, network, bind)
			at := address{url: "http://" + bind}
			if network == "unix" {
				at = address{url: "http://localhost", socket: bind}
			}
			if got, err := newHostClient(t, at).asked(t.Context(), http.Header{}); err != nil || got.Host != hostName {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// TestHostsSystemd installs the units as the page says, and has the real systemd manage them.
func TestHostsSystemd(t *testing.T) {
	p, m := newMachine(t, "systemd")
	m.follow(t, "deploy/systemd.md", "")
	m.configure(t, p)
	t.Run("restart", func(t *testing.T) {
		const clients, restarts = 50, 6
		at := address{url: "http://localhost", socket: m.path("/run/mysite/mysite.sock")}
		requests, connections := restartUnderLoad(t, at, clients, restarts, func() { m.sh(t, "systemctl restart mysite") })
		t.Logf("%d requests over %d connections", requests, connections)
		if most := int64(2 * clients * (restarts + 1)); connections > most { // one for each client and process, or two: the last that the old one took
			t.Errorf("%d connections are more than %d: they were not kept alive", connections, most)
		}
	})
	t.Run("activation", func(t *testing.T) {
		m.sh(t, `systemctl stop mysite.service
			test "$(systemctl is-active mysite.service)" = inactive
			curl --silent --fail --unix-socket /run/mysite/mysite.sock http://localhost/healthz
			systemctl is-active --quiet mysite.service`)
	})
	t.Run("sites", func(t *testing.T) {
		m.sh(t, `status() { curl --silent --output /dev/null --write-out '%{http_code}' --header "Host: $2" --unix-socket /run/mysite/$1.sock http://localhost/; }
			test $(status mysite example.test) = 200
			test $(status mysite blog.example.com) = 400
			test $(status blog blog.example.com) = 200
			test $(status blog example.test) = 400
			user() { stat --format=%u /proc/$(systemctl show --property=MainPID --value $1); }
			test $(user mysite) -ge 61184 # where systemd has the users that it makes up
			test $(user mysite@blog) -ge 61184
			test $(user mysite) != $(user mysite@blog)
			setpriv --reuid=www-data --regid=www-data --clear-groups curl --silent --fail --unix-socket /run/mysite/mysite.sock http://localhost/healthz
			! setpriv --reuid=nobody --regid=nogroup --clear-groups curl --silent --fail --unix-socket /run/mysite/mysite.sock http://localhost/healthz`)
	})
	t.Run("failure", func(t *testing.T) { failForLong(t, m) })
}

// failForLong has a service that fails more often than systemd's own patience lasts: the request that came meanwhile is
// answered once the settings are right.
func failForLong(t *testing.T, m *machine) {
	m.sh(t, "mv /etc/mysite/mysite.env /etc/mysite/right; echo ALLOWED_HOSTS=localhost >/etc/mysite/mysite.env; systemctl restart mysite || true")
	answered := make(chan error, 1)
	go func() {
		response, err := unixClient(m.path("/run/mysite/mysite.sock")).Get("http://localhost/healthz")
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		answered <- err
	}()
	m.sh(t, "journalctl --unit=mysite --follow --lines=all | grep --max-count=8 'SECRET_KEY is not set'")
	select {
	case err := <-answered:
		t.Fatalf("answered without a service: %v", err)
	default:
	}
	m.sh(t, "mv /etc/mysite/right /etc/mysite/mysite.env")
	if err := <-answered; err != nil {
		t.Error(err)
	}
}
