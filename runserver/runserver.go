// Package runserver is gostart's development server. It finds the project,
// builds a launcher that hosts its application, and stands in front of it as
// the server: it owns the listening socket for as long as it lives, holds
// requests while a build runs, and answers them itself when there is nothing
// to forward them to.
//
// Of all ways tried only this one lost no request and answered none from old
// code: a process that is handed the socket still cuts idle connections at each
// reload, and can't be had on Windows.
package runserver

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	requestGrace = 5 * time.Second        // for requests that are open when their launcher is replaced
	drainGrace   = 5 * time.Second        // for requests that are open when runserver ends
	streamGrace  = 1 * time.Second        // of either, until streams are ended, which do not end by themselves
	progressWait = 1 * time.Second        // until a first build says that it is running
	crashWait    = 500 * time.Millisecond // for a launcher to say that it is alive
)

// server is one run of runserver. Its loop owns everything but what the barrier
// and the tracker guard.
type server struct {
	options    Options
	address    address
	secure     *secure // nil for plain HTTP
	editor     editor
	listener   net.Listener
	supervisor *supervisor
	tracker    *tracker
	watcher    *watcher
	barrier    *barrier
	console    *console
	hooks      *hooks         // nil without --exec
	live       *liveReload    // nil if it is off
	keyboard   *keyboard      // nil without a terminal
	turn       chan struct{}  // taken by the one request at a time of NoThreading
	crashed    chan *launcher // ended though nobody asked it to
	done       chan struct{}  // closed when the loop has ended
	drained    chan struct{}  // closed when no request is open any more
	leaving    sync.WaitGroup // launchers that are not served any more
	requests   atomic.Int64   // so far

	attempts  chan *outcome      // what attempts come to; nil for one that was given up
	cancel    context.CancelFunc // of the running attempt; nil without one
	attempted fingerprint        // what it is for
	served    *outcome           // the last that has, or had, a launcher
	built     *outcome           // the last that has a binary
	announced bool               // the banner has been printed
	hold      hold               // since an attempt last came to something

	debugger     string             // address of Delve; "" without it
	debugRemarks []string           // how to attach one
	rested       chan background    // what came of the time between reloads
	stopRest     context.CancelFunc // nil when nothing is done in it
}

// Run serves the project until ctx is done, then drains and returns nil. It
// returns an error for what stands in the way before anything is served: bad
// options, no project, an address that can't be had; with NoReload, a build
// that fails. The user's later mistakes are pages, not errors.
func Run(ctx context.Context, o Options) error {
	p, envFile, err := o.find()
	if err != nil {
		return err
	}
	at, err := o.where(envFile)
	if err != nil {
		return err
	}
	editor, err := parseEditor(o.Editor)
	if err != nil {
		return err
	}
	watch, ignore, err := o.globs()
	if err != nil {
		return err
	}
	commands, err := parseHooks(o.Exec)
	if err != nil {
		return err
	}
	secure, err := o.secure(at)
	if err != nil {
		return err
	}
	listener, err := at.listen(ctx)
	if err != nil {
		return err
	}
	defer listener.Close()
	dir, removeDir, err := makeTemporary()
	if err != nil {
		return err
	}
	defer removeDir()
	done := make(chan struct{})
	s := &server{
		options: o, address: at, editor: editor, secure: secure, listener: listener,
		tracker: &tracker{envFile: envFile, disk: p.dir(), watch: watch, ignore: ignore, polls: !o.NoReload},
		barrier: newBarrier(done), turn: make(chan struct{}, 1), crashed: make(chan *launcher),
		done: done, drained: make(chan struct{}), console: newConsole(o, p), attempts: make(chan *outcome), rested: make(chan background),
	}
	if !o.NoReload && !o.NoLiveReload {
		s.live = newLiveReload(at.host, s.done, s.console.notice)
	}
	s.supervisor = &supervisor{
		options: o, project: p, envFile: envFile, known: p.defaultApplication(),
		builder: newBuilder(p, dir, o),
		host:    newHost(dir, p.root, s.console.stdout, s.console.stderr),
	}
	if o.Debug {
		s.debug()
	}
	s.hooks = newHooks(commands, s.supervisor.builder)
	s.supervisor.forgo = s.barrier.renounce
	s.supervisor.panics = editor.panicPages(p.invoked)
	return s.run(ctx)
}

// run serves and reacts until ctx is done, or a key asks for the end.
func (s *server) run(ctx context.Context) error {
	ctx, quit := context.WithCancel(ctx)
	defer quit()
	if s.options.JSON {
		s.options.Stdin = nil
	}
	s.keyboard = openKeyboard(s.options.Stdin)
	defer s.keyboard.close()
	context.AfterFunc(ctx, s.keyboard.close) // a second signal ends the process at once
	s.console.keys = s.keyboard != nil
	watching, stopWatching := context.WithCancel(context.Background())
	defer stopWatching()
	s.watcher = newWatcher(s.console.notice)
	s.tracker.want, s.tracker.added = s.barrier.want, s.watcher.add
	if s.options.NoReload {
		s.tracker.added = func(string) {}
	}
	go s.watcher.run(watching)
	s.supervisor.contents, s.supervisor.builder.contents = s.tracker.contents, s.tracker.contents
	front := s.serveFront()
	s.console.started(s.url(), s.network(), s.debugger)
	err := s.loop(ctx, quit)
	s.drain(front)
	s.tracker.close()
	s.console.events.emit("stopped", nil)
	return err
}

// loop turns changes into attempts and attempts into outcomes, until ctx is
// done. The first attempt runs while the tree is still being read: what it comes
// to waits for that.
func (s *server) loop(ctx context.Context, quit func()) error {
	began := time.Now()
	scanned := make(chan fingerprint, 1)
	go func() { scanned <- s.tracker.scan(s.supervisor.project.roots()) }()
	var attempts chan *outcome
	var poke chan struct{}
	var keys chan byte
	if s.keyboard != nil {
		keys = s.keyboard.pressed
	}
	var batches chan []string
	var over chan chan<- hookAnswer
	s.begin(ctx)
	progress := time.AfterFunc(progressWait, s.console.building)
	for {
		select {
		case <-ctx.Done():
			s.wake()
			if s.cancel != nil {
				s.cancel()
				discard(<-s.attempts, s.built)
			}
			return nil
		case print := <-scanned:
			attempts, poke, batches = s.attempts, s.barrier.poke, s.watcher.batches
			if s.hooks != nil {
				over = s.hooks.over
				s.tracker.takeChanged() // all files
				close(s.hooks.known)
			}
			if !s.tracker.newerThan(began) && !s.needsCgo() {
				s.attempted = print
			} // else the build may have read what the scan did not
		case names := <-batches:
			if names == nil {
				s.tracker.checkAll()
			} else {
				s.tracker.update(names)
			}
		case <-poke:
		case key := <-keys:
			s.press(key, quit)
		case answer := <-over:
			s.hooked(answer)
		case o := <-attempts:
			progress.Stop()
			s.cancel = nil
			if s.hooks != nil {
				s.hooks.running = false
			}
			if err := s.settle(o); err != nil {
				return err
			}
			if s.served == o && o != nil {
				s.rest(ctx, o)
			}
		case b := <-s.rested:
			s.took(b)
		case l := <-s.crashed:
			s.crash(l)
		}
		if attempts != nil {
			s.reconcile(ctx)
		}
	}
}

// needsCgo tells whether the tree needs cgo and the builder did not know it.
func (s *server) needsCgo() bool { return s.tracker.usesCgo() && !s.supervisor.builder.cgo }

// reconcile begins an attempt when what is wanted is neither there nor being
// made, and gives up one that is no longer wanted.
func (s *server) reconcile(ctx context.Context) {
	o, wanted, covered := s.barrier.current()
	if !covered && s.served != nil && s.served.launcher.alive() && s.served.covers(wanted) {
		o, covered = s.served, s.barrier.settle(s.served) // a mistake was taken back
	}
	if s.cancel != nil {
		spared := s.attempted.again == wanted.again && s.hooks.spares(s.tracker.changedSoFar())
		if covered || s.attempted != wanted && !spared {
			s.cancel() // its end brings us here again
		}
		return
	}
	names := s.tracker.takeChanged()
	if covered {
		s.hold = hold{}
		s.live.publish(o, wanted, names)
		return
	}
	if slices.ContainsFunc(names, isModuleFile) {
		s.tracker.scan(s.supervisor.project.roots())
	}
	s.hooks.disown(names)
	s.console.changed(names, wanted.again != s.attempted.again)
	if s.hold.begins(time.Now()) && len(names) > 0 {
		s.console.notice("requests wait: files change faster than they are built, just now " + s.console.namesText(names))
	}
	s.begin(ctx)
}

// begin starts an attempt for what is wanted now.
func (s *server) begin(ctx context.Context) {
	s.wake()
	s.console.events.emit("building", nil)
	building, cancel := context.WithCancel(ctx)
	_, s.attempted, _ = s.barrier.current()
	s.cancel = cancel
	s.supervisor.builder.cgo = s.supervisor.builder.cgo || s.tracker.usesCgo()
	previous, print := s.built, s.attempted
	halfWritten := s.tracker.halfWritten()
	prepare := s.hooks != nil && (previous == nil || previous.print != print)
	if prepare {
		s.hooks.begins()
	}
	s.supervisor.incumbent = s.served
	go func() {
		defer cancel()
		if halfWritten {
			select {
			case <-building.Done():
			case <-time.After(emptyGrace):
			}
		}
		began := time.Now()
		if prepare {
			hooked, problem, ok := s.hooks.run(building)
			if !ok || problem != nil {
				s.attempts <- failed(problem)
				return
			}
			print = hooked
		}
		o := s.supervisor.attempt(building, print, previous)
		if o != nil {
			o.took = time.Since(began)
		}
		s.attempts <- o
	}()
}
