package runserver

// What the tests that serve a real application share: a runserver in this
// process, and the same application built by the go command.

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is for machines that are busy: nothing here takes as long.
const patience = time.Minute

// running is a runserver of a test.
type running struct {
	addr   string // host:port
	errors *output
	end    func() // ends it; the test's end does too
}

// startServer runs runserver with o and waits for its banner. Its end must leave
// neither a process nor a file behind.
func startServer(t *testing.T, o Options) *running {
	t.Helper()
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	ctx, cancel := context.WithCancel(context.Background())
	banner, ended := make(chan string, 1), make(chan error, 1)
	s := &running{errors: newOutput()}
	o.AddrPort, o.Stdout, o.Stderr = "127.0.0.1:0", &bannerWriter{found: banner}, s.errors
	go func() { ended <- Run(ctx, o) }()
	over := false
	s.end = func() {
		if over {
			return
		}
		over = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("runserver ended with %v", err)
		}
		if left := processesIn(temporary, o.Dir); len(left) > 0 {
			t.Errorf("runserver left processes behind: %q", left)
		}
		if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
			t.Errorf("runserver left files behind: %v %v", left, err)
		}
	}
	t.Cleanup(func() {
		s.end()
		if t.Failed() {
			printed := s.errors.String()
			t.Logf("runserver printed last:\n%s", printed[max(0, len(printed)-4000):])
		}
	})
	select {
	case s.addr = <-banner:
	case err := <-ended:
		ended <- err
		t.Fatalf("runserver ended before it served: %v", err)
	case <-time.After(patience):
		t.Fatal("runserver printed no banner")
	}
	return s
}

// bannerWriter waits for the address in the banner.
type bannerWriter struct {
	text  []byte
	found chan string
}

var bannerAddress = regexp.MustCompile(`Starting development server at https?://(.+)/\n`)

func (b *bannerWriter) Write(p []byte) (int, error) {
	if b.found != nil {
		b.text = append(b.text, p...)
		if found := bannerAddress.FindSubmatch(b.text); found != nil {
			b.found <- string(found[1])
			b.found = nil
		}
	}
	return len(p), nil
}

// output is what a process prints, and can be waited for.
type output struct {
	mu   sync.Mutex
	text []byte
	more chan struct{} // closed when text grows
}

func newOutput() *output { return &output{more: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	close(o.more)
	o.more = make(chan struct{})
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// await tells whether text comes.
func (o *output) await(text string) bool {
	late := time.After(patience)
	for {
		o.mu.Lock()
		found, more := bytes.Contains(o.text, []byte(text)), o.more
		o.mu.Unlock()
		if found {
			return true
		}
		select {
		case <-more:
		case <-late:
			return false
		}
	}
}

// processesIn lists the processes whose program or working directory is below
// one of dirs. Only Linux tells.
func processesIn(dirs ...string) []string {
	var found []string
	links, _ := filepath.Glob("/proc/[0-9]*/[ec][xw][ed]") // exe and cwd
	for _, link := range links {
		at, _ := os.Readlink(link)
		if slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(at, dir+"/") || at == dir }) {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "cmdline"))
			found = append(found, fmt.Sprintf("%s %s %s", filepath.Dir(link), at, command))
		}
	}
	return found
}

// buildDirect builds the program of the module in dir by the go command, and
// runs it until the test ends. Its address is the first line that it prints.
func buildDirect(t *testing.T, dir string) (addr string, printed *output) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "direct")
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", binary, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // the packages that runserver's build makes too
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, output)
	}
	printed = newOutput()
	direct := exec.Command(binary)
	direct.Stderr = printed
	lifeline, err := direct.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := direct.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := direct.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		lifeline.Close() //nolint:errcheck // it has one use
		if err := direct.Wait(); err != nil {
			t.Errorf("the program ended with %v", err)
		}
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("waiting for the address: %v\n%s", err, printed)
	}
	return strings.TrimSpace(line), printed
}
