package runserver

// Loss: clients of every kind, over many saves. No request is refused, cut or
// failed, none that begins after a save is answered by older code, and every
// save is seen. The clients speak HTTP themselves: net/http's would send a
// request again and hide that it was lost.

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// lossSite is a project, as small as one can be, with something of each kind.
var lossSite = map[string]string{
	"go.mod":                      "module mysite\n\ngo 1.26\n",
	".gitignore":                  "/data/\n",
	"data/old.txt":                "not read by any build\n",
	"mysite/templates/index.html": "<!DOCTYPE html>\n",
	"mysite/settings.go": `package mysite

type Settings struct {
	SettingsModule, WSGIApplication string
	Debug                           bool
}

func LoadSettings() (Settings, error) {
	return Settings{SettingsModule: "mysite.settings", WSGIApplication: "mysite.Application"}, nil
}
`,
	"mysite/wsgi.go": `package mysite

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"time"
)

func Application() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, version()) })
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Version", fmt.Sprint(version()))
		w.Write(body)
	})
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintln(w, version())
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
		fmt.Fprintln(w, "end")
	})
	mux.HandleFunc("GET /socket", socket)
	return mux, nil
}

// socket answers each line with itself, until it is told to end.
func socket(w http.ResponseWriter, r *http.Request) {
	conn, both, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	fmt.Fprintf(both, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\n%d\n", version())
	both.Flush()
	go func() {
		<-r.Context().Done()
		conn.SetReadDeadline(time.Now())
	}()
	lines := bufio.NewScanner(both)
	for lines.Scan() {
		fmt.Fprintln(conn, lines.Text())
	}
	fmt.Fprintln(conn, "end")
}
`,
}

// lossView is the file that is saved. Some versions import what others don't.
func lossView(version int64) string {
	if version%4 == 0 {
		return fmt.Sprintf("package mysite\n\nimport \"strconv\"\n\nfunc version() int64 { n, _ := strconv.ParseInt(\"%d\", 10, 64); return n }\n", version)
	}
	return fmt.Sprintf("package mysite\n\nfunc version() int64 { return %d }\n", version)
}

// saves are the ways in which editors save.
var saves = []func(name, text string) error{
	func(name, text string) error { // in place
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer file.Close() //nolint:errcheck // writing tells
		if _, err := file.WriteString(text); err != nil {
			return err
		}
		return file.Truncate(int64(len(text)))
	},
	func(name, text string) error { // beside it, and renamed
		if err := os.WriteFile(name+".tmp", []byte(text), 0o666); err != nil {
			return err
		}
		return os.Rename(name+".tmp", name)
	},
	func(name, text string) error { // emptied, then written
		return os.WriteFile(name, []byte(text), 0o666)
	},
}

// loss is the state that the clients share.
type loss struct {
	t      *testing.T
	addr   string
	saved  atomic.Int64 // the last version whose save has returned
	over   atomic.Bool  // no request is to begin
	failed chan struct{}
	once   sync.Once
	wait   sync.WaitGroup

	mu    sync.Mutex
	seen  map[string]int64 // the last version, by kind of client
	count map[string]int
	more  chan struct{} // closed when a version is seen
	held  []*client
}

func TestLoss(t *testing.T) {
	if testing.Short() {
		t.Skip("serves a project over many saves")
	}
	rounds := 8
	if os.Getenv("GOSTART_LONG") != "" {
		rounds = 50
	}
	dir := t.TempDir()
	for name, text := range lossSite {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	view := filepath.Join(dir, "mysite", "views.go")
	if err := os.WriteFile(view, []byte(lossView(0)), 0o666); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("git", "init", "--quiet", dir).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, output)
	}
	s := startServer(t, Options{Dir: dir})
	l := &loss{t: t, addr: s.addr, failed: make(chan struct{}), seen: map[string]int64{}, count: map[string]int{}, more: make(chan struct{})}
	defer l.wait.Wait()
	defer l.end()
	for range 2 {
		l.start(l.keepAlive, l.newConnections)
	}
	l.start(l.uploads, l.events, l.sockets)
	save := func(version int64) {
		if err := saves[version%int64(len(saves))](view, lossView(version)); err != nil {
			t.Fatal(err)
		}
		l.saved.Store(version)
	}
	version := int64(0)
	for range rounds {
		version++
		save(version)
		if !l.await(version, "keep-alive", "new connection", "upload") {
			return
		}
		c := l.connect("afterwards")
		for range 50 { // all is quiet for a while
			if a, ok := l.ask("afterwards", c, "GET / HTTP/1.1\r\nHost: example.test\r\n\r\n"); !ok || !l.saw("afterwards", a.Body, version) {
				return
			}
		}
		c.close()
	}
	for range 6 { // faster than any build
		version++
		save(version)
	}
	l.await(version, "keep-alive", "new connection", "upload", "events", "socket")
	l.end()
	l.wait.Wait()
	t.Logf("%d saves; requests: %v", version, l.count)
}

func (l *loss) start(clients ...func()) {
	for _, client := range clients {
		l.wait.Go(client)
	}
}

// fail ends the test.
func (l *loss) fail(kind, format string, args ...any) {
	if l.over.Load() {
		return // its connection was ended
	}
	l.t.Errorf("%s, version %d saved: %s", kind, l.saved.Load(), fmt.Sprintf(format, args...))
	l.once.Do(func() { close(l.failed) })
	l.end()
}

// saw notes the version that a client was answered by, and the one that had been
// saved when it asked.
func (l *loss) saw(kind, version string, asked int64) bool {
	got, err := strconv.ParseInt(version, 10, 64)
	if err != nil {
		l.fail(kind, "the answer is %q", version)
		return false
	}
	if got < asked {
		l.fail(kind, "stale: version %d answered a request that began after version %d was saved", got, asked)
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count[kind]++
	if l.seen[kind] != got {
		l.seen[kind] = got
		close(l.more)
		l.more = make(chan struct{})
	}
	return true
}

// await waits until clients of all kinds have seen version; false if one failed.
func (l *loss) await(version int64, kinds ...string) bool {
	late := time.After(patience)
	for {
		l.mu.Lock()
		missing, more := "", l.more
		for _, kind := range kinds {
			if l.seen[kind] != version {
				missing = kind
			}
		}
		l.mu.Unlock()
		if missing == "" {
			return true
		}
		select {
		case <-more:
		case <-l.failed:
			return false
		case <-late:
			l.fail(missing, "never saw version %d", version)
			return false
		}
	}
}

// ask sends a request and reads its answer, which must be a good one.
func (l *loss) ask(kind string, c *client, request string) (a answer, ok bool) {
	c.SetDeadline(time.Now().Add(patience)) //nolint:errcheck // then nothing works
	c.send(request)
	method, _, _ := strings.Cut(request, " ")
	if a = c.answer(method); a.Error != "" || !strings.Contains(a.Status, " 200 ") {
		l.fail(kind, "%v", a)
		return a, false
	}
	return a, true
}

func (l *loss) connect(kind string) *client {
	c, err := connect(l.addr)
	if err != nil {
		l.fail(kind, "%v", err)
	}
	return c
}
