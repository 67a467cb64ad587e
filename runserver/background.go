package runserver

// What is done while nobody waits: planning fast builds after a build by the go
// command, and checking a fast build against one by the go command. Both give
// way to the next change.

import (
	"bytes"
	"context"
	"io"
	"os"
	"runtime/debug"
	"time"
)

// quiet is how long after a fast build nobody is taken to wait. Planning does not
// wait: until it is done, builds are slow.
const quiet = 300 * time.Millisecond

// background is what came of it, for the outcome that it was done for.
type background struct {
	outcome *outcome
	recipe  *recipe
	wrong   bool // the fast build is not what the go command builds
}

// rest plans or checks for o. Its end is sent to s.rested.
func (s *server) rest(ctx context.Context, o *outcome) {
	if s.options.NoReload || o.launcher == nil || o.build.took == 0 {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	s.stopRest = cancel
	go func() {
		defer cancel()
		result := background{outcome: o}
		if o.build.fast {
			select {
			case <-time.After(quiet):
				result.wrong = s.supervisor.differs(ctx, o)
			case <-ctx.Done():
			}
		} else {
			result.recipe = s.supervisor.plan(ctx, o)
		}
		if ctx.Err() == nil {
			debug.FreeOSMemory() // what the go command has said of each package was large
		}
		s.rested <- result
	}()
}

// wake ends what rest began, and waits for its end.
func (s *server) wake() {
	if s.stopRest != nil {
		s.stopRest()
		s.took(<-s.rested)
	}
}

// took takes over what came of rest. A fast build that is wrong is replaced by
// the go command's, and there are no more of them. It is not wrong if the go
// command has read a save that came after it.
func (s *server) took(b background) {
	s.stopRest = nil
	switch {
	case b.wrong && s.changedSince(b.outcome):
	case b.wrong:
		s.console.notice("a fast build differs from what the go command builds: building with the go command from here on")
		s.supervisor.recipe, s.supervisor.slow = nil, true
		s.built = nil
		s.barrier.distrust(b.outcome)
	case b.recipe != nil:
		s.supervisor.recipe = b.recipe
	}
}

// changedSince looks whether a build would read other files now than o's did. The
// tracker may not have seen it yet, and what development reads from disk covers o.
func (s *server) changedSince(o *outcome) bool {
	s.tracker.look()
	_, wanted, _ := s.barrier.current()
	return wanted.source != o.print.source || wanted.assets != o.print.assets
}

// plan makes the recipe of o's build, if the files are still the same after it.
func (s *supervisor) plan(ctx context.Context, o *outcome) *recipe {
	if s.slow {
		return nil
	}
	now := s.contents()
	r, err := s.builder.plan(ctx, o.build.application, now)
	if err != nil || !r.isFor(s.contents()) {
		return nil
	}
	return r
}

// isFor tells whether the recipe's files are still as they were.
func (r *recipe) isFor(now contents) bool {
	units, ok := r.edited(now)
	return ok && len(units) == 0
}

// differs builds o's sources with the go command and compares the programs,
// byte by byte. It is false too when ctx ends first.
func (s *supervisor) differs(ctx context.Context, o *outcome) bool {
	checked := s.builder.run(ctx, -o.launcher.id, o.build.application)
	defer os.Remove(checked.binary)
	if ctx.Err() != nil {
		return false
	}
	if checked.failure != nil {
		return true
	}
	same, err := sameContent(o.build.binary, checked.binary)
	return err == nil && !same
}

// sameContent compares two files, which may be large.
func sameContent(name, other string) (bool, error) {
	a, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := os.Open(other)
	if err != nil {
		return false, err
	}
	defer b.Close()
	var pieces [2][64 << 10]byte
	for {
		n, errA := io.ReadFull(a, pieces[0][:])
		m, errB := io.ReadFull(b, pieces[1][:])
		for _, err := range []error{errA, errB} {
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return false, err
			}
		}
		if same := bytes.Equal(pieces[0][:n], pieces[1][:m]); !same || errA != nil {
			return same, nil
		}
	}
}
