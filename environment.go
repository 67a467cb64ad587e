package main

// What the commands that use templates take from the environment.

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"gostart/generator"
	"gostart/templates"
)

// withEnvironment completes options by what is the same for each of these commands.
func withEnvironment(o generator.Options) (generator.Options, error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // 10,000 files of 1 KB take 55 MiB, and 66 otherwise, in the same time
	}
	o.Builtin, o.Version = templates.FS, versionName()
	o.Stdin, o.Stdout, o.LookupEnv = os.Stdin, os.Stdout, os.LookupEnv
	o.Terminal = isTerminal(os.Stdin) && isTerminal(os.Stdout)
	o.Plain = os.Getenv("TERM") == "dumb" || isSet("GOSTART_ACCESSIBLE")
	o.Yes = o.Yes || isSet("CI")
	o.Progress = progressLine(os.Stderr)
	var err error
	o.Defaults, err = defaultsFile()
	return o, err
}

// isSet tells whether a variable says yes.
func isSet(name string) bool {
	return !slices.Contains([]string{"", "0", "false"}, os.Getenv(name))
}

// defaultsFile is the file with the user's defaults: GOSTART_CONFIG, or the one in the place that the system
// has for such files, which need not be there.
func defaultsFile() (string, error) {
	if name := os.Getenv("GOSTART_CONFIG"); name != "" {
		if _, err := os.Stat(name); err != nil {
			return "", usageError{fmt.Sprintf("GOSTART_CONFIG names %q, which is no file", name), "unset it, or have it name " + os.DevNull + " for no defaults"}
		}
		return name, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil { // no home, no defaults
		return "", nil //nolint:nilerr // as said
	}
	return filepath.Join(dir, "gostart", "defaults.json"), nil
}
