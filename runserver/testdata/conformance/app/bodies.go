package app

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

var serveContentTime = time.Unix(1e9, 0)

// bodies differ in what they do with the request's body, and when.
var bodies = map[string]http.HandlerFunc{
	"echo": func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) },
	"read": read,
	"ignore": func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "not read")
	},
	"refuse": func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "too much", http.StatusRequestEntityTooLarge)
	},
	"hints-read": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		read(w, r)
	},
	"hints-refuse": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProcessing)
		http.Error(w, "refused after all", http.StatusExpectationFailed)
	},
	"continue": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusContinue)
		read(w, r)
	},
	// answer-first tells the client that it may send.
	"answer-first": func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		control.EnableFullDuplex()
		io.WriteString(w, "go ahead\n")
		control.Flush()
		read(w, r)
	},
	// duplex answers each line before the next is sent.
	"duplex": func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		control.EnableFullDuplex()
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			fmt.Fprintln(w, strings.ToUpper(lines.Text()))
			control.Flush()
		}
		fmt.Fprintln(w, lines.Err())
	},
	"some": func(w http.ResponseWriter, r *http.Request) {
		first := make([]byte, 10)
		n, err := io.ReadFull(r.Body, first)
		fmt.Fprintf(w, "%q %v", first[:n], err)
	},
	"form": func(w http.ResponseWriter, r *http.Request) {
		err := r.ParseMultipartForm(1 << 20)
		fmt.Fprintf(w, "%v %v %v", r.Form, r.PostForm, err)
	},
	// stalled reads with a deadline of its own.
	"stalled": func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).SetReadDeadline(time.Now())
		_, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, err != nil)
	},
}

func read(w http.ResponseWriter, r *http.Request) {
	hash := sha256.New()
	size, err := io.Copy(hash, r.Body)
	fmt.Fprintf(w, "%d bytes %x %v", size, hash.Sum(nil), err)
}
