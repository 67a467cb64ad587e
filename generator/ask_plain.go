// Questions line by line, for dumb terminals and screen readers: what is asked, what can be answered, then one
// line of input. Nothing is drawn over, and choices have numbers.
package generator

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// plain asks until the answer is good.
func (p *prompt) plain(in, out *os.File) (any, error) {
	help := ""
	if p.inputHelp() != "" {
		help = " (" + p.Help + ")"
	}
	fmt.Fprintf(out, "%s%s\n", p.message, help)
	for i, c := range p.Choices {
		fmt.Fprintf(out, "  %d. %s\n", i+1, harmless(strings.TrimSuffix(c.Value+": "+c.Help, ": ")))
	}
	read := readLine
	if p.Type == typeSecret {
		read = readSecret
	}
	for {
		line, err := read(in, out, p.wanted())
		if err != nil {
			return nil, err
		}
		value, err := p.answer(line)
		if err == nil {
			err = p.judge(value)
		}
		if err == nil {
			return value, nil
		}
		fmt.Fprintf(out, "Not valid: %v\n", err)
	}
}

// wanted is what to type, and in brackets what is taken when nothing is.
func (p *prompt) wanted() string {
	want := map[string]string{
		typeText: "Answer", typeSecret: "Answer, which is not shown", typeBool: "yes or no",
		typeChoice: "Number or name", typeChoices: "Numbers or names with commas between them, or none",
	}[p.Type]
	switch preset := p.preset.(type) {
	case string:
		if preset != "" && p.Type != typeSecret {
			want += " [" + preset + "]"
		}
	case bool:
		want += " [" + map[bool]string{true: "yes", false: "no"}[preset] + "]"
	case []string:
		if len(preset) > 0 {
			want += " [" + strings.Join(preset, ",") + "]"
		}
	}
	return want + ": "
}

// answer is what a line says.
func (p *prompt) answer(line string) (any, error) {
	trimmed := strings.TrimSpace(line)
	if trimmed == "" && p.preset != nil {
		return p.preset, nil
	}
	switch p.Type {
	case typeChoice:
		return p.numbered(trimmed), nil
	case typeChoices:
		if strings.EqualFold(trimmed, "none") {
			trimmed = ""
		}
		items := strings.Split(trimmed, ",")
		for i := range items {
			items[i] = p.numbered(strings.TrimSpace(items[i]))
		}
		return p.parse(strings.Join(items, ","))
	case typeBool:
		return p.parse(trimmed)
	}
	return p.typed(line), nil
}

// numbered is the choice of that number, or what was typed.
func (p *prompt) numbered(typed string) string {
	if i, err := strconv.Atoi(typed); err == nil && 1 <= i && i <= len(p.Choices) {
		for _, c := range p.Choices {
			if c.Value == typed { // a choice that is a number itself
				return typed
			}
		}
		return p.Choices[i-1].Value
	}
	return typed
}

// readLine reads one line and no byte more: the rest is for the next question.
func readLine(in, out *os.File, wanted string) (string, error) {
	fmt.Fprint(out, wanted)
	var line []byte
	for one := make([]byte, 1); ; {
		n, err := in.Read(one)
		if n > 0 && one[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		line = append(line, one[:n]...)
		if err != nil {
			return "", err
		}
		if len(line) > maxJSON {
			return "", io.ErrShortBuffer
		}
	}
}

// readSecret reads one line that is not shown. The terminal stops to show what is typed before it is asked for.
func readSecret(in, out *os.File, wanted string) (string, error) {
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return "", err
	}
	defer term.Restore(int(in.Fd()), before) //nolint:errcheck // nothing can be done
	return term.NewTerminal(rawTerminal{in, out}, "").ReadPassword(wanted)
}

// rawTerminal gives Ctrl-C back its meaning, which term takes for an end of the input.
type rawTerminal struct {
	io.Reader
	io.Writer
}

func (t rawTerminal) Read(p []byte) (int, error) {
	n, err := t.Reader.Read(p)
	if bytes.IndexByte(p[:n], 3) >= 0 {
		return 0, errInterrupted
	}
	return n, err
}
