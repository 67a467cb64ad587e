// Questions at a terminal, the only importer of survey.
//
// survey puts the terminal in raw mode and has no notion of a context. So each prompt runs in a goroutine
// of its own; when ctx ends first (kill, not Ctrl-C: that one is a key in raw mode) the terminal is put back
// here and the goroutine is left behind, as the process is about to end.
package generator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/AlecAivazis/survey/v2"
	"github.com/AlecAivazis/survey/v2/core"
	"github.com/AlecAivazis/survey/v2/terminal"
	"golang.org/x/term"
)

// prompt is a question, what is offered as its answer, and where the answer goes.
type prompt struct {
	message, help string
	preset        func() string
	check         func(string) error
	store         func(string)
}

// ask asks for what was not given; with -i also for what was, which is then offered.
func (a *answers) ask(ctx context.Context, o Options, questions []question) error {
	a.asked = true
	var prompts []prompt
	if a.name == "" || o.Interactive {
		prompts = append(prompts, prompt{
			message: "Project name", help: "a directory and a Go package: lower-case letters and digits",
			preset: func() string { return a.name },
			check:  func(name string) error { return checkFreeName(name, o.Directory) },
			store:  func(name string) { a.name = name },
		})
	}
	if a.module == "" || o.Interactive {
		prompts = append(prompts, prompt{
			message: "Module path", help: "the project's name will do until others import it",
			preset: func() string {
				if a.module != "" {
					return a.module
				}
				return a.name
			},
			check: checkModulePath,
			store: func(module string) { a.module = module },
		})
	}
	for _, q := range questions {
		value, given := a.values[q.Name]
		if given && !o.Interactive {
			continue
		}
		if !given && q.Default != nil {
			value = q.Default
		}
		prompts = append(prompts, prompt{
			message: q.Name, help: q.Help,
			preset: func() string {
				if value == nil {
					return ""
				}
				return formatAnswer(value)
			},
			check: func(string) error { return nil },
			store: func(value string) { a.values[q.Name] = value },
		})
	}
	for _, p := range prompts {
		value, err := p.run(ctx, o.Stdin, o.Stdout)
		if err != nil {
			return err
		}
		p.store(value)
	}
	return nil
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
func (p prompt) run(ctx context.Context, in, out *os.File) (string, error) {
	core.DisableColor = os.Getenv("NO_COLOR") != ""
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return "", fmt.Errorf("reading the terminal's state: %w", err)
	}
	var value string
	done := make(chan error, 1)
	go func() {
		input := &survey.Input{Message: p.message + ":", Default: p.preset(), Help: p.help}
		done <- survey.AskOne(input, &value, survey.WithStdio(in, out, out), survey.WithValidator(func(answer any) error {
			return withHint(p.check(strings.TrimSpace(answer.(string))))
		}))
	}()
	select {
	case <-ctx.Done():
		_ = term.Restore(int(in.Fd()), before) // the error of interest is the interruption
		return "", interrupted(ctx)
	case err := <-done:
		if errors.Is(err, terminal.InterruptErr) {
			return "", errInterrupted
		}
		return strings.TrimSpace(value), err
	}
}

// withHint puts the next step behind the reason, as a prompt shows one line.
func withHint(err error) error {
	var r *refusal
	if errors.As(err, &r) && r.hint != "" {
		return fmt.Errorf("%s; %s", r.text, r.hint)
	}
	return err
}
