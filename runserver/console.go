package runserver

// What runserver prints. The banner and progress go to stdout, and the request
// log and errors to stderr, as Django's runserver has it; nothing is buffered.

import (
	"debug/buildinfo"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
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
	changes        string // what the running attempt is for
}

func newConsole(o Options, p project) *console {
	return &console{stdout: lockable(o.Stdout), stderr: lockable(o.Stderr), version: o.Version, project: p, color: o.Color}
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
func (c *console) notice(text string) { fmt.Fprintf(c.stderr, "gostart: %s\n", text) }

// building is for a first build that takes long.
func (c *console) building() {
	fmt.Fprintf(c.stdout, "Building %s; the first build on a machine compiles the standard library too ...\n", c.project.module)
}

// banner says what is served, and where.
func (c *console) banner(o *outcome, url string) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\ngostart %s", time.Now().Format("January 02, 2006 - 15:04:05"), c.version)
	if info, err := buildinfo.ReadFile(o.build.binary); err == nil {
		fmt.Fprintf(&b, ", %s", strings.Replace(info.GoVersion, "go", "Go ", 1))
	}
	if o.settings.Module != "" {
		fmt.Fprintf(&b, ", using settings %q", o.settings.Module)
	}
	fmt.Fprintf(&b, "\nStarting development server at %s\nQuit the server with CONTROL-%s.\n", url, quitKey())
	if os.Getenv(hideWarning) != "true" {
		fmt.Fprintf(&b, "WARNING: This is a development server. In production run what \"go build\" makes.\n")
	}
	io.WriteString(c.stdout, b.String())
}

func quitKey() string {
	if runtime.GOOS == "windows" {
		return "BREAK"
	}
	return "C"
}

// changed notes what the next attempt is for.
func (c *console) changed(names string) { c.changes = names }

// reloaded is the one line of a reload.
func (c *console) reloaded(o *outcome) {
	if o.failure != nil {
		return
	}
	changes := c.changes
	if changes == "" {
		changes = "the application ended"
	} else {
		changes += " changed"
	}
	if o.build.took == 0 {
		fmt.Fprintf(c.stdout, "%s, restarted in %s\n", changes, milliseconds(o.took))
		return
	}
	fmt.Fprintf(c.stdout, "%s, reloaded in %s (build %s)\n", changes, milliseconds(o.took), milliseconds(o.build.took))
}

// request logs one request; cut says that its connection was.
func (c *console) request(x *exchange, r *http.Request, cut bool) {
	io.WriteString(c.stderr, x.logLine(r, cut, c.color))
}

// failure prints why nothing can be served. What the program printed itself has
// been seen already.
func (c *console) failure(f *failure, dir string) {
	fmt.Fprintf(c.stderr, "\n%s\n%s\n", f.title, f.write(dir, false))
}

// openBrowser shows url as the user's system does: $BROWSER first.
func openBrowser(url string) error {
	command := []string{"xdg-open"}
	switch {
	case os.Getenv("BROWSER") != "":
		command = strings.Fields(os.Getenv("BROWSER"))
	case runtime.GOOS == "darwin":
		command = []string{"open"}
	case runtime.GOOS == "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	opener := exec.Command(command[0], append(command[1:], url)...)
	if err := opener.Start(); err != nil {
		return fmt.Errorf("opening the browser: %w", err)
	}
	go opener.Wait()
	return nil
}
