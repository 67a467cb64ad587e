package runserver

// Live reload: a page in a browser refreshes when another build answers than the
// one that made it. The event stream is served here and not by the application,
// so that it lives through reloads and no drain waits for it; the browser's side
// is livereload.js, and inject.go puts it into pages.
//
// An event names the state of the project: a build that answers, or a failure,
// over the files as they are. A page knows the name of its own. So an event that
// is lost, late, or heard twice does no harm, and a page that was made while
// nobody listened is found out. Events that are older than the page say nothing
// about it: hence the times.

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

//go:embed livereload.js
var liveScript []byte

// scriptVersion makes the script's address change with it: browsers keep a
// shared worker for as long as a page uses its address.
var scriptVersion = fmt.Sprintf("%.4x", sha256.Sum256(liveScript))

const (
	eventsPath = "/__gostart/events"
	scriptPath = "/__gostart/reload.js"

	commentEvery = 15 * time.Second // for what closes quiet connections on the way
)

// liveReload tells browsers. Nil is live reload turned off.
type liveReload struct {
	salt   string          // of this run: its successor's pages are not its own
	host   string          // the bound one
	began  time.Time       // of the times of events
	done   <-chan struct{} // closed when streams have to end
	notice func(string)
	once   sync.Once // for notices

	mu       sync.Mutex
	last     event         // zero before the first
	answered *outcome      // what answered then
	changed  chan struct{} // closed when last is another
}

// event is what a stream carries.
type event struct {
	ID   string   `json:"id"`
	At   int64    `json:"at"`             // microseconds
	From string   `json:"from,omitempty"` // the state before
	CSS  []string `json:"css,omitempty"`  // all that sets the two apart: style sheets, by their path in static/
}

func newLiveReload(host string, done <-chan struct{}, notice func(string)) *liveReload {
	return &liveReload{
		salt: rand.Text(), host: host, began: time.Now(), done: done, notice: notice, changed: make(chan struct{}),
	}
}

// id names the state in which o answers for the files as print has them. Starting
// the same program again is no other state: pages that reloaded for that would
// start one again that ends with each page.
func (l *liveReload) id(o *outcome, print fingerprint) string {
	text := fmt.Sprintf("%s %x %t %s", l.salt, print, o.failure != nil, o.build.binary)
	return fmt.Sprintf("%.8x", sha256.Sum256([]byte(text)))
}

// now does not jump when the clock is set.
func (l *liveReload) now() int64 {
	return l.began.UnixMicro() + time.Since(l.began).Microseconds()
}

// publish is called when o answers for the files as print has them; names are
// the files that changed. That the application ended is no event: the pages that
// it has made are still its own.
func (l *liveReload) publish(o *outcome, print fingerprint, names []string) {
	if l == nil || o.failure != nil && o.failure.ended != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	next := event{ID: l.id(o, print), At: l.now(), From: l.last.ID}
	if o == l.answered {
		next.CSS = styleSheets(names)
	}
	l.answered = o
	if next.ID == l.last.ID {
		return
	}
	l.last = next
	close(l.changed)
	l.changed = make(chan struct{})
}

// styleSheets are the paths below static/ of the named files, or nil if one of
// them is no style sheet there.
func styleSheets(names []string) []string {
	var sheets []string
	for _, name := range names {
		name = filepath.ToSlash(name)
		at := strings.LastIndex(name, "/static/")
		if at < 0 || !strings.HasSuffix(name, ".css") {
			return nil
		}
		sheets = append(sheets, name[at+len("/static/"):])
	}
	return sheets
}

// current returns the last event, and what is closed when there is another.
func (l *liveReload) current() (event, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last, l.changed
}

// page is for the answer to r, which o gives: what is put into it if it turns
// out to be a page. It returns nil if it can't be one.
func (l *liveReload) page(r *http.Request, o *outcome, b *barrier) *page {
	if l == nil || !asksForDocument(r) || !allowedHost(r.Host, l.host) {
		return nil
	}
	p := &page{live: l, at: l.now(), path: r.URL.Path}
	// Where the state has moved on already, the page has no name: the next event
	// is about it.
	if settled, print, covered := b.current(); covered && settled == o {
		p.id = l.id(o, print)
	}
	return p
}

// leaves says, once a run, why live reload leaves a page alone.
func (l *liveReload) leaves(path, why string) {
	l.once.Do(func() { l.notice(fmt.Sprintf("live reload leaves %s alone: %s", path, why)) })
}

// serves answers what browsers ask live reload for. It reports whether r was that.
func (l *liveReload) serves(w http.ResponseWriter, r *http.Request) bool {
	if l == nil || r.URL.Path != eventsPath && r.URL.Path != scriptPath {
		return false
	}
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	switch {
	case !allowedHost(r.Host, l.host):
		http.NotFound(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
	case r.URL.Path == scriptPath:
		header.Set("Content-Type", "text/javascript; charset=utf-8")
		header.Set("Cache-Control", "no-cache")
		header.Set("Etag", `"`+scriptVersion+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(liveScript))
	default:
		header.Set("Content-Type", "text/event-stream")
		header.Set("Cache-Control", "no-store")
		if r.Method == http.MethodGet {
			l.stream(w, r)
		}
	}
	return true
}

// stream sends the last event, and each new one, until the client goes or the
// server ends.
func (l *liveReload) stream(w http.ResponseWriter, r *http.Request) {
	comments := time.NewTicker(commentEvery)
	defer comments.Stop()
	io.WriteString(w, "retry: 500\n\n") //nolint:errcheck // flushing tells
	sent := ""
	for {
		last, changed := l.current()
		if last.ID != sent {
			sent = last.ID
			text, err := json.Marshal(last)
			if err != nil {
				return
			}
			fmt.Fprintf(w, "data: %s\n\n", text) //nolint:errcheck // flushing tells
		}
		if http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-comments.C:
			io.WriteString(w, ":\n\n") //nolint:errcheck // flushing tells
		case <-r.Context().Done():
			return
		case <-l.done:
			return
		}
	}
}

// allowedHost tells whether a Host header is a name for this machine. Another
// site can make its own name lead here, and would be the origin of what it reads.
func allowedHost(host, bound string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		host != "" && host == strings.TrimSuffix(strings.ToLower(bound), ".")
}
