package runserver

// The server that clients see: it logs each request, holds it at the barrier,
// and forwards it or answers with the page that says what is wrong.

import (
	"context"
	"log"
	"net/http"
	"time"
)

// serveFront serves the listener until Shutdown.
func (s *server) serveFront() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	front := &http.Server{
		Handler:                      http.HandlerFunc(s.answer),
		Protocols:                    protocols,
		DisableGeneralOptionsHandler: true, // "OPTIONS *" is the application's
		ErrorLog:                     log.New(s.console.stderr, "", log.LstdFlags),
	}
	go front.Serve(s.listener)
	return front
}

// answer is the way of every request.
func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w, start: time.Now()}
	defer func() {
		cut := recover()
		s.console.request(x, r, cut != nil)
		if cut != nil {
			panic(cut)
		}
	}()
	if s.options.NoThreading {
		select {
		case s.turn <- struct{}{}:
			defer func() { <-s.turn }()
		case <-r.Context().Done():
			return
		}
	}
	// The application may answer while the body still comes; by default a
	// server would first read the body to its end.
	http.NewResponseController(w).EnableFullDuplex() //nolint:errcheck // HTTP/2 always does
	if !s.options.NoReload {
		s.tracker.check()
	}
	o := s.barrier.wait(r.Context())
	switch {
	case o == nil:
		panic(http.ErrAbortHandler) // the client is gone
	case o.failure != nil:
		s.showFailure(x, r, o)
	default:
		defer o.launcher.release()
		o.forward.ServeHTTP(x, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
	}
}

// showFailure answers with the page. One that says how the application ended is
// shown once; the request after it starts the application again.
func (s *server) showFailure(x *exchange, r *http.Request, o *outcome) {
	if l := o.failure.ended; l != nil && l.mourned.Swap(true) {
		s.barrier.drop(o)
		if again := s.barrier.wait(r.Context()); again == nil {
			panic(http.ErrAbortHandler)
		} else if again.failure == nil {
			defer again.launcher.release()
			again.forward.ServeHTTP(x, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
			return
		} else {
			o = again
		}
	}
	writeFailure(x, o.failure, s.supervisor.project.invoked)
}

// forwarder sends requests to o's launcher. One whose launcher ended meanwhile
// is answered by the page that says so.
func (s *server) forwarder(o *outcome) http.Handler {
	if o.launcher == nil {
		return nil
	}
	return newForwarder(s.supervisor.host, o.launcher, func(w http.ResponseWriter) bool {
		select {
		case <-o.launcher.exited:
		case <-time.After(crashWait):
			return false
		}
		o.launcher.mourned.Store(true)
		writeFailure(w, s.mourn(o), s.supervisor.project.invoked)
		return true
	})
}
