package runserver

// Building: the launcher, compiled inside the user's module through an overlay,
// so that internal packages resolve and nothing is written in the tree.
//
// The flags are those that make linking fast: 0.60 of the time of a plain
// "go build", measured. Without the symbol table and DWARF a panic still names
// function, file and line; only a debugger misses them. The compiler makes no
// DWARF either, a sixth of its time, for the modules on disk: for all packages,
// it would have to compile the standard library a second time.

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed launcher/*.go
var launcherSource embed.FS

// launcherDir is the directory of the overlay: hidden, so that no pattern of
// the user's finds it.
const launcherDir = ".gostart"

// builder compiles launchers for one project.
type builder struct {
	project  project
	dir      string            // private directory: overlays and binaries
	tags     []string          // -tags
	race     bool              // -race
	debug    bool              // for a debugger
	flags    map[string]string // of GOFLAGS
	contents func() contents   // of the tracked files, now
	cgo      bool              // a package outside the standard library uses cgo, or the user has decided
	asked    string            // the question that had the answer that none does
}

// newBuilder builds p as o and the user's settings of the go command say.
func newBuilder(p project, dir string, o Options) *builder {
	flags := goFlags()
	tags := o.Tags
	if tags == "" {
		tags = flags["tags"]
	}
	cgo := o.Race || goSetting("CGO_ENABLED") != ""
	for _, name := range []string{"race", "msan", "asan"} {
		cgo = cgo || flags[name] == "true"
	}
	split := func(r rune) bool { return r == ',' || r == ' ' }
	return &builder{project: p, dir: dir, tags: strings.FieldsFunc(tags, split), race: o.Race, debug: o.Debug, flags: flags, cgo: cgo}
}

// buildResult is what one run of the go command came to.
type buildResult struct {
	application application // zero for a launcher of the settings alone
	binary      string      // what it made
	failure     *failure    // or why not
	fast        bool        // made without the go command
	advance     func()      // brings the recipe to this build's state
	took        time.Duration
}

// run builds a launcher that hosts a; id is in the name of the binary, so that
// it is never written over one that runs.
// A cancelled ctx kills the go command and what it started; the result is then
// meaningless.
func (b *builder) run(ctx context.Context, id int, a application) buildResult {
	start := time.Now()
	result := buildResult{application: a, binary: b.binary(id)}
	overlay, target, err := b.overlay(a)
	if err != nil {
		result.failure = &failure{title: "The build could not start", text: err.Error()}
		return result
	}
	arguments := append(append([]string{"build"}, b.arguments(overlay, result.binary)...), target)
	cgo := b.askCgo(ctx, a, overlay, target)
	output, err := b.goCommand(ctx, arguments...)
	if <-cgo {
		b.cgo = true
		output, err = b.goCommand(ctx, arguments...)
	}
	result.took = time.Since(start)
	if err != nil {
		os.Remove(result.binary)
		result.failure = b.explain(output, err, a)
	}
	return result
}

func (b *builder) binary(id int) string {
	return filepath.Join(b.dir, fmt.Sprintf("launcher%d%s", id, exeSuffix))
}

// arguments are the flags of a build. The empty build id leaves out what names
// the build and not the program: two builds of the same sources are the same.
func (b *builder) arguments(overlay, binary string) []string {
	arguments := []string{"-overlay", overlay, "-o", binary, "-buildvcs=false"}
	if len(b.tags) > 0 {
		arguments = append(arguments, "-tags", strings.Join(b.tags, ","))
	}
	if b.race {
		arguments = append(arguments, "-race")
	}
	if b.debug {
		return append(arguments, debugArguments(b.project.roots())...)
	}
	if b.flags["ldflags"] == "" {
		arguments = append(arguments, "-ldflags=-s -w -buildid=")
		if b.flags["gcflags"] == "" {
			// Inlining is a quarter of the compiler's time, and makes importers depend on the bodies of functions.
			arguments = append(arguments, compilerFlags(b.project.roots(), "-dwarf=false -l")...)
		}
	}
	return arguments
}

// compilerFlags are the arguments of the go command that give flags to the compiler of the modules on disk.
func compilerFlags(roots []root, flags string) (arguments []string) {
	for _, root := range roots {
		if root.module != "" {
			arguments = append(arguments, "-gcflags="+root.module+"/...="+flags)
		}
	}
	return arguments
}

// goCommand runs the user's go in the module's root and returns what it printed.
// Its temporary files are kept in the private directory and removed: a go command
// that is killed does not clean up.
func (b *builder) goCommand(ctx context.Context, arguments ...string) (string, error) {
	temporary, err := os.MkdirTemp(b.dir, "go-")
	if err != nil {
		return "", fmt.Errorf("making a directory for the build: %w", err)
	}
	defer os.RemoveAll(temporary)
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Env = slices.Concat(os.Environ(), moduleCache(b.dir), []string{"GOTMPDIR=" + temporary, "GOGC=400"})
	return b.output(command, b.project.root)
}

// output runs a command of the build and returns what it printed.
func (b *builder) output(command *exec.Cmd, dir string) (string, error) {
	command.Dir = dir
	command.Env = append(command.Environ(), "PWD="+dir) // the shell's may lead there by a symbolic link, by which no overlay is found
	if !b.cgo {
		command.Env = append(command.Env, "CGO_ENABLED=0")
	}
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	ownGroup(command)
	command.Cancel = func() error { return killGroup(command.Process) }
	command.WaitDelay = 2 * time.Second
	err := command.Run()
	return output.String(), err
}

// overlay writes the launcher's source to the private directory, and the file
// that lays it over the module; target is the package to build.
func (b *builder) overlay(a application) (file, target string, err error) {
	within := path.Join(parentOfInternal(b.project, a), launcherDir)
	dir := filepath.Join(b.dir, "overlay")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", "", fmt.Errorf("writing the launcher: %w", err)
	}
	names, err := fs.Glob(launcherSource, "launcher/*.go")
	if err != nil {
		return "", "", err
	}
	replace := map[string]string{}
	for _, name := range names {
		text, err := launcherSource.ReadFile(name)
		if err != nil {
			return "", "", err
		}
		name = path.Base(name)
		switch {
		case strings.HasSuffix(name, "_test.go"):
			continue
		case name == "application.go":
			text = applicationFile(b.project, a)
		}
		source := filepath.Join(dir, name)
		replace[filepath.Join(b.project.root, filepath.FromSlash(within), name)] = source
		if err := os.WriteFile(source, text, 0o600); err != nil {
			return "", "", fmt.Errorf("writing the launcher: %w", err)
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", "", err
	}
	file = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return "", "", fmt.Errorf("writing the overlay: %w", err)
	}
	return file, "./" + within, nil
}

// applicationFile is the launcher's application.go for a, with the names of the
// user's packages in it.
func applicationFile(p project, a application) []byte {
	imports, settings, value := "", "nil, nil", ""
	if p.pkg != "" {
		imports += fmt.Sprintf("import project %q\n", p.importPath(p.pkg))
		settings = "project.LoadSettings()"
	}
	if a.name != "" {
		imports += fmt.Sprintf("import hosted %q\n", a.importPath)
		value = " = hosted." + a.name
	}
	return fmt.Appendf(nil, "package main\n\n%s\nvar application any%s\n\nfunc loadSettings() (any, error) { return %s }\n",
		imports, value, settings)
}

// parentOfInternal is the directory that may import a, deepest "internal" and all.
func parentOfInternal(p project, a application) string {
	inside, ok := strings.CutPrefix(a.importPath+"/", p.module+"/")
	if !ok {
		return ""
	}
	if i := strings.LastIndex("/"+inside, "/internal/"); i > 0 {
		return strings.Trim(inside[:i], "/")
	}
	return ""
}

// diagnostic is a line of the go command's that names a place.
var diagnostic = regexp.MustCompile(`^(.+?\.[A-Za-z0-9]+):(\d+)(?::(\d+))?: (.*)$`)

// explain turns what the go command printed into problems.
func (b *builder) explain(output string, err error, a application) *failure {
	if errors.Is(err, exec.ErrNotFound) {
		return &failure{
			title: "The go command was not found",
			text:  "the Go toolchain was not found in PATH",
			hint:  "install it from https://go.dev/dl, or put its bin directory on PATH",
		}
	}
	if strings.TrimSpace(output) == "" {
		output = err.Error()
	}
	f := &failure{title: "The build failed"}
	for _, line := range strings.Split(strings.TrimRight(output, "\n"), "\n") {
		last := len(f.problems) - 1
		found := diagnostic.FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(line, "# "):
		case strings.HasPrefix(line, "\t") && last >= 0:
			f.problems[last].Text += "\n" + line
		case found == nil:
			f.problems = append(f.problems, Problem{Text: strings.TrimPrefix(line, "go: ")})
		default:
			name := found[1]
			if !filepath.IsAbs(name) {
				name = filepath.Join(b.project.root, name)
			}
			number, _ := strconv.Atoi(found[2])
			column, _ := strconv.Atoi(found[3])
			f.problems = append(f.problems, Problem{File: name, Line: number, Col: column, Text: found[4]})
		}
	}
	b.explainLauncher(f, a)
	return f
}

// explainLauncher words the mistakes that the compiler finds in the launcher:
// they are about the application or the settings, not about that file.
func (b *builder) explainLauncher(f *failure, a application) {
	for i, problem := range f.problems {
		if filepath.Base(filepath.Dir(problem.File)) != launcherDir && !strings.HasPrefix(problem.File, b.dir) {
			continue
		}
		text := strings.NewReplacer("project.", b.project.importPath(b.project.pkg)+".", "hosted.", a.importPath+".").Replace(problem.Text)
		if strings.Contains(problem.Text, "LoadSettings") {
			f.hint = "gostart calls func LoadSettings() (Settings, error) of the project package"
		} else if a.value != "" {
			text = fmt.Sprintf("WSGI_APPLICATION %q: %s", a.value, text)
		}
		f.problems[i] = Problem{Text: text}
	}
}
