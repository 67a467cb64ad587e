// template.json: what a template asks, and what it says about its files.
//
// All its faults are reported at once, each with its line: unknown keys at any depth, values of a wrong
// kind, and what only shows when keys are seen together or beside the template's files.
// templates/template.schema.json says the same to editors, as far as JSON Schema can; a test compares.
package generator

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

const configFile = "template.json"

// templateConfig is template.json.
type templateConfig struct {
	Kind         string // of layer that it makes; "" is any
	Description  string
	Questions    []question
	Files        []fileCondition
	Executable   []glob
	Private      []glob // mode 0600, no hash in the manifest, and the only files that secrets are for
	Delimiters   []delimiters
	Hidden       []hiddenDirectory // that are part of the template; others whose names begin with a dot are not
	MessageAfter snippet           // printed at the end
	Requires     []string          // names of add-ons that have to be there first
	Insert       []insertion
	Modules      []requirement // Go modules that the template's code imports

	file *jsonReader // for the places of later problems; nil without a template.json
}

// fileCondition is under which condition the files and directories that a glob matches are made.
type fileCondition struct {
	glob
	when snippet
}

// delimiters stand in place of {{ and }} in the files that a glob matches.
type delimiters struct {
	glob
	left, right string
}

// hiddenDirectory is the name of a directory, which begins with a dot.
type hiddenDirectory struct {
	at   int
	name string
}

// insertion is text for a file that is the user's, at a line that has to be there as it is written here.
type insertion struct {
	at     int
	File   string    // a path in the project, its tokens not yet replaced
	Import []snippet // what a Go file imports for the text: a path, or a name and a path
	Before snippet   // the line; one of the two is not set
	After  snippet
	Text   snippet
}

// The types of questions, and with them of answers: string, string, []string, bool, string.
const (
	typeText    = "text"
	typeChoice  = "choice"
	typeChoices = "choices"
	typeBool    = "bool"
	typeSecret  = "secret" // never recorded nor printed, and seen by private files alone
)

// question is a value that a template needs beside those that each template gets.
type question struct {
	at       int
	Name     string
	Type     string
	Help     string
	Default  any            // string, bool, []string or snippet; nil: an answer has to be given
	Choices  []choice       // of a choice or choices
	Pattern  *regexp.Regexp // what a whole text or secret matches
	Message  string         // what is said when it doesn't
	When     snippet        // the condition under which it is asked
	Required bool           // the answer must not be empty
	Path     bool           // in paths, the name stands for the answer
}

// choice is one of several answers.
type choice struct{ Value, Help string }

// readConfig reads template.json, if there is one, and gives its faults. gostart is the version that reads it.
func (t *templateTree) readConfig(gostart string) (problems, error) {
	f, err := t.files.Open(configFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("reading %s: %w", t.where(configFile), cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", t.where(configFile), cause(err))
	}
	if len(data) > maxJSON {
		return nil, problems{{file: t.where(configFile), text: fmt.Sprintf("has more than %d MiB", maxJSON>>20)}}
	}
	t.config.file = &jsonReader{file: t.where(configFile), data: data}
	r := &configReader{t.config.file, &t.config}
	root := r.parse()
	if root == nil {
		return r.faults, nil
	}
	if least := minGostart(root); least != "" && olderThan(gostart, least) { // first: its keys may be newer too
		return nil, refuse(exitFailed, "install a newer gostart, or take an older version of the template",
			"template %q needs gostart %s or newer, and this is %s", t.name, strings.TrimPrefix(least, "v"), strings.TrimPrefix(gostart, "v"))
	}
	r.read(root)
	return r.faults, nil
}

// minGostart is what a template.json says about that, if it is a version.
func minGostart(root *jsonValue) string {
	for _, m := range root.members {
		if text, ok := m.value.value.(string); ok && m.name == "min_gostart" {
			if version := "v" + strings.TrimPrefix(text, "v"); semver.IsValid(version) {
				return version
			}
		}
	}
	return ""
}

// olderThan compares versions. One that was built from sources ("devel", or a commit) is as new as they come.
func olderThan(gostart, least string) bool {
	gostart = "v" + strings.TrimPrefix(gostart, "v")
	return semver.IsValid(gostart) && !module.IsPseudoVersion(gostart) && semver.Compare(gostart, least) < 0
}

// problem is one at an offset of template.json that showed after it was read.
func (c *templateConfig) problem(at int, format string, args ...any) problem {
	p := problem{file: c.file.file, text: fmt.Sprintf(format, args...)}
	p.locate(string(c.file.data), at)
	return p
}
