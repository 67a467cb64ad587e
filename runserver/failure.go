package runserver

// Why no application answers: one value, shown in the terminal and in the
// browser.

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Problem is one mistake at one place, as a compiler reports it.
type Problem struct {
	File string // absolute; "" when the place is not known
	Line int    // from 1; 0 is unknown
	Col  int    // from 1, in bytes; 0 is unknown
	Text string // may have further lines, indented

	secret bool // no line of the file is shown: there may be secrets in it
}

// failure is a build, a settings module or an application that did not work out.
type failure struct {
	title    string    // what happened, for a heading
	text     string    // the error in a sentence; may be empty when problems say it all
	hint     string    // what to do next; may be empty
	problems []Problem // where it is wrong
	output   string    // the trace or the last lines of the program
	ended    *launcher // which had been ready, and ended: it may be started again
	replaced bool      // the code that was asked answers no more, and newer code does
}

// cutShort is for a request that was open when its launcher had to go.
var cutShort = &failure{
	title: "The code changed during the request", replaced: true,
	text: "the request was still open a while after the code had changed, and was ended with the application that it began on",
}

// next says what happens next.
func (f *failure) next() string {
	switch {
	case f.ended != nil:
		return "The next request starts the application again"
	case f.replaced:
		return "The next request is answered by the new code"
	}
	return "gostart runserver waits for the next change"
}

// write prints f for a terminal, with or without the program's output; paths are
// relative to dir when they are below it.
func (f *failure) write(dir string, output bool) string { return f.print(dir, output, true) }

// print is write with or without lines of source.
func (f *failure) print(dir string, output, source bool) string {
	var b strings.Builder
	if f.text != "" {
		fmt.Fprintf(&b, "%s\n", f.text)
	}
	for _, problem := range f.problems {
		b.WriteString(problem.format(dir, source))
	}
	if output && f.output != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimRight(f.output, "\n"))
	}
	if f.hint != "" {
		fmt.Fprintf(&b, "hint: %s\n", f.hint)
	}
	return b.String()
}

// where is the place of the problem as file:line:col, as far as it is known.
func (p Problem) where(dir string) string {
	at := relative(dir, p.File)
	if p.Line > 0 {
		at += fmt.Sprintf(":%d", p.Line)
	}
	if p.Col > 0 {
		at += fmt.Sprintf(":%d", p.Col)
	}
	return at
}

// format is the problem as file:line:col: text, then the line and a caret.
func (p Problem) format(dir string, source bool) string {
	if p.File == "" {
		return p.Text + "\n"
	}
	var b strings.Builder
	text, more, _ := strings.Cut(p.Text, "\n")
	fmt.Fprintf(&b, "%s: %s\n", p.where(dir), text)
	if line, ok := sourceLine(p.File, p.Line); ok && source && !p.secret {
		fmt.Fprintf(&b, "    %s\n", strings.ReplaceAll(line, "\t", "    "))
		if p.Col > 0 && p.Col <= len(line)+1 {
			before := strings.ReplaceAll(line[:p.Col-1], "\t", "    ")
			fmt.Fprintf(&b, "    %s^\n", strings.Repeat(" ", len([]rune(before))))
		}
	}
	if more != "" {
		fmt.Fprintf(&b, "%s\n", more)
	}
	return b.String()
}

// relative is name below dir, or name as it is.
func relative(dir, name string) string {
	if rel, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return name
}

// sourceLine reads line number of a file.
func sourceLine(name string, number int) (string, bool) {
	file, err := os.Open(name)
	if err != nil || number < 1 {
		return "", false
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		if n == number {
			return lines.Text(), true
		}
	}
	return "", false
}
