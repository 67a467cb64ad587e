package runserver

// What launchers find in their environment: the process's variables, and the
// environment file beside go.mod.

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

// environment is that of launchers: the process's, then the environment file for
// what the process's does not have, then the settings module asked for.
func (s *supervisor) environment() ([]string, *failure) {
	environment := os.Environ()
	text, err := os.ReadFile(s.envFile)
	if err != nil && (!errors.Is(err, fs.ErrNotExist) || s.options.EnvFile != "") {
		return nil, &failure{title: "The environment file could not be read", text: err.Error()}
	}
	values, err := godotenv.UnmarshalBytes(text)
	if err != nil {
		return nil, &failure{
			title:    "The environment file could not be read",
			problems: []Problem{envProblem(s.envFile, text, err)},
			hint:     `each line is NAME=value; quote a value that has spaces or #: NAME="a value"`,
		}
	}
	for name, value := range values {
		if _, set := os.LookupEnv(name); !set {
			environment = append(environment, name+"="+value)
		}
	}
	slices.Sort(environment[len(os.Environ()):])
	if s.options.Settings != "" {
		environment = append(environment, settingsVariable+"="+s.options.Settings)
	}
	return environment, nil
}

// envProblem is where an environment file is wrong. The error of who read it has all that follows in the file,
// secrets too, and does not tell the line: that is the one before which all can be read.
func envProblem(file string, text []byte, err error) Problem {
	p := Problem{File: file, Line: 1, Text: "this is not NAME=value", secret: true}
	if strings.HasPrefix(err.Error(), "unterminated") {
		p.Text = "a quote is not closed"
	}
	for i, c := range text {
		if c != '\n' {
			continue
		}
		if _, err := godotenv.UnmarshalBytes(text[:i+1]); err == nil {
			p.Line = bytes.Count(text[:i+1], []byte("\n")) + 1
		}
	}
	return p
}

const settingsVariable = "GOSTART_SETTINGS_MODULE"

// settingsModule is the one asked for, and who asked; "" leaves the project's default.
func (s *supervisor) settingsModule() (module, source string) {
	if s.options.Settings != "" {
		return s.options.Settings, "--settings"
	}
	if module := os.Getenv(settingsVariable); module != "" {
		return module, "the environment"
	}
	values, err := godotenv.Read(s.envFile)
	if err == nil && values[settingsVariable] != "" {
		return values[settingsVariable], filepath.Base(s.envFile)
	}
	return "", ""
}
