package app

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// answers are kinds of answers; none reads the request's body.
var answers = map[string]http.HandlerFunc{
	"ping": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "pong") },
	"status": func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.URL.Query().Get("is"))
		w.WriteHeader(status)
		fmt.Fprintf(w, "status %d", status)
	},
	"empty":   func(http.ResponseWriter, *http.Request) {},
	"sniffed": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<!DOCTYPE html><title>x</title>") },
	"no-type": func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		io.WriteString(w, "<p>of no type")
	},
	"no-date": func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		io.WriteString(w, "undated")
	},
	"dated": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
		io.WriteString(w, "old")
	},
	"cookies": func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{"one", "two", "three"} {
			http.SetCookie(w, &http.Cookie{Name: name, Value: "1", Path: "/"})
		}
		w.WriteHeader(http.StatusNoContent)
	},
	"unmodified": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"x"`)
		w.Header().Set("Content-Length", "5")
		w.WriteHeader(http.StatusNotModified)
	},
	"length": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		io.WriteString(w, "12345")
	},
	"many":  func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("many ", 10_000)) },
	"range": func(w http.ResponseWriter, r *http.Request) { serveContent(w, r) },
	"close": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		io.WriteString(w, "goodbye")
	},
	"keep": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "keep-alive")
		w.Header().Set("Keep-Alive", "timeout=5")
		io.WriteString(w, "stay")
	},
	"hop": func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Connection"] = []string{"Upgrade, X-Hop"}
		w.Header().Set("X-Hop", "hop")
		w.Header().Set("Upgrade", "h2c, example/2")
		w.Header().Set("Proxy-Authenticate", `Basic realm="x"`)
		w.Header().Set("Proxy-Connection", "keep-alive")
		w.Header().Set("Te", "trailers")
		w.WriteHeader(http.StatusUpgradeRequired)
	},
	"headers": func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["X-Multi"] = []string{"b", "a", "", "caf\xc3\xa9", "caf\xe9"}
		w.Header()["Vary"] = []string{"Accept", "Cookie, Accept-Encoding"}
		w.Header().Set("Server", "conformance")
		w.Header().Set("Gostart-Original", "mine")
		w.Header().Set("Location", "/%2F/../ü?x= y")
	},
	"spelling": func(w http.ResponseWriter, _ *http.Request) { w.Header()["x-lower"] = []string{"1"} },
	"large": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Large", strings.Repeat("x", 900<<10))
	},
	"hints": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusProcessing)
		io.WriteString(w, "after hints")
	},
	"gzip": func(w http.ResponseWriter, _ *http.Request) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, strings.Repeat("compressed ", 1000))
		z.Close()
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/plain")
		w.Write(b.Bytes())
	},
	"download": func(w http.ResponseWriter, _ *http.Request) {
		block := bytes.Repeat([]byte("0123456789abcde\n"), 4096)
		for range 50 << 20 / len(block) {
			w.Write(block)
		}
	},
}

func serveContent(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "x.txt", serveContentTime, strings.NewReader(strings.Repeat("0123456789", 100)))
}
