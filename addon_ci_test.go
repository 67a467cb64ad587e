// The add-on ci, as GitHub would read it, and as its runners would run it.
package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rhysd/actionlint"
)

// ciProject is a project with an app, and with the add-ons ci and editor.
func ciProject(t *testing.T, args ...string) string {
	t.Helper()
	dir := generate(t, append([]string{"mysite", "--with", "ci,editor"}, args...)...)
	app := exec.CommandContext(t.Context(), "gostart", "startapp", "-v0", "polls")
	app.Dir = dir
	if out, err := app.CombinedOutput(); err != nil {
		t.Fatalf("startapp: %v\n%s", err, out)
	}
	return dir
}

// TestWorkflow has actionlint, which knows GitHub's rules, read the workflow, and looks for what makes one safe.
func TestWorkflow(t *testing.T) {
	name := filepath.Join(ciProject(t, "--set", "branch=release/v1.x"), ".github", "workflows", "ci.yml")
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// An action's inputs are known to it by the version, and not by the commit; it knows none newer than 6.
	pinned := regexp.MustCompile(`uses: (actions/(?:checkout|setup-go))@[0-9a-f]{40} # v\d+\.\d+\.\d+\n`)
	lint(t, name, content)
	lint(t, name, pinned.ReplaceAll(content, []byte("uses: $1@v6\n")))

	workflow, errs := actionlint.Parse(content)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if uses, good := strings.Count(string(content), "uses:"), len(pinned.FindAll(content, -1)); uses == 0 || uses != good {
		t.Errorf("%d of %d actions are pinned by a commit, with its version beside it", good, uses)
	}
	if scopes := workflow.Permissions; scopes == nil || len(scopes.Scopes) != 1 || scopes.Scopes["contents"].Value.Value != "read" {
		t.Errorf("permissions: %+v, want contents: read alone", scopes)
	}
	if workflow.Concurrency == nil {
		t.Error("no concurrency: pushes would wait for checks of what is no longer there")
	}
	for id, job := range workflow.Jobs {
		if job.TimeoutMinutes == nil || job.TimeoutMinutes.Value > 30 {
			t.Errorf("job %s may take hours", id)
		}
	}
	for _, want := range []string{"go-version-file: go.mod", "persist-credentials: false", `branches: ["release/v1.x"]`} {
		if !strings.Contains(string(content), want) {
			t.Errorf("no %q", want)
		}
	}
}

func lint(t *testing.T, name string, content []byte) {
	t.Helper()
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	faults, err := linter.Lint(name, content, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Error(fault)
	}
}

// TestWorkflowSteps runs each command of the workflow, in the project and in the shell that GitHub has.
func TestWorkflowSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("runs all tests of a project with the race detector")
	}
	dir := ciProject(t)
	content, err := os.ReadFile(filepath.Join(dir, ".github", "workflows", "ci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	workflow, errs := actionlint.Parse(content)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	ran := map[string]bool{}
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			run, ok := step.Exec.(*actionlint.ExecRun)
			if !ok {
				continue
			}
			ran[step.Name.Value] = true
			t.Run(step.Name.Value, func(t *testing.T) { runStep(t, dir, run.Run.Value) })
		}
	}
	for _, name := range []string{"Format", "Vet", "Tidy", "Test", "Build", "Vulnerabilities"} {
		if !ran[name] {
			t.Errorf("there is no step %q", name)
		}
	}

	// A step that finds something fails.
	for name, content := range map[string]string{
		"Format": "package mysite\nvar  x = 1\n", "Vet": "package mysite\n\nimport \"fmt\"\n\nfunc _() { fmt.Printf(\"%d\", \"\") }\n",
		"Tidy": "package mysite\n\nimport _ \"example.com/nowhere\"\n", "Build": "package mysite\n\nvar _ int = \"\"\n",
	} {
		broken := filepath.Join(dir, "mysite", "broken.go")
		if err := os.WriteFile(broken, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, step := range workflow.Jobs["test"].Steps {
			if run, ok := step.Exec.(*actionlint.ExecRun); ok && step.Name.Value == name {
				if out, err := stepCommand(t, dir, run.Run.Value).CombinedOutput(); err == nil {
					t.Errorf("%s finds nothing wrong with %q\n%s", name, content, out)
				}
			}
		}
	}
}

func runStep(t *testing.T, dir, script string) {
	if strings.Contains(script, "govulncheck") {
		client := http.Client{Timeout: 20 * time.Second}
		resp, err := client.Head("https://vuln.go.dev/index/modules.json.gz")
		if err != nil {
			t.Skipf("no database of vulnerabilities can be reached: %v", err)
		}
		_ = resp.Body.Close()
	}
	if out, err := stepCommand(t, dir, script).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", script, err, out)
	}
}

// stepCommand is a step's command, as runners start it.
func stepCommand(t *testing.T, dir, script string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash here, which is the shell of GitHub's runners")
	}
	file := filepath.Join(t.TempDir(), "step.sh")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", file)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CI=true", "GITHUB_ACTIONS=true", "RUNNER_TEMP="+t.TempDir(), "GOWORK=off")
	return cmd
}
