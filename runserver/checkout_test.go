package runserver

// git checkout of another branch changes hundreds of files, one after the other.

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const checkoutFiles = 300

// writeBranch writes a site of many files that each say word; the first and the last are there on one branch only.
func writeBranch(t *testing.T, dir, word string, from, to int) {
	t.Helper()
	var calls []string
	for i := from; i < to; i++ {
		text := fmt.Sprintf("package mysite\n\nfunc word%d() string { return %q }\n", i, word)
		writeTestFile(t, filepath.Join(dir, "mysite", fmt.Sprintf("word%d.go", i)), text)
		calls = append(calls, fmt.Sprintf("word%d", i))
	}
	list := "package mysite\n\nvar words = []func() string{" + strings.Join(calls, ", ") + "}\n"
	writeTestFile(t, filepath.Join(dir, "mysite", "words.go"), list)
}

// TestCheckout: after git checkout the other branch answers, and while it goes on no answer is of both.
func TestCheckout(t *testing.T) {
	if testing.Short() {
		t.Skip("serves a project")
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "mysite/settings.go"} {
		writeTestFile(t, filepath.Join(dir, filepath.FromSlash(name)), lossSite[name])
	}
	writeTestFile(t, filepath.Join(dir, "mysite", "wsgi.go"), `package mysite

import (
	"fmt"
	"net/http"
)

func Application(w http.ResponseWriter, r *http.Request) {
	for _, word := range words {
		fmt.Fprintln(w, word())
	}
}
`)
	git := func(arguments ...string) {
		t.Helper()
		command := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=x", "-c", "user.email=x@example.com"}, arguments...)...)
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("git %q: %v\n%s", arguments, err, output)
		}
	}
	writeBranch(t, dir, "one", 0, checkoutFiles)
	git("init", "--quiet", "--initial-branch=one")
	git("add", ".")
	git("commit", "--quiet", "--message=one")
	git("checkout", "--quiet", "-b", "two")
	git("rm", "--quiet", "mysite/word0.go", "mysite/word1.go")
	writeBranch(t, dir, "two", 2, checkoutFiles+2)
	git("add", ".")
	git("commit", "--quiet", "--message=two")

	s := startServer(t, Options{Dir: dir})
	whole := func(word string) string { return strings.Repeat(word+"\n", checkoutFiles) }
	ask := func(allowed ...string) {
		if body := get(t, s.addr, "/"); !slices.Contains(allowed, body) {
			t.Errorf("an answer of neither branch alone:\n%.2000s", body)
		}
	}
	ask(whole("two"))
	for _, branch := range []string{"one", "two"} {
		var visitors sync.WaitGroup
		done := make(chan struct{})
		for range 2 {
			visitors.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
						ask(whole("one"), whole("two"))
					}
				}
			})
		}
		git("checkout", "--quiet", branch)
		ask(whole(branch))
		close(done)
		visitors.Wait()
		if t.Failed() {
			return
		}
	}
}
