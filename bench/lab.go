// What both commands work with: a directory of the run's own, gostart as the sources have it, the peers that
// are there, and an environment in which none of them leaves the machine or is told apart by the user's settings.
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// marker names the variable that tells the processes of a run from all others; its value is their directory.
const marker = "GOSTART_BENCH"

// A lab is where a run takes place.
type lab struct {
	dir     string // of this run; removed at its end
	gostart string // the program, built from the sources as they are
	goBin   string // where go install puts programs
	env     []string
	seed    uint64
	rand    *rand.Rand
	machine machine
}

// machine is what the numbers depend on.
type machine struct {
	CPUs int    `json:"cpus"`
	Go   string `json:"go"`
	OS   string `json:"os"`
	Load string `json:"load,omitempty"` // average of the last minute when the run began
}

func (m machine) String() string {
	s := fmt.Sprintf("%d CPUs, %s %s", m.CPUs, m.Go, m.OS)
	if m.Load != "" {
		s += ", load " + m.Load
	}
	return s
}

func newLab(ctx context.Context, o options) (*lab, error) {
	goEnv, err := output(ctx, "go", "env", "GOMOD", "GOPATH", "GOVERSION")
	if err != nil {
		return nil, err
	}
	lines := strings.Split(goEnv, "\n")
	module, gopath, version := lines[0], lines[1], lines[2]
	if filepath.Base(module) != "go.mod" {
		return nil, errors.New("not in a module: run it in the repository of gostart")
	}
	dir, err := os.MkdirTemp("", "gostart-bench-")
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	load, _, _ := strings.Cut(readFile("/proc/loadavg"), " ")
	l := &lab{
		dir: dir, gostart: filepath.Join(dir, "gostart"+exe()),
		goBin:   filepath.Join(filepath.SplitList(gopath)[0], "bin"),
		machine: machine{runtime.NumCPU(), version, runtime.GOOS + "/" + runtime.GOARCH, load},
		seed:    cmp.Or(o.seed, uint64(time.Now().UnixNano())%1e6),
		env: append(os.Environ(), marker+"="+dir,
			"GOFLAGS=", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local", "GOSTART_SETTINGS_MODULE=", "PORT=",
			// A tool that would look something up gets no answer.
			"HTTP_PROXY=http://127.0.0.1:9", "HTTPS_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1,localhost"),
	}
	l.rand = rand.New(rand.NewPCG(l.seed, 0))
	build := exec.CommandContext(ctx, "go", "build", "-o", l.gostart, ".")
	build.Dir = filepath.Dir(module)
	if out, err := build.CombinedOutput(); err != nil {
		l.close()
		return nil, fmt.Errorf("building gostart: %w\n%s", err, bytes.TrimSpace(out))
	}
	return l, nil
}

// close ends what a run may have left behind.
func (l *lab) close() {
	killMarked(l.dir)
	_ = os.RemoveAll(l.dir)
}

// tool returns the path of a program, or "" if it is not here.
func (l *lab) tool(name string) string {
	for _, candidate := range []string{name, filepath.Join(l.goBin, name+exe())} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	return ""
}

// chosen is true for a contender that -only names, and without -only for each.
func (o options) chosen(name string) bool {
	return len(o.only) == 0 || slices.Contains(o.only, name)
}

// progress tells on standard error, where it is in nobody's way, what goes on.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "# "+format+"\n", args...)
}

func output(ctx context.Context, argv ...string) (string, error) {
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
