// The parts that need no clock: numbers, tables, and templates. What the commands do with real programs is for
// the commands to show.
package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []time.Duration
		want   time.Duration
	}{
		{nil, 0},
		{[]time.Duration{7}, 7},
		{[]time.Duration{9, 1, 4}, 4},
		{[]time.Duration{9, 1, 4, 6}, 5},
	} {
		if got := median(test.values); got != test.want {
			t.Errorf("median of %v is %d, want %d", test.values, got, test.want)
		}
	}
	values := []int64{3, 1, 2}
	if median(values); values[0] != 3 {
		t.Error("median has sorted the values of its caller")
	}
}

func TestTable(t *testing.T) {
	table := table{align: "lrrl"}
	table.add("", "ms", "ratio", "")
	table.add("by hand", "500", "1.00", "typed")
	table.add("älter", "failed: a remark that reaches over the other columns")
	table.add("")
	table.add("x", "", "0.41", "")
	var b strings.Builder
	if err := table.print(&b); err != nil {
		t.Fatal(err)
	}
	const want = `
          ms  ratio
by hand  500   1.00  typed
älter    failed: a remark that reaches over the other columns

x              0.41
`
	if got := "\n" + b.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		milliseconds(1500*time.Microsecond, 1): "1.5",
		milliseconds(0, 1):                     "",
		mebibytes(3 << 19):                     "1.5",
		ratio(41, 100):                         "0.41",
		ratio(41, 0):                           "",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPlainTree(t *testing.T) {
	n := 0
	for name, text := range plainTree(250) {
		n++
		if size := len(strings.ReplaceAll(text, blank, project)); size != 1024 || strings.Count(text, blank) != 3 {
			t.Fatalf("%s has %d bytes and %d blanks, want 1024 and 3", name, size, strings.Count(text, blank))
		}
	}
	if n != 250 {
		t.Errorf("%d files, want 250", n)
	}
}

// TestSyntax writes a tree for each tool that has templates.
func TestSyntax(t *testing.T) {
	source := t.TempDir()
	if err := writeFile(filepath.Join(source, "mysite", "page.html"), "mysite: {{block}} {% x %}"); err != nil {
		t.Fatal(err)
	}
	tree, err := treeOf(source)
	if err != nil {
		t.Fatal(err)
	}
	if err := compare(tree, source); err != nil {
		t.Errorf("a tree differs from what it was read from: %v", err)
	}
	for name, want := range map[string]string{
		"gostart":      "project_name/page.html.tmpl:{{.project_name}}: {{block}} {% x %}",
		"cp":           "mysite/mysite/page.html:mysite: {{block}} {% x %}",
		"cookiecutter": "{{cookiecutter.project_name}}/{{cookiecutter.project_name}}/page.html:" + `{{ cookiecutter.project_name }}: {{ "{{" }}block}} {{ "{%" }} x %}`,
		"scaffold":     "{{ .Project }}/{{ .Project }}/page.html:" + `{{ .Project }}: {{ "{{" }}block}} {% x %}`,
	} {
		for _, s := range scaffolders {
			if s.name != name {
				continue
			}
			dir := t.TempDir()
			if err := s.syntax.write(tree, dir); err != nil {
				t.Fatal(err)
			}
			file, text, _ := strings.Cut(want, ":")
			if got := readFile(filepath.Join(dir, filepath.FromSlash(file))); got != text {
				t.Errorf("%s: %s is %q, want %q", name, file, got, text)
			}
		}
	}
	if err := os.Remove(filepath.Join(source, "mysite", "page.html")); err != nil {
		t.Fatal(err)
	}
	if err := compare(tree, source); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file is no difference: %v", err)
	}
}

// TestNames: -only can tell the contenders apart.
func TestNames(t *testing.T) {
	for _, names := range [][]string{namesOf(scaffolders), namesOf(devServers), namesOf(webHosts)} {
		seen := map[string]bool{}
		for _, name := range names {
			if seen[name] || name == "" || strings.Contains(name, ",") {
				t.Errorf("%q is no name for -only", name)
			}
			seen[name] = true
		}
	}
}

// TestCompared: each host is compared with hosts that there are.
func TestCompared(t *testing.T) {
	names := namesOf(webHosts)
	for _, host := range webHosts {
		for _, of := range host.of {
			if !slices.Contains(names, of) {
				t.Errorf("%s is compared with %q, which is no host", host.name, of)
			}
		}
	}
	for _, name := range []string{"nginx", "apache", "caddy", "gateway-fastcgi", "gateway-uwsgi", "gateway-scgi"} {
		for _, host := range []string{name, name + "-python", name + "-django"} {
			if !slices.Contains(names, host) {
				t.Errorf("no host is called %q", host)
			}
		}
	}
}

func TestFailed(t *testing.T) {
	for _, test := range []struct {
		report report
		want   string
	}{
		{&hostsReport{Rows: []*hostRow{{Name: "bare"}, {Name: "nginx", Error: "no answer"}, {Name: "caddy", Error: "no answer"}}}, "nginx,caddy"},
		{&startprojectReport{Rows: []*startprojectRow{{Name: "cp", Template: "1000", Error: "disk full"}, {Name: "gostart"}}}, "cp (1000)"},
		{&reloadReport{Rows: []*reloadRow{{Name: "air", Error: "ended"}}, Error: "no answer"}, "air,start-up and proxy"},
		{&hostsReport{Rows: []*hostRow{{Name: "bare"}}, Missing: []string{"nginx"}}, ""},
	} {
		if got := strings.Join(test.report.failed(), ","); got != test.want {
			t.Errorf("failed: %q, want %q", got, test.want)
		}
	}
}

func TestEdited(t *testing.T) {
	file := filepath.Join(t.TempDir(), "site.conf")
	if err := writeFile(file, "listen 80;\nserver a;\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := edited(file, []string{"80", "8000", "a;", "80;"}); err != nil || got != "listen 8000;\nserver 80;\n" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := edited(file, []string{"80", "8000", "gone", ""}); err == nil || !strings.Contains(err.Error(), `has no "gone"`) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestGroup: what a leader leaves behind ends with it.
func TestGroup(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	dir := t.TempDir()
	p, err := startProcess(dir, os.Environ(), filepath.Join(dir, "log"), []string{"sh", "-c", "sleep 1000 & sleep 1000 & wait"})
	if err != nil {
		t.Fatal(err)
	}
	group := p.cmd.Process.Pid
	until := func(n int) {
		deadline := time.Now().Add(answerTime)
		for len(grouped(group)) != n {
			if time.Now().After(deadline) {
				t.Fatalf("%d processes are in the group, want %d", len(grouped(group)), n)
			}
			pause(t.Context(), pollPause)
		}
	}
	until(3)
	if err := p.cmd.Process.Kill(); err != nil { // the leader alone
		t.Fatal(err)
	}
	<-p.done
	until(0)
}

func TestRatioOf(t *testing.T) {
	for _, test := range []struct {
		values, to []float64
		want       string
	}{
		{[]float64{80, 10, 90}, []float64{100, 20, 100}, "0.80"}, // and not 80/100 of the medians by chance: the second round was a slow one
		{[]float64{5, 5}, []float64{5}, "1.00"},
		{nil, []float64{1}, ""},
		{[]float64{1}, []float64{0}, ""},
	} {
		if got := ratioOf(test.values, test.to); got != test.want {
			t.Errorf("ratios of %v to %v: %q, want %q", test.values, test.to, got, test.want)
		}
	}
}

func TestLoop(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		wrong   string
	}{
		"kept": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, hello) }, ""},
		"closed": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "close")
			_, _ = io.WriteString(w, hello)
		}, ""},
		"wrong": {http.NotFound, "404 Not Found"},
	} {
		var answered atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answered.Add(1)
			test.handler(w, r)
		}))
		var n int
		var err error
		for d := 50 * time.Millisecond; answered.Load() == 0; d *= 2 { // a busy machine may take longer for the first one
			n, err = loop(t.Context(), server.Listener.Addr().String(), d)
		}
		server.Close()
		if test.wrong == "" && (err != nil || int64(n) != answered.Load()) {
			t.Errorf("%s: counted %d of %d, %v", name, n, answered.Load(), err)
		}
		if test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
