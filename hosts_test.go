//go:build linux

// Any server: the same application behind each of them, put through one suite of requests (hosts_cases_test.go).
//
// To add a host, write hosts_NAME_test.go with a variable of type host, and name it in hosts below:
//
//   - start serves p, a project of its own with the host's add-ons laid into it and bin/mysite built, and says
//     where. It runs the configuration that the add-on laid, with the paths that need an installation replaced
//     (p.edit), as a private instance: files below p.dir, sockets below p.run or ports of freeAddress, never the
//     system's service. startServer and p.serve end with the test what they started.
//   - p.env holds the production settings that the suite needs, in particular the hosts and the size of uploads
//     that it asks for. Each process that loads the application must have them. Behind a proxy on TCP, rather
//     than on a unix socket, add TRUSTED_PROXIES=127.0.0.1.
//   - cannot names the cases that the host is known to fail, each with the reason, which users read in
//     docs/hosts.md (go test -run HostsPage -update . writes it). They are run all the same, and must fail:
//     the table would be wrong once they pass.
//   - needs are the commands without which the host is skipped; with CI in the environment, it fails. Add their
//     Debian packages to .ci/run.
package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A host is one way to run an application.
type host struct {
	name   string   // as users say it, in tests and docs: "nginx, FastCGI"
	addons []string // with their answers: "nginx tls=false"
	needs  []string
	wants  func() string // says why the host can't run on this machine, or ""; nil where it always can
	start  func(t *testing.T, p *hostedProject) address
	cannot map[string]string // case: reason
	chance []string          // of these cases, those that may pass all the same
}

// An address is where a host serves.
type address struct {
	url    string         // http or https, without a slash at its end; a path is where the application is mounted
	socket string         // the unix socket to dial for it, or ""
	https  string         // where the same is served over TLS, if url is not; or ""
	roots  *x509.CertPool // who signed its certificate
}

var hosts = slices.Concat([]host{
	ownServer,
	ownServerUnix,
	systemdHost,
	nginxHost,
	apacheHost,
	caddyHost,
}, gatewayHosts, wsgiHosts)

// TestHosts runs every case against every host: go test -run TestHosts/nginx/stream runs one.
func TestHosts(t *testing.T) {
	if testing.Short() {
		t.Skip("starts every server")
	}
	lines := make([]string, len(hosts))
	t.Cleanup(func() { // when all of them have ended
		for _, line := range lines {
			if line != "" { // it was chosen by -run
				fmt.Println(line)
			}
		}
	})
	for i, h := range hosts {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			line := func(result string) { lines[i] = fmt.Sprintf("%-26s %s", h.name, result) }
			if missing := missingCommand(h.needs); missing != "" {
				line("skipped: " + missing + " is not installed")
			} else if why := h.unable(); why != "" {
				line("skipped: " + why)
				t.Skip(why)
			}
			needCommands(t, h.needs...)
			line(h.test(t))
		})
	}
}

// unable says why the host can't run on this machine, or "".
func (h *host) unable() string {
	if h.wants == nil {
		return ""
	}
	return h.wants()
}

// missingCommand is the first that is not on PATH, or "".
func missingCommand(commands []string) string {
	for _, command := range commands {
		if _, err := exec.LookPath(command); err != nil {
			return command
		}
	}
	return ""
}

// needCommands skips a test whose commands are not there; .ci/run installs them.
func needCommands(t *testing.T, commands ...string) {
	t.Helper()
	if missing := missingCommand(commands); missing != "" && os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed; .ci/run should", missing)
	} else if missing != "" {
		t.Skipf("%s is not installed", missing)
	}
}

// test says how many cases passed, and which can't.
func (h *host) test(t *testing.T) string {
	began, passed := time.Now(), new(atomic.Int64)
	at := h.start(t, newHostedProject(t, h.addons...))
	run := func(c hostCase) {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), max(c.patience, patience))
			defer cancel()
			err, reason := c.run(ctx, newHostClient(t, at)), h.cannot[c.name]
			switch {
			case err != nil && reason == "":
				t.Error(err)
			case err == nil && slices.Contains(h.chance, c.name):
				t.Logf("by chance: not %s", reason)
			case err == nil && reason != "":
				t.Errorf("the table says that this fails: %s", reason)
			case err == nil:
				passed.Add(1)
			default:
				t.Logf("known: %s: %v", reason, err)
			}
		})
	}
	var waiting sync.WaitGroup // for the host to lose patience, or for the case's own
	for _, c := range hostCases {
		if c.patience > 0 {
			waiting.Go(func() { run(c) })
		} else {
			run(c)
		}
	}
	waiting.Wait()
	line := fmt.Sprintf("%d of %d cases in %.1fs", passed.Load(), len(hostCases), time.Since(began).Seconds())
	if t.Failed() {
		line += ", FAILED"
	}
	if len(h.cannot) > 0 {
		line += "; can't: " + strings.Join(h.lacks(), ", ")
	}
	return line
}

// lacks are the cases that the host can't do, in the order of the suite.
func (h *host) lacks() (names []string) {
	for _, c := range hostCases {
		if h.cannot[c.name] != "" {
			names = append(names, c.name)
		}
	}
	return names
}

const hostsPage = "docs/hosts.md"

// TestHostsPage keeps docs/hosts.md as the tables have it.
func TestHostsPage(t *testing.T) {
	var page strings.Builder
	page.WriteString(`# Hosts

The application of a project is an ` + "`http.Handler`" + `, which any server can host. The ones below were put through the same
requests, each as the real server with the configuration that its add-on lays (` + "`make test-hosts`" + `). What a host can't do is
tested as well: a line goes once it can.

<!-- Written by: go test -run HostsPage -update . -->

| host | add-on | what it can't do |
|---|---|---|
`)
	for _, h := range hosts {
		var lacks []string
		for _, name := range h.lacks() {
			lacks = append(lacks, fmt.Sprintf("**%s**: %s", name, h.cannot[name]))
		}
		if len(lacks) < len(h.cannot) {
			t.Errorf("%s: one of %v is no case", h.name, h.cannot)
		}
		var addons []string
		for _, addon := range h.addons {
			addons = append(addons, "`"+strings.Fields(addon)[0]+"`")
		}
		fmt.Fprintf(&page, "| %s | %s | %s |\n", h.name, strings.Join(addons, ", "), strings.Join(lacks, "<br>"))
	}
	page.WriteString("\n## The cases\n\n| case | what passes |\n|---|---|\n")
	for i, c := range hostCases {
		if slices.ContainsFunc(hostCases[:i], func(other hostCase) bool { return other.name == c.name }) {
			t.Errorf("two cases are called %q", c.name)
		}
		fmt.Fprintf(&page, "| %s | %s |\n", c.name, c.what)
	}
	if *update {
		if err := os.WriteFile(hostsPage, []byte(page.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(hostsPage); err != nil || string(want) != page.String() {
		t.Errorf("%s differs from the tables (%v); go test -run HostsPage -update .", hostsPage, err)
	}
}
