package main

import (
	"context"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
)

// originalHeader carries what a request loses between the client and the
// launcher; the supervisor sets it on every request and drops a client's own.
const originalHeader = "Gostart-Original"

// original is the request as the supervisor received it.
type original struct {
	Token      string      `json:"token"`
	RemoteAddr string      `json:"remote_addr"`
	LocalAddr  string      `json:"local_addr"`
	RequestURI string      `json:"request_uri"`
	Proto      string      `json:"proto"`
	Hop        http.Header `json:"hop,omitempty"` // the headers that a proxy must not pass on
}

// restore makes a request look as it did when the supervisor received it, so
// that the application can't tell that something stands between.
func restore(application http.Handler, token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var o original
		err := json.Unmarshal([]byte(r.Header.Get(originalHeader)), &o)
		if err != nil || o.Token != token {
			http.Error(w, errToken.Error(), http.StatusForbidden)
			return
		}
		r.Header.Del(originalHeader)
		for name, values := range o.Hop {
			r.Header[name] = values
		}
		if addr, err := net.ResolveTCPAddr("tcp", o.LocalAddr); err == nil {
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, addr))
		}
		r.RemoteAddr = o.RemoteAddr
		r.Proto = o.Proto
		r.ProtoMajor, r.ProtoMinor, _ = http.ParseHTTPVersion(o.Proto)
		r.RequestURI = o.RequestURI
		restoreURL(r)
		defer reportPanic(r)
		application.ServeHTTP(w, r)
	})
}

// restoreURL parses the request line again, as net/http does when it reads one:
// a proxy sends "//a/b" and absolute forms in another spelling.
func restoreURL(r *http.Request) {
	target := r.RequestURI
	if r.Method == http.MethodConnect && !strings.HasPrefix(target, "/") {
		target = "http://" + target
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return
	}
	if r.Method == http.MethodConnect {
		u.Scheme = ""
	}
	r.URL = u
}

// reportPanic says which client a panic cut off, as net/http would if it knew
// the address, and lets net/http cut the connection.
func reportPanic(r *http.Request) {
	if e := recover(); e != nil {
		if e != http.ErrAbortHandler {
			log.Printf("http: panic serving %s: %v\n%s", r.RemoteAddr, e, debug.Stack())
		}
		panic(http.ErrAbortHandler)
	}
}
