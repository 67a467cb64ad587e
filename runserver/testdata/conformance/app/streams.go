package app

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// signals are named events: one request waits for what another one, or its end,
// sets off.
var signals struct {
	sync.Mutex
	named map[string]chan struct{}
}

func signal(name string) chan struct{} {
	signals.Lock()
	defer signals.Unlock()
	if signals.named == nil {
		signals.named = map[string]chan struct{}{}
	}
	if signals.named[name] == nil {
		signals.named[name] = make(chan struct{})
	}
	return signals.named[name]
}

// streams take their time. "id" names the signals of a test.
var streams = map[string]http.HandlerFunc{
	"signal": func(_ http.ResponseWriter, r *http.Request) { close(signal(r.URL.Query().Get("id"))) },
	"await": func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-signal(r.URL.Query().Get("id")):
			io.WriteString(w, "it happened")
		case <-r.Context().Done():
		}
	},
	// stream sends its first part at once, and its second after the signal.
	"stream": func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first\n")
		http.NewResponseController(w).Flush()
		<-signal(r.URL.Query().Get("id"))
		io.WriteString(w, "second\n")
	},
	"head-first": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Early", "1")
		http.NewResponseController(w).Flush()
		<-signal(r.URL.Query().Get("id"))
		io.WriteString(w, "body\n")
	},
	"length-first": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "12345")
		http.NewResponseController(w).Flush()
		<-signal(r.URL.Query().Get("id"))
		io.WriteString(w, "67890")
	},
	"events": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "retry: 100\ndata: 1\n\n")
		http.NewResponseController(w).Flush()
		<-signal(r.URL.Query().Get("id"))
		fmt.Fprint(w, "data: 2\n\n")
	},
	// abandoned signals that it has begun, and then that its client is gone.
	"abandoned": func(_ http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("id")
		close(signal(id + "-begun"))
		<-r.Context().Done()
		close(signal(id + "-cancelled"))
	},
	"abandoned-upload": func(_ http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("id")
		close(signal(id + "-begun"))
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			close(signal(id + "-broken"))
		}
		<-r.Context().Done()
		close(signal(id + "-cancelled"))
	},
	"abandoned-stream": func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("id")
		close(signal(id + "-begun"))
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				break
			}
		}
		close(signal(id + "-cancelled"))
	},
	// half-closed answers though its client has ended its side.
	"half-closed": func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		io.WriteString(w, "answered all the same")
	},
	"trailers": func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("which") {
		case "announced":
			w.Header()["Trailer"] = []string{"X-One, X-Two", "X-Never"}
		case "both":
			w.Header().Set("Trailer", "X-One")
		}
		io.WriteString(w, "body")
		if r.URL.Query().Has("flush") {
			http.NewResponseController(w).Flush()
		}
		if r.URL.Query().Get("which") != "unannounced" {
			w.Header().Set("X-One", "1")
			w.Header().Set("X-Two", "2")
		}
		if r.URL.Query().Get("which") != "announced" {
			w.Header().Add(http.TrailerPrefix+"X-Late", "l")
			w.Header().Add(http.TrailerPrefix+"X-Late", "m")
		}
	},
	"upgrade": upgrade,
	// raw takes the connection and answers in HTTP itself.
	"raw": func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 200 Fine\r\nContent-Length: 3\r\n\r\nraw")
	},
}

// upgrade takes the connection over and answers each line in capitals. At the
// client's end it says goodbye; at "last" it ends its own side first, and
// signals what it still hears.
func upgrade(w http.ResponseWriter, r *http.Request) {
	conn, both, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	fmt.Fprintf(both, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n",
		r.Header.Get("Upgrade"))
	io.WriteString(both, "welcome\n")
	both.Flush()
	lines := bufio.NewScanner(both)
	for lines.Scan() {
		if lines.Text() == "last" {
			io.WriteString(conn, "enough\n")
			conn.(interface{ CloseWrite() error }).CloseWrite()
			for lines.Scan() {
				close(signal(r.URL.Query().Get("id") + "-" + lines.Text()))
			}
			return
		}
		if lines.Text() == "cut" {
			return
		}
		fmt.Fprintln(conn, strings.ToUpper(lines.Text()))
	}
	fmt.Fprintln(conn, "goodbye", lines.Err())
}
