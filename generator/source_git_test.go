package generator

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository is a bare git repository, and the directory that it is in.
type repository struct {
	*testing.T
	root, dir string
}

// newRepository makes template.git with two commits: v1.0 is a tag of the first, feature/x a branch at it, and the
// second is HEAD. The user's settings would run programs at each step.
func newRepository(t *testing.T) *repository {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git here")
	}
	r := &repository{T: t, root: t.TempDir()}
	r.dir = filepath.Join(r.root, "template.git")
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(r.root, "config"))
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("TMPDIR", t.TempDir()) // what stays behind is seen in it
	r.write("config", "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n")
	r.git("init", "--quiet", "work")
	r.write("work/a.txt.tmpl", "one {{.project_name}}\n")
	r.write("work/web/b.txt", "$Id$\r\n")
	r.write("work/web/.gitattributes", "* export-ignore -text ident filter=evil\n")
	r.write("work/web/go.mod", "module example.com/web\n")
	r.write("work/web/go.mod.tmpl", "module {{.module}}\n")
	if err := os.Symlink("/etc/passwd", filepath.Join(r.root, "work/web/link")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	r.write("work/run.sh", "#!/bin/sh\n")
	if err := os.Chmod(filepath.Join(r.root, "work/run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.commit("one")
	r.git("-C", "work", "tag", "-a", "-m", "v1.0", "v1.0")
	r.git("-C", "work", "branch", "feature/x")
	r.write("work/a.txt.tmpl", "two {{.project_name}}\n")
	r.git("-C", "work", "rm", "--quiet", "web/link")
	r.commit("two")
	r.git("clone", "--quiet", "--bare", "work", r.dir)
	return r
}

func (r *repository) git(args ...string) string {
	r.Helper()
	cmd := exec.CommandContext(r.Context(), "git", args...)
	cmd.Dir = r.root
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *repository) commit(message string) {
	r.Helper()
	r.git("-C", "work", "add", "-A")
	r.git("-C", "work", "commit", "--quiet", "-m", message)
}

func (r *repository) hash(ref string) string { return r.git("-C", r.dir, "rev-parse", ref+"^{commit}") }

func (r *repository) write(name, text string) {
	r.Helper()
	file := filepath.Join(r.root, name)
	err := os.MkdirAll(filepath.Dir(file), 0o777)
	if err == nil {
		err = os.WriteFile(file, []byte(text), 0o666)
	}
	if err != nil {
		r.Fatal(err)
	}
}

// serve serves the repository as hosts do, to who has the password, if one is wanted.
func (r *repository) serve(password string) string {
	r.Helper()
	backend := &cgi.Handler{Path: filepath.Join(r.git("--exec-path"), "git-http-backend"), Stderr: io.Discard, Env: []string{"GIT_PROJECT_ROOT=" + r.root, "GIT_HTTP_EXPORT_ALL=1"}}
	if _, err := os.Stat(backend.Path); err != nil {
		r.Skip("no git http-backend here")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if _, got, _ := request.BasicAuth(); got != password {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		backend.Env = append(backend.Env[:2:2], "GIT_PROTOCOL="+request.Header.Get("Git-Protocol"))
		backend.ServeHTTP(w, request)
	}))
	r.Cleanup(server.Close)
	return server.URL
}

// wantNothingLeft looks for what git or gostart left in the directory for temporary files.
func wantNothingLeft(t *testing.T) {
	t.Helper()
	if entries, err := os.ReadDir(os.TempDir()); err != nil || len(entries) > 0 {
		t.Errorf("left %v (%v)", entries, err)
	}
}

// TestGit opens a repository on disk, over http and over ssh, at each kind of ref.
func TestGit(t *testing.T) {
	r := newRepository(t)
	ownCache(t)
	r.write("ssh", "#!/bin/sh\necho \"$@\" >> "+r.root+"/ssh.log\nfor last; do :; done\nexec sh -c \"$last\"\n")
	t.Setenv("GIT_SSH_COMMAND", "sh "+r.root+"/ssh")
	one, two := r.hash("v1.0"), r.hash("HEAD")
	for i, base := range []string{r.dir, r.serve("") + "/template.git", "git@host.example:" + r.dir, "ssh://git@host.example" + r.dir, "file://" + r.dir, "git+file://" + r.dir, "git+file://" + r.root + "/work"} {
		for ref, want := range map[string]string{"": two, "v1.0": one, "feature/x": one, "main": two, one: one, one[:9]: one, two: two} {
			if i > 2 && ref != "v1.0" { // the rest differs in its name alone
				continue
			}
			name := base
			if ref != "" {
				name += "?ref=" + ref
			}
			src, err := open(t, name, sourceOptions{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			text := "two {{.project_name}}\n"
			if want == one {
				text = "one {{.project_name}}\n"
			}
			wantFile(t, src, err, "a.txt.tmpl", text)
			if info, err := fs.Stat(src.files, "run.sh"); err != nil || info.Mode() != 0o755 {
				t.Errorf("%s: run.sh has the mode %v (%v)", name, info.Mode(), err)
			}
			if src.revision != want || src.name != strings.Replace(name, "file:///", "/", 1) && src.name != name || len(src.warnings) > 0 {
				t.Errorf("%s: name %s, revision %s, warnings %q, want the revision %s", name, src.name, src.revision, src.warnings, want)
			}
		}
	}
	wantNothingLeft(t)
}

// TestGitDirectory: what is outside of //web has no part in it; the files are the bytes that were committed.
func TestGitDirectory(t *testing.T) {
	r := newRepository(t)
	src, err := open(t, r.dir+"//web", sourceOptions{})
	wantFile(t, src, err, "b.txt", "$Id$\r\n")
	if _, err := fs.Stat(src.files, "go.mod"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the template's own go.mod would be copied (%v)", err)
	}
	if src.where("b.txt") != filepath.ToSlash(r.dir)+"/web/b.txt" {
		t.Errorf("b.txt is at %s", src.where("b.txt"))
	}
	if _, err := open(t, r.dir+"//nosuch", sourceOptions{}); err == nil || !strings.Contains(err.Error(), `the repository has no directory "nosuch"`) {
		t.Errorf("//nosuch: %v", err)
	}
	if _, err := open(t, r.dir+"//a.txt.tmpl", sourceOptions{}); err == nil || !strings.Contains(err.Error(), "has no directory") {
		t.Errorf("//a.txt.tmpl: %v", err)
	}
	_, err = StartProject(t.Context(), Options{Name: "mysite", Directory: t.TempDir() + "/x", Template: r.dir + "//web?ref=v1.0"})
	if err == nil || !strings.Contains(err.Error(), "web/link: is a symbolic link") {
		t.Errorf("a link: %v", err)
	}
	r.git("-c", "protocol.file.allow=always", "-C", "work", "submodule", "--quiet", "add", r.dir, "sub")
	r.commit("submodule")
	if _, err := open(t, "git+file://"+r.root+"/work", sourceOptions{}); err == nil || !strings.Contains(err.Error(), `"sub" is a submodule`) {
		t.Errorf("a submodule: %v", err)
	}
}

// TestGitCache: a commit is fetched once, a branch each time; offline both are what they were.
func TestGitCache(t *testing.T) {
	r := newRepository(t)
	cache := ownCache(t)
	address := r.serve("") + "/template.git"
	for _, name := range []string{address, address + "//web"} {
		if _, err := open(t, name+"?ref=main", sourceOptions{offline: true}); err == nil || !strings.Contains(err.Error(), "is not in the cache: it was never fetched") {
			t.Errorf("offline, before: %v", err)
		}
	}
	two := r.hash("HEAD")
	src, err := open(t, address+"?ref=main", sourceOptions{})
	wantFile(t, src, err, "a.txt.tmpl", "two {{.project_name}}\n")
	r.write("work/a.txt.tmpl", "three")
	r.commit("three")
	r.git("-C", "work", "push", "--quiet", r.dir, "main")
	src, err = open(t, address+"?ref=main", sourceOptions{revision: two}) // the base of an update
	wantFile(t, src, err, "a.txt.tmpl", "two {{.project_name}}\n")
	if src.name != address+"?ref=main" || src.revision != two {
		t.Errorf("name %s, revision %s", src.name, src.revision)
	}
	src, err = open(t, address+"?ref=main", sourceOptions{offline: true})
	wantFile(t, src, err, "a.txt.tmpl", "two {{.project_name}}\n")
	src, err = open(t, address+"?ref=main", sourceOptions{})
	wantFile(t, src, err, "a.txt.tmpl", "three")
	if err := os.RemoveAll(r.dir); err != nil {
		t.Fatal(err)
	}
	src, err = open(t, address+"?ref="+two, sourceOptions{})
	wantFile(t, src, err, "a.txt.tmpl", "two {{.project_name}}\n")
	if info, err := fs.Stat(src.files, "run.sh"); err != nil || info.Mode() != 0o755 {
		t.Errorf("run.sh has the mode %v (%v)", info.Mode(), err)
	}
	if _, err = open(t, address, sourceOptions{offline: true}); err == nil { // HEAD was never asked for
		t.Error("offline it has a ref that was not fetched")
	}
	files, _ := filepath.Glob(filepath.Join(cache, "sha256-*"))
	for _, file := range files {
		if err := os.WriteFile(file, []byte("evil"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = open(t, address+"?ref="+two, sourceOptions{offline: true}); err == nil || !strings.Contains(err.Error(), "was changed since it was written") {
		t.Errorf("a damaged cache: %v", err)
	}
}
