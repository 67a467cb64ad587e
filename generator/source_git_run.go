// How git is run: without a hook, a prompt that nobody sees, or a server that it waits for for ever.
package generator

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// gitSettings are for each git command. No setting of the user's runs a program that has to do with repositories.
var gitSettings = []string{
	"-c", "core.hooksPath=" + os.DevNull, "-c", "core.fsmonitor=false",
	"-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "fetch.recurseSubmodules=false",
}

// gitVariables are set where a git hook runs gostart, and would lead git into that repository.
var gitVariables = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_TEMPLATE_DIR"}

// environment is git's, in which nothing asks for a password unless g.asks.
func (g *git) environment(ctx context.Context) []string {
	allowed := "ssh:https" // https, since the user's settings may have it in place of ssh, and the other way round
	switch {
	case g.disk:
		allowed = "file"
	case g.url != nil && g.url.Scheme == "http":
		allowed = "http:https:ssh"
	}
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(gitVariables, name)
	})
	env = append(env, "GIT_DIR="+g.repository, "GIT_ALLOW_PROTOCOL="+allowed, "GIT_DEFAULT_HASH=sha1", "LC_ALL=C",
		"GIT_HTTP_LOW_SPEED_LIMIT=1", fmt.Sprintf("GIT_HTTP_LOW_SPEED_TIME=%d", max(1, int(g.options.silence.Seconds()))))
	if g.asks {
		return env
	}
	env = append(env, "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GCM_INTERACTIVE=never")
	if os.Getenv("GIT_SSH_COMMAND") == "" && os.Getenv("GIT_SSH") == "" && !g.disk {
		ssh, _ := exec.CommandContext(ctx, "git", "config", "--global", "core.sshCommand").Output()
		env = append(env, "GIT_SSH_COMMAND="+cmp.Or(strings.TrimSpace(string(ssh)), "ssh -o BatchMode=yes -o ConnectTimeout=30"))
	}
	return env
}

func (g *git) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", slices.Concat(gitSettings, args)...)
	cmd.Dir, cmd.Env = g.repository, g.env
	cmd.WaitDelay = 5 * time.Second
	endWithChildren(cmd, g.asks)
	return cmd
}

// maxListing is how much git may print of what a repository has: a few objects can make a tree without end.
const maxListing = 32 << 20

// output runs git and gives what it prints.
func (g *git) output(ctx context.Context, args ...string) ([]byte, error) {
	cmd := g.command(ctx, args...)
	var said activity
	var left atomic.Int64
	left.Store(maxListing)
	out := limitedBuffer{left: &left}
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if left.Load() < 0 {
		return nil, fmt.Errorf("git %s lists more than %d MiB", args[0], maxListing>>20)
	}
	return out.data, g.explain(err, &said)
}

// mayAsk does something with git, and once more with its questions for a password if that is what it lacks.
func (g *git) mayAsk(ctx context.Context, do func() error) error {
	err := do()
	if err != nil && g.options.terminal && wantsPassword.MatchString(err.Error()) {
		g.asks = true
		g.env = g.environment(ctx)
		err = do()
	}
	return err
}

// fetch runs git fetch, and ends it when it gets too much, or nothing for too long.
func (g *git) fetch(ctx context.Context, args ...string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cmd := g.command(ctx, append([]string{"fetch", "--progress", "--no-recurse-submodules"}, args...)...)
	var said activity
	cmd.Stdout, cmd.Stderr = &said, &said
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tell := g.options.progress
		if g.asks {
			tell = nil // the question is in that line
		}
		progress := newProgress(tell, "fetching "+g.withoutVersion(), "bytes", 0)
		defer progress.end()
		for last, since := int64(0), time.Now(); ; {
			select {
			case <-done:
				return
			case <-time.After(progressEvery):
			}
			size := diskUsage(g.repository)
			progress.add(int(size - progress.now.Done))
			if now := size + said.bytes(); now != last {
				last, since = now, time.Now()
			}
			if size > g.options.maxDownload {
				cancel(tooLarge(g.options.maxDownload))
			} else if time.Since(since) > g.options.silence && !g.asks { // somebody may look for the password
				cancel(silentError(g.options.silence))
			}
		}
	})
	err := cmd.Run()
	close(done)
	watching.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return g.explain(err, &said)
}

func diskUsage(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return size
}

// gitChatter is what git and servers say when all is well, and advice for who has typed git.
var gitChatter = regexp.MustCompile(`^((remote: )?(Enumerating|Counting|Compressing|Receiving|Resolving|Total|Unpacking|Fetching|From) ?.*|hint: .*|Please make sure you have the correct access rights|and the repository exists\.|)$`)

// explain is git's error in its own words, without the password.
func (g *git) explain(err error, said *activity) error {
	if err == nil || len(said.text) == 0 {
		return err
	}
	var lines []string
	for line := range strings.FieldsFuncSeq(string(said.text), func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = strings.TrimSpace(strings.Map(printable, line))
		if !gitChatter.MatchString(line) {
			lines = append(lines, strings.TrimPrefix(line, "fatal: "))
		}
	}
	text := strings.Join(lines, "; ")
	if g.url != nil && g.url.User != nil {
		text = strings.ReplaceAll(text, g.url.User.String()+"@", "")
		if password, ok := g.url.User.Password(); ok && password != "" {
			text = strings.ReplaceAll(text, password, "***")
		}
	}
	if text == "" {
		return err
	}
	return fmt.Errorf("git: %.800s", text)
}

// printable drops what would act on a terminal: a server chose the text.
func printable(r rune) rune {
	if r < ' ' || r >= 0x7f && r < 0xa0 {
		return -1
	}
	return r
}

// activity keeps what a process says, up to a limit.
type activity struct {
	mu   sync.Mutex
	text []byte
	all  int64
}

func (a *activity) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all += int64(len(p))
	a.text = append(a.text, p...)
	a.text = a.text[max(0, len(a.text)-1<<16):] // the end says why
	return len(p), nil
}

func (a *activity) bytes() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all
}
