// What the stories of testdata/script need to talk to a runserver:
//
//	serve [NAME=VALUE...] ARGS...   starts gostart runserver and waits for its address, kept in $URL and $PORT
//	get [-H 'NAME: VALUE'] URL      requests a page; its status and body become stdout
//	get -unix PATH URL              the same, from a unix socket; with -cert FILE, trusting that certificate
//	get -background URL             the same, and goes on: background waits for it and has its stdout
//	log REGEXP                      waits until runserver prints it, after what was last waited for; (?P<NAME>...) sets $NAME;
//	                                with ! it has not been printed so far
//	quit [INT|TERM|KILL...]         ends runserver with a signal; without a name: Ctrl-C
//	on NAME                         from here on, commands mean another runserver; "" is the first
//	tmpfs DIR SIZE                  mounts a disk of that size, or changes its size
//	edit FILE OLD NEW               replaces a file by one with other text; \n is a new line, \\n is \n
//
// Each waits for an event: a line, an answer, an exit. None sleeps.
package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is for machines that are busy: nothing here takes as long.
const patience = time.Minute

func runserverCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"serve": scriptServe, "get": scriptGet, "log": scriptLog, "quit": scriptQuit, "edit": scriptEdit, "on": scriptOn,
		"background": scriptBackground, "tmpfs": scriptTmpfs,
		"program": scriptProgram, "signal": scriptSignal, "clients": scriptClients, "answered": scriptAnswered,
		"exits": scriptExits,
	}
}

// served is the runserver of a script.
type served struct {
	vars      []string // the script's environment as it began
	temporary string   // its directory for temporary files
	cmd       *exec.Cmd
	done      chan error
	page      chan string // of get -background
	crowd     *crowd      // of clients
	url, port string

	mu      sync.Mutex
	printed bytes.Buffer
	read    int           // how much of printed has been waited for
	more    chan struct{} // closed when printed grows
}

type servedKey struct{}

func (s *served) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.more)
	s.more = make(chan struct{})
	return s.printed.Write(p)
}

// waitFor returns the groups of the first match after the last one.
func (s *served) waitFor(pattern *regexp.Regexp) ([]string, error) {
	deadline := time.After(patience)
	for {
		s.mu.Lock()
		text, more := s.printed.Bytes()[s.read:], s.more
		if at := pattern.FindSubmatchIndex(text); at != nil {
			found := strings.Split(string(bytes.Join(pattern.FindSubmatch(text), []byte{0})), "\x00")
			s.read += at[1]
			s.mu.Unlock()
			return found, nil
		}
		all := s.printed.String()
		s.mu.Unlock()
		select {
		case <-more:
		case err := <-s.done:
			s.done <- err
			return nil, fmt.Errorf("runserver ended (%v) and did not print %q; it printed:\n%s", err, pattern, all)
		case <-deadline:
			return nil, fmt.Errorf("runserver did not print %q; it printed:\n%s", pattern, all)
		}
	}
}

// startedLine has the address, in prose or in JSON, and its port.
var startedLine = regexp.MustCompile(`(?:Starting development server at |"url":")(unix:[^\s"]+|https?://[^\s"]+:(\d+))/?["\n]`)

func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: serve [NAME=VALUE...] ARGS...")
	}
	servedNow(ts).start(ts, args, startedLine, func(args []string) *exec.Cmd {
		cmd := exec.Command("gostart", append([]string{"runserver"}, args...)...) //nolint:noctx // ended by quit
		cmd.WaitDelay = patience / 2                                              // then its end is an error: a process was left behind that holds our pipe
		return cmd
	})
}

// start runs a command, with the variables that stand before its arguments, until it has printed where it serves.
func (s *served) start(ts *testscript.TestScript, args []string, started *regexp.Regexp, command func(args []string) *exec.Cmd) {
	if s.cmd != nil {
		ts.Fatalf("there is one already: quit it, or go on to another")
	}
	env := append([]string{}, s.vars...)
	for len(args) > 0 && regexp.MustCompile(`^[A-Z_]+=`).MatchString(args[0]) {
		env, args = append(env, args[0]), args[1:]
	}
	s.cmd = command(args)
	s.cmd.Dir, s.cmd.Env = ts.MkAbs("."), env
	s.cmd.Stdout, s.cmd.Stderr = s, s
	ownGroup(s.cmd)
	s.done, s.more, s.read = make(chan error, 1), make(chan struct{}), 0
	s.printed.Reset()
	ts.Check(s.cmd.Start())
	go func() { s.done <- s.cmd.Wait() }()
	found, err := s.waitFor(started)
	ts.Check(err)
	s.read = 0 // log may ask for what comes before
	s.url, s.port = found[1], found[2]
	ts.Setenv("URL", s.url)
	ts.Setenv("PORT", s.port)
}

func scriptLog(ts *testscript.TestScript, neg bool, args []string) {
	s := servedNow(ts)
	if len(args) != 1 {
		ts.Fatalf("usage: [!] log REGEXP")
	}
	pattern := regexp.MustCompile("(?m)" + args[0])
	if neg {
		s.mu.Lock()
		defer s.mu.Unlock()
		if found := pattern.Find(s.printed.Bytes()); found != nil {
			ts.Fatalf("there is %q in:\n%s", found, s.printed.String())
		}
		return
	}
	found, err := s.waitFor(pattern)
	ts.Check(err)
	for i, name := range pattern.SubexpNames() {
		if name != "" {
			ts.Setenv(name, found[i])
		}
	}
}

// scriptQuit wants exit code 0 after one INT or TERM, no process left behind (all
// that runserver started holds our pipe, and its end is waited for), and no file.
// A second signal is sent when the first has closed the port.
func scriptQuit(ts *testscript.TestScript, neg bool, args []string) {
	s := servedNow(ts)
	if len(args) == 0 {
		args = []string{"INT"}
	}
	if neg || s.cmd == nil {
		ts.Fatalf("usage: quit [INT|TERM|KILL...], after serve")
	}
	for i, name := range args {
		if i > 0 {
			waitClosed(ts.Getenv("PORT"))
		}
		ts.Check(s.signal(name))
	}
	select {
	case err := <-s.done:
		if len(args) == 1 && args[0] != "KILL" && err != nil {
			ts.Fatalf("after SIG%s runserver exits with %v; it printed:\n%s", args[0], err, s.printed.String())
		}
	case <-time.After(patience):
		ts.Fatalf("SIG%s does not end runserver; it printed:\n%s", args[0], s.printed.String())
	}
	s.cmd = nil
	left, err := os.ReadDir(s.temporary)
	ts.Check(err)
	if len(left) > 0 {
		ts.Fatalf("runserver left %v behind", left)
	}
}

// waitClosed returns when nobody listens on the port.
func waitClosed(port string) {
	for {
		connection, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			return
		}
		_ = connection.Close()
	}
}

func scriptEdit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	name := ts.MkAbs(args[0])
	text, err := os.ReadFile(name)
	ts.Check(err)
	escapes := strings.NewReplacer(`\\n`, `\n`, `\n`, "\n", `\t`, "\t")
	from, to := escapes.Replace(args[1]), escapes.Replace(args[2])
	if !bytes.Contains(text, []byte(from)) {
		ts.Fatalf("%s has no %q", args[0], from)
	}
	ts.Check(save(name, bytes.Replace(text, []byte(from), []byte(to), 1)))
}

// save replaces a file by another one, as many editors do. Writing into it is seen as two changes by who is quick:
// it is emptied, and filled.
func save(name string, text []byte) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode()
	}
	fresh := filepath.Join(filepath.Dir(name), ".fresh")
	if err := os.WriteFile(fresh, text, mode); err != nil {
		return err
	}
	return os.Rename(fresh, name)
}

func scriptTmpfs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tmpfs DIR SIZE")
	}
	option := "remount,size=" + args[1]
	if err := os.Mkdir(args[0], 0o755); err == nil {
		option = "size=" + args[1]
		ts.Defer(func() { _ = exec.Command("umount", "-l", args[0]).Run() }) //nolint:noctx // it returns at once
	}
	ts.Check(ts.Exec("mount", "-t", "tmpfs", "-o", option, "tmpfs", args[0]))
}

// fleet is the runservers of a script, by name; the first has none.
type fleet struct {
	env *testscript.Env
	all map[string]*served
	now *served
}

func servedNow(ts *testscript.TestScript) *served { return ts.Value(servedKey{}).(*fleet).now }

// use makes a runserver the one that commands mean. Each has a directory for
// temporary files, that must be empty when it ends.
func (f *fleet) use(name string) error {
	if f.all[name] == nil {
		temporary, err := os.MkdirTemp("", "served-") // short enough for the names of unix sockets
		if err != nil {
			return err
		}
		s := &served{temporary: temporary, vars: append(append([]string{}, f.env.Vars...), "TMPDIR="+temporary)}
		f.env.Defer(func() {
			if s.cmd != nil {
				killGroup(s.cmd)
				<-s.done //nolint:errcheck // it was killed
			}
			_ = os.RemoveAll(temporary)
		})
		f.all[name] = s
	}
	f.now = f.all[name]
	return nil
}

func scriptOn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: on NAME")
	}
	f := ts.Value(servedKey{}).(*fleet)
	ts.Check(f.use(args[0]))
	ts.Setenv("URL", f.now.url)
	ts.Setenv("PORT", f.now.port)
}

// setUpServe gives a script its runserver.
func setUpServe(env *testscript.Env) error {
	f := &fleet{env: env, all: map[string]*served{}}
	env.Values[servedKey{}] = f
	return f.use("")
}
