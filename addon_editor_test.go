// The add-on editor, as VS Code would read it, and what it starts.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// launchConfiguration is one of .vscode/launch.json.
type launchConfiguration struct {
	Name, Type, Request, Mode, Host, Program, Cwd, PreLaunchTask string
	Port                                                         int
	Args                                                         []string
}

// vscodeTask is one of .vscode/tasks.json.
type vscodeTask struct {
	Label, Type, Command string
	Args                 []string
	Group                any
	IsBackground         bool
	ProblemMatcher       json.RawMessage
}

// problemMatcher finds mistakes in a task's output, and when a task in the background is ready.
type problemMatcher struct {
	Owner, Source string
	FileLocation  []string
	Pattern       struct {
		Regexp                      string
		File, Line, Column, Message int
	}
	Background struct {
		ActiveOnStart              bool
		BeginsPattern, EndsPattern string
	}
}

// readJSON reads a file of VS Code's. It may have comments there, and not for others, so ours has none.
func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// vscode reads what .vscode of a project says.
func vscode(t *testing.T, dir string) (map[string]launchConfiguration, map[string]vscodeTask) {
	t.Helper()
	var launch struct {
		Version        string
		Configurations []launchConfiguration
	}
	var tasks struct {
		Version string
		Tasks   []vscodeTask
	}
	readJSON(t, filepath.Join(dir, ".vscode", "launch.json"), &launch)
	readJSON(t, filepath.Join(dir, ".vscode", "tasks.json"), &tasks)
	if launch.Version != "0.2.0" || tasks.Version != "2.0.0" {
		t.Errorf("versions %q and %q, want 0.2.0 and 2.0.0", launch.Version, tasks.Version)
	}
	configurations, labels := map[string]launchConfiguration{}, map[string]vscodeTask{}
	for _, c := range launch.Configurations {
		configurations[c.Name] = c
	}
	for _, task := range tasks.Tasks {
		labels[task.Label] = task
	}
	if len(configurations) != len(launch.Configurations) || len(labels) != len(tasks.Tasks) || len(labels) == 0 || len(configurations) == 0 {
		t.Errorf("%d configurations and %d tasks, of which some have the same name", len(launch.Configurations), len(tasks.Tasks))
	}
	return configurations, labels
}

// TestVSCode starts what .vscode says, as VS Code would.
func TestVSCode(t *testing.T) {
	dir := ciProject(t)
	configurations, tasks := vscode(t, dir)
	expand := strings.NewReplacer("${workspaceFolder}", dir, "${fileDirname}", filepath.Join(dir, "polls"))
	for name, c := range configurations {
		if _, ok := tasks[c.PreLaunchTask]; c.PreLaunchTask != "" && !ok {
			t.Errorf("%s: there is no task %q", name, c.PreLaunchTask)
		}
		switch {
		case c.Type != "go" || !slices.Contains([]string{"launch", "attach"}, c.Request):
			t.Errorf("%s is of type %q, request %q", name, c.Type, c.Request)
		case c.Mode == "debug": // --check does all but listen
			runIn(t, expand.Replace(c.Cwd), "go", slices.Concat([]string{"run", expand.Replace(c.Program)}, c.Args, []string{"--check"})...)
		case c.Mode == "test":
			runIn(t, dir, "go", "test", expand.Replace(c.Program))
		case c.Mode != "remote":
			t.Errorf("%s: mode %q", name, c.Mode)
		}
	}
	for label, task := range tasks {
		if task.Type != "process" {
			t.Errorf("%s needs a shell, and there are several", label)
		}
		if !task.IsBackground && task.Args[0] == "vet" {
			runIn(t, dir, task.Command, task.Args...)
		}
	}
	settings := map[string]any{}
	readJSON(t, filepath.Join(dir, ".vscode", "settings.json"), &settings)
	var extensions struct{ Recommendations []string }
	readJSON(t, filepath.Join(dir, ".vscode", "extensions.json"), &extensions)
	if len(settings) == 0 || !slices.Contains(extensions.Recommendations, "golang.go") {
		t.Errorf("settings %v, extensions %v", settings, extensions)
	}
}

func runIn(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s %q: %v\n%s", name, args, err, out)
	}
}

// TestVSCodeRunserver has VS Code's patterns read what the task runserver prints, and its debugger attach.
func TestVSCodeRunserver(t *testing.T) {
	if _, err := exec.LookPath("dlv"); err != nil {
		t.Skip("no Delve here")
	}
	dir := ciProject(t)
	configurations, tasks := vscode(t, dir)
	attach := configurations["runserver"]
	task := tasks[attach.PreLaunchTask]
	var matcher problemMatcher
	if err := json.Unmarshal(task.ProblemMatcher, &matcher); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), task.Command, append(task.Args, "0")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() }()
	lines := bufio.NewScanner(out)
	await := func(pattern string) []string {
		t.Helper()
		for compiled := regexp.MustCompile(pattern); lines.Scan(); {
			t.Log(lines.Text())
			if found := compiled.FindStringSubmatch(lines.Text()); found != nil {
				return found
			}
		}
		t.Fatalf("no line that matches %s", pattern)
		return nil
	}
	await(matcher.Background.BeginsPattern)
	port := await(`Delve listens at 127\.0\.0\.1:(\d+)`)[1]
	await(matcher.Background.EndsPattern)
	if attach.Port != 2345 || attach.Host != "127.0.0.1" {
		t.Errorf("attaches at %s:%d, and Delve listens at 127.0.0.1:2345 if that is free", attach.Host, attach.Port)
	}
	attachTo(t, port, attach)

	urls := filepath.Join(dir, "mysite", "urls.go")
	good, err := os.ReadFile(urls)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(urls, bytes.Replace(good, []byte("[]route{"), []byte("[]rout{"), 1), 0o666); err != nil {
		t.Fatal(err)
	}
	p := matcher.Pattern
	found := await(p.Regexp)
	if place := fmt.Sprintf("%s:%s: %s", found[p.File], found[p.Line], found[p.Message]); place != "mysite/urls.go:18: undefined: rout" {
		t.Errorf("the problem is shown at %s", place)
	}
	if err := os.WriteFile(urls, append(good, "\n// mended\n"...), 0o666); err != nil { // the same would need no build
		t.Fatal(err)
	}
	await(matcher.Background.EndsPattern)
}

// attachTo is what VS Code says to Delve, in the debug adapter protocol, https://microsoft.github.io/debug-adapter-protocol/.
func attachTo(t *testing.T, port string, c launchConfiguration) {
	t.Helper()
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for seq, request := range []map[string]any{
		{"command": "initialize", "arguments": map[string]any{"adapterID": "go", "pathFormat": "path", "linesStartAt1": true}},
		{"command": c.Request, "arguments": map[string]any{"mode": c.Mode, "request": c.Request, "name": c.Name}},
		{"command": "disconnect", "arguments": map[string]any{"terminateDebuggee": false}},
	} {
		request["seq"], request["type"] = seq+1, "request"
		body, err := json.Marshal(request)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(conn, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
			t.Fatal(err)
		}
		for answered := false; !answered; {
			header, err := in.ReadString('\n')
			if err != nil {
				t.Fatalf("%s: %v", request["command"], err)
			}
			length, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(header, "Content-Length:")))
			if err != nil {
				t.Fatal(err)
			}
			message := make([]byte, 2+length) // an empty line comes first
			if _, err := io.ReadFull(in, message); err != nil {
				t.Fatal(err)
			}
			var answer struct {
				Type, Command, Message string
				Success                bool
			}
			if err := json.Unmarshal(message, &answer); err != nil {
				t.Fatal(err)
			}
			if answered = answer.Type == "response" && answer.Command == request["command"]; answered && !answer.Success {
				t.Errorf("%s: %s", answer.Command, answer.Message)
			}
		}
	}
}
