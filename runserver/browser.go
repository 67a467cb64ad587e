package runserver

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// openBrowser shows the site as the user's system does: $BROWSER first.
func (s *server) openBrowser() {
	if s.address.network == "unix" {
		s.console.notice("no browser opens a unix socket")
		return
	}
	command := []string{"xdg-open"}
	switch {
	case len(strings.Fields(os.Getenv("BROWSER"))) > 0:
		command = strings.Fields(os.Getenv("BROWSER"))
	case runtime.GOOS == "darwin":
		command = []string{"open"}
	case runtime.GOOS == "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	opener := exec.Command(command[0], append(command[1:], s.url())...)
	if err := opener.Start(); err != nil {
		s.console.notice(fmt.Sprintf("opening the browser: %v", err))
		return
	}
	go func() { _ = opener.Wait() }()
}
