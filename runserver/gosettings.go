package runserver

// What the user has set for the go command, where runserver would do otherwise.
// It is read as the go command reads it (cmd/go/internal/cfg): "go env" costs a
// process, and does not tell what was set from what is the default.

import (
	"os"
	"path/filepath"
	"strings"
)

// goSetting is a variable of the go command's as the environment has it, or else
// the file of "go env -w"; "" when neither does.
func goSetting(name string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	file := os.Getenv("GOENV")
	if file == "off" {
		return ""
	}
	if file == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return ""
		}
		file = filepath.Join(dir, "go", "env")
	}
	text, _ := os.ReadFile(file)
	value := ""
	for line := range strings.Lines(string(text)) {
		if set, ok := strings.CutPrefix(line, name+"="); ok {
			value = strings.TrimRight(set, "\r\n")
		}
	}
	return value
}

// goFlags are the flags in GOFLAGS, by name; a flag without a value is "true".
func goFlags() map[string]string {
	flags := map[string]string{}
	for _, word := range strings.Fields(goSetting("GOFLAGS")) {
		word = strings.Trim(word, `'"`)
		name, value, ok := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if !ok {
			value = "true"
		}
		flags[name] = value
	}
	return flags
}

// moduleCache is a place for modules below dir where the go command knows none, as without HOME in a container or a cron
// job: there it builds what needs no modules, but refuses every overlay. What it downloads must be writable, or could
// not be removed.
func moduleCache(dir string) []string {
	if _, err := os.UserHomeDir(); err == nil || goSetting("GOMODCACHE") != "" || goSetting("GOPATH") != "" {
		return nil
	}
	return []string{"GOMODCACHE=" + filepath.Join(dir, "modules"), "GOFLAGS=" + goSetting("GOFLAGS") + " -modcacherw"}
}
