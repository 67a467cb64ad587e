// Package app is the application of the conformance test. A path below /do/
// names something to do; any other is answered with all that can be seen of the
// request.
package app

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Serve is the application.
func Serve(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutPrefix(r.URL.Path, "/do/")
	if !ok {
		look(w, r)
		return
	}
	for _, does := range []map[string]http.HandlerFunc{answers, bodies, streams, faults} {
		if do, ok := does[name]; ok {
			do(w, r)
			return
		}
	}
	http.NotFound(w, r)
}

// look answers with what the application sees. Bytes that are not ASCII are
// escaped, so that none is lost on the way into JSON.
func look(w http.ResponseWriter, r *http.Request) {
	seen := map[string]any{
		"method":         r.Method,
		"request uri":    strconv.QuoteToASCII(r.RequestURI),
		"url":            fmt.Sprintf("%+q %v %v", urlParts(r.URL), r.URL.ForceQuery, r.URL.OmitHost),
		"query":          fmt.Sprintf("%+q", r.URL.Query()),
		"proto":          fmt.Sprint(r.Proto, r.ProtoMajor, r.ProtoMinor),
		"host":           strconv.QuoteToASCII(r.Host),
		"header":         quoted(r.Header),
		"content length": r.ContentLength,
		"encoding":       r.TransferEncoding,
		"close":          r.Close,
		"trailer before": quoted(r.Trailer),
		"remote":         r.RemoteAddr,
		"local":          fmt.Sprintf("%T %[1]v", r.Context().Value(http.LocalAddrContextKey)),
		"tls":            r.TLS != nil,
		"pattern":        r.Pattern,
		"no body":        r.Body == http.NoBody,
		"server":         fmt.Sprintf("%T", r.Context().Value(http.ServerContextKey)),
	}
	hash := sha256.New()
	size, err := io.Copy(hash, r.Body)
	seen["body"] = fmt.Sprintf("%d bytes %x %v", size, hash.Sum(nil), err)
	seen["trailer after"] = quoted(r.Trailer)
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(seen); err != nil {
		panic(err)
	}
}

func urlParts(u *url.URL) []string {
	return []string{u.Scheme, u.Opaque, u.User.String(), u.Host, u.Path, u.RawPath, u.RawQuery, u.Fragment}
}

func quoted(header http.Header) map[string]string {
	if header == nil {
		return nil
	}
	result := map[string]string{}
	for name, values := range header {
		result[name] = fmt.Sprintf("%+q", values)
	}
	return result
}
