package runserver

import (
	"context"
	"io"
)

// Options is what a caller asks of Run.
type Options struct {
	Dir         string    // where the project is looked for, upwards; "" is the working directory
	AddrPort    string    // as typed: "", "8000", "0.0.0.0:8000", "[::1]:8000", ":8000", "localhost"
	IPv6        bool      // -6
	Settings    string    // GOSTART_SETTINGS_MODULE for the application; "" leaves the environment's
	Application string    // "<package>.<Name>"; "" asks the settings
	NoReload    bool      // build once, watch nothing
	NoThreading bool      // one request at a time
	Open        bool      // open the browser when the application first answers
	EnvFile     string    // "" is .env beside go.mod, if there
	Tags        string    // build tags, as go build's -tags
	Race        bool      // build with the race detector
	Version     string    // gostart's own, for the banner
	Color       bool      // colour the request log
	Stdout      io.Writer // the banner and progress
	Stderr      io.Writer // the request log, errors, and what the application prints there
}

// Run serves the project until ctx is done, then drains and returns nil.
func Run(ctx context.Context, o Options) error {
	return nil
}
