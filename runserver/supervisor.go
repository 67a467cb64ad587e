package runserver

// From a state of the files to an outcome: resolve the application, build a
// launcher, start it, and let it serve. There is one launcher and at most one
// successor; an attempt is cancelled, never overtaken.

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// supervisor makes outcomes.
type supervisor struct {
	options Options
	project project
	builder *builder
	host    host
	envFile string
	known   applicationName // the last that the settings gave
	next    int             // number of the next launcher
	panics  panicPages      // what launchers need to tell a panic

	incumbent *outcome       // that answers, or answered last
	forgo     func(*outcome) // lets no more requests to it
	last      *launcher      // that was started
	stuck     func()         // told when a start under a debugger takes long; nil without one

	contents func() contents // of the tracked files, now
	recipe   *recipe         // for fast builds; nil when the go command must build
	slow     bool            // it always must
}

// attempt brings print about. It returns nil when ctx ended first. The previous
// outcome lends its binary when only the environment changed.
func (s *supervisor) attempt(ctx context.Context, print fingerprint, previous *outcome) *outcome {
	start := time.Now()
	o := &outcome{print: print}
	o.failure = s.reach(ctx, o, previous)
	o.took = time.Since(start)
	if ctx.Err() == nil {
		return o
	}
	discard(o, previous)
	return nil
}

// reach fills o with a launcher that serves the application which its own
// settings name. The last known name is built first: it is nearly always right.
// Where it is not, the launcher says so, and the right one is built.
func (s *supervisor) reach(ctx context.Context, o, previous *outcome) *failure {
	environment, problem := s.environment()
	if problem != nil {
		return problem
	}
	name, fixed := s.known, s.options.Application != ""
	if fixed {
		name = applicationName{value: s.options.Application, source: "--application"}
	}
	for confirmed := fixed; ; confirmed = true {
		wanted, problem := s.project.findApplication(name, s.builder.tags)
		if problem == nil {
			o.build, problem = s.build(ctx, wanted, o.print, previous)
		}
		guessed := !confirmed && s.project.pkg != ""
		if problem != nil && guessed && wanted.importPath != s.project.importPath(s.project.pkg) {
			// The guess may be what is wrong: the settings alone tell.
			o.build, problem = s.build(ctx, application{}, o.print, nil)
		}
		if problem != nil {
			return problem
		}
		l, problem := s.start(ctx, o, environment)
		if problem != nil {
			return problem
		}
		named := s.named(o.settings)
		hosted := o.build.application
		if hosted.name != "" && (fixed || s.same(named, hosted)) {
			s.known = named
			o.launcher, problem = s.serve(ctx, l, o)
			return problem
		}
		l.stop()
		discard(o, previous)
		o.build, previous = buildResult{}, nil
		if confirmed {
			return &failure{title: "The application was not found", text: fmt.Sprintf(
				"WSGI_APPLICATION was %q, and then %q: it must not change from one start to the next", name.value, named.value)}
		}
		name = named
	}
}

// build makes a launcher for a, or takes the previous one if the sources are
// the same.
func (s *supervisor) build(ctx context.Context, a application, print fingerprint, previous *outcome) (buildResult, *failure) {
	if previous != nil && previous.build.binary != "" && previous.build.failure == nil && previous.build.application == a &&
		previous.print.source == print.source && previous.print.assets == print.assets && previous.print.again == print.again {
		reused := previous.build
		reused.took, reused.advance = 0, nil // the recipe is there already
		return reused, nil
	}
	s.next++
	if previous != nil && previous.print.again != print.again {
		s.recipe = nil // who asks for a build wants all of it
	}
	if s.recipe != nil && s.recipe.application == a {
		if result, ok := s.builder.fast(ctx, s.recipe, s.contents(), s.builder.binary(s.next)); ok {
			return result, result.failure
		}
	}
	if ctx.Err() == nil { // a fast build that a save has overtaken leaves the recipe as good as before
		s.recipe = nil
	}
	result := s.builder.run(ctx, s.next, a)
	return result, result.failure
}

// start runs what was built until it has reported its settings.
func (s *supervisor) start(ctx context.Context, o *outcome, environment []string) (*launcher, *failure) {
	if s.options.Exclusive || s.options.Debug {
		s.makeRoom(ctx)
		if ctx.Err() != nil {
			return nil, &failure{title: "The start was given up"}
		}
	}
	s.next++
	panics := s.panics
	panics.Roots = rootModules(s.project.roots())
	l, err := s.host.start(s.next, o.build.binary, environment, panics)
	if err != nil {
		return nil, &failure{title: "The application could not be started", text: err.Error()}
	}
	s.last = l
	defer s.watchStart()()
	m, ok := l.next(ctx)
	if !ok || m.Settings == nil {
		return nil, s.notReady(ctx, l, m, o)
	}
	o.settings = *m.Settings
	return l, nil
}

// makeRoom ends the launcher before the next one when their applications can't
// run side by side. Its requests come to their end first, but streams are ended;
// new requests wait. It goes on when ctx ends, and nobody waits for it.
func (s *supervisor) makeRoom(ctx context.Context) {
	if s.incumbent != nil {
		s.forgo(s.incumbent)
	}
	if s.last == nil {
		return
	}
	ended := make(chan struct{})
	go func(l *launcher) {
		defer close(ended)
		streams := time.AfterFunc(streamGrace, l.endStreams)
		defer streams.Stop()
		l.retire(requestGrace, nil)
	}(s.last)
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

// serve lets a launcher build its application and listen.
func (s *supervisor) serve(ctx context.Context, l *launcher, o *outcome) (*launcher, *failure) {
	defer s.watchStart()()
	l.say("serve")
	m, ok := l.next(ctx)
	if !ok || m.Ready == "" {
		return nil, s.notReady(ctx, l, m, o)
	}
	l.address = m.Ready
	return l, nil
}

// notReady says why a launcher did not come up, and ends it.
func (s *supervisor) notReady(ctx context.Context, l *launcher, m message, o *outcome) *failure {
	if ctx.Err() != nil {
		l.stop()
		return &failure{title: "The start was given up"}
	}
	if m.Failure == nil {
		select {
		case <-l.exited:
		case <-ctx.Done():
			l.stop()
		}
		return s.exitFailure(l, "while starting")
	}
	l.stop()
	f := &failure{text: m.Failure.Message, hint: m.Failure.Hint}
	if m.Failure.Stage == "settings" {
		f.title = "The settings could not be loaded"
		f.problems = findOrigins(s.project.dir(), m.Failure.Message)
		if module, source := s.settingsModule(); module != "" {
			f.text = fmt.Sprintf("%s\n(GOSTART_SETTINGS_MODULE is %q, from %s)", f.text, module, source)
		}
		return f
	}
	a := o.build.application
	f.title = "The application could not be built"
	if inside, ok := strings.CutPrefix(a.importPath+"/", s.project.module+"/"); ok {
		f.problems = findOrigins(filepath.Join(s.project.root, filepath.FromSlash(inside)), m.Failure.Message)
	}
	f.text = fmt.Sprintf("WSGI_APPLICATION %q: %s.%s: %s", a.value, a.importPath, a.name, m.Failure.Message)
	return f
}

// exitFailure says how a launcher ended, with the first line of the user's in
// the trace that it left.
func (s *supervisor) exitFailure(l *launcher, when string) *failure {
	panicked, problem, trace := parseTrace(l.tail.String(), s.project)
	f := &failure{
		title:  "The application ended",
		text:   fmt.Sprintf("the application ended %s: %s", when, l.status),
		output: trace,
	}
	if panicked != "" {
		f.title, f.text = "The application panicked", fmt.Sprintf("the application panicked %s", when)
		problem.Text = panicked
		f.problems = []Problem{problem}
	}
	return f
}

// named is the application that the settings name.
func (s *supervisor) named(r report) applicationName {
	if r.WSGIApplication == "" {
		return s.project.defaultApplication()
	}
	return applicationName{value: r.WSGIApplication, source: "WSGIApplication"}
}

// same tells whether n is the application a, in whichever spelling.
func (s *supervisor) same(n applicationName, a application) bool {
	found, problem := s.project.findApplication(n, s.builder.tags)
	return problem == nil && found.importPath == a.importPath && found.name == a.name
}
