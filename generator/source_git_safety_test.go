package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestGitRunsNothing has settings of the user's and files of the repository that would run a program each.
func TestGitRunsNothing(t *testing.T) {
	r := newRepository(t)
	ownCache(t)
	evil := filepath.Join(r.root, "evil")
	script := "#!/bin/sh\necho \"$0\" >> " + evil + "\ncat\n"
	for _, hook := range []string{"post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc", "post-rewrite", "upload-pack"} {
		for _, dir := range []string{"hooks/", "template/hooks/", "template.git/hooks/"} {
			r.write(dir+hook, script)
			if err := os.Chmod(filepath.Join(r.root, dir+hook), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.git("-C", r.dir, "config", "uploadpack.packObjectsHook", r.root+"/hooks/upload-pack")
	r.git("config", "--global", "core.hooksPath", r.root+"/hooks")
	r.git("config", "--global", "init.templateDir", r.root+"/template")
	r.git("config", "--global", "core.fsmonitor", r.root+"/hooks/upload-pack")
	r.git("config", "--global", "filter.evil.smudge", r.root+"/hooks/upload-pack")
	r.git("config", "--global", "filter.evil.required", "true")
	r.git("config", "--global", "protocol.allow", "always")
	r.git("config", "--global", "url.ext::sh -c touch% "+evil+".insteadOf", "https://example.com/")
	src, err := open(t, r.dir, sourceOptions{})
	wantFile(t, src, err, "web/b.txt", "$Id$\r\n")
	_, err = open(t, "https://example.com/x.git", sourceOptions{})
	if err == nil || !strings.Contains(err.Error(), "transport 'ext' not allowed") {
		t.Errorf("a helper of the settings: %v", err)
	}
	if text, err := os.ReadFile(evil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ran %s (%v)", text, err)
	}
	t.Setenv("GIT_DIR", filepath.Join(r.root, "work/.git")) // as in a hook
	t.Setenv("GIT_WORK_TREE", r.root)
	t.Setenv("GIT_INDEX_FILE", filepath.Join(r.root, "index"))
	src, err = open(t, r.dir, sourceOptions{})
	wantFile(t, src, err, "web/b.txt", "$Id$\r\n")
	wantNothingLeft(t)
}

// TestGitErrors is what can go wrong, and what is said of it.
func TestGitErrors(t *testing.T) {
	r := newRepository(t)
	ownCache(t)
	r.git("init", "--quiet", "--bare", "empty.git")
	r.write("file", "no repository")
	r.git("init", "--quiet", "nothing")
	r.git("-C", "nothing", "commit", "--quiet", "--allow-empty", "-m", "nothing")
	server := r.serve("secret")
	withPassword := func(password string) string { return strings.Replace(server, "://", "://ada:"+password+"@", 1) }
	for name, want := range map[string]string{
		r.dir + "?ref=v1.1":                              `template "` + r.dir + `": the repository has no branch, tag or commit "v1.1"; did you mean "v1.0"?`,
		r.dir + "?ref=nothing/like/it":                   `no branch, tag or commit "nothing/like/it"; it has feature/x, main, v1.0`,
		r.dir + "?ref=" + strings.Repeat("0", 40):        "no branch, tag or commit",
		r.dir + "?ref=abcdef1":                           `no branch, tag or commit "abcdef1"`,
		r.root + "/empty.git":                            `no branch, tag or commit "HEAD"`,
		r.root + "/file?ref=x":                           "git: invalid gitfile format: " + r.root + "/file",
		"git+file://" + r.root + "/nothing":              "nothing\" is empty",
		"git+file:///nosuch":                             "git: '/nosuch' does not appear to be a git repository",
		server + "/template.git":                         "git: could not read Username",
		withPassword("wrong") + "/template.git":          "git: Authentication failed for '" + server + "/template.git/'",
		withPassword("secret") + "/nosuch.git":           "not found",
		"http://ada:secret@127.0.0.1:1/x.git?ref=secret": "127.0.0.1",
	} {
		_, err := open(t, name, sourceOptions{})
		var hinted interface{ Hint() string }
		text := fmt.Sprint(err)
		if errors.As(err, &hinted) && hinted.Hint() != "" {
			text += "; " + hinted.Hint()
		}
		if err == nil || !strings.Contains(text, want) {
			t.Errorf("%s: %s, want %q", name, text, want)
		}
		if strings.Contains(text, "ada:") || strings.Contains(text, ":secret") || strings.Contains(text, "wrong") {
			t.Errorf("%s tells the password: %s", name, text)
		}
	}
	src, err := open(t, withPassword("secret")+"/template.git?ref=v1.0", sourceOptions{})
	wantFile(t, src, err, "a.txt.tmpl", "one {{.project_name}}\n")
	if src.name != server+"/template.git?ref=v1.0" {
		t.Errorf("the name is %s", src.name)
	}
	wantNothingLeft(t)
	t.Setenv("PATH", t.TempDir())
	if _, err := open(t, r.dir, sourceOptions{}); err == nil || !strings.Contains(err.Error(), "needs git, which is not on PATH") {
		t.Errorf("without git: %v", err)
	}
}

// TestGitEnds: a server that says nothing is left, and so is one that says too much; Ctrl-C ends git and all that
// it started.
func TestGitEnds(t *testing.T) {
	r := newRepository(t)
	ownCache(t)
	asked, ended := make(chan struct{}, 1), make(chan struct{}, 2)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		asked <- struct{}{}
		<-request.Context().Done() // git's helper has closed the connection
		ended <- struct{}{}
	}))
	defer silent.Close()
	for silence := 2 * time.Second; ; silence *= 2 { // until git has come to ask within it
		_, err := open(t, silent.URL+"/x.git", sourceOptions{silence: silence})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("the server has said nothing for %v", silence)) {
			t.Errorf("silence: %v", err)
		}
		if len(asked) > 0 {
			break
		}
	}
	gone := func() {
		t.Helper()
		select {
		case <-ended:
		case <-time.After(20 * time.Second): // git's own patience is longer
			t.Fatal("what git has started goes on without it")
		}
	}
	<-asked
	gone()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := openSource(ctx, silent.URL+"/x.git", sourceOptions{kind: kindProject, builtin: builtin("a", "")})
	if !errors.Is(err, errInterrupted) {
		t.Errorf("Ctrl-C: %v", err)
	}
	gone()
	_, err = open(t, r.dir, sourceOptions{maxDownload: 100})
	if err != nil && !strings.Contains(err.Error(), "it has more than 0 MiB") { // unless git was quicker than the watch
		t.Errorf("too much: %v", err)
	}
	wantNothingLeft(t)
}

// TestGitBomb: a few objects make a tree of a thousand million files.
func TestGitBomb(t *testing.T) {
	r := newRepository(t)
	work := filepath.Join(r.root, "work")
	object := func(input string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir, cmd.Stdin = work, strings.NewReader(input)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	kind, id := "100644 blob ", object("x", "hash-object", "-w", "--stdin")
	for range 9 {
		var entries strings.Builder
		for i := range 10 {
			fmt.Fprintf(&entries, "%s%s\t%d\n", kind, id, i)
		}
		kind, id = "040000 tree ", object(entries.String(), "mktree")
	}
	r.git("-C", "work", "branch", "bomb", object("", "commit-tree", "-m", "bomb", id))
	_, err := open(t, work+"?ref=bomb", sourceOptions{})
	if err == nil || !strings.Contains(err.Error(), "git ls-tree lists more than 32 MiB") {
		t.Errorf("error %v", err)
	}
	wantNothingLeft(t)
}

// TestGitAsksNobody: neither git nor ssh may ask for a password, unless they have to and somebody is there.
func TestGitAsksNobody(t *testing.T) {
	newRepository(t)
	t.Setenv("GIT_SSH_COMMAND", "")
	a, err := parseSource("git@host.example:x")
	if err != nil {
		t.Fatal(err)
	}
	for asks, want := range map[bool]bool{false: true, true: false} {
		env := (&git{address: a, asks: asks, options: sourceOptions{}.withLimits()}).environment(t.Context())
		for _, variable := range []string{"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GIT_SSH_COMMAND=ssh -o BatchMode=yes -o ConnectTimeout=30"} {
			if slices.Contains(env, variable) != want {
				t.Errorf("asks %v: %s", asks, variable)
			}
		}
		if !slices.Contains(env, "GIT_ALLOW_PROTOCOL=ssh:https") {
			t.Errorf("asks %v: GIT_ALLOW_PROTOCOL", asks)
		}
	}
}
