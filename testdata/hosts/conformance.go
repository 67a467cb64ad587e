// The views that the conformance suite of gostart's hosts asks for; hosts_cases_test.go says what it wants of them.
// They sit behind the project's middleware, as any view does.
package mysite

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// process tells one process that serves the application from the next.
var process = rand.Text()

func (s *site) conformance(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Process", process)
	views := http.NewServeMux()
	views.HandleFunc("/conformance/echo/", s.echo)
	views.HandleFunc("GET /conformance/download", download)
	views.HandleFunc("GET /conformance/stream", stream)
	views.HandleFunc("GET /conformance/wait", wait)
	views.HandleFunc("GET /conformance/endless", endless)
	views.HandleFunc("GET /conformance/file", file)
	views.HandleFunc("GET /conformance/panic", func(http.ResponseWriter, *http.Request) { panic("before the first byte") })
	views.HandleFunc("GET /conformance/panic/after", func(w http.ResponseWriter, r *http.Request) {
		first(w)
		gate(r)
		panic("after the first byte")
	})
	views.HandleFunc("GET /conformance/cookies", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			http.SetCookie(w, &http.Cookie{Name: "c" + strconv.Itoa(i), Value: "v", Path: "/", Expires: time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC)})
		}
	})
	views.HandleFunc("GET /conformance/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.WriteHeader(code)
		if code != http.StatusNoContent {
			_, _ = fmt.Fprint(w, "status ", code)
		}
	})
	views.HandleFunc("GET /conformance/header", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("bytes"))
		w.Header().Set("Large", strings.Repeat("x", n))
	})
	views.HandleFunc("GET /conformance/upgrade", upgrade)
	views.ServeHTTP(w, r)
}

// echo reports the request as the application sees it.
func (s *site) echo(w http.ResponseWriter, r *http.Request) {
	hash := sha256.New()
	n, err := io.Copy(hash, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	scheme := "http"
	if s.isHTTPS(r) {
		scheme = "https"
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method,
		"path":   r.URL.EscapedPath(),
		"query":  r.URL.RawQuery,
		"scheme": scheme,
		"host":   r.Host,
		"client": s.client(r),
		"proxy":  os.Getenv("HTTP_PROXY"), // which a CGI server makes of the header Proxy
		"header": r.Header.Get("Large"),
		"bytes":  n,
		"sha256": hex.EncodeToString(hash.Sum(nil)),
	})
}

// download sends 50 MB without saying so before, and tells the suite where that wants to know.
func download(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Has("accel") {
		w.Header().Set("X-Accel-Buffering", "yes")
	}
	piece := []byte(strings.Repeat("0123456789abcde\n", 64<<10/16))
	for range 50 << 20 / len(piece) {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
	if r.URL.Query().Has("gate") {
		gate(r)
	}
}

// first sends the first line of an answer.
func first(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = io.WriteString(w, "first\n")
	_ = http.NewResponseController(w).Flush()
}

// gate connects to the suite and waits until it hangs up.
func gate(r *http.Request) {
	conn, err := net.Dial("tcp", r.URL.Query().Get("gate"))
	if err != nil {
		return
	}
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
}

// stream sends the next line once the suite has opened the gate.
func stream(w http.ResponseWriter, r *http.Request) {
	for range 3 {
		first(w)
		gate(r)
	}
	_, _ = io.WriteString(w, "last\n")
}

// wait tells the suite when its context ends, and sends nothing meanwhile.
func wait(w http.ResponseWriter, r *http.Request) {
	first(w)
	select {
	case <-r.Context().Done():
		gate(r)
	case <-time.After(30 * time.Second):
	}
}

// endless sends until it can't, and tells the suite.
func endless(w http.ResponseWriter, r *http.Request) {
	piece := []byte(strings.Repeat("0123456789abcde\n", 64<<10/16))
	for start := time.Now(); time.Since(start) < 30*time.Second; {
		if _, err := w.Write(piece); err != nil {
			gate(r)
			return
		}
	}
}

// file is one with an ETag, which http.ServeContent answers conditions and ranges for.
func file(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Etag", `"tag"`)
	http.ServeContent(w, r, "file.txt", time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), strings.NewReader("0123456789"))
}

// upgrade leaves HTTP, as WebSockets do, and repeats one line.
func upgrade(w http.ResponseWriter, _ *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotImplemented)
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	_ = rw.Flush()
	line, _ := rw.ReadString('\n')
	_, _ = rw.WriteString(line)
	_ = rw.Flush()
}
