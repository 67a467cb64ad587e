// Questions at a terminal, the only importer of survey.
//
// survey puts the terminal in raw mode and has no notion of a context. So each prompt runs in a goroutine
// of its own; when ctx ends first (kill, not Ctrl-C: that one is a key in raw mode) the terminal is put back
// here and the goroutine is left behind, as the process is about to end.
//
// survey also moves the cursor, which a dumb terminal cannot and a screen reader does not follow: ask_plain.go
// asks the same questions line by line.
package generator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/AlecAivazis/survey/v2"
	"github.com/AlecAivazis/survey/v2/core"
	"github.com/AlecAivazis/survey/v2/terminal"
	"golang.org/x/term"
)

// prompt is a question, what is offered as its answer, and what is taken.
type prompt struct {
	question        // its type and choices
	message  string // instead of its name
	preset   any    // of its type, or nil
	check    func(any) error
}

// askNames asks for the project's name and module path.
func (a *answers) askNames(ctx context.Context, o Options, prefix string) error {
	a.asked = true
	names := []struct {
		message, help string
		into          *string
		preset        func() string
		check         func(string) error
	}{
		{"Project name", "a directory and a Go package: lower-case letters and digits", &a.name,
			func() string { return a.name },
			func(name string) error { return checkFreeName(name, o.Directory) }},
		{"Module path", "the project's name will do until others import it", &a.module,
			func() string {
				if a.module != "" {
					return a.module
				}
				return defaultModule(prefix, a.name)
			}, checkModulePath},
	}
	for _, n := range names {
		if *n.into != "" && !o.Interactive {
			continue
		}
		p := prompt{
			question: question{Type: typeText, Help: n.help}, message: n.message,
			check: func(value any) error { return n.check(value.(string)) },
		}
		if preset := n.preset(); preset != "" {
			p.preset = preset
		}
		value, err := p.run(ctx, o)
		if err != nil {
			return err
		}
		*n.into = value.(string)
	}
	return nil
}

// askQuestion asks for the answer to a template's question; preset may be nil.
func (a *answers) askQuestion(ctx context.Context, o Options, q *question, preset any) (any, error) {
	a.asked = true
	p := prompt{question: *q, message: q.Name, preset: preset, check: q.check}
	if p.Help != "" {
		p.message = harmless(fmt.Sprintf("%s (%s)", q.Name, q.Help))
	}
	return p.run(ctx, o)
}

// checkFreeName is checkProjectName, and looks whether the project's directory can be made: at a prompt
// another name can be tried at once.
func checkFreeName(name, directory string) error {
	if err := checkProjectName(name); err != nil {
		return err
	}
	_, err := findDestination(name, directory)
	return err
}

// run asks until the answer is good.
func (p *prompt) run(ctx context.Context, o Options) (any, error) {
	before, err := term.GetState(int(o.Stdin.Fd()))
	if err != nil {
		return nil, fmt.Errorf("reading the terminal's state: %w", err)
	}
	ask := p.survey
	if o.Plain {
		ask = p.plain
	}
	var value any
	done := make(chan error, 1)
	go func() {
		var err error
		value, err = ask(o.Stdin, o.Stdout)
		done <- err
	}()
	select {
	case <-ctx.Done():
		_ = term.Restore(int(o.Stdin.Fd()), before) // the error of interest is the interruption
		return nil, interrupted(ctx)
	case err := <-done:
		if errors.Is(err, terminal.InterruptErr) {
			return nil, errInterrupted
		}
		if errors.Is(err, io.EOF) {
			return nil, refuse(exitUsage, "without a terminal, answers are given by --set, --answers or the environment",
				"the input ended before %q was answered", p.message)
		}
		return value, err
	}
}

// survey asks with arrows and a cursor that moves.
func (p *prompt) survey(in, out *os.File) (any, error) {
	core.DisableColor = os.Getenv("NO_COLOR") != ""
	var options []string
	describe := func(string, int) string { return "" }
	for _, c := range p.Choices {
		options = append(options, c.Value)
	}
	if len(p.Choices) > 0 {
		describe = func(_ string, i int) string { return harmless(p.Choices[i].Help) }
	}
	var asked survey.Prompt
	var text string
	var list []string
	var truth bool
	var into any = &text
	offered, _ := p.preset.(string)
	switch p.Type {
	case typeChoice:
		one := &survey.Select{Message: p.message + ":", Options: options, Description: describe}
		if offered != "" {
			one.Default = offered
		}
		asked = one
	case typeChoices:
		several := &survey.MultiSelect{Message: p.message + ":", Options: options, Description: describe}
		if chosen, ok := p.preset.([]string); ok {
			several.Default = chosen
		}
		asked, into = several, &list
	case typeBool:
		preset, _ := p.preset.(bool)
		asked, into = &survey.Confirm{Message: p.message + "?", Default: preset}, &truth
	case typeSecret:
		asked = &survey.Password{Message: p.message + ":"}
	default:
		asked = &survey.Input{Message: p.message + ":", Default: offered, Help: p.inputHelp()}
	}
	err := survey.AskOne(asked, into, survey.WithStdio(in, out, out), survey.WithValidator(func(answer any) error {
		switch answer := answer.(type) {
		case string:
			return p.judge(p.typed(answer))
		case []core.OptionAnswer:
			chosen := []string{}
			for _, option := range answer {
				chosen = append(chosen, option.Value)
			}
			return p.judge(chosen)
		}
		return nil
	}))
	switch p.Type {
	case typeChoices:
		return p.inOrder(list), err
	case typeBool:
		return truth, err
	case typeChoice:
		return text, err
	}
	return p.typed(text), err
}

// inputHelp is what a question mark shows, where the message does not have it.
func (p *prompt) inputHelp() string {
	if strings.Contains(p.message, p.Help) {
		return ""
	}
	return p.Help
}

// typed is the text that a line of input stands for. Nothing typed at a secret is the default.
func (p *prompt) typed(line string) string {
	if p.Type == typeSecret {
		if preset, ok := p.preset.(string); ok && line == "" {
			return preset
		}
		return line
	}
	return strings.TrimSpace(line)
}

// judge is check, with the next step behind the reason: a prompt shows one line.
func (p *prompt) judge(value any) error {
	err := p.check(value)
	var r *refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r) && r.hint != "":
		return fmt.Errorf("%s; %s", r.text, r.hint)
	}
	return errors.New(harmless(err.Error()))
}
