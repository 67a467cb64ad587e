package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// originalHeader carries what a request loses between the client and the
// launcher; the supervisor sets it on every request and drops a client's own.
const originalHeader = "Gostart-Original"

// original is the request as the supervisor received it. Bytes are of any kind:
// JSON would replace those that are not UTF-8.
type original struct {
	Token      string              `json:"token"`
	ID         int64               `json:"id"`                 // of the request, in words about it
	Question   bool                `json:"question,omitempty"` // not a request: whether that one has begun
	RemoteAddr string              `json:"remote_addr"`
	LocalAddr  string              `json:"local_addr"`
	Method     string              `json:"method"`
	RequestURI []byte              `json:"request_uri"`
	Proto      string              `json:"proto"`
	Host       []byte              `json:"host"`
	Close      bool                `json:"close,omitempty"`
	Length     int64               `json:"length"`
	Chunked    bool                `json:"chunked,omitempty"`
	NoBody     bool                `json:"no_body,omitempty"`
	Header     map[string][][]byte `json:"header,omitempty"` // what is not sent as it is
	TLS        *tlsState           `json:"tls,omitempty"`    // nil for plain HTTP
	Panic      string              `json:"panic,omitempty"`  // the form in which the client may be told of a panic; "" is not at all
}

// restore makes a request look as it did when the supervisor received it, so
// that the application can't tell that something stands between.
func restore(application http.Handler, token string, clients *clients, pages *panicPages) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var o original
		err := json.Unmarshal([]byte(r.Header.Get(originalHeader)), &o)
		if err != nil || o.Token != token {
			http.Error(w, errToken.Error(), http.StatusForbidden)
			return
		}
		if o.Question {
			if !clients.entered(o.ID) {
				http.NotFound(w, r)
			}
			return
		}
		ctx, leave := clients.enter(r.Context(), o.ID)
		defer leave()
		if path, ok := strings.CutPrefix(o.LocalAddr, "unix:"); ok {
			ctx = context.WithValue(ctx, http.LocalAddrContextKey, &net.UnixAddr{Net: "unix", Name: path})
		} else if addr, err := net.ResolveTCPAddr("tcp", o.LocalAddr); err == nil {
			ctx = context.WithValue(ctx, http.LocalAddrContextKey, addr)
		}
		sent := r
		r = r.WithContext(ctx)
		r.Header.Del(originalHeader)
		r.Header.Del("Content-Length")
		for name, values := range o.Header {
			r.Header[name] = nil
			for _, value := range values {
				r.Header[name] = append(r.Header[name], string(value))
			}
		}
		r.RemoteAddr, r.Host, r.Close = o.RemoteAddr, string(o.Host), o.Close
		r.Method, r.RequestURI, r.Proto = o.Method, string(o.RequestURI), o.Proto
		r.ProtoMajor, r.ProtoMinor, _ = http.ParseHTTPVersion(o.Proto)
		r.TLS = o.TLS.restored()
		restoreURL(r)
		r.ContentLength = o.Length
		if !o.Chunked {
			r.TransferEncoding = nil
		}
		if r.Body = http.NoBody; !o.NoBody {
			r.Body = &body{ReadCloser: sent.Body, sent: sent, seen: r}
		}
		if r.ProtoMajor > 1 {
			// There, an answer never waits for the end of the request.
			http.NewResponseController(w).EnableFullDuplex() //nolint:errcheck // HTTP/1.1 always can
		}
		defer reportPanic(w, pages.watch(r, o.Panic), pages)
		application.ServeHTTP(w, r)
	})
}

// body is that of the request as it was sent; at its end net/http gives that
// request the trailers which had not been announced.
type body struct {
	io.ReadCloser
	sent, seen *http.Request
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF && b.seen.Trailer == nil {
		b.seen.Trailer = b.sent.Trailer
	}
	return n, err
}

// clients knows the requests that are being answered. Their connections are the
// supervisor's: a word of its own says that the client of one has gone.
type clients struct {
	mu      sync.Mutex
	cancels map[int64]context.CancelFunc
	early   map[int64]bool // words that came before their request, or after
	begun   map[int64]bool // those above latest-1000
	latest  int64
	open    sync.WaitGroup
}

func newClients() *clients {
	return &clients{cancels: map[int64]context.CancelFunc{}, early: map[int64]bool{}, begun: map[int64]bool{}}
}

// enter is called when a request begins, and what it returns when it ends.
func (c *clients) enter(ctx context.Context, id int64) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	c.open.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun[id] = true
	for c.latest = max(c.latest, id-1000); c.latest < id; c.latest++ {
		delete(c.begun, c.latest-1000)
	}
	if c.early[id] {
		delete(c.early, id)
		cancel()
	}
	c.cancels[id] = cancel
	return ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.cancels, id)
		cancel()
		c.open.Done()
	}
}

// entered tells whether a request has begun, of late; it is said of all others.
func (c *clients) entered(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.begun[id] || id <= c.latest-1000
}

// gone ends the context of a request, be it still to come.
func (c *clients) gone(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel, ok := c.cancels[id]; ok {
		cancel()
		return
	}
	if len(c.early) >= 1000 {
		clear(c.early) // of words that came too late
	}
	c.early[id] = true
}

// wait returns when no request is open, or ctx ends.
func (c *clients) wait(ctx context.Context) {
	ended := make(chan struct{})
	go func() {
		c.open.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
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
