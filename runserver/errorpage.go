package runserver

// What runserver itself answers while there is no application to ask.

import (
	"fmt"
	"net/http"
)

// writeFailure answers a request with f. It is never cached: the next save may
// mend it.
func writeFailure(w http.ResponseWriter, f *failure, dir string) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusInternalServerError)
	fmt.Fprintf(w, "%s\n\n%s\ngostart runserver waits for the next change.\n", f.title, f.write(dir, true))
}
