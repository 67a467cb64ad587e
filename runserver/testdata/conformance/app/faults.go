package app

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

var calls sync.Map // of handlers, by id

// faults are handlers that fail.
var faults = map[string]http.HandlerFunc{
	"calls": func(w http.ResponseWriter, r *http.Request) {
		count, _ := calls.Load(r.URL.Query().Get("id"))
		fmt.Fprint(w, count)
	},
	"panic": func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("id")
		count, _ := calls.LoadOrStore(id, 0)
		calls.Store(id, count.(int)+1)
		switch r.URL.Query().Get("when") {
		case "written":
			io.WriteString(w, "lost")
		case "flushed":
			io.WriteString(w, "seen")
			http.NewResponseController(w).Flush()
		case "complete":
			w.Header().Set("Content-Length", "4")
			io.WriteString(w, "full")
			http.NewResponseController(w).Flush()
		case "read":
			io.Copy(io.Discard, r.Body)
		case "abort":
			panic(http.ErrAbortHandler)
		case "aborted":
			io.WriteString(w, "seen")
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		panic("of " + id)
	},
	// short promises more than it sends, and long less.
	"short": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "12345")
	},
	"long": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		_, err := io.WriteString(w, strings.Repeat("12345", 2))
		if err == nil {
			panic("written")
		}
	},
}
