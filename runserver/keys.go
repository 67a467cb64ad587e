package runserver

// The keys of a terminal, while runserver serves.

import (
	"fmt"
	"io"
)

const (
	keysLine = "Keys: r rebuild, o open the browser, c clear the screen, q quit, h help\n"
	keysHelp = `
  r  build and start the application again now
  o  open the site in the browser
  c  clear the screen
  q  quit, as CONTROL-C does
  h  this help

`
	clearScreen = "\x1b[H\x1b[2J\x1b[3J"
)

// press does what a key stands for; quit ends runserver.
func (s *server) press(key byte, quit func()) {
	switch key {
	case 'r', 'R':
		s.tracker.check()
		s.tracker.again()
	case 'o', 'O':
		s.openBrowser()
	case 'c', 'C':
		_, _ = io.WriteString(s.console.stdout, clearScreen)
	case 'q', 'Q':
		quit()
	case 'h', 'H', '?':
		_, _ = fmt.Fprintf(s.console.stdout, "\nServing %s\n%s", s.url(), keysHelp)
	case '\r', '\n':
		_, _ = io.WriteString(s.console.stdout, "\n") // a gap in the log
	}
}

// again asks for everything to be made once more, though nothing changed.
func (t *tracker) again() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.print.again++
	t.want(t.print)
}
