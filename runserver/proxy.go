package runserver

// Forwarding: each request goes to the launcher as it came, and each answer back
// as it was given. net/http/httputil.ReverseProxy does the work; what is here
// undoes what a proxy changes on the way, since this one must not show:
//
//   - what HTTP says a proxy may not pass on travels in a header of our own
//     (launcher/restore.go puts it back);
//   - nothing is sent twice: a handler that dies is not called again;
//   - the client's announcements (100-continue, trailers) wait for the
//     application, not for us.

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"time"
)

// originalHeader and original are those of launcher/restore.go.
const originalHeader = "Gostart-Original"

type original struct {
	Token      string      `json:"token"`
	RemoteAddr string      `json:"remote_addr"`
	LocalAddr  string      `json:"local_addr"`
	RequestURI string      `json:"request_uri"`
	Proto      string      `json:"proto"`
	Hop        http.Header `json:"hop,omitempty"`
}

// hopHeaders are those that httputil.ReverseProxy drops from requests.
var hopHeaders = []string{"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate",
	"Proxy-Authorization", "Te", "Trailer", "Upgrade"}

type exchangeKey struct{}

// newForwarder sends requests to l. When l gives no answer, failed may; when it
// does not either, the connection is cut.
func newForwarder(h host, l *launcher, failed func(http.ResponseWriter) bool) http.Handler {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, h.network, l.address)
		},
		DisableCompression:    true,
		MaxIdleConnsPerHost:   256,
		ExpectContinueTimeout: 24 * time.Hour, // the application decides, not a timer
		ReadBufferSize:        32 << 10,
		WriteBufferSize:       32 << 10,
	}
	return &httputil.ReverseProxy{
		Rewrite:        func(p *httputil.ProxyRequest) { rewrite(p, h.token) },
		Transport:      closing{transport},
		FlushInterval:  -1,
		BufferPool:     buffers{},
		ErrorLog:       log.New(io.Discard, "", 0), // the request log has it
		ModifyResponse: restoreResponse,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, _ error) {
			if r.Context().Err() == nil && failed(w) {
				return
			}
			// As net/http does when a handler panics: cut the connection.
			panic(http.ErrAbortHandler)
		},
	}
}

// rewrite makes the request to the launcher.
func rewrite(p *httputil.ProxyRequest, token string) {
	in, out := p.In, p.Out
	o := original{Token: token, RemoteAddr: in.RemoteAddr, RequestURI: in.RequestURI, Proto: in.Proto}
	if addr, ok := in.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		o.LocalAddr = addr.String()
	}
	keep := func(name string) {
		if values := in.Header[name]; values != nil {
			if o.Hop == nil {
				o.Hop = http.Header{}
			}
			o.Hop[name] = values
		}
	}
	for _, name := range hopHeaders {
		keep(name)
	}
	for _, list := range in.Header["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			keep(textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)))
		}
	}
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // strings only
	}
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := in.Header[name]; ok {
			out.Header[name] = values
		}
	}
	out.Header[originalHeader] = []string{string(text)}
	out.URL.Scheme, out.URL.Host = "http", "launcher"
	out.URL.RawQuery = in.URL.RawQuery
	out.Host = in.Host
	switch {
	case in.Body == nil || in.Body == http.NoBody || in.ContentLength == 0:
		// Without a body, net/http would send a GET again when the connection
		// breaks, and a handler that panics would run twice. A body that turns
		// out to be empty prevents that.
		if slices.Contains([]string{"GET", "HEAD", "OPTIONS", "TRACE"}, in.Method) {
			out.Body = io.NopCloser(eof{})
		}
	case in.Trailer != nil:
		out.Trailer = http.Header{}
		for name := range in.Trailer {
			out.Trailer[name] = nil
		}
		out.Body = &trailing{ReadCloser: out.Body, in: in, out: out}
	}
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// trailing passes the request's trailers on, which are known when its body ends.
type trailing struct {
	io.ReadCloser
	in, out *http.Request
}

func (t *trailing) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		for name, values := range t.in.Trailer {
			t.out.Trailer[name] = values
		}
	}
	return n, err
}

// closing notes when the application closes the connection: the proxy takes
// that for its own connection, and the client would keep its one.
type closing struct{ http.RoundTripper }

func (c closing) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(r)
	if err == nil && slices.ContainsFunc(response.Header["Connection"], func(v string) bool { return strings.EqualFold(v, "close") }) {
		r.Context().Value(exchangeKey{}).(*exchange).closes = true
	}
	return response, err
}

// restoreResponse keeps the server from adding what the application left out.
func restoreResponse(response *http.Response) error {
	x := response.Request.Context().Value(exchangeKey{}).(*exchange)
	for _, name := range []string{"Content-Type", "Date"} {
		if _, ok := response.Header[name]; !ok {
			x.Header()[name] = nil
		}
	}
	if x.closes {
		response.Header["Connection"] = []string{"close"}
	}
	return nil
}

// buffers lends the proxy what it copies through.
type buffers struct{}

var bufferPool = sync.Pool{New: func() any { return make([]byte, 32<<10) }}

func (buffers) Get() []byte  { return bufferPool.Get().([]byte) }
func (buffers) Put(b []byte) { bufferPool.Put(b) } //nolint:staticcheck // a slice header is small beside a request
