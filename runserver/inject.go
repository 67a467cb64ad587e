package runserver

// How the script tag of live reload gets into pages: as bytes pass, so that a
// page that is streamed stays so, and only into what a browser shows as a
// document. Whoever else asks gets what the application gave.
//
// The tag goes to the earliest place that a document has for it: after <head>,
// or where that would have to stand. It is found before any text or script is
// seen that could look like markup, which </head> and </body> are not; and it
// runs on pages that never end.

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// page is an answer that may be one, on its way to the client. A nil page passes
// everything as it is.
type page struct {
	live   *liveReload
	id     string // the state that the answer comes from; "" if that is past
	at     int64  // when it was asked for
	path   string
	insert *inserter // once it turned out to be a page
}

// asksForDocument tells whether r is a browser's, for a document to show. Newer
// browsers say so where the connection is safe or the machine their own. The
// others say that they take HTML, as do scripts that put parts into a page;
// these have headers of their own.
func asksForDocument(r *http.Request) bool {
	if r.Method != http.MethodGet || r.Header.Get("Range") != "" {
		return false
	}
	if destination := r.Header.Get("Sec-Fetch-Dest"); destination != "" {
		return slices.Contains([]string{"document", "iframe", "frame"}, destination)
	}
	for _, name := range []string{"Hx-Request", "X-Requested-With", "Turbo-Frame", "X-Turbo-Request-Id", "Datastar-Request",
		"X-Up-Version", "X-Pjax", "X-Alpine-Request"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// prepare changes the request's header on its way to the application: a page
// that was compressed can't be changed, and one that the browser has already is
// not known to have the tag.
func (p *page) prepare(header http.Header) {
	if p == nil {
		return
	}
	for _, name := range []string{"Accept-Encoding", "If-None-Match", "If-Modified-Since"} {
		header.Del(name)
	}
}

// begin decides by the answer's header, and changes it. Its validators are the
// application's, for a page without the tag: the browser must not use them for
// this one.
func (p *page) begin(status int, header http.Header) {
	if p == nil || p.insert != nil || !isDocument(status, header) {
		return
	}
	if strings.Contains(strings.ToLower(strings.Join(header["Cache-Control"], ",")), "no-transform") {
		p.live.leaves(p.path, "its Cache-Control has no-transform")
		return
	}
	allowed := permitted(header)
	if !allowed.script {
		p.live.leaves(p.path, "its Content-Security-Policy allows no script of its own site "+
			"(script-src with 'self' or a nonce), or no connection to it")
		return
	}
	for _, name := range []string{"Content-Length", "Etag", "Last-Modified"} {
		header.Del(name)
	}
	p.insert = &inserter{tag: p.tag(allowed, status >= 500)}
}

// tag is the script tag; failed is for a page that stands where another belongs.
func (p *page) tag(allowed permission, failed bool) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<script async src="%s?v=%s" data-build="%s" data-at="%d"`, scriptPath, scriptVersion, p.id, p.at)
	if failed {
		b.WriteString(" data-failed")
	}
	if !allowed.worker {
		b.WriteString(" data-no-worker")
	}
	if allowed.nonce != "" {
		fmt.Fprintf(&b, ` nonce="%s"`, html.EscapeString(allowed.nonce))
	}
	b.WriteString("></script>")
	return b.Bytes()
}

// write passes text on, with the tag where it belongs.
func (p *page) write(w io.Writer, text []byte) (int, error) {
	if p == nil || p.insert == nil || p.insert.phase == over {
		return w.Write(text)
	}
	if changed := p.insert.feed(text); len(changed) > 0 {
		if _, err := w.Write(changed); err != nil {
			return 0, err
		}
	}
	return len(text), nil
}

// end passes on what was held back.
func (p *page) end(w io.Writer) {
	if p != nil && p.insert != nil {
		if rest := p.insert.rest(); len(rest) > 0 {
			w.Write(rest) //nolint:errcheck // the client may be gone
		}
	}
}

// isDocument tells whether an answer is a whole document that a browser shows,
// in an encoding in which ASCII is ASCII.
func isDocument(status int, header http.Header) bool {
	switch {
	case status < 200, status >= 300 && status < 400, slices.Contains([]int{204, 205, 206}, status):
		return false
	case len(header["Content-Type"]) != 1, header.Get("Content-Length") == "0":
		return false
	case !slices.Contains([]string{"", "identity"}, strings.ToLower(header.Get("Content-Encoding"))):
		return false
	case strings.HasPrefix(strings.ToLower(strings.TrimSpace(header.Get("Content-Disposition"))), "attachment"):
		return false
	}
	kind, parameters, _ := mime.ParseMediaType(header.Get("Content-Type"))
	charset := strings.ToLower(parameters["charset"])
	return kind == "text/html" && !strings.HasPrefix(charset, "utf-16") && !strings.HasPrefix(charset, "utf-32")
}

// phase is where in a document an inserter is.
type phase int

const (
	between     phase = iota // where the tag may stand
	comment                  // <!-- ... -->
	declaration              // <!doctype ...>, <?xml ...>
	htmlTag                  // <html ...>
	headTag                  // <head ...>
	over                     // the tag is in, or will not be
)

// opening is what may stand before the tag, and the phase that it begins.
var opening = []struct {
	text  string
	phase phase
}{
	{"<!--", comment}, {"<!", declaration}, {"<?", declaration}, {"<html", htmlTag}, {"<head", headTag},
	{"\xef\xbb\xbf", between}, {"\xfe\xff", over}, {"\xff\xfe", over}, // byte order marks
}

// inserter puts a tag into a document that it is fed in pieces.
type inserter struct {
	tag   []byte
	phase phase
	held  []byte // the beginning of what may be an opening
	fed   bool
	last  [4]byte // of a comment
	quote byte    // in a tag: the one that ends the value
	value bool    // in a tag: after =
}

// feed returns what can be passed on now.
func (i *inserter) feed(text []byte) []byte {
	if i.phase == over || len(text) == 0 {
		return text
	}
	i.fed = true
	if len(i.held) > 0 {
		text = slices.Concat(i.held, text)
		i.held = nil
	}
	for n := 0; n < len(text); n++ {
		c := text[n]
		switch i.phase {
		case comment:
			copy(i.last[:], i.last[1:])
			i.last[3] = c
			if bytes.HasSuffix(i.last[:], []byte("-->")) || string(i.last[:]) == "--!>" {
				i.phase = between
			}
		case declaration:
			if c == '>' {
				i.phase = between
			}
		case htmlTag, headTag:
			if !i.closes(c) {
				continue
			}
			if i.phase == headTag {
				return i.insert(text, n+1)
			}
			i.phase = between
		case between:
			if isSpace(c) {
				continue
			}
			begins, length, more := opens(text[n:])
			if more {
				i.held = bytes.Clone(text[n:])
				return text[:n]
			}
			if length == 0 {
				return i.insert(text, n)
			}
			i.phase, i.last, i.quote, i.value = begins, [4]byte{0, 0, '-', '-'}, 0, false
			if i.phase == over {
				return text
			}
			n += length - 1
		}
	}
	return text
}

// closes tells whether c ends the tag that it is in.
func (i *inserter) closes(c byte) bool {
	switch {
	case i.quote != 0:
		if c == i.quote {
			i.quote = 0
		}
	case c == '>':
		return true
	case i.value && (c == '"' || c == '\''):
		i.quote, i.value = c, false
	case c == '=':
		i.value = true
	case !isSpace(c):
		i.value = false
	}
	return false
}

// insert puts the tag into text.
func (i *inserter) insert(text []byte, at int) []byte {
	i.phase = over
	return slices.Concat(text[:at], i.tag, text[at:])
}

// rest returns what is left to pass on at the end of the document.
func (i *inserter) rest() []byte {
	if i.phase != between || !i.fed {
		return nil
	}
	return i.insert(i.held, 0)
}

// opens tells which opening text begins with; more says that it may yet be one.
func opens(text []byte) (begins phase, length int, more bool) {
	for _, o := range opening {
		n := min(len(o.text), len(text))
		if is := string(text[:n]); is != o.text[:n] && (o.text[0] != '<' || !strings.EqualFold(is, o.text[:n])) {
			continue
		}
		isTag := o.phase == htmlTag || o.phase == headTag
		switch {
		case n < len(o.text), isTag && n == len(text):
			return 0, 0, true
		case !isTag, isSpace(text[n]), text[n] == '/', text[n] == '>':
			return o.phase, n, false
		}
	}
	return 0, 0, false
}

// isSpace is HTML's notion of it.
func isSpace(c byte) bool { return strings.IndexByte(" \t\n\f\r", c) >= 0 }
