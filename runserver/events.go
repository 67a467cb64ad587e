package runserver

// The events of --json: one object a line on standard output, in place of all
// prose. What the application prints goes to standard error, from both of its
// streams. Each object has "event" and "time" (RFC 3339), and:
//
//	started   url, network (addresses for others), debugger (of Delve, with --debug)
//	changed   files (below the module's root)
//	building
//	built     ms; nothing is built when only the environment changed
//	ready     ms (since building), settings (the module), application, pid
//	failed    title, text, hint, problems (file, line, column, text), output
//	request   method, path, status (0 without an answer), bytes, ms, cut (the connection was)
//	notice    text
//	stopped
//
// Fields may be added; those that are here stay as they are.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"
)

// eventLog writes them.
type eventLog struct{ w io.Writer }

// emit writes an event; fields marshal as an object, or nothing. It is nothing
// itself without --json.
func (e *eventLog) emit(event string, fields any) {
	if e == nil {
		return
	}
	line, err := json.Marshal(map[string]string{"event": event, "time": time.Now().Format(time.RFC3339Nano)})
	if err != nil {
		panic(err) // strings only
	}
	var more bytes.Buffer
	encoder := json.NewEncoder(&more)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fields); err != nil {
		panic(err) // all fields are ours
	}
	if text := bytes.TrimSpace(more.Bytes()); len(text) > len("{}") && text[0] == '{' {
		line = append(append(line[:len(line)-1], ','), text[1:]...)
	}
	_, _ = e.w.Write(append(line, '\n'))
}

func inMilliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// started is when clients are served; they may have to wait.
func (c *console) started(url string, network []string, debugger string) {
	c.events.emit("started", struct {
		URL      string   `json:"url"`
		Network  []string `json:"network,omitempty"`
		Debugger string   `json:"debugger,omitempty"`
	}{url, network, debugger})
}

func (c *console) filesChanged(names []string) {
	files := []string{}
	for _, name := range names {
		files = append(files, filepath.ToSlash(relative(c.project.root, name)))
	}
	c.events.emit("changed", map[string][]string{"files": files})
}

func (c *console) ready(o *outcome) {
	if o.build.took > 0 {
		c.events.emit("built", map[string]float64{"ms": inMilliseconds(o.build.took)})
	}
	c.events.emit("ready", struct {
		MS          float64 `json:"ms"`
		Settings    string  `json:"settings"`
		Application string  `json:"application"`
		PID         int     `json:"pid"`
	}{inMilliseconds(o.took), o.settings.Module, fmt.Sprintf("%s.%s", o.build.application.importPath, o.build.application.name), o.launcher.pid()})
}

func (c *console) requested(x *exchange, r *http.Request, cut bool) {
	c.events.emit("request", struct {
		Method string  `json:"method"`
		Path   string  `json:"path"`
		Status int     `json:"status"`
		Bytes  int64   `json:"bytes"`
		MS     float64 `json:"ms"`
		Cut    bool    `json:"cut,omitempty"`
	}{r.Method, r.RequestURI, x.status, x.bytes, inMilliseconds(time.Since(x.start)), cut})
}
