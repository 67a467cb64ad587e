package runserver

// The server that clients see: it logs each request, holds it at the barrier,
// and forwards it or answers with the page that says what is wrong.

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"
)

// serveFront serves the listener until Shutdown.
func (s *server) serveFront() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	front := &http.Server{
		Handler:   http.HandlerFunc(s.answer),
		Protocols: protocols,
		ErrorLog:  errorLog(s.console.stderr),
	}
	listener := &sniffer{Listener: s.listener, secure: s.secure != nil, notice: s.console.notice}
	if s.secure != nil {
		protocols.SetHTTP2(true)
		front.TLSConfig = &tls.Config{Certificates: []tls.Certificate{s.secure.certificate}}
		go func() { _ = front.ServeTLS(listener, "", "") }() // its end is asked for
		return front
	}
	go func() { _ = front.Serve(listener) }() // its end is asked for
	return front
}

// answer is the way of every request.
func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	if s.live.serves(w, r) {
		return
	}
	x := &exchange{ResponseWriter: w, request: r, id: s.requests.Add(1), start: time.Now(), panics: s.panicForm(r)}
	defer func() {
		cut := recover()
		if x.whole && cut == nil {
			x.flush() // before the log, which the client need not wait for
		}
		s.console.request(x, r, cut != nil)
		if cut != nil {
			if x.status >= 200 {
				x.flush() // what has been said is heard, before the cut
			}
			panic(cut)
		}
	}()
	if r.URL.Path == openPath && s.editor.token != "" {
		s.openEditor(x, r)
		return
	}
	waiting, end := waitingFor(r)
	defer end()
	if s.options.NoThreading {
		select {
		case s.turn <- struct{}{}:
			defer func() { <-s.turn }()
		case <-waiting.Done():
			panic(http.ErrAbortHandler)
		}
	}
	// The application may answer while the body still comes; by default a
	// server would first read the body to its end.
	http.NewResponseController(w).EnableFullDuplex() //nolint:errcheck // HTTP/2 always does
	if !s.options.NoReload {
		s.tracker.check()
	}
	o := s.barrier.wait(waiting)
	if o == nil {
		panic(http.ErrAbortHandler) // the client is gone, or nothing will answer it
	}
	x.page = s.live.page(r, o, s.barrier)
	switch {
	case o.failure != nil:
		s.showFailure(waiting, x, r, o)
	default:
		x.forward(o)
	}
	x.page.end(w)
}

// goneGrace is how long a request waits whose client may be gone.
const goneGrace = time.Minute

// waitingFor ends when nobody waits for an answer to r any more. With HTTP/1, a
// client that has ended its side of the connection may still do so, and one that
// is gone looks the same: it is waited for, but not for ever.
func waitingFor(r *http.Request) (ctx context.Context, end func()) {
	if r.ProtoMajor > 1 {
		return r.Context(), func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	stop := context.AfterFunc(r.Context(), func() { time.AfterFunc(goneGrace, cancel) })
	return ctx, func() { stop(); cancel() }
}

// forward lets o's launcher answer. A client that has gone does not end the
// exchange: it may have ended its own side only. The application is told.
func (x *exchange) forward(o *outcome) {
	defer func() { o.launcher.release(x.stream) }()
	client := x.request.Context()
	ctx, cancel := context.WithCancel(context.WithValue(context.WithoutCancel(client), exchangeKey{}, x))
	defer cancel()
	stop := context.AfterFunc(client, func() { o.launcher.say(fmt.Sprintf("gone %d", x.id)) })
	defer stop()
	o.forward.ServeHTTP(x, x.request.WithContext(ctx))
}

// showFailure answers with the page. One that says how the application ended is
// shown once; the request after it starts the application again.
func (s *server) showFailure(waiting context.Context, x *exchange, r *http.Request, o *outcome) {
	if l := o.failure.ended; l != nil && l.mourned.Swap(true) {
		s.barrier.drop(o)
		if o = s.barrier.wait(waiting); o == nil {
			panic(http.ErrAbortHandler)
		}
		x.page = s.live.page(r, o, s.barrier)
		if o.failure == nil {
			x.forward(o)
			return
		}
	}
	s.writeFailure(x, r, o.failure)
}

// forwarder sends requests to o's launcher. One whose launcher ended meanwhile
// is answered by the page that says so.
func (s *server) forwarder(o *outcome) http.Handler {
	if o.launcher == nil {
		return nil
	}
	return newForwarder(s.supervisor.host, o.launcher, func(w http.ResponseWriter) bool {
		if _, alive := s.supervisor.host.ask(o.launcher, 0); alive {
			return false // a handler cut the connection, no more
		}
		select {
		case <-o.launcher.exited:
		case <-time.After(stopGrace):
			if _, alive := s.supervisor.host.ask(o.launcher, 0); alive {
				return false
			}
			_ = killGroup(o.launcher.process) // it is there, and deaf
			<-o.launcher.exited
		}
		if o.launcher.isRetired() {
			s.writeFailure(w, w.(*exchange).request, cutShort) // it was asked to end
			return true
		}
		o.launcher.mourned.Store(true)
		s.writeFailure(w, w.(*exchange).request, s.mourn(o))
		return true
	})
}
