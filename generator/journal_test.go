package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// tree is all that is in a directory: path to mode and content. What gostart keeps for itself is left out.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		info, err := d.Info()
		switch {
		case err != nil:
			return err
		case filepath.ToSlash(name) == stateDir:
			return fs.SkipDir
		case !info.Mode().IsRegular():
			all[name] = info.Mode().String()
			return nil
		}
		data, err := os.ReadFile(path)
		all[name] = info.Mode().String() + " " + string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// lay writes files of path, content, path, content, ... into dir; a path that ends in "*" is executable.
func lay(t *testing.T, dir string, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		name, executable := strings.CutSuffix(pairs[i], "*")
		name = filepath.Join(dir, filepath.FromSlash(name))
		mode := fs.FileMode(0o644)
		if executable {
			mode = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(pairs[i+1]), mode); err != nil {
			t.Fatal(err)
		}
	}
}

// scenario is something that writes; each step of it may fail.
type scenario struct {
	name    string
	prepare func(t *testing.T, dir string)
	run     func(ctx context.Context, dir string, step func(string) error) error
	forward bool // what is interrupted is finished, and not taken back
}

func scenarios() []scenario {
	templates := builtin("go.mod.tmpl", "module {{.module}}\n", "a/b/c.txt", "c", "mysite/wsgi.go", "package mysite\n")
	start := func(directory string) func(context.Context, string, func(string) error) error {
		return func(ctx context.Context, dir string, step func(string) error) error {
			_, err := StartProject(ctx, Options{Name: "mysite", Directory: filepath.Join(dir, directory), Builtin: templates, step: step})
			return err
		}
	}
	return []scenario{
		{name: "changes of each kind", prepare: layOld, run: func(ctx context.Context, dir string, step func(string) error) error {
			return changesOfEachKind(dir).apply(ctx, writing{command: "update", keep: true, step: step})
		}},
		{name: "update", prepare: layProject, run: func(ctx context.Context, dir string, step func(string) error) error {
			_, err := Update(ctx, projectUpdate(dir, step))
			if err != nil && strings.Contains(err.Error(), "conflict") { // which is what it comes to
				err = nil
			}
			return err
		}},
		{name: "update --abort", forward: true, prepare: func(t *testing.T, dir string) {
			layProject(t, dir)
			if _, err := Update(t.Context(), projectUpdate(dir, nil)); err == nil {
				t.Fatal("no conflict")
			}
		}, run: func(_ context.Context, dir string, step func(string) error) error {
			r, err := UpdateAbort(projectUpdate(dir, step))
			if err == nil && len(r.Restored) == 0 && len(r.Said) == 0 {
				err = errors.New("nothing was taken back")
			}
			return err
		}},
		{name: "startproject, new directory", prepare: func(*testing.T, string) {}, run: start("mysite")},
		{name: "startproject, existing directory", prepare: func(t *testing.T, dir string) { lay(t, dir, "mine.txt", "mine", "a/mine.txt", "mine") }, run: start("")},
	}
}

// layProject makes a project in which projectUpdate has something of each kind to do.
func layProject(t *testing.T, dir string) {
	then := builtin("a.txt", lines, "b.txt", lines, "c.txt", "c\n", "old/e.txt", lines, "go.mod.tmpl", "module {{.module}}\n")
	if _, err := StartProject(t.Context(), Options{Name: "mysite", Directory: dir, Builtin: then, Version: "v1.0.0"}); err != nil {
		t.Fatal(err)
	}
	lay(t, dir, "a.txt", strings.Replace(lines, "8", "eight", 1), "b.txt", strings.Replace(lines, "5", "fuenf", 1), "mine.txt", "mine\n")
}

func projectUpdate(dir string, step func(string) error) UpdateOptions {
	then := builtin("a.txt", lines, "b.txt", lines, "c.txt", "c\n", "old/e.txt", lines, "go.mod.tmpl", "module {{.module}}\n")
	now := builtin("a.txt", strings.Replace(lines, "2", "two", 1), "b.txt", strings.Replace(lines, "5", "FIVE", 1), "new/e.txt", lines, "f.txt", "f\n", "go.mod.tmpl", "module {{.module}}\n")
	return UpdateOptions{Options: Options{Directory: dir, Builtin: withHistory(now, "v1.0.0", then), Version: "v2.0.0", step: step}}
}

func layOld(t *testing.T, dir string) {
	lay(t, dir, "a.txt", "a", "run.sh*", "run", "dir/b.txt", "b", "gone/c.txt", "c", "mine.txt", "mine")
}

func changesOfEachKind(dir string) *plan {
	return &plan{
		place: place{dir: dir, exists: true},
		changes: []change{
			{file: file{path: "new", mode: fs.ModeDir}},
			{file: file{path: "new/x.txt", data: []byte("x"), mode: 0o666}},
			{file: file{path: "a.txt", data: []byte("A"), mode: 0o600}, old: contentSum([]byte("a")), chmod: true},
			{file: file{path: "run.sh", data: []byte("RUN"), mode: 0o644}, old: contentSum([]byte("run"))},
			{file: file{path: "dir/b.txt"}, old: contentSum([]byte("b")), remove: true},
			{file: file{path: "gone/c.txt"}, old: contentSum([]byte("c")), remove: true},
			{file: file{path: "top.txt", data: []byte("top"), mode: 0o777}},
		},
		emptied: []string{"gone"},
	}
}

// beforeAndAfter runs a scenario to its end and gives the tree before, the tree after, and the number of steps.
func (s scenario) beforeAndAfter(t *testing.T) (before, after map[string]string, steps int) {
	t.Helper()
	dir := t.TempDir()
	s.prepare(t, dir)
	before = tree(t, dir)
	if err := s.run(t.Context(), dir, func(string) error { steps++; return nil }); err != nil {
		t.Fatal(err)
	}
	if after = tree(t, dir); maps.Equal(before, after) || steps < 5 {
		t.Fatalf("nothing is done, in %d steps", steps)
	}
	if mode := after["run.sh"]; mode != "" && mode != "-rwxr-xr-x RUN" {
		t.Fatalf("the mode has changed: %s", mode)
	}
	return before, after, steps
}

// TestFailureAtEachStep has the disk fail at the first step, at the second, and so on: once, and from there on.
func TestFailureAtEachStep(t *testing.T) {
	for _, s := range scenarios() {
		for _, forGood := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, for good=%v", s.name, forGood), func(t *testing.T) {
				before, after, steps := s.beforeAndAfter(t)
				for n := 1; n <= steps; n++ {
					dir, count, failed := t.TempDir(), 0, ""
					s.prepare(t, dir)
					err := s.run(t.Context(), dir, func(step string) error {
						if count++; count < n || count > n && !forGood {
							return nil
						}
						failed = step
						return syscall.ENOSPC
					})
					if forGood || s.forward { // the disk works again
						if _, err := recoverAt(dir, nil); err != nil {
							t.Fatal(err)
						}
					}
					switch got := tree(t, dir); {
					case s.forward && maps.Equal(got, after):
					case err != nil && (!maps.Equal(got, before) && !leftBeside(got, before) || !errors.Is(err, syscall.ENOSPC) && !strings.Contains(err.Error(), "no space left")):
						t.Fatalf("step %d (%s): error %v and left %v", n, failed, err, got)
					case err == nil && !maps.Equal(got, after):
						t.Fatalf("step %d (%s): no error, but %v", n, failed, got)
					}
				}
			})
		}
	}
}

// TestCtrlCAtEachStep ends the context at the first look at it, at the second, and so on.
func TestCtrlCAtEachStep(t *testing.T) {
	for _, s := range scenarios() {
		if s.forward {
			continue // nothing looks
		}
		t.Run(s.name, func(t *testing.T) {
			before, after, _ := s.beforeAndAfter(t)
			for n := 0; ; n++ {
				dir := t.TempDir()
				s.prepare(t, dir)
				ctx := &countdown{Context: t.Context()}
				ctx.left.Store(int64(n))
				err := s.run(ctx, dir, nil)
				got := tree(t, dir)
				if err == nil {
					if !maps.Equal(got, after) || n < 5 {
						t.Fatalf("came through after %d looks, to %v", n, got)
					}
					return
				}
				if !errors.Is(err, errInterrupted) || !maps.Equal(got, before) {
					t.Fatalf("look %d: error %v and left %v", n, err, got)
				}
			}
		})
	}
}

// TestKillAtEachStep ends a process with SIGKILL at the first step, at the second, and so on. The next one puts
// things right.
func TestKillAtEachStep(t *testing.T) {
	for i, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			before, after, steps := s.beforeAndAfter(t)
			for n := 1; n <= steps; n++ {
				dir := t.TempDir()
				s.prepare(t, dir)
				cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcess$")
				cmd.Env = append(os.Environ(), fmt.Sprintf("GOSTART_TEST_KILL=%d %d %s", i, n, dir))
				if out, err := cmd.CombinedOutput(); err == nil || strings.Contains(string(out), "still alive") {
					t.Fatalf("step %d: %v\n%s", n, err, out)
				}
				said, err := recoverAt(dir, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{stagedDir, journalDir, lockFile} {
					if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
						t.Fatalf("step %d left %s", n, name)
					}
				}
				got := tree(t, dir)
				if maps.Equal(got, after) {
					continue
				}
				if !maps.Equal(got, before) && !leftBeside(got, before) {
					t.Fatalf("step %d left %v (%s)", n, got, said)
				}
				if err := s.run(t.Context(), dir, nil); err != nil {
					t.Fatalf("step %d, and once more: %v", n, err)
				}
				if got := tree(t, dir); !maps.Equal(got, after) {
					t.Fatalf("step %d, and once more: %v", n, got)
				}
			}
		})
	}
}

// TestKilledProcess is the process that TestKillAtEachStep ends.
func TestKilledProcess(t *testing.T) {
	var i, n int
	var dir string
	if _, err := fmt.Sscan(os.Getenv("GOSTART_TEST_KILL"), &i, &n, &dir); err != nil {
		t.Skip("it is for TestKillAtEachStep")
	}
	err := scenarios()[i].run(t.Context(), dir, func(string) error {
		if n--; n == 0 {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			if err != nil {
				panic(err)
			}
			select {}
		}
		return nil
	})
	t.Fatalf("still alive: %v", err)
}

// leftBeside tells whether a tree is another but for what a killed startproject leaves beside the project's place.
func leftBeside(got, want map[string]string) bool {
	got = maps.Clone(got)
	maps.DeleteFunc(got, func(name, _ string) bool { return strings.HasPrefix(name, ".mysite.gostart-") })
	return maps.Equal(got, want)
}
