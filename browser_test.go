// What users see: a new project in a real browser, driven through its DevTools protocol.
//
// The tests wait for what the browser tells: that a page has loaded, that an expression has become true.
// Screenshots go to $GOSTART_SCREENSHOTS, if that is set.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// startBrowser starts a browser that knows nothing, and has no page open.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no chromium in PATH: apt-get install chromium")
		}
		t.Skip("no chromium in PATH; with CI set, this is a failure")
	}
	dir := t.TempDir()
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(program), chromedp.UserDataDir(filepath.Join(dir, "user")),
		chromedp.Env("HOME="+dir, "TMPDIR="+dir), chromedp.WindowSize(1100, 1000)}
	for _, flag := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
		"disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, quit := chromedp.NewContext(ctx, chromedp.WithErrorf(t.Logf))
	t.Cleanup(quit)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting %s: %v", program, err)
	}
	return ctx
}

// tab is a page in the browser.
type tab struct {
	t      *testing.T
	ctx    context.Context
	close  func()
	loaded chan struct{} // a token when the page has loaded since

	mu       sync.Mutex
	problems []string // what the page's console has
}

// openTab opens a tab; in it, each page runs the scripts first.
func openTab(t *testing.T, browser context.Context, scripts ...string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	b := &tab{t: t, ctx: ctx, close: cancel, loaded: make(chan struct{}, 1)}
	err := chromedp.Listen(ctx, func(e any) {
		switch e := e.(type) {
		case *page.EventLoadEventFired:
			select {
			case b.loaded <- struct{}{}:
			default:
			}
		case *runtime.EventExceptionThrown:
			b.problem(fmt.Sprintf("%s %s", e.ExceptionDetails.Text, e.ExceptionDetails.Exception.Description))
		case *runtime.EventConsoleAPICalled:
			b.problem(fmt.Sprintf("console.%s: %s", e.Type, e.Args[0].Value))
		case *log.EventEntryAdded:
			b.problem(fmt.Sprintf("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		params := page.AddScriptToEvaluateOnNewDocumentParams{Source: script}
		if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, params); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *tab) problem(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, text)
}

// in runs an action in a tab.
func in[T any](b *tab, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, action)
}

// open shows an address.
func (b *tab) open(url string) {
	b.t.Helper()
	if _, err := in(b, chromedp.Navigate(url)); err != nil {
		b.t.Fatalf("opening %s: %v", url, err)
	}
}

// eval returns the value of an expression, as JSON.
func (b *tab) eval(expression string) string {
	b.t.Helper()
	value, err := in(b, chromedp.Evaluate[[]byte](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return string(value)
}

// waitLoaded waits until an expression is true of a page that has loaded. It looks whenever one has.
func (b *tab) waitLoaded(expression string) {
	b.t.Helper()
	deadline := time.After(patience)
	for {
		is, err := in(b, chromedp.Evaluate[bool](fmt.Sprintf("document.readyState === 'complete' && !!(%s)", expression)))
		if err == nil && is { // an error: the page was about to go
			return
		}
		select {
		case <-b.loaded:
		case <-deadline:
			b.t.Fatalf("%s does not become true (%v); the page is\n%s", expression, err, b.eval("document.documentElement.outerHTML"))
		}
	}
}

// wait waits until an expression is true of the page that is there.
func (b *tab) wait(expression string) {
	b.t.Helper()
	if _, err := in(b, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(patience))); err != nil {
		b.t.Fatalf("%s does not become true: %v", expression, err)
	}
}

// quiet fails if the page's console has anything but what matches; it forgets that.
func (b *tab) quiet(but string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, problem := range b.problems {
		if but == "" || !regexp.MustCompile(but).MatchString(problem) {
			b.t.Errorf("the console has %s", problem)
		}
	}
	b.problems = nil
}

// screenshot keeps what the page looks like.
func (b *tab) screenshot(name string) {
	b.t.Helper()
	dir := os.Getenv("GOSTART_SCREENSHOTS")
	if dir == "" {
		return
	}
	image, err := in(b, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), image, 0o666); err != nil {
		b.t.Fatal(err)
	}
}

// site is a project that is served.
type site struct {
	t   *testing.T
	dir string
	url string // without the slash at its end
	*served
}

// serveSite serves the project in dir until the test ends; args are those of gostart runserver.
func serveSite(t *testing.T, dir string, args ...string) *site {
	t.Helper()
	s := &site{t: t, dir: dir, served: &served{done: make(chan error, 1), more: make(chan struct{})}}
	s.cmd = exec.Command("gostart", append([]string{"runserver"}, args...)...) //nolint:noctx // ended by quit
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = dir, s, s
	s.cmd.WaitDelay = patience / 2
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- s.cmd.Wait() }()
	t.Cleanup(func() {
		if s.cmd != nil {
			s.quit()
		}
		if t.Failed() {
			t.Logf("runserver printed:\n%s", s.printed.String())
		}
	})
	found, err := s.waitFor(regexp.MustCompile(`Starting development server at (http://\S+)/\n`))
	if err != nil {
		t.Fatal(err)
	}
	s.url = found[1]
	return s
}

// quit ends runserver as Ctrl-C does.
func (s *site) quit() {
	s.t.Helper()
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	if err := <-s.done; err != nil {
		s.t.Errorf("runserver ends with %v", err)
	}
	s.cmd = nil
}

// edit replaces text in a file of the project, and returns how to undo it.
func (s *site) edit(name, from, to string) (undo func()) {
	s.t.Helper()
	name = filepath.Join(s.dir, filepath.FromSlash(name))
	before, err := os.ReadFile(name)
	if err != nil {
		s.t.Fatal(err)
	}
	after := strings.Replace(string(before), from, to, 1)
	if after == string(before) {
		s.t.Fatalf("%s has no %q", name, from)
	}
	write := func(text string) {
		s.t.Helper()
		if err := save(name, []byte(text)); err != nil {
			s.t.Fatal(err)
		}
	}
	write(after)
	return func() { s.t.Helper(); write(string(before)) }
}
