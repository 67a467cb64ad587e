// Command launcher hosts one application while it is developed. It is a real
// program, vetted and tested here; gostart runserver compiles it inside the
// user's module through an overlay, so it may import the standard library only,
// and nothing is written in the user's tree.
//
// It speaks to its supervisor over one connection, a JSON object a line:
//
//	launcher -> supervisor   hello, then settings, then ready; or failure
//	supervisor -> launcher   "serve", when the settings name the application built in;
//	                         "gone 7", when the client of request 7 has gone; "stop"
//
// The connection is its lifeline too: when it ends, the supervisor is gone, and
// the launcher ends with all that it started. A signal would not do: a
// supervisor killed with SIGKILL sends none.
//
// A panic or os.Exit in the user's code is not caught here: the process ends as
// it would in production, and the supervisor reads the trace that it leaves.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"reflect"
	"sync"
	"syscall"
	"time"
)

// configVariable carries the supervisor's instructions. It is unset before any
// of them is followed, so that programs the application starts don't inherit it.
const configVariable = "GOSTART_LAUNCHER"

// shutdownGrace is how long requests that are still open get to end.
const shutdownGrace = 2 * time.Second

type config struct {
	Network string     `json:"network"` // "unix", or "tcp" where private unix sockets are not to be had
	Control string     `json:"control"` // address of the supervisor
	Listen  string     `json:"listen"`  // address to listen on
	Token   string     `json:"token"`   // proves each side to the other
	ID      int        `json:"id"`      // which launcher this is
	Dir     string     `json:"dir"`     // the supervisor's private directory
	Panics  panicPages `json:"panics"`
}

// message is one line to the supervisor; one field besides hello's is set.
type message struct {
	Token    string    `json:"token,omitempty"`
	ID       int       `json:"id,omitempty"`
	PID      int       `json:"pid,omitempty"` // of this process, which may not be the supervisor's child
	Settings *settings `json:"settings,omitempty"`
	Failure  *failure  `json:"failure,omitempty"`
	Ready    string    `json:"ready,omitempty"` // the address that the launcher listens on
}

// settings is what the supervisor needs of the project's Settings. The fields
// are found by name, so that a project may drop any of them.
type settings struct {
	Module          string `json:"module"` // the project's SettingsModule, or else GOSTART_SETTINGS_MODULE
	WSGIApplication string `json:"wsgi_application"`
	Debug           bool   `json:"debug"`
	BaseDir         string `json:"base_dir"`
}

// failure says why no application can be served, short of a panic.
type failure struct {
	Stage   string `json:"stage"` // "settings" or "application"
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func main() {
	var c config
	if err := json.Unmarshal([]byte(os.Getenv(configVariable)), &c); err != nil {
		fmt.Fprintln(os.Stderr, "launcher: this program is started by gostart runserver")
		os.Exit(2)
	}
	os.Unsetenv(configVariable)
	outliveOutput()
	if err := run(c); err != nil {
		fmt.Fprintf(os.Stderr, "launcher: %v\n", err)
		os.Exit(1)
	}
}

// run hosts the application until the supervisor is gone or asks for the end.
func run(c config) error {
	signals, unsubscribe := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer unsubscribe() // and not before: the signal may come after the connection has ended
	ctx, stop := context.WithCancel(signals)
	defer stop()
	control, err := net.Dial(c.Network, c.Control)
	if err != nil {
		return fmt.Errorf("reaching the supervisor: %w", err)
	}
	send := json.NewEncoder(control)
	if err := send.Encode(message{Token: c.Token, ID: c.ID, PID: os.Getpid()}); err != nil {
		return fmt.Errorf("reaching the supervisor: %w", err)
	}
	orphaned := sync.OnceFunc(func() {
		os.RemoveAll(c.Dir)
		killGroup()
		os.Exit(1)
	})
	serve, told, lost := make(chan struct{}), make(chan struct{}), make(chan struct{})
	clients := newClients()
	go func() {
		if obey(control, serve, clients) {
			close(told)
			stop()
			io.Copy(io.Discard, control) //nolint:errcheck // the end is all that matters
		} else {
			close(lost)
			stop()
		}
		time.AfterFunc(shutdownGrace+time.Second, orphaned) // the user's code may not return
	}()
	defer func() {
		if ctx.Err() == nil {
			return
		}
		// A signal alone is no reason: the supervisor sends its word first, and
		// one that was killed is about to be missed.
		select {
		case <-told:
		case <-lost:
			orphaned()
		case <-time.After(shutdownGrace):
		}
	}()

	report, loaded, problem := readSettings()
	if problem != nil {
		return send.Encode(message{Failure: problem})
	}
	if err := send.Encode(message{Settings: report}); err != nil {
		return fmt.Errorf("reporting the settings: %w", err)
	}
	select {
	case <-serve:
	case <-ctx.Done():
		return nil
	}
	handler, problem := resolve(application)
	if problem != nil {
		return send.Encode(message{Failure: problem})
	}
	listener, err := net.Listen(c.Network, c.Listen)
	if err != nil {
		return fmt.Errorf("listening for the supervisor: %w", err)
	}
	if err := send.Encode(message{Ready: listener.Addr().String()}); err != nil {
		return fmt.Errorf("reporting ready: %w", err)
	}
	return host(ctx, listener, restore(handler, c.Token, clients, c.Panics.with(report, loaded)), clients)
}

// host serves until ctx is done; then event streams see their context end, and
// what is still open after shutdownGrace is cut.
func host(ctx context.Context, listener net.Listener, handler http.Handler, clients *clients) error {
	requests, end := context.WithCancel(context.Background())
	defer end()
	server := &http.Server{
		Handler: handler,
		// The supervisor has applied net/http's limit to what the client sent;
		// this one must leave room for the header that the supervisor adds.
		MaxHeaderBytes: 4 << 20,
		BaseContext:    func(net.Listener) context.Context { return requests },
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		end()
		grace, cancel := context.WithTimeout(context.Background(), shutdownGrace)
		defer cancel()
		if server.Shutdown(grace) != nil {
			server.Close()
		}
		// It leaves those alone that have taken their connection, as WebSockets
		// do; they have been told, too, and get to say goodbye.
		clients.wait(grace)
	}()
	err := server.Serve(listener)
	if ctx.Err() == nil {
		return fmt.Errorf("serving: %w", err)
	}
	<-stopped
	return nil
}

// obey follows the supervisor's words; true when it says stop, false when the
// connection ends.
func obey(control io.Reader, serve chan<- struct{}, clients *clients) (told bool) {
	words := json.NewDecoder(control)
	for {
		var word string
		if words.Decode(&word) != nil {
			return false
		}
		switch word {
		case "serve":
			close(serve)
		case "stop":
			return true
		default:
			var id int64
			if _, err := fmt.Sscanf(word, "gone %d", &id); err == nil {
				clients.gone(id)
			}
		}
	}
}

// readSettings calls the project's LoadSettings; an application without a
// project has none, and the report is empty.
func readSettings() (*settings, any, *failure) {
	loaded, err := loadSettings()
	if err != nil {
		return nil, nil, &failure{Stage: "settings", Message: err.Error()}
	}
	report := &settings{Module: os.Getenv("GOSTART_SETTINGS_MODULE")}
	value := reflect.Indirect(reflect.ValueOf(loaded))
	if value.Kind() != reflect.Struct {
		return report, loaded, nil
	}
	if f := value.FieldByName("SettingsModule"); f.Kind() == reflect.String {
		report.Module = f.String()
	}
	if f := value.FieldByName("WSGIApplication"); f.Kind() == reflect.String {
		report.WSGIApplication = f.String()
	}
	if f := value.FieldByName("BaseDir"); f.Kind() == reflect.String {
		report.BaseDir = f.String()
	}
	if f := value.FieldByName("Debug"); f.Kind() == reflect.Bool {
		report.Debug = f.Bool()
	}
	return report, loaded, nil
}

var (
	handlerType = reflect.TypeFor[http.Handler]()
	errorType   = reflect.TypeFor[error]()
)

const shapes = "an application is an http.Handler, a func(http.ResponseWriter, *http.Request), " +
	"a func() http.Handler or a func() (http.Handler, error)"

// resolve turns an application of any of the four shapes into a handler.
// A function may return any type that is an http.Handler, as a *http.ServeMux.
func resolve(application any) (http.Handler, *failure) {
	fail := func(hint, format string, args ...any) (http.Handler, *failure) {
		return nil, &failure{Stage: "application", Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	value := reflect.ValueOf(application)
	if isNil(value) {
		return fail("", "it is nil")
	}
	switch application := application.(type) {
	case http.Handler:
		return application, nil
	case func(http.ResponseWriter, *http.Request):
		return http.HandlerFunc(application), nil
	}
	t := value.Type()
	if t.Kind() != reflect.Func {
		if reflect.PointerTo(t).Implements(handlerType) {
			return fail(fmt.Sprintf("export a *%s instead: its pointer has the method", t),
				"it is a %s, which does not implement http.Handler (ServeHTTP has a pointer receiver)", t)
		}
		return fail(shapes, "it is a %s, which does not implement http.Handler (missing method ServeHTTP)", t)
	}
	fallible := t.NumOut() == 2 && t.Out(1) == errorType
	if t.NumIn() != 0 || t.NumOut() != 1 && !fallible || !t.Out(0).Implements(handlerType) {
		return fail(shapes, "it is a %s, which is none of the shapes of an application", t)
	}
	results := value.Call(nil)
	if fallible && !results[1].IsNil() {
		return fail("", "it returned an error: %v", results[1].Interface())
	}
	if isNil(results[0]) {
		return fail("", "it returned a nil %s", t.Out(0))
	}
	return results[0].Interface().(http.Handler), nil
}

// isNil tells whether v holds no handler at all, a nil pointer in an interface
// included: serving it would panic at the first request.
func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Interface:
		return v.IsNil() || isNil(v.Elem())
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Slice, reflect.Chan:
		return v.IsNil()
	}
	return false
}

var errToken = errors.New("the request did not come from the supervisor")
