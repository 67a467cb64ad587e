package runserver

// The commands of --exec, which run before each build: generators, mostly.
//
// What they write belongs to the build that they run for. Whether a file that
// changes meanwhile was written by them or saved by the user, nobody can tell;
// so it is learned. A file that changes during a run for the first time makes
// the commands run once more: if the user saved it, they see it now, and if they
// wrote it, nothing new happens. From then on it is taken for theirs, until it
// changes while they don't run.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"time"

	"github.com/kballard/go-shellquote"
)

// hooks run the commands. The loop owns the fields below the channel.
type hooks struct {
	commands [][]string
	builder  *builder
	known    chan struct{}          // closed when all files are known: what a run changes is seen from then on
	over     chan chan<- hookAnswer // of a run; the loop looks at what it changed

	running    bool
	patient    bool            // the user's saves do not end this run
	superseded bool            // they ended the last one: the next is patient, or it might never end
	learned    bool            // a run has come to its end
	own        map[string]bool // files that the commands write
}

// hookAnswer says how to go on after a run.
type hookAnswer struct {
	again bool        // run once more
	print fingerprint // else, build this
}

// parseHooks splits commands as a shell does; there is no shell.
func parseHooks(commands []string) ([][]string, error) {
	var parsed [][]string
	for _, command := range commands {
		words, err := shellquote.Split(command)
		if err == nil && len(words) == 0 {
			err = errors.New("it is empty")
		}
		if err != nil {
			return nil, &usageError{text: fmt.Sprintf("--exec %q is not a command: %v", command, err)}
		}
		parsed = append(parsed, words)
	}
	return parsed, nil
}

// newHooks returns nil without commands.
func newHooks(commands [][]string, b *builder) *hooks {
	if len(commands) == 0 {
		return nil
	}
	return &hooks{commands: commands, builder: b, known: make(chan struct{}), over: make(chan chan<- hookAnswer), own: map[string]bool{}}
}

// run returns what is to be built, or why it can't be; false when ctx ended.
func (h *hooks) run(ctx context.Context) (fingerprint, *failure, bool) {
	select {
	case <-h.known:
	case <-ctx.Done():
		return fingerprint{}, nil, false
	}
	for {
		problem := h.runAll(ctx)
		answer := make(chan hookAnswer, 1)
		select {
		case h.over <- answer:
		case <-ctx.Done():
			return fingerprint{}, nil, false
		}
		select {
		case a := <-answer:
			if !a.again {
				return a.print, problem, true
			}
		case <-ctx.Done():
			return fingerprint{}, nil, false
		}
	}
}

// runAll runs the commands in their order, until one fails.
func (h *hooks) runAll(ctx context.Context) *failure {
	for _, words := range h.commands {
		printed := &tail{}
		command := exec.CommandContext(ctx, words[0], words[1:]...)
		command.Dir = h.builder.project.root
		command.Stdout, command.Stderr = printed, printed
		ownGroup(command)
		command.Cancel = func() error { return killGroup(command.Process) }
		command.WaitDelay = pipeGrace
		err := command.Run()
		if command.Process != nil {
			_ = killGroup(command.Process) // what it left behind could write into the build
		}
		if err == nil || errors.Is(err, exec.ErrWaitDelay) {
			continue
		}
		f := &failure{}
		if text := printed.String(); text != "" {
			f = h.builder.explain(text, err, application{})
		}
		f.title = "A command before the build failed"
		f.text = fmt.Sprintf("--exec %q: %v", shellquote.Join(words...), err)
		return f
	}
	return nil
}

// begins notes that a run begins.
func (h *hooks) begins() {
	h.running, h.patient, h.superseded = true, h.superseded || !h.learned, false
}

// spares tells whether a run goes on though the files changed: for now, or
// because they are the commands' own.
func (h *hooks) spares(changed []string) bool {
	if h == nil || !h.running {
		return false
	}
	h.superseded = !h.patient && slices.ContainsFunc(changed, func(name string) bool { return !h.own[name] })
	return !h.superseded
}

// disown is for files that changed while nothing ran.
func (h *hooks) disown(changed []string) {
	if h == nil || h.superseded {
		return
	}
	for _, name := range changed {
		delete(h.own, name)
	}
}

// hooked looks at what a run has changed, and answers it.
func (s *server) hooked(answer chan<- hookAnswer) {
	s.tracker.look()
	changed := s.tracker.takeChanged()
	if slices.ContainsFunc(changed, isModuleFile) {
		s.tracker.scan(s.supervisor.project.roots())
	}
	again := false
	for _, name := range changed {
		again = again || !s.hooks.own[name]
		s.hooks.own[name] = true
	}
	_, s.attempted, _ = s.barrier.current()
	s.supervisor.builder.cgo = s.supervisor.builder.cgo || s.tracker.usesCgo()
	s.hooks.running, s.hooks.learned = again, s.hooks.learned || !again
	answer <- hookAnswer{again: again, print: s.attempted}
}

// look is a check that is not put off.
func (t *tracker) look() {
	t.mu.Lock()
	t.checked = time.Time{}
	t.mu.Unlock()
	t.check()
}

// changedSoFar returns the files that changed since takeChanged was last called.
func (t *tracker) changedSoFar() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Keys(t.changed))
}
