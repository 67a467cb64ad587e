package runserver

// What a caller may ask of Run, and what is wrong with it before anything is
// bound or built.

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Options is what a caller asks of Run.
type Options struct {
	Dir          string    // where the project is looked for, upwards; "" is the working directory
	AddrPort     string    // as typed: "", "8000", "0.0.0.0:8000", "[::1]:8000", ":8000", "localhost"
	IPv6         bool      // -6
	Settings     string    // GOSTART_SETTINGS_MODULE for the application; "" leaves the environment's
	Application  string    // "<package>.<Name>"; "" asks the settings
	NoReload     bool      // build once, watch nothing
	NoLiveReload bool      // leave pages as they are
	NoThreading  bool      // one request at a time
	Editor       string    // opens the places on error pages: parseEditor knows the names; "" is $GOSTART_EDITOR, or else vscode
	Open         bool      // open the browser when the application first answers
	EnvFile      string    // "" is .env beside go.mod, if there
	Tags         string    // build tags, as go build's -tags
	Race         bool      // build with the race detector
	Version      string    // gostart's own, for the banner
	Color        bool      // colour the request log
	Stdout       io.Writer // the banner and progress
	Stderr       io.Writer // the request log, errors, and what the application prints there

	Stdin *os.File // keys are read from it if it is a terminal; nil reads none
	HTTPS bool     // serve HTTPS, with a certificate of our own
	Cert  string   // file of a certificate to serve HTTPS with
	Key   string   // file of its key
	Unix  string   // path of a unix socket to listen on, in place of an address

	Watch  []string // patterns of files that restart the application; below the module's root, slashed
	Ignore []string // patterns of files and directories that never count

	JSON      bool     // one JSON object per event on Stdout, as events.go has it
	Exec      []string // commands to run before each build, in the module's root
	Exclusive bool     // end the application before its successor starts
	Debug     bool     // build for a debugger, and run under Delve if it is there; includes Exclusive
}

// find returns the project, and its file of environment variables, which need
// not exist.
func (o Options) find() (p project, envFile string, err error) {
	if o.Application != "" {
		if _, _, ok := splitApplication(o.Application); !ok {
			return p, "", &usageError{text: fmt.Sprintf("--application %q: want \"<package>.<Name>\"", o.Application),
				hint: `for example --application ./internal/web.Handler`}
		}
	}
	if p, err = findProject(o.Dir, o.Application); err != nil {
		return p, "", err
	}
	if o.EnvFile == "" {
		return p, filepath.Join(p.root, ".env"), nil
	}
	if envFile, err = filepath.Abs(o.EnvFile); err != nil || !isFile(envFile) {
		return p, "", &usageError{text: fmt.Sprintf("--env-file %q is not a file", o.EnvFile)}
	}
	return p, envFile, nil
}

// globs are the patterns of --watch and --ignore.
func (o Options) globs() (watch, ignore globs, err error) {
	if watch, err = parseGlobs("--watch", o.Watch); err != nil {
		return nil, nil, err
	}
	ignore, err = parseGlobs("--ignore", o.Ignore)
	return watch, ignore, err
}
