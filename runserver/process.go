package runserver

// One launcher process, from its start to its end: the supervisor's side of the
// conversation that launcher/main.go describes.

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// said is more than what a launcher ever has to say.
const said = 8

const (
	stopGrace = 5 * time.Second        // from asking a launcher to end until it is killed
	pipeGrace = 500 * time.Millisecond // for what the launcher's children still print
)

// report and message are launcher.settings and launcher.message.
type report struct {
	Module          string `json:"module"`
	WSGIApplication string `json:"wsgi_application"`
	Debug           bool   `json:"debug"`
	BaseDir         string `json:"base_dir"`
}

type message struct {
	Token    string  `json:"token"`
	ID       int     `json:"id"`
	PID      int     `json:"pid"`
	Settings *report `json:"settings"`
	Failure  *struct {
		Stage   string `json:"stage"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	} `json:"failure"`
	Ready string `json:"ready"`
}

// host starts launchers: what they all have in common.
type host struct {
	dir     string   // private: sockets and binaries
	root    string   // where launchers run
	network string   // "unix", or "tcp" on the loopback interface
	wrapper []string // a debugger and its arguments, that the binary is one more of; usually nothing
	token   string
	stdout  io.Writer
	stderr  io.Writer
}

// newHost chooses how launchers are reached. Unix sockets in a private directory
// keep other users out; where the system has none, or their names are too long,
// a loopback port and a token do.
func newHost(dir, root string, stdout, stderr io.Writer) host {
	h := host{dir: dir, root: root, network: "unix", token: rand.Text(), stdout: stdout, stderr: stderr}
	if runtime.GOOS == "windows" || len(dir) > 80 || os.Getenv("GOSTART_TRANSPORT") == "tcp" {
		h.network = "tcp"
	}
	return h
}

// address is where a socket of a launcher is listened for.
func (h host) address(name string) string {
	if h.network == "tcp" {
		return "127.0.0.1:0"
	}
	return filepath.Join(h.dir, name)
}

// launcher is a running process.
type launcher struct {
	id       int
	process  *os.Process
	messages chan message  // has room for all; closed when the conversation ends
	exited   chan struct{} // closed when the process has ended; then status and tail are final
	status   string
	tail     *tail
	wrapped  bool        // the process is a debugger's
	control  net.Conn    // nil until the launcher has said hello
	target   int         // the launcher's own process, then
	address  string      // where it serves, once it is ready
	mourned  atomic.Bool // a page has said that it ended

	mu       sync.Mutex
	unsaid   []string      // words that are still to be written, the first of them when it says hello
	saying   bool          // they are being written
	requests int           // being forwarded
	streams  int           // of those, that don't end by themselves
	hurried  bool          // is to stop when streams alone are left
	retired  bool          // no more will come
	idle     chan struct{} // closed when retired and without requests
}

// start runs a binary with the given environment.
func (h host) start(id int, binary string, environment []string, panics panicPages) (*launcher, error) {
	control, err := net.Listen(h.network, h.address(fmt.Sprintf("%d.control", id)))
	if err != nil {
		return nil, fmt.Errorf("listening for the launcher: %w", err)
	}
	config, err := json.Marshal(map[string]any{
		"network": h.network, "control": control.Addr().String(),
		"listen": h.address(fmt.Sprintf("%d.sock", id)),
		"token":  h.token, "id": id, "dir": h.dir, "panics": panics,
	})
	if err != nil {
		return nil, err
	}
	l := &launcher{
		id: id, messages: make(chan message, said), exited: make(chan struct{}),
		idle: make(chan struct{}), tail: &tail{},
	}
	command := exec.Command(binary)
	if len(h.wrapper) > 0 {
		command = exec.Command(h.wrapper[0], append(slices.Clone(h.wrapper[1:]), binary)...)
	}
	command.Dir = h.root
	command.Env = append(environment, "GOSTART_LAUNCHER="+string(config), "PWD="+h.root)
	command.Stdout, command.Stderr = h.stdout, io.MultiWriter(h.stderr, l.tail)
	command.WaitDelay = pipeGrace
	ownGroup(command)
	if len(h.wrapper) > 0 {
		killWithParent(command)
	}
	if err := command.Start(); err != nil {
		control.Close()
		return nil, fmt.Errorf("starting the application: %w", err)
	}
	l.process, l.wrapped = command.Process, len(h.wrapper) > 0
	go func() {
		_ = command.Wait() // the state tells
		_ = killGroup(l.process)
		l.status = command.ProcessState.String()
		l.endTarget()
		close(l.exited)
		control.Close()
	}()
	go l.converse(control, h.token)
	return l, nil
}

// converse accepts the launcher's connection and passes its messages on.
func (l *launcher) converse(listener net.Listener, token string) {
	defer close(l.messages)
	for {
		control, err := listener.Accept()
		if err != nil {
			return // the process ended without a word
		}
		lines := json.NewDecoder(control)
		var hello message
		if lines.Decode(&hello) != nil || hello.Token != token || hello.ID != l.id {
			control.Close()
			continue
		}
		l.mu.Lock()
		l.control, l.target = control, hello.PID
		l.sayMore()
		l.mu.Unlock()
		for {
			var m message
			if lines.Decode(&m) != nil {
				if l.wrapped {
					_ = killGroup(l.process) // a debugger stays when its program has ended
				}
				<-l.exited // kept open until then: it is the launcher's lifeline
				control.Close()
				return
			}
			l.messages <- m
		}
	}
}

// ask asks l whether it has begun with a request; ok is false when there is no
// answer, which a process that is ending does not give.
func (h host) ask(l *launcher, request int64) (begun, ok bool) {
	conn, err := net.DialTimeout(h.network, l.address, crashWait)
	if err != nil {
		return false, false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(crashWait)) //nolint:errcheck // then the read fails
	question, err := json.Marshal(original{Token: h.token, ID: request, Question: true})
	if err != nil {
		return false, false
	}
	fmt.Fprintf(conn, "GET / HTTP/1.0\r\n%s: %s\r\n\r\n", originalHeader, question) //nolint:errcheck // then the read fails
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return false, false
	}
	return answer.StatusCode != http.StatusNotFound, true
}

// say sends a word to the launcher, as soon as it has said hello; one that is
// gone does not hear it. It does not wait until the word is written: a launcher
// that stands at a breakpoint reads nothing, and what it has not read fills up.
func (l *launcher) say(word string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell(word)
}

// tell is say with the lock held.
func (l *launcher) tell(word string) {
	l.unsaid = append(l.unsaid, word)
	l.sayMore()
}

// sayMore sees to it that what is unsaid is written, in its order.
func (l *launcher) sayMore() {
	if l.control == nil || l.saying || len(l.unsaid) == 0 {
		return
	}
	l.saying = true
	words := l.unsaid
	l.unsaid = nil
	go func() {
		send := json.NewEncoder(l.control)
		for _, word := range words {
			_ = send.Encode(word) // it fails at the latest when the launcher has ended
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.saying = false
		l.sayMore()
	}()
}

// next waits for the launcher's next message, its end, or the end of ctx.
func (l *launcher) next(ctx context.Context) (message, bool) {
	select {
	case m, ok := <-l.messages:
		return m, ok // also what a launcher said that has ended since
	case <-ctx.Done():
		return message{}, false
	}
}

// alive tells whether the launcher may go on answering.
func (l *launcher) alive() bool {
	if l == nil || l.isRetired() {
		return false
	}
	select {
	case <-l.exited:
		return false
	default:
		return true
	}
}

// stop asks the launcher to end, kills it when it does not, and returns when it
// has ended.
func (l *launcher) stop() {
	select {
	case <-l.exited:
		return // its number may be another process's by now
	default:
	}
	l.say("stop")
	if !l.wrapped {
		_ = terminateGroup(l.process)
	}
	select {
	case <-l.exited:
		return
	case <-l.patience():
	}
	_ = killGroup(l.process)
	<-l.exited
}
