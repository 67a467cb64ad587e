// gostart completion: Tab in bash, zsh, fish and PowerShell.
//
// The scripts only pass on what has been typed to `gostart __complete`, which knows the commands and flags as
// they are, and the values that they take. So a script never goes stale, and a new flag is completed at once:
// the help says DIRECTORY or FILE for its value, and the table below what that means.
package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print what makes Tab complete gostart's commands, flags and values",
		UsageText: "gostart completion SHELL",
		Description: "SHELL is bash, zsh, fish or powershell. For each new shell, put into\n" +
			"  ~/.bashrc                   source <(gostart completion bash)\n" +
			"  ~/.zshrc, after compinit    source <(gostart completion zsh)\n" +
			"  ~/.config/fish/config.fish  gostart completion fish | source\n" +
			"  $PROFILE                    gostart completion powershell | Out-String | Invoke-Expression",
		Action: func(c *cli.Context) error {
			script, ok := completionScripts[c.Args().First()]
			switch {
			case c.NArg() == 0:
				return usageError{"a shell is missing", "usage: gostart completion bash|zsh|fish|powershell"}
			case c.NArg() > 1:
				return usageError{fmt.Sprintf("unexpected argument %q", c.Args().Get(1)), "usage: gostart completion SHELL"}
			case !ok:
				return usageError{fmt.Sprintf("there is no completion for %q", c.Args().First()), "choose bash, zsh, fish or powershell"}
			}
			_, err := io.WriteString(stdout, script)
			return err
		},
	}
}

// completion is what the last word of a command line may become.
type completion struct {
	values      []completionValue
	files       bool // of the working directory and below, which shells know best
	directories bool
	before      string // what of the word stands before all of these: "--set=", "author="
}

// completionValue is a word, and what it means.
type completionValue struct{ word, help string }

// typedLine is a command and what stands behind it, up to the word that is completed.
type typedLine struct {
	context.Context
	command *cli.Command
	path    string            // the words that lead to the command
	flags   map[string]string // those that have a value
	typed   []string          // the arguments before the word
	word    string            // of the value that is completed
}

// complete tells what the last of words, which follow "gostart", may become.
func complete(ctx context.Context, commands []*cli.Command, words []string) completion {
	path, help := "gostart", words[0] == "help" && len(words) > 1
	if help {
		words = words[1:]
	}
	for {
		i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.Name == words[0] && len(words) > 1 })
		switch {
		case i >= 0 && len(commands[i].Subcommands) > 0:
			path, commands, words = path+" "+words[0], commands[i].Subcommands, words[1:]
		case i >= 0 && !help:
			return completeArguments(ctx, commands[i], path+" "+words[0], words[1:])
		case len(words) == 1:
			return completeCommand(commands, words[0], path == "gostart" && !help)
		default:
			return completion{}
		}
	}
}

func completeCommand(commands []*cli.Command, word string, first bool) completion {
	var found completion
	for _, c := range commands {
		found.values = append(found.values, completionValue{c.Name, c.Usage})
	}
	if strings.HasPrefix(word, "-") {
		found.values = []completionValue{{"--help", "show help"}}
		if first {
			found.values = append(found.values, completionValue{"--version", "print the version"})
		}
	}
	return found
}

// completeArguments finds out what the last word is by what flagsFirst makes of a mark in its place: a flag,
// the value of one, or an argument.
func completeArguments(ctx context.Context, c *cli.Command, path string, words []string) completion {
	const mark = "\x00"
	before, word := words[:len(words)-1], words[len(words)-1]
	arranged, err := flagsFirst(path, c, append(slices.Clone(before), mark))
	if err != nil {
		return completion{} // there is a mistake before it
	}
	line := typedLine{Context: ctx, command: c, path: path, flags: map[string]string{}, word: word}
	if i := slices.Index(arranged, "--"); i >= 0 {
		line.typed = slices.DeleteFunc(slices.Clone(arranged[i+1:]), func(arg string) bool { return arg == mark })
	}
	argument := -1
	for i, arg := range arranged {
		if arg == "--" {
			argument = len(arranged) - i - 2
			break
		}
		name, value, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if value == mark {
			return line.value("--"+name, placeholder(flagNamed(c, name)))
		}
		line.flags[name] = value
	}
	if argument < 0 { // --help, whatever else is typed
		return completion{}
	}
	if _, err := flagsFirst(path, c, append(slices.Clone(before), "-"+mark)); err == nil || !strings.HasPrefix(word, "-") {
		return line.value("", argumentAt(c, path, argument))
	}
	name, value, hasValue := strings.Cut(word, "=")
	if !hasValue {
		return line.flag()
	}
	line.word = value
	f := flagNamed(c, strings.TrimLeft(name, "-"))
	if f == nil || !f.TakesValue() {
		return completion{}
	}
	found := line.value("--"+f.Names()[0], placeholder(f))
	found.before = name + "=" + found.before
	return found
}

// flag completes a flag: each once, but for those that are repeatable.
func (l typedLine) flag() completion {
	var found completion
	for _, f := range append(slices.Clone(l.command.Flags), cli.HelpFlag) {
		documented := f.(cli.DocGenerationFlag)
		slice, ok := f.(cli.DocGenerationSliceFlag)
		repeatable := ok && slice.IsSliceFlag()
		if _, typed := l.flags[f.Names()[0]]; typed && !repeatable {
			continue
		}
		for _, name := range f.Names() {
			switch help := strings.ReplaceAll(documented.GetUsage(), "`", ""); {
			case len(name) > 1:
				found.values = append(found.values, completionValue{"--" + name, help})
			case !strings.HasPrefix(l.word, "--"):
				found.values = append(found.values, completionValue{"-" + name, help})
			}
		}
	}
	return found
}

// value completes the value of a flag, or an argument, that the help calls by a placeholder.
func (l typedLine) value(flag, placeholder string) completion {
	for _, name := range []string{flag, placeholder} {
		if values, ok := completions[name]; ok && values != nil {
			return values(l)
		} else if ok {
			break
		}
	}
	return completion{}
}

// flagNamed is a flag of a command by one of its names, or nil.
func flagNamed(c *cli.Command, name string) cli.DocGenerationFlag {
	for _, f := range c.Flags {
		if slices.Contains(f.Names(), name) {
			return f.(cli.DocGenerationFlag)
		}
	}
	return nil
}

// placeholder is what the help calls the value of a flag.
func placeholder(f cli.DocGenerationFlag) string {
	if parts := strings.Split(f.GetUsage(), "`"); len(parts) == 3 {
		return parts[1]
	}
	return ""
}

// argumentsOf are the placeholders of a command's arguments, as its help has them.
func argumentsOf(c *cli.Command, path string) []string {
	var names []string
	for _, name := range strings.Fields(strings.TrimPrefix(c.UsageText, path)) {
		if name = strings.Trim(name, "[]"); name != "FLAGS" {
			names = append(names, name)
		}
	}
	return names
}

// argumentAt is the placeholder of the i-th argument; the last one goes on if it has dots.
func argumentAt(c *cli.Command, path string, i int) string {
	names := argumentsOf(c, path)
	if last := len(names) - 1; last >= 0 && i > last && strings.HasSuffix(names[last], "...") {
		i = last
	}
	if i >= len(names) {
		return ""
	}
	return strings.TrimSuffix(names[i], "...")
}
