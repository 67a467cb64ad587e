//go:build linux

// The add-on "observability": the program as it runs in production, with a collector for its traces, and promtool's opinion
// of its metrics and of the dashboard's queries.
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestProductionObservability(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a project with modules")
	}
	needCommands(t, "promtool")
	t.Parallel()
	dir := generate(t, "mysite", "--with", "observability")
	commandIn(t, dir, "go", "build", "-o", "bin/", ".")

	traces := make(chan string, 100) // what the collector gets: protobuf, in which texts and ids are as they are
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("the collector got %s %v: %v", r.URL, r.Header, err)
		}
		traces <- string(body)
	}))
	t.Cleanup(collector.Close)
	site, admin := freeAddress(t), freeAddress(t)
	cmd := exec.Command("bin/mysite", "--bind", site, "--metrics", admin)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOSTART_SETTINGS_MODULE=mysite.settings.production", "SECRET_KEY="+strings.Repeat("secret", 10),
		"ALLOWED_HOSTS=127.0.0.1", "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	ended := startServer(t, cmd, "tcp", site)
	get := func(address, path string) (string, http.Header) {
		t.Helper()
		response, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // it is read
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body), response.Header
	}

	_, header := get(site, "/")
	get(site, "/static/style.css")
	get(site, "/invented")
	get(site, "/healthz") // a probe, which nobody wants to see
	metrics, _ := get(admin, "/metrics")
	for _, want := range []string{
		`http_request_method="GET",http_response_status_code="200",http_route="/{$}"`,
		`http_request_method="GET",http_response_status_code="200",http_route="/static/"`,
		`http_request_method="GET",http_response_status_code="404",http_route="/"`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics have no %s:\n%s", want, metrics)
		}
	}
	if strings.Contains(metrics, "invented") || strings.Contains(metrics, "healthz") {
		t.Errorf("the metrics have what they should not:\n%s", metrics)
	}
	promtool(t, metrics, "check", "metrics")
	testDashboard(t, dir, metrics)
	seconds := 1
	if os.Getenv("GOSTART_LONG") != "" {
		seconds = 11 // longer than the server lets other answers take
	}
	if profile, _ := get(admin, fmt.Sprintf("/debug/pprof/profile?seconds=%d", seconds)); !strings.HasPrefix(profile, "\x1f\x8b") {
		t.Errorf("the profile is %.200q", profile)
	}

	// At its end, it sends what it still has; then the log is there whole.
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := <-ended
	ended <- err
	if err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	collector.Close() // once all has arrived
	close(traces)
	var sent strings.Builder
	for part := range traces {
		sent.WriteString(part)
	}
	for _, want := range []string{"mysite", "GET /{$}", "GET /static/", "GET /"} {
		if !strings.Contains(sent.String(), want) {
			t.Errorf("the traces have no %q", want)
		}
	}
	if strings.Contains(sent.String(), "healthz") {
		t.Error("probes are traced")
	}
	testLogged(t, cmd.Stderr.(*os.File).Name(), header.Get("X-Request-Id"), sent.String())
}

// testLogged looks for the line of a request, and for its trace among those that were sent.
func testLogged(t *testing.T, log, id, sent string) {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if fields["msg"] != "request" || fields["request_id"] != id {
			continue
		}
		trace, err := hex.DecodeString(fmt.Sprint(fields["trace_id"]))
		if err != nil || len(trace) != 16 || !strings.Contains(sent, string(trace)) {
			t.Errorf("the trace of %s was not sent (%v)", line, err)
		}
		return
	}
	t.Errorf("the log has no request with the id %q:\n%s", id, text)
}

// testDashboard checks that its queries are right, and ask for metrics that there are.
func testDashboard(t *testing.T, dir, metrics string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "deploy/observability/dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil || len(dashboard.Panels) == 0 {
		t.Fatalf("%d panels, %v", len(dashboard.Panels), err)
	}
	var rules strings.Builder
	rules.WriteString("groups:\n- name: dashboard\n  rules:\n")
	for i, panel := range dashboard.Panels {
		for j, target := range panel.Targets {
			query := strings.NewReplacer("$__rate_interval", "1m", "$job", "mysite").Replace(target.Expr)
			fmt.Fprintf(&rules, "  - record: panel:%d:%d\n    expr: %q\n", i, j, query)
			names := regexp.MustCompile(`(\w+)\{`).FindAllStringSubmatch(query, -1)
			if len(names) == 0 {
				t.Errorf("%s: %s asks for nothing", panel.Title, query)
			}
			for _, name := range names {
				if !regexp.MustCompile(`(?m)^` + name[1] + `[{ ]`).MatchString(metrics) {
					t.Errorf("%s: there is no metric %s", panel.Title, name[1])
				}
			}
		}
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "", "check", "rules", file)
	scrape := filepath.Join(dir, "deploy/observability/prometheus.yml")
	promtool(t, "", "check", "config", scrape)
}

func promtool(t *testing.T, in string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "promtool", args...)
	cmd.Stdin = strings.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", cmd.Args, err, out)
	}
}
