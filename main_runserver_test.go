// What the stories of testdata/script need to talk to a runserver:
//
//	serve [NAME=VALUE...] ARGS...   starts gostart runserver and waits for its address, kept in $URL and $PORT
//	get [-H 'NAME: VALUE'] URL      requests a page; its status and body become stdout
//	get -unix PATH URL              the same, from a unix socket; with -cert FILE, trusting that certificate
//	get -background URL             the same, and goes on: background waits for it and has its stdout
//	log REGEXP                      waits until runserver prints it, after what was last waited for; (?P<NAME>...) sets $NAME
//	quit [INT|TERM|KILL...]         ends runserver with a signal; without a name: Ctrl-C
//	tmpfs DIR SIZE                  mounts a disk of that size, or changes its size
//	edit FILE OLD NEW               replaces text in a file, in place; \n is a new line, \\n is \n
//
// Each waits for an event: a line, an answer, an exit. None sleeps.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is for machines that are busy: nothing here takes as long.
const patience = time.Minute

func runserverCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"serve": scriptServe, "get": scriptGet, "log": scriptLog, "quit": scriptQuit, "edit": scriptEdit,
		"background": scriptBackground, "tmpfs": scriptTmpfs,
	}
}

// served is the runserver of a script.
type served struct {
	vars      []string // the script's environment as it began
	temporary string   // its directory for temporary files
	cmd       *exec.Cmd
	done      chan error
	page      chan string // of get -background

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
	s := ts.Value(servedKey{}).(*served)
	if neg || s.cmd != nil {
		ts.Fatalf("usage: serve [NAME=VALUE...] ARGS..., once at a time")
	}
	env := append([]string{}, s.vars...)
	for len(args) > 0 && regexp.MustCompile(`^[A-Z_]+=`).MatchString(args[0]) {
		env, args = append(env, args[0]), args[1:]
	}
	s.cmd = exec.Command("gostart", append([]string{"runserver"}, args...)...) //nolint:noctx // ended by quit
	s.cmd.Dir, s.cmd.Env = ts.MkAbs("."), env
	s.cmd.Stdout, s.cmd.Stderr = s, s
	s.cmd.WaitDelay = patience / 2 // then its end is an error: a process was left behind that holds our pipe
	ownGroup(s.cmd)
	s.done, s.more, s.read = make(chan error, 1), make(chan struct{}), 0
	s.printed.Reset()
	ts.Check(s.cmd.Start())
	go func() { s.done <- s.cmd.Wait() }()
	found, err := s.waitFor(startedLine)
	ts.Check(err)
	s.read = 0 // log may ask for what comes before
	ts.Setenv("URL", found[1])
	ts.Setenv("PORT", found[2])
}

func scriptGet(ts *testscript.TestScript, neg bool, args []string) {
	header, client, background := http.Header{}, http.DefaultClient, false
	for len(args) > 1 {
		switch args[0] {
		case "-background":
			background, args = true, args[1:]
			continue
		case "-H":
			name, value, _ := strings.Cut(args[1], ":")
			header.Set(name, strings.TrimSpace(value))
		case "-unix":
			client = unixClient(ts.MkAbs(args[1]))
		case "-cert":
			text, err := os.ReadFile(ts.MkAbs(args[1]))
			ts.Check(err)
			client = trustingClient(text)
		default:
			neg = true
		}
		if args = args[1:]; len(args) > 0 {
			args = args[1:]
		}
	}
	if neg || len(args) != 1 {
		ts.Fatalf("usage: get [-H 'NAME: VALUE'] [-unix PATH] [-cert FILE] [-background] URL")
	}
	if background {
		s := ts.Value(servedKey{}).(*served)
		s.page = make(chan string, 1)
		go func() { s.page <- getPage(client, args[0], header) }()
		return
	}
	_, _ = fmt.Fprintln(ts.Stdout(), getPage(client, args[0], header))
}

// unixClient connects to a socket, whatever the host in the URL.
func unixClient(path string) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
}

// trustingClient trusts a certificate, and no other.
func trustingClient(certificate []byte) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
	}}
}

func scriptBackground(ts *testscript.TestScript, neg bool, args []string) {
	fmt.Fprintln(ts.Stdout(), <-ts.Value(servedKey{}).(*served).page)
}

// getPage is status, type and body of a page, or the error.
func getPage(client *http.Client, url string, header http.Header) string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	request.Header, request.Host = header, header.Get("Host")
	response, err := client.Do(request)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s\nContent-Type: %s\n\n%s", response.Status, response.Header.Get("Content-Type"), body)
}

func scriptLog(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	if neg || len(args) != 1 {
		ts.Fatalf("usage: log REGEXP")
	}
	pattern := regexp.MustCompile("(?m)" + args[0])
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
	s := ts.Value(servedKey{}).(*served)
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}
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
		ts.Check(s.cmd.Process.Signal(signals[name]))
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
		connection.Close()
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
	ts.Check(os.WriteFile(name, bytes.Replace(text, []byte(from), []byte(to), 1), 0o644))
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

// setUpServe gives a script its runserver, and a directory for temporary files
// that must be empty when the script ends.
func setUpServe(env *testscript.Env) error {
	temporary, err := os.MkdirTemp("", "served-") // short enough for the names of unix sockets
	if err != nil {
		return err
	}
	s := &served{temporary: temporary}
	env.Values[servedKey{}] = s
	env.Defer(func() {
		if s.cmd != nil {
			killGroup(s.cmd)
			<-s.done //nolint:errcheck // it was killed
		}
		_ = os.RemoveAll(temporary)
	})
	s.vars = append(append([]string{}, env.Vars...), "TMPDIR="+s.temporary)
	return nil
}
