package runserver

// What the loop does with an outcome: let it answer, tell of it, and let go of
// the one before it.

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// failed is the outcome of a failure; nil without one.
func failed(f *failure) *outcome {
	if f == nil {
		return nil
	}
	return &outcome{failure: f}
}

// discard ends what came of an attempt, or of a part of it, that is no longer wanted. What was built last keeps its
// program.
func discard(o, built *outcome) {
	if o != nil && o.launcher != nil {
		o.launcher.stop()
	}
	if o != nil && (built == nil || built.build.binary != o.build.binary) {
		os.Remove(o.build.binary)
	}
}

// settle opens the barrier with o, and lets the launcher before it go when its
// requests have ended. It looks at the files once more, whose events may be
// late: an outcome that they have left behind is dropped.
func (s *server) settle(o *outcome) error {
	if o == nil {
		return nil // given up
	}
	o.print = s.attempted
	if o.failure != nil && !isDir(s.supervisor.project.root) {
		o.failure = &failure{
			title: "The project's directory is gone",
			text:  s.supervisor.project.root + " is not there",
			hint:  "put it back; if it has moved, run gostart runserver where it is now",
		}
	}
	if !s.options.NoReload {
		s.tracker.check()
	}
	o.forward = s.forwarder(o)
	if !s.barrier.settle(o) {
		built := s.built
		s.leaving.Go(func() { discard(o, built) })
		return nil
	}
	s.hold = hold{}
	if o.build.advance != nil {
		o.build.advance()
	}
	if o.build.binary != "" && o.build.failure == nil {
		if s.built != nil && s.built != s.served {
			s.built.removeBinary(o)
		}
		s.built = o
	}
	if o.failure != nil {
		s.console.failure(o.failure, s.supervisor.project.invoked)
		if s.options.NoReload {
			return fmt.Errorf("%s, and --noreload waits for no change", strings.ToLower(o.failure.title))
		}
		s.announce(o)
		return nil
	}
	before := s.served
	s.served = o
	s.announce(o)
	go s.await(o.launcher)
	if before != nil && before.launcher != nil {
		s.leaving.Go(func() {
			before.launcher.retire(requestGrace, s.drained)
			before.removeBinary(o)
		})
	}
	return nil
}

// await reports a launcher that ends though nobody asked it to.
func (s *server) await(l *launcher) {
	<-l.exited
	if !l.isRetired() {
		select {
		case s.crashed <- l:
		case <-s.done:
		}
	}
}

// crash takes note that the launcher ended by itself. The next request after
// the page that says so starts it again, from the same binary.
func (s *server) crash(l *launcher) {
	if s.served == nil || s.served.launcher != l {
		return
	}
	crashed := s.served
	s.served = &outcome{print: crashed.print, build: crashed.build, settings: crashed.settings}
	s.console.failure(s.mourn(crashed), s.supervisor.project.invoked)
}

// mourn answers with a page in place of o, whose launcher ended by itself.
func (s *server) mourn(o *outcome) *failure {
	f := s.supervisor.exitFailure(o.launcher, "while serving")
	f.ended = o.launcher
	s.barrier.exchange(o, &outcome{print: o.print, failure: f})
	return f
}

// drain stops taking requests, waits for those that are open, and ends all
// launchers. Event streams do not end by themselves: after streamGrace the
// launcher is asked to end, and their contexts do.
func (s *server) drain(front *http.Server) {
	close(s.done)
	if s.served != nil && s.served.launcher != nil {
		streams := time.AfterFunc(streamGrace, func() { s.served.launcher.say("stop") })
		defer streams.Stop()
	}
	grace, cancel := context.WithTimeout(context.Background(), drainGrace)
	defer cancel()
	if front.Shutdown(grace) != nil {
		front.Close()
	}
	close(s.drained)
	if s.served != nil && s.served.launcher != nil {
		s.served.launcher.retire(0, s.drained)
	}
	s.leaving.Wait()
}
