package runserver

// What runserver prints. The banner and progress go to stdout, and the request
// log and errors to stderr, as Django's runserver has it; nothing is buffered.

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// hideWarning, when "true", leaves the warning out of the banner.
const hideWarning = "GOSTART_RUNSERVER_HIDE_WARNING"

type console struct {
	stdout, stderr io.Writer
	version        string
	project        project
	color          bool
	keys           bool      // keys can be pressed
	changes        string    // what the running attempt is for
	events         *eventLog // in place of all that; nil without --json
}

func newConsole(o Options, p project) *console {
	c := &console{stdout: lockable(o.Stdout), stderr: lockable(o.Stderr), version: o.Version, project: p, color: o.Color}
	if o.JSON {
		c.events, c.stdout = &eventLog{w: c.stdout}, c.stderr
	}
	return c
}

// lockable lets several goroutines write to w. A file needs no lock, and a
// launcher inherits it as it is.
func lockable(w io.Writer) io.Writer {
	if _, ok := w.(*os.File); ok {
		return w
	}
	return &lockedWriter{w: w}
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// notice is a line about runserver itself.
func (c *console) notice(text string) {
	if c.events != nil {
		c.events.emit("notice", map[string]string{"text": text})
		return
	}
	_, _ = fmt.Fprintf(c.stderr, "gostart: %s\n", text)
}

// building is for a first build that takes long.
func (c *console) building() {
	if c.events != nil {
		return
	}
	_, _ = fmt.Fprintf(c.stdout, "Building %s; the first build on a machine compiles the standard library too ...\n", c.project.module)
}

// banner says what is served, and where, with remarks on that.
func (c *console) banner(o *outcome, url string, remarks []string) {
	if c.events != nil {
		c.reloaded(o)
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\ngostart %s", time.Now().Format("January 02, 2006 - 15:04:05"), c.version)
	if info, err := buildinfo.ReadFile(o.build.binary); err == nil {
		fmt.Fprintf(&b, ", %s", strings.Replace(info.GoVersion, "go", "Go ", 1))
	}
	if o.settings.Module != "" {
		fmt.Fprintf(&b, ", using settings %q", o.settings.Module)
	}
	fmt.Fprintf(&b, "\nStarting development server at %s\n", url)
	for _, remark := range remarks {
		fmt.Fprintln(&b, remark)
	}
	fmt.Fprintf(&b, "Quit the server with CONTROL-%s.\n", quitKey())
	if os.Getenv(hideWarning) != "true" {
		fmt.Fprintf(&b, "WARNING: This is a development server. In production run what \"go build\" makes.\n")
	}
	if c.keys {
		b.WriteString(keysLine)
	}
	_, _ = io.WriteString(c.stdout, b.String())
}

func quitKey() string {
	if runtime.GOOS == "windows" {
		return "BREAK"
	}
	return "C"
}

// changed notes what the next attempt is for: the files that changed, that the
// user asked for it, or else that there is no application any more.
func (c *console) changed(names []string, asked bool) {
	switch {
	case len(names) > 0:
		c.filesChanged(names)
		c.changes = c.namesText(names) + " changed"
	case asked:
		c.changes = "asked for"
	default:
		c.changes = "the application ended"
	}
}

// namesText names files in a line.
func (c *console) namesText(names []string) string {
	short := make([]string, 0, 3)
	for _, name := range names {
		if len(short) == 2 && len(names) > 3 {
			short = append(short, fmt.Sprintf("%d more files", len(names)-2))
			break
		}
		short = append(short, relative(c.project.root, name))
	}
	return strings.Join(short, ", ")
}

// reloaded is the one line of a reload.
func (c *console) reloaded(o *outcome) {
	switch {
	case o.failure != nil:
		return
	case c.events != nil:
		c.ready(o)
		return
	}
	if o.build.took == 0 {
		_, _ = fmt.Fprintf(c.stdout, "%s, restarted in %s\n", c.changes, milliseconds(o.took))
		return
	}
	_, _ = fmt.Fprintf(c.stdout, "%s, reloaded in %s (build %s)\n", c.changes, milliseconds(o.took), milliseconds(o.build.took))
}

// remark prints lines after that of a reload.
func (c *console) remark(lines []string) {
	if c.events != nil {
		return
	}
	for _, line := range lines {
		_, _ = fmt.Fprintln(c.stdout, line)
	}
}

// request logs one request; cut says that its connection was.
func (c *console) request(x *exchange, r *http.Request, cut bool) {
	if c.events != nil {
		c.requested(x, r, cut)
		return
	}
	_, _ = io.WriteString(c.stderr, x.logLine(r, cut, c.color))
}

// failure prints why nothing can be served. What the program printed itself has
// been seen already.
func (c *console) failure(f *failure, dir string) {
	if c.events != nil {
		c.events.emit("failed", json.RawMessage(f.json(dir, true)))
		return
	}
	_, _ = fmt.Fprintf(c.stderr, "\n%s\n%s\n", f.title, f.write(dir, false))
}
