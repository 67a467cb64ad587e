package runserver

// What git ignores, asked of git itself: its rules are long, and its own answer
// is the right one. One "git check-ignore" per repository stays and answers a
// name in some 30 us; without git, or outside a repository, nothing is ignored.

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// ignorer answers for the directories below its roots. Not safe for concurrent use.
type ignorer struct {
	asked  map[string]*checkIgnore // by root
	closed bool
}

type checkIgnore struct {
	question io.WriteCloser
	answers  *bufio.Reader // nil when git has no answer
	ended    chan struct{} // closed when git has
}

// close ends what was started to ask; from then on nothing is ignored.
func (i *ignorer) close() {
	i.closed = true
	for _, c := range i.asked {
		c.close()
	}
}

// forget ends what was started in dir or below it: it is about to go, and whatever runs in it would be lost.
func (i *ignorer) forget(dir string) {
	for root, c := range i.asked {
		if root == dir || strings.HasPrefix(root, dir+string(filepath.Separator)) {
			c.close()
			delete(i.asked, root)
		}
	}
}

func (c *checkIgnore) close() {
	if c.ended != nil {
		_ = c.question.Close()
		<-c.ended
	}
}

// ignores tells whether git ignores dir, which is below one of the roots.
func (i *ignorer) ignores(roots []root, dir string) bool {
	for _, root := range roots {
		if i.closed {
			break
		}
		if strings.HasPrefix(dir, root.path+string(filepath.Separator)) {
			if i.asked == nil {
				i.asked = map[string]*checkIgnore{}
			}
			if i.asked[root.path] == nil {
				i.asked[root.path] = startCheckIgnore(root.path)
			}
			return i.asked[root.path].ignores(dir)
		}
	}
	return false
}

// startCheckIgnore runs git until its standard input ends: with this process, at
// the latest.
func startCheckIgnore(root string) *checkIgnore {
	command := exec.Command("git", "-C", root, "check-ignore", "--stdin", "-z", "--verbose", "--non-matching")
	question, err := command.StdinPipe()
	if err != nil {
		return &checkIgnore{}
	}
	answers, err := command.StdoutPipe()
	if err != nil || command.Start() != nil {
		return &checkIgnore{}
	}
	c := &checkIgnore{question: question, answers: bufio.NewReader(answers), ended: make(chan struct{})}
	go func() {
		_ = command.Wait()
		close(c.ended)
	}()
	return c
}

func (c *checkIgnore) ignores(dir string) bool {
	if c.answers == nil {
		return false
	}
	// The answer is source, line, pattern and name, each ended by a NUL; the
	// pattern is empty where none matches, and begins with ! where one excepts.
	if _, err := fmt.Fprintf(c.question, "%s\x00", filepath.ToSlash(dir)); err != nil {
		c.answers = nil
		return false
	}
	var pattern string
	for field := range 4 {
		text, err := c.answers.ReadString(0)
		if err != nil {
			c.answers = nil
			return false
		}
		if field == 2 {
			pattern = strings.TrimSuffix(text, "\x00")
		}
	}
	return pattern != "" && !strings.HasPrefix(pattern, "!")
}
