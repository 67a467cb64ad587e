// Command conformance hosts the application by net/http alone: what runserver
// is compared with. It ends when its standard input does.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"gostart/runserver/testdata/conformance/app"
)

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		io.Copy(io.Discard, os.Stdin) //nolint:errcheck // its end is what counts
		os.Exit(0)
	}()
	server := &http.Server{Handler: http.HandlerFunc(app.Serve), Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	fmt.Println(listener.Addr())
	log.Fatal(server.Serve(listener))
}
