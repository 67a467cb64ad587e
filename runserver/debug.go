package runserver

// Debugging: Delve runs the launcher and waits for editors and terminals to
// connect, on one port from start to end. So one launcher has to end before the
// next one starts (Options.Exclusive), and a debugger connects again after it.
//
// Delve's process is our child, and the launcher Delve's. What tells that the
// launcher has ended is the end of its connection, and then Delve is killed:
// it would wait for ever for somebody to ask what became of the program.

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"time"
)

const (
	debugPort     = 2345            // where debuggers look for Delve
	debugGrace    = time.Second     // for a launcher to end that may stand at a breakpoint
	debugStuck    = 5 * time.Second // until a start is taken to stand at one
	debuggerFetch = "go install github.com/go-delve/delve/cmd/dlv@latest"
)

// debugArguments build the user's modules without optimisation, and keep what a
// debugger reads: uncompressed, which links faster.
func debugArguments(roots []root) []string {
	return append(compilerFlags(roots, "-N -l"), "-ldflags=-compressdwarf=false -buildid=")
}

// debug has launchers run by Delve, if it is there.
func (s *server) debug() {
	delve, err := exec.LookPath("dlv")
	if err != nil {
		s.debugRemarks = []string{"Debugger: dlv is not installed: " + debuggerFetch}
		return
	}
	port := address{network: "tcp4", host: "127.0.0.1"}.free(debugPort)
	at := net.JoinHostPort("127.0.0.1", port)
	s.supervisor.host.wrapper = []string{delve, "exec", "--headless", "--accept-multiclient", "--continue", "--listen=" + at}
	s.supervisor.stuck = func() {
		s.console.notice("the application does not come up: it may stand at a breakpoint or a panic (dlv connect " + at + ")")
	}
	s.debugger = at
	s.debugRemarks = []string{
		"Debugger: Delve listens at " + at + ", again after each reload",
		fmt.Sprintf(`  VS Code:  {"name": "runserver", "type": "go", "request": "attach", "mode": "remote", "host": "127.0.0.1", "port": %s}`, port),
		"  GoLand:   Go Remote, host 127.0.0.1, port " + port,
		"  terminal: dlv connect " + at,
	}
}

// attachable says which process to attach to, when Delve does not run it.
func (s *server) attachable(o *outcome) []string {
	if !s.options.Debug || s.supervisor.host.wrapper != nil || o.launcher == nil {
		return nil
	}
	return []string{fmt.Sprintf("Debugger: the application is process %d (dlv attach %[1]d)", o.launcher.pid())}
}

// watchStart begins to wait for a part of a start; what it returns ends that.
func (s *supervisor) watchStart() func() {
	if s.stuck == nil {
		return func() {}
	}
	timer := time.AfterFunc(debugStuck, s.stuck)
	return func() { timer.Stop() }
}

// patience is how long a launcher gets to end. Under a debugger, it may stand;
// and if it has not said hello, nobody told it to end.
func (l *launcher) patience() <-chan time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case !l.wrapped:
		return time.After(stopGrace)
	case l.control == nil:
		return time.After(0)
	}
	return time.After(debugGrace)
}

// pid is the number of the application's process, once it has said hello.
func (l *launcher) pid() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.target
}

// endTarget ends what the launcher started, after the debugger has ended: the
// group of processes is the launcher's own.
func (l *launcher) endTarget() {
	if !l.wrapped {
		return
	}
	l.status = "under the debugger"
	l.mu.Lock()
	defer l.mu.Unlock()
	if target, err := os.FindProcess(l.target); err == nil && l.target != 0 {
		_ = killGroup(target)
	}
}
