// template.json: what a template asks, and what it says about its files.
package generator

// templateConfig is template.json.
type templateConfig struct {
	Version     int        `json:"version"`
	Description string     `json:"description"`
	Questions   []question `json:"questions"`
	Executable  []string   `json:"executable"` // globs of paths in the template, without .tmpl
	Private     []string   `json:"private"`    // the same: mode 0600, and no hash in the manifest

	MinGostart   string            `json:"-"` // the oldest gostart that can use the template, "v1.2.0"
	Files        map[string]string `json:"-"` // glob: the condition under which what it matches is made
	Delimiters   []delimiters      `json:"-"`
	MessageAfter string            `json:"-"` // template text that is printed at the end
	Requires     []string          `json:"-"` // names of add-ons that have to be there first
	Insert       []insertion       `json:"-"`
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
	Name     string   `json:"name"`
	Type     string   `json:"-"`
	Help     string   `json:"help"`
	Default  any      `json:"default"` // as the type wants it, or template text; without one, an answer has to be given
	Choices  []choice `json:"-"`       // of a choice or choices
	Pattern  string   `json:"-"`       // a regular expression that a whole text or secret matches
	Message  string   `json:"-"`       // what is said when it doesn't
	When     string   `json:"-"`       // the condition under which it is asked
	Required bool     `json:"-"`       // the answer must not be empty
}

// choice is one of several answers.
type choice struct{ Value, Help string }

// delimiters stand in place of {{ and }} in the files that a glob matches.
type delimiters struct{ Glob, Left, Right string }

// insertion is text for a file that is the user's, at a line that is as the template's author knows it.
// All but File is template text; File has the tokens of paths.
type insertion struct {
	File   string
	Before string // the line; one of the two is ""
	After  string
	Text   string
}
