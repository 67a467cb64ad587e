package main

// What becomes of a request whose handler panics. net/http cuts the connection,
// and so does the launcher; but in Debug, as long as nothing has been sent, a
// client on this machine is told what happened. The supervisor decides who may
// be told, and in which form: the client's address and its Accept are in its
// hands.

import (
	"bytes"
	"io"
	"log"
	"mime"
	"net/http"
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

// panicPages is what pages about panics have in common; nil makes none.
type panicPages struct {
	Roots    map[string]string `json:"roots"`    // directories of the modules whose code is the user's, and their paths
	Dir      string            `json:"dir"`      // names of files are shown relative to it
	Editor   string            `json:"editor"`   // URL of a place, with {path}, {line} and {column}; "" without one
	Command  bool              `json:"command"`  // the supervisor starts the editor
	Terminal bool              `json:"terminal"` // nobody can: the path is copied
	Token    string            `json:"token"`    // for the supervisor

	settings any
	module   string // of settings
}

// with adds what the settings say; nil without Debug.
func (p *panicPages) with(report *settings, loaded any) *panicPages {
	if !report.Debug {
		return nil
	}
	p.settings, p.module = loaded, report.Module
	return p
}

// formLimit is how much of a form is kept to be shown.
const formLimit = 64 << 10

// watched is a request that may end in a panic.
type watched struct {
	request *http.Request
	form    string // "html", "json" or "text"; "" is not told
	body    *recorder
}

// watch keeps what the handler reads of a form: a page must never read on, as
// it might wait for a client that waits for the answer.
func (p *panicPages) watch(r *http.Request, form string) watched {
	if p == nil || form == "" {
		return watched{request: r}
	}
	seen := watched{request: r, form: form}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Body != http.NoBody && (kind == "application/x-www-form-urlencoded" || kind == "multipart/form-data") {
		seen.body = &recorder{ReadCloser: r.Body}
		r.Body = seen.body
	}
	return seen
}

// recorder keeps a copy of what is read, unless it is long.
type recorder struct {
	io.ReadCloser
	mu    sync.Mutex
	text  []byte
	ended bool
	long  bool
}

func (b *recorder) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.long = b.long || len(b.text)+n > formLimit
	if !b.long {
		b.text = append(b.text, p[:n]...)
	}
	b.ended = b.ended || err == io.EOF
	return n, err
}

// whole is what was read, if that was all.
func (b *recorder) whole(length int64) ([]byte, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.text), !b.long && (b.ended || int64(len(b.text)) == length)
}

// reportPanic is deferred around the handler. It says which client a panic cut
// off, as net/http would if it knew the address; then it answers, or lets
// net/http cut the connection.
func reportPanic(w http.ResponseWriter, seen watched, pages *panicPages) {
	reason := recover()
	if reason == nil {
		return
	}
	if reason != http.ErrAbortHandler {
		stack := make([]uintptr, 256)
		stack = stack[:runtime.Callers(1, stack)]
		log.Printf("http: panic serving %s: %v\n%s", seen.request.RemoteAddr, reason, debug.Stack())
		if pages.answer(w, seen, reason, stack) {
			return
		}
	}
	// net/http would first read the rest of a body that waits to be asked for.
	http.NewResponseController(w).SetReadDeadline(time.Now()) //nolint:errcheck // it may be taken
	panic(http.ErrAbortHandler)
}

// answer tells the client; false when it can't.
func (p *panicPages) answer(w http.ResponseWriter, seen watched, reason any, stack []uintptr) (told bool) {
	if p == nil || seen.form == "" || begun(w) {
		return false
	}
	defer func() {
		if recover() != nil { // in a method of the user's that words a value
			told = false
		}
	}()
	report := p.report(seen, reason, stack)
	var body []byte
	kind := "text/plain; charset=utf-8"
	switch seen.form {
	case "html":
		kind, body = "text/html; charset=utf-8", p.page(report)
	case "json":
		kind, body = "application/json", report.json()
	default:
		body = report.plain()
	}
	http.NewResponseController(w).EnableFullDuplex() //nolint:errcheck // then the answer does not wait for a body that nobody has read
	header := w.Header()
	clear(header) // of what the handler meant for another answer
	header.Set("Content-Type", kind)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Cache-Control", "no-store")
	header.Set("Vary", "Accept")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", pagePolicy())
	header.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusInternalServerError)
	_, err := w.Write(body)
	return err == nil || seen.request.Method == http.MethodHead
}

// begun tells whether an answer has been begun, or the connection taken over.
// Only net/http knows. A writer of our own around its one would know too, but
// the application could tell: http.MaxBytesReader, for one, asks net/http's for
// what no other type can have. So the fields are read; a net/http that has not
// got them counts as begun, and a test fails.
func begun(w http.ResponseWriter) bool {
	response := reflect.Indirect(reflect.ValueOf(w))
	if response.Kind() != reflect.Struct {
		return true
	}
	conn := reflect.Indirect(response.FieldByName("conn"))
	wrote := response.FieldByName("wroteHeader")
	if conn.Kind() != reflect.Struct || wrote.Kind() != reflect.Bool || wrote.Bool() {
		return true
	}
	hijacked := conn.FieldByName("hijackedv")
	return hijacked.Kind() != reflect.Bool || hijacked.Bool()
}
