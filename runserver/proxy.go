package runserver

// Forwarding: each request goes to the launcher as it came, and each answer back
// as it was given. net/http/httputil.ReverseProxy does the work; what is here
// undoes what a proxy changes on the way, since this one must not show:
//
//   - what a proxy may not pass on, and what net/http's client gives a meaning
//     of its own, travels in a header of ours (launcher/restore.go puts it back);
//   - nothing is sent twice: a handler that dies is not called again;
//   - the client's announcements (100-continue, trailers) wait for the
//     application, not for us;
//   - a client that ends its side may still wait for the answer: it is the
//     application that is told, and decides.

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"time"
)

// originalHeader and original are those of launcher/restore.go.
const originalHeader = "Gostart-Original"

type original struct {
	Token      string              `json:"token"`
	ID         int64               `json:"id"`
	Question   bool                `json:"question,omitempty"`
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
	Header     map[string][][]byte `json:"header,omitempty"`
	TLS        *tlsState           `json:"tls,omitempty"`
	Panic      form                `json:"panic,omitempty"`
}

// keptHeaders travel in originalHeader: those that httputil.ReverseProxy drops,
// and those that make net/http's client or server act.
var keptHeaders = []string{"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate",
	"Proxy-Authorization", "Te", "Trailer", "Upgrade", "Expect",
	"User-Agent", "Content-Length", "Idempotency-Key", "X-Idempotency-Key", originalHeader}

type exchangeKey struct{}

func exchangeOf(r *http.Request) *exchange { return r.Context().Value(exchangeKey{}).(*exchange) }

// newForwarder sends requests to l. When l gives no answer, failed may; when it
// does not either, the connection is cut.
func newForwarder(h host, l *launcher, failed func(http.ResponseWriter) bool) http.Handler {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			conn, err := dialer.DialContext(ctx, h.network, l.address)
			return &link{Conn: conn}, err
		},
		DisableCompression:    true,
		MaxIdleConnsPerHost:   256,
		ExpectContinueTimeout: 24 * time.Hour, // the application decides, not a timer
		ReadBufferSize:        32 << 10,
		WriteBufferSize:       32 << 10,
	}
	return &httputil.ReverseProxy{
		Rewrite:        func(p *httputil.ProxyRequest) { rewrite(p, h.token) },
		Transport:      &carrier{RoundTripper: transport, host: h, launcher: l},
		BufferPool:     buffers{},
		ErrorLog:       log.New(io.Discard, "", 0), // the request log has it
		ModifyResponse: restoreResponse,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			if failed(w) {
				return
			}
			// As net/http does when a handler panics: cut the connection.
			panic(http.ErrAbortHandler)
		},
	}
}

// rewrite makes the request to the launcher. All methods but HEAD become POST:
// net/http sends a GET again when the connection breaks, and a handler that
// panics would run twice.
func rewrite(p *httputil.ProxyRequest, token string) {
	in, out := p.In, p.Out
	x := exchangeOf(in)
	o := original{
		Token: token, ID: x.id, RemoteAddr: in.RemoteAddr, Method: in.Method, RequestURI: []byte(in.RequestURI),
		Proto: in.Proto, Host: []byte(in.Host), Close: in.Close, Length: in.ContentLength,
		Chunked: len(in.TransferEncoding) > 0, NoBody: in.Body == http.NoBody, Header: map[string][][]byte{}, Panic: x.panics,
		TLS: tlsStateOf(in.TLS),
	}
	if addr, ok := in.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		o.LocalAddr = addr.String()
		if addr.Network() == "unix" {
			o.LocalAddr = "unix:" + o.LocalAddr
		}
	}
	keep := func(name string) {
		o.Header[name] = nil
		for _, value := range in.Header[name] {
			o.Header[name] = append(o.Header[name], []byte(value))
		}
	}
	for _, name := range keptHeaders {
		if _, ok := in.Header[name]; ok {
			keep(name)
		}
	}
	for _, list := range in.Header["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
			if _, ok := in.Header[name]; ok {
				keep(name)
			}
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
	for _, name := range []string{"User-Agent", "Content-Length", "Idempotency-Key", "X-Idempotency-Key"} {
		delete(out.Header, name)
	}
	if !x.expects() {
		delete(out.Header, "Expect")
	}
	x.page.prepare(out.Header)
	out.Header[originalHeader] = []string{string(text)}
	hasBody := out.Body != nil
	p.Out = out.WithContext(httptrace.WithClientTrace(out.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			x.link = info.Conn.(*link)
			x.link.reused, x.link.uploads = info.Reused, hasBody
			x.link.sent.Store(false)
		},
	}))
	out = p.Out
	out.URL, out.Host = &url.URL{Scheme: "http", Host: "launcher", Path: "/"}, ""
	out.Method = http.MethodPost
	if in.Method == http.MethodHead {
		// An answer without a body needs the real method. Nor is a request sent
		// again whose body may have been read, and be it empty.
		out.Method = http.MethodHead
		if out.Body == nil {
			out.Body = io.NopCloser(strings.NewReader(""))
			return
		}
	}
	if out.Body == nil {
		return
	}
	out.Body = &upload{ReadCloser: out.Body, exchange: x, out: out}
	if in.ContentLength < 0 || len(in.Trailer) > 0 {
		out.ContentLength = -1
		out.Trailer = http.Header{}
		for name := range in.Trailer {
			out.Trailer[name] = nil
		}
	}
}

// restoreResponse puts it back, and keeps the server from adding what the
// application left out.
func restoreResponse(response *http.Response) error {
	x := exchangeOf(response.Request)
	response.Header, response.Request = x.header, nil // a switch of protocols would be written as a POST's: with a length
	for _, name := range []string{"Content-Type", "Date"} {
		if _, ok := response.Header[name]; !ok {
			x.Header()[name] = nil
		}
	}
	return nil
}

// buffers lends the proxy what it copies through.
type buffers struct{}

const bufferSize = 32 << 10

var bufferPool = sync.Pool{New: func() any { return new([bufferSize]byte) }}

func (buffers) Get() []byte  { return bufferPool.Get().(*[bufferSize]byte)[:] }
func (buffers) Put(b []byte) { bufferPool.Put((*[bufferSize]byte)(b)) }
