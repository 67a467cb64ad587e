package generator

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestThreads is what users of other generators have reported of their updates, each by its thread.
func TestThreads(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git here")
	}
	git := func(t *testing.T, dir string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b", "GIT_CONFIG_GLOBAL="+os.DevNull)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	edit := func(old, with string) string { return strings.Replace(lines, old, with, 1) }
	then, now := builtin("a.txt", lines, "b.txt", lines), builtin("a.txt", edit("5", "FIVE"), "b.txt", edit("5", "FIVE"))
	update := func(t *testing.T, dir string) (*UpdateResult, error) {
		t.Helper()
		r, err := Update(t.Context(), updateOptions(dir, then, now))
		if r == nil {
			t.Fatal(err)
		}
		return r, err
	}

	// https://github.com/copier-org/copier/issues/2386, /1350, https://github.com/cruft/cruft/issues/49, /206
	t.Run("copier 2386 and cruft 49: no .rej is left, and conflicts are as git has them", func(t *testing.T) {
		dir := made(t, then)
		lay(t, dir, "a.txt", edit("5", "five"))
		before := tree(t, dir)
		_, _ = update(t, dir)
		after := tree(t, dir)
		for name := range after {
			if before[name] == "" {
				t.Errorf("%s is left", name)
			}
		}
		git(t, dir, "init", "-q")
		git(t, dir, "add", "-N", ".")
		cmd := exec.CommandContext(t.Context(), "git", "diff", "--check")
		cmd.Dir = dir
		if out, _ := cmd.Output(); strings.Count(string(out), "leftover conflict marker") != 4 {
			t.Errorf("git sees no conflict:\n%s\n%s", out, after["a.txt"])
		}
	})

	// https://github.com/copier-org/copier/issues/2768
	t.Run("copier 2768: a second run changes nothing", func(t *testing.T) {
		dir := made(t, then)
		lay(t, dir, "a.txt", edit("8", "eight"), "b.txt", edit("5", "five"))
		_, _ = update(t, dir)
		lay(t, dir, "b.txt", edit("5", "five and FIVE"))
		after := tree(t, dir)
		if r, err := update(t, dir); err != nil || !r.UpToDate || !maps.Equal(tree(t, dir), after) {
			t.Errorf("%v, %v", r, err)
		}
	})

	// https://github.com/copier-org/copier/issues/671, /451, /2300
	t.Run("copier 671 and 2300: a project in a directory of a repository, with work that is not committed", func(t *testing.T) {
		top := t.TempDir()
		git(t, top, "init", "-q")
		lay(t, top, "other/a.txt", "of another project\n", "a.txt", "at the top\n")
		dir := filepath.Join(top, "apps", "mysite")
		if _, err := StartProject(t.Context(), Options{Name: "mysite", Directory: dir, Builtin: then, Version: "v1.0.0"}); err != nil {
			t.Fatal(err)
		}
		git(t, top, "add", ".")
		git(t, top, "commit", "-qm", "all")
		lay(t, top, "apps/mysite/a.txt", edit("8", "eight"), "other/a.txt", "changed, and not committed\n", "apps/mysite/deep/er/x", "")
		git(t, top, "add", "other")
		if _, err := Update(t.Context(), updateOptions(filepath.Join(dir, "deep", "er"), then, now)); err != nil {
			t.Fatal(err)
		}
		want := " M apps/mysite/.gostart.json\n M apps/mysite/a.txt\n M apps/mysite/b.txt\nM  other/a.txt\n?? apps/mysite/deep/\n"
		if got := git(t, top, "status", "--short"); got != want {
			t.Errorf("git status is\n%swant\n%s", got, want)
		}
	})

	// https://github.com/copier-org/copier/issues/2371
	t.Run("copier 2371: a template in a directory, without git", func(t *testing.T) {
		top := t.TempDir()
		lay(t, top, "template/a.txt", lines)
		dir := filepath.Join(top, "mysite")
		t.Chdir(top)
		if _, err := StartProject(t.Context(), Options{Name: "mysite", Template: "./template"}); err != nil {
			t.Fatal(err)
		}
		lay(t, top, "template/a.txt", edit("2", "two"), "mysite/a.txt", edit("8", "eight"))
		if _, err := Update(t.Context(), UpdateOptions{Options: Options{Directory: dir, Builtin: then}}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(read(t, dir, "a.txt"), ""); got != strings.Replace(edit("2", "two"), "8", "eight", 1) {
			t.Errorf("a.txt is %q", got)
		}
	})

	// https://github.com/copier-org/copier/issues/1305
	t.Run("copier 1305: a template in git that has no tags", func(t *testing.T) {
		top := t.TempDir()
		lay(t, top, "template/a.txt", lines)
		repository := filepath.Join(top, "template")
		git(t, repository, "init", "-q")
		git(t, repository, "add", ".")
		git(t, repository, "commit", "-qm", "one")
		name := "git+file://" + filepath.ToSlash(repository)
		dir := filepath.Join(top, "mysite")
		if _, err := StartProject(t.Context(), Options{Name: "mysite", Directory: dir, Template: name}); err != nil {
			t.Fatal(err)
		}
		lay(t, top, "template/a.txt", edit("2", "two"), "mysite/a.txt", edit("8", "eight"))
		git(t, repository, "commit", "-qam", "two")
		r, err := Update(t.Context(), UpdateOptions{Options: Options{Directory: dir, Builtin: then}})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(read(t, dir, "a.txt"), ""); got != strings.Replace(edit("2", "two"), "8", "eight", 1) {
			t.Errorf("a.txt is %q", got)
		}
		if commit := strings.TrimSpace(git(t, repository, "rev-parse", "HEAD")); r.Layers[0].To != commit {
			t.Errorf("updated to %s, want %s", r.Layers[0].To, commit)
		}
	})

	t.Run("a branch that is called as a version is", func(t *testing.T) {
		top := t.TempDir()
		lay(t, top, "template/a.txt", lines)
		repository := filepath.Join(top, "template")
		git(t, repository, "init", "-q", "-b", "v2")
		git(t, repository, "add", ".")
		git(t, repository, "commit", "-qm", "one")
		git(t, repository, "tag", "v2.0.1")
		git(t, repository, "tag", "v3.0.0")
		git(t, repository, "tag", "20260101")
		dir := filepath.Join(top, "mysite")
		name := "git+file://" + filepath.ToSlash(repository) + "?ref="
		for ref, want := range map[string]string{"v2": edit("2", "two"), "v2.0.1": lines} {
			lay(t, top, "template/a.txt", lines)
			git(t, repository, "reset", "--quiet", "--hard", "v3.0.0")
			if _, err := StartProject(t.Context(), Options{Name: "mysite", Directory: dir + ref, Template: name + ref}); err != nil {
				t.Fatal(err)
			}
			lay(t, top, "template/a.txt", edit("2", "two"))
			git(t, repository, "commit", "-qam", "two")
			r, err := Update(t.Context(), UpdateOptions{Options: Options{Directory: dir + ref, Builtin: then}})
			if err != nil {
				t.Fatal(err)
			}
			followed := strings.Replace(name+ref, "v2.0.1", "v3.0.0", 1)
			if got := strings.Join(read(t, dir+ref, "a.txt"), ""); got != want || r.Layers[0].Template != followed {
				t.Errorf("%s: a.txt is %q, and %s is followed", ref, got, r.Layers[0].Template)
			}
		}
	})

	// https://github.com/cruft/cruft/issues/44
	t.Run("cruft 44: no change is lost where a merge fails", func(t *testing.T) {
		dir := made(t, then)
		lay(t, dir, "a.txt", strings.Replace(strings.Replace(edit("5", "five"), "1", "one", 1), "9", "nine", 1))
		_, _ = update(t, dir)
		got := strings.Join(read(t, dir, "a.txt"), "")
		for _, line := range []string{"one\n", "five\n", "nine\n", "FIVE\n", "5\n"} {
			if !strings.Contains(got, line) {
				t.Errorf("%q is lost:\n%s", line, got)
			}
		}
	})

	// https://github.com/cruft/cruft/issues/47, /53
	t.Run("cruft 47 and 53: no good news after a conflict", func(t *testing.T) {
		dir := made(t, then)
		lay(t, dir, "a.txt", edit("5", "five"))
		_, err := update(t, dir)
		if r, ok := err.(*refusal); !ok || r.code != exitConflict || !strings.Contains(err.Error(), "a.txt:5") {
			t.Errorf("error %v", err)
		}
	})

	// https://github.com/cruft/cruft/issues/181
	t.Run("cruft 181: a repository that has never had the template's files", func(t *testing.T) {
		made := made(t, then)
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
			t.Fatal(err)
		}
		lay(t, dir, "a.txt", edit("8", "eight"))
		git(t, dir, "init", "-q")
		if _, err := update(t, dir); err != nil {
			t.Error(err)
		}
	})

	// https://github.com/lbedner/aegis-stack/issues/1016
	t.Run("aegis 1016: sixty files with conflicts, and each is told", func(t *testing.T) {
		var before, after []string
		for i := range 60 {
			name := fmt.Sprintf("%02d.txt", i)
			before, after = append(before, name, lines), append(after, name, edit("5", "FIVE"))
		}
		then, now := builtin(before...), builtin(after...)
		dir := made(t, then)
		for i := range 60 {
			lay(t, dir, fmt.Sprintf("%02d.txt", i), edit("5", "five"))
		}
		r, err := Update(t.Context(), updateOptions(dir, then, now))
		if r == nil || len(r.Conflicts) != 60 || strings.Count(err.Error(), ".txt:5") != 60 {
			t.Errorf("%v", err)
		}
		if _, err := Update(t.Context(), updateOptions(dir, then, now)); err == nil || strings.Count(err.Error(), ".txt:5") != 60 {
			t.Errorf("and once more: %v", err)
		}
	})

	// https://github.com/lbedner/aegis-stack/issues/774
	t.Run("aegis 774: a dry run shows each file", func(t *testing.T) {
		dir := made(t, then)
		before := tree(t, dir)
		o := updateOptions(dir, then, now)
		o.DryRun = true
		r, err := Update(t.Context(), o)
		if err != nil || len(r.Files) != 2 || !strings.Contains(r.Patch, "--- a/a.txt") || !maps.Equal(tree(t, dir), before) {
			t.Errorf("%+v, %v", r, err)
		}
	})

	// https://github.com/rails/rails/issues/31377, https://github.com/rails/rails/pull/35950
	t.Run("rails 31377: my configuration is not reset", func(t *testing.T) {
		dir := made(t, then)
		mine := strings.Repeat("all is mine\n", 3)
		lay(t, dir, "a.txt", mine, "b.txt", mine)
		r, err := Update(t.Context(), updateOptions(dir, then, builtin("a.txt", lines, "b.txt", lines, "c.txt", "c\n")))
		if err != nil || len(r.Files) != 1 || strings.Join(read(t, dir, "a.txt"), "") != mine {
			t.Errorf("%+v, %v", r, err)
		}
	})

	// https://github.com/rails/rails/pull/41083
	t.Run("rails 41083: what nobody wanted is not offered again", func(t *testing.T) {
		dir := made(t, then)
		if _, err := update(t, dir); err != nil {
			t.Fatal(err)
		}
		lay(t, dir, "a.txt", lines) // as it was before the update
		if err := os.Remove(filepath.Join(dir, "b.txt")); err != nil {
			t.Fatal(err)
		}
		next := builtin("a.txt", edit("5", "FIVE"), "b.txt", edit("5", "FIVE"), "c.txt", "c\n")
		r, err := Update(t.Context(), UpdateOptions{Options: Options{Directory: dir, Builtin: withHistory(next, "v2.0.0", now), Version: "v3.0.0"}})
		if err != nil || len(r.Files) != 1 || strings.Join(read(t, dir, "a.txt"), "") != lines || len(read(t, dir, "b.txt")) > 0 {
			t.Errorf("%+v, %v", r, err)
		}
	})

	// https://github.com/rails/rails/issues/53729
	t.Run("rails 53729: a fresh project is up to date", func(t *testing.T) {
		dir := made(t, then)
		before := tree(t, dir)
		r, err := Update(t.Context(), UpdateOptions{Options: Options{Directory: dir, Builtin: then, Version: "v1.0.0"}})
		if err != nil || !r.UpToDate || !maps.Equal(tree(t, dir), before) {
			t.Errorf("%+v, %v", r, err)
		}
	})
}
