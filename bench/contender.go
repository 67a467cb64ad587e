// One contender at work: a project of its own, a server on it, a save.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// place is where a contender works.
type place struct {
	home    string // all of it; its processes are marked with it
	dir     string // the project
	program string // what go build makes of it
	address string // where the program listens
	front   string // where clients ask: the same, or in front of it
}

// A contender serves a project that is edited.
type contender struct {
	place
	server  devServer
	tool    string // the path of the program
	env     []string
	log     string
	edited  source
	token   string   // in the source as it was saved last
	process *process // the tool; by hand, the program itself
}

// source is the file that is edited: a token between two texts.
type source struct{ file, before, after string }

func (s source) save(token string) error {
	return os.WriteFile(s.file, []byte(s.before+token+s.after), 0o644)
}

// newContender makes the project.
func newContender(ctx context.Context, l *lab, s devServer) (*contender, error) {
	home := filepath.Join(l.dir, s.name)
	if err := os.Mkdir(home, 0o755); err != nil {
		return nil, err
	}
	c := &contender{
		place:  place{home: home, dir: filepath.Join(home, project), program: filepath.Join(home, "program"+exe())},
		server: s, tool: l.gostart, log: filepath.Join(home, "log"),
		env: slices.Concat(l.env, []string{marker + "=" + home}),
	}
	if s.tool != "" {
		c.tool = l.tool(s.tool)
	}
	maker := l.gostart
	if s.python {
		maker = c.tool
	}
	if _, err := measure(ctx, home, c.env, []string{maker, "startproject", project}); err != nil {
		return nil, fmt.Errorf("%s startproject: %w", filepath.Base(maker), err)
	}
	edit := addGoView
	if s.python {
		edit = addPythonView
	}
	var err error
	if c.edited, err = edit(filepath.Join(c.dir, project)); err != nil {
		return nil, err
	}
	return c, c.save()
}

// addGoView adds a view and its line in the URL table to a project of gostart's.
func addGoView(dir string) (source, error) {
	const table = "[]route{\n"
	urls := filepath.Join(dir, "urls.go")
	head, tail, found := strings.Cut(readFile(urls), table)
	if !found {
		return source{}, fmt.Errorf("%s has no line %q", urls, strings.TrimSpace(table))
	}
	line := fmt.Sprintf("\t\t{\"GET %s\", bench},\n", path)
	if err := os.WriteFile(urls, []byte(head+table+line+tail), 0o644); err != nil {
		return source{}, err
	}
	views := filepath.Join(dir, "views.go")
	return source{views, readFile(views) + "\nfunc bench(w http.ResponseWriter, _ *http.Request) {\n\t_, _ = w.Write([]byte(\"", "\"))\n}\n"}, nil
}

// addPythonView is the same for a project of Django's.
func addPythonView(dir string) (source, error) {
	return source{filepath.Join(dir, "urls.py"),
		"from django.http import HttpResponse\nfrom django.urls import path\n\n\ndef bench(request):\n    return HttpResponse(\"",
		"\")\n\n\nurlpatterns = [path(\"" + strings.TrimPrefix(path, "/") + "\", bench)]\n"}, nil
}

// save saves the source with a token that it never had, so that no cache knows the result.
func (c *contender) save() error {
	c.token = fmt.Sprintf("token-%d-", time.Now().UnixNano())
	return c.edited.save(c.token)
}

// start starts the server and returns when it has answered. By hand it builds the program first.
func (c *contender) start(ctx context.Context) error {
	var err error
	if c.address, err = freeAddress(); err != nil {
		return err
	}
	c.front = c.address
	if c.server.front {
		if c.front, err = freeAddress(); err != nil {
			return err
		}
	}
	if c.server.config != nil {
		name, text := c.server.config(c.place)
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if c.server.hand != nil {
		if err := c.build(ctx); err != nil {
			return err
		}
		err = c.launch(c.program, "--bind", c.address)
	} else {
		err = c.launch(c.tool, c.server.command(c.place)...)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { // else an end at start is noticed when the time is up
		select {
		case <-c.process.done:
			cancel(fmt.Errorf("it ended, and said last: %s", lastLine(c.log)))
		case <-ctx.Done():
		}
	}()
	if _, err = await(ctx, c.front, "", c.token, startTime); errors.Is(err, errNotServed) {
		err = fmt.Errorf("%w; it said last: %s", err, lastLine(c.log))
	}
	return err
}

func (c *contender) launch(program string, args ...string) error {
	var err error
	c.process, err = startProcess(c.dir, c.env, c.log, append([]string{program}, args...))
	return err
}

// edit saves, and waits until the new code answers. It returns how long that took, and whether the old code
// answered a request that was sent after the save.
func (c *contender) edit(ctx context.Context) (took time.Duration, stale bool, err error) {
	old := c.token
	began := time.Now()
	if err := c.save(); err != nil {
		return 0, false, err
	}
	typed := make(chan error, 1)
	go func() { typed <- c.typeCommands(ctx) }()
	stale, err = await(ctx, c.front, old, c.token, answerTime)
	took = time.Since(began)
	if typing := <-typed; typing != nil {
		err = typing
	}
	return took, stale, err
}

// typeCommands does what is done by hand after a save. For a server that notices by itself that is nothing.
func (c *contender) typeCommands(ctx context.Context) error {
	hand := c.server.hand
	if hand == nil {
		return nil
	}
	if hand.stopFirst {
		c.process.stop()
	}
	if err := c.build(ctx); err != nil {
		return err
	}
	c.process.stop()
	return c.launch(c.program, "--bind", c.address)
}

func (c *contender) build(ctx context.Context) error {
	argv := slices.Concat(c.server.hand.build, []string{"-o", c.program, "."})
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = c.dir, slices.Concat(c.env, c.server.hand.env)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, out)
	}
	return nil
}

// stop ends the server, with all that it started.
func (c *contender) stop() {
	if c.process != nil {
		c.process.stop()
	}
	killMarked(c.home)
}

// A process runs until it is stopped.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// startProcess starts a command in a process group of its own; what it prints is added to the file log.
func startProcess(dir string, env []string, log string, argv []string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // the process has its own
	p := &process{exec.Command(argv[0], argv[1:]...), make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = dir, env, out, out
	inGroup(p.cmd)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait()
		_ = killGroup(p.cmd) // what outlives its leader
		close(p.done)
	}()
	return p, nil
}

// stop asks the process group to end, and makes it end if it does not.
func (p *process) stop() {
	const grace = 5 * time.Second
	select {
	case <-p.done:
		return
	default:
		_ = stopGroup(p.cmd)
	}
	select {
	case <-p.done:
	case <-time.After(grace):
		_ = killGroup(p.cmd)
		<-p.done
	}
}
