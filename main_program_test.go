// What the stories of testdata/script need to talk to a server that a project built:
//
//	program [NAME=VALUE...] PATH ARGS...   starts it and waits for its first address, kept in $URL and $PORT
//	signal HUP|TERM|INT                    sends a signal to the process that serves
//	clients N URL|unix:PATH                N clients ask for /healthz again and again, each over a connection that it keeps
//	answered                               ends the clients; each request has to have been answered
//	exits CODE PATH ARGS...                runs a program, which has to end with this exit code
//
// get, log, on and quit are as for a runserver; quit waits for all processes that took over from the first.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var (
	programLine = regexp.MustCompile(`serving"?,?.*address"?[=:]"?(unix:[^\s"]+|https?://[^\s"]+:(\d+))/?["\s]`)
	pidLine     = regexp.MustCompile(`(?:serving|reloaded)\b.*\bpid"?[=:](\d+)`)
)

func scriptProgram(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: program [NAME=VALUE...] PATH ARGS..., once at a time")
	}
	s := servedNow(ts)
	s.start(ts, args, programLine, func(args []string) *exec.Cmd {
		return exec.Command(ts.MkAbs(args[0]), args[1:]...) //nolint:noctx // ended by quit
	})
}

// pid is the process that serves: the last of those that have taken over from each other.
func (s *served) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := pidLine.FindAllSubmatch(s.printed.Bytes(), -1); found != nil {
		pid, _ := strconv.Atoi(string(found[len(found)-1][1]))
		return pid
	}
	return s.cmd.Process.Pid
}

var scriptSignals = map[string]syscall.Signal{
	"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "HUP": syscall.SIGHUP,
}

func (s *served) signal(name string) error {
	process, err := os.FindProcess(s.pid())
	if err != nil {
		return err
	}
	return process.Signal(scriptSignals[name])
}

func scriptSignal(ts *testscript.TestScript, neg bool, args []string) {
	s := servedNow(ts)
	if neg || len(args) != 1 || s.cmd == nil {
		ts.Fatalf("usage: signal HUP|TERM|INT, after program")
	}
	ts.Check(s.signal(args[0]))
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PATH ARGS...")
	}
	code, exit := "0", new(exec.ExitError)
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = strconv.Itoa(exit.ExitCode())
	} else {
		ts.Check(err)
	}
	if code != args[0] {
		ts.Fatalf("%s ends with exit code %s, not %s", args[1], code, args[0])
	}
}

// A crowd is the clients of a script.
type crowd struct {
	stop     chan struct{}
	looping  sync.WaitGroup
	begun    sync.WaitGroup // until each has had its first answer
	mu       sync.Mutex
	answered int
	lost     []error
}

func scriptClients(ts *testscript.TestScript, neg bool, args []string) {
	s := servedNow(ts)
	n, err := strconv.Atoi(append(args, "")[0])
	if neg || err != nil || len(args) != 2 {
		ts.Fatalf("usage: clients N URL|unix:PATH")
	}
	network, address := "tcp", strings.TrimSuffix(strings.TrimPrefix(args[1], "http://"), "/")
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", ts.MkAbs(path)
	}
	if s.crowd == nil {
		s.crowd = &crowd{stop: make(chan struct{})}
		ts.Defer(func() {
			if s.crowd != nil { // the script has failed
				close(s.crowd.stop)
			}
		})
	}
	s.crowd.begun.Add(n)
	for range n {
		s.crowd.looping.Go(func() { s.crowd.loop(network, address) })
	}
	s.crowd.begun.Wait()
}

// loop is no http.Client: that sends a request again when a connection that it kept turns out to be closed, and so
// hides what is lost.
func (c *crowd) loop(network, address string) {
	var conn net.Conn
	var answers *bufio.Reader
	for n := 0; ; n++ {
		select {
		case <-c.stop:
			return
		default:
		}
		err := error(nil)
		if conn == nil {
			if conn, err = net.Dial(network, address); err == nil {
				answers = bufio.NewReader(conn)
			}
		}
		closed := true
		if err == nil {
			closed, err = askHealth(conn, answers)
		}
		if closed && conn != nil {
			_ = conn.Close()
			conn = nil
		}
		c.mu.Lock()
		if err != nil {
			c.lost = append(c.lost, err)
		} else {
			c.answered++
		}
		c.mu.Unlock()
		if n == 0 {
			c.begun.Done()
		}
	}
}

func askHealth(conn net.Conn, answers *bufio.Reader) (closed bool, err error) {
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return true, err
	}
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		return true, err
	}
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		return true, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return err != nil || resp.Close, err
}

func scriptAnswered(ts *testscript.TestScript, neg bool, args []string) {
	s := servedNow(ts)
	if neg || len(args) != 0 || s.crowd == nil {
		ts.Fatalf("usage: answered, after clients")
	}
	close(s.crowd.stop)
	s.crowd.looping.Wait()
	_, _ = fmt.Fprintf(ts.Stdout(), "%d requests were answered\n", s.crowd.answered)
	if lost := s.crowd.lost; lost != nil {
		ts.Fatalf("%d requests were lost, %d answered; first and last: %v, %v", len(lost), s.crowd.answered, lost[0], lost[len(lost)-1])
	}
	s.crowd = nil
}
