// A line for a file that is the user's.
//
// An app's URLs have to be named in the project's URL table, and some add-ons wrap the application: such a line goes
// into a file that somebody has changed since it was generated. It is put in only where its place is as
// the template's author knew it: the line before or after which it goes is there exactly once, and a Go file that
// compiled still does, as far as its package alone can tell. In any other case the file is left as it is, and the
// user is told the line and the place. Rewriting the syntax tree was rejected: it would move comments that are not ours.
package generator

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"path"
	"slices"
	"strings"
)

// Insertion is a line, or several, for a file that is the user's.
type Insertion struct {
	File   string   `json:"file"`             // slash-separated, relative to the project
	Import []string `json:"import,omitempty"` // what it needs: a path, or a name and a path
	Before string   `json:"before,omitempty"` // the line before which it goes
	After  string   `json:"after,omitempty"`  // or after which
	Text   string   `json:"text"`
	Done   bool     `json:"done"`             // it is in the file
	Reason string   `json:"reason,omitempty"` // why it is not
}

// sum stands for the insertion where all that counts is whether there was one like it.
func (in *Insertion) sum() string { return contentSum([]byte(in.File + "\x00" + in.Text)) }

func sumsOf(all []*Insertion) (sums []string) {
	for _, in := range all {
		sums = append(sums, in.sum())
	}
	return sums
}

// into puts the insertion into a file's content, or says why it cannot be.
func (in *Insertion) into(content []byte) ([]byte, error) {
	if in.isIn(content) {
		if err := in.checkImports(content); err != nil {
			return nil, err
		}
		return content, nil
	}
	out, crlf := content, lineEnd(content) == "\r\n"
	if crlf {
		out = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	}
	formatted, err := format.Source(out)
	clean := err == nil && bytes.Equal(formatted, out)
	if out, err = in.insertText(out); err != nil {
		return nil, err
	}
	if path.Ext(in.File) == ".go" {
		for _, imported := range in.Import {
			if out, err = addImport(out, imported); err != nil {
				return nil, err
			}
		}
		if formatted, err = format.Source(out); err != nil {
			return nil, fmt.Errorf("it would no longer be Go: %w", err)
		}
		if clean {
			out = formatted
		}
	}
	if crlf {
		out = bytes.ReplaceAll(out, []byte("\n"), []byte("\r\n"))
	}
	return out, nil
}

// checkImports wants the imports of lines that are there already: they may be another package's of the same name.
func (in *Insertion) checkImports(content []byte) error {
	if path.Ext(in.File) != ".go" {
		return nil
	}
	for _, imported := range in.Import {
		out, err := addImport(content, imported)
		if err != nil {
			return err
		}
		if !bytes.Equal(out, content) {
			return fmt.Errorf("its lines are there, and %q is not imported", imported[strings.Index(imported, " ")+1:])
		}
	}
	return nil
}

// insertText puts the text before or after its line.
func (in *Insertion) insertText(content []byte) ([]byte, error) {
	anchor, at := cmp.Or(in.Before, in.After), -1
	lines := bytes.SplitAfter(content, []byte("\n"))
	for i, line := range lines {
		if strings.TrimRight(string(line), " \t\r\n") != strings.TrimRight(anchor, " \t") {
			continue
		}
		if at >= 0 {
			return nil, fmt.Errorf("the line %q is there twice", strings.TrimSpace(anchor))
		}
		at = i
	}
	if at < 0 {
		return nil, fmt.Errorf("the line %q is not there", strings.TrimSpace(anchor))
	}
	text := in.Text + "\n"
	if in.After != "" {
		if !bytes.HasSuffix(lines[at], []byte("\n")) { // the last line of a file may lack its end
			text = "\n" + in.Text
		}
		at++
	}
	return bytes.Join(slices.Insert(lines, at, []byte(text)), nil), nil
}

// isIn tells whether all lines of the text are in content, one after the other; blanks do not count, as gofmt moves them.
func (in *Insertion) isIn(content []byte) bool {
	plain := func(text string) string {
		var lines []string
		for line := range strings.Lines(text) {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
		return "\n" + strings.Join(lines, "\n") + "\n"
	}
	return strings.Contains(plain(string(content)), plain(strings.TrimRight(in.Text, "\n")))
}
