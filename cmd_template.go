package main

// gostart template: the commands for those who write templates.

import (
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"gostart/generator"
)

func templateCommand() *cli.Command {
	return &cli.Command{
		Name:        "template",
		Usage:       "help with writing templates",
		UsageText:   "gostart template COMMAND [ARGUMENTS] [FLAGS]",
		Description: "gostart template COMMAND --help tells more about a command.",
		Subcommands: []*cli.Command{templateListCommand(), templateLintCommand(), templateTestCommand(), templateFromCommand()},
	}
}

func templateLintCommand() *cli.Command {
	var asJSON, offline bool
	return &cli.Command{
		Name:      "lint",
		Usage:     "find what is wrong with a template",
		UsageText: "gostart template lint TEMPLATE [FLAGS]",
		Description: "Reads template.json and all files of TEMPLATE, a directory or what else startproject --template takes,\n" +
			"and finds keys and variables that are not known, questions that nothing uses, secrets in files that\n" +
			"are not private, text that is not a template, and paths that not every system can have.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "offline", Usage: "fetch nothing, take templates from the cache", Destination: &offline},
			&cli.BoolFlag{Name: "json", Usage: "print the result as JSON", Destination: &asJSON},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usageError{fmt.Sprintf("one template is wanted, not %d", c.NArg()), "usage: gostart template lint TEMPLATE"}
			}
			o, err := withEnvironment(generator.Options{})
			if err != nil {
				return err
			}
			report, err := generator.Lint(c.Context, generator.LintOptions{
				Template: c.Args().First(), Builtin: o.Builtin, Offline: offline, Progress: o.Progress, Version: o.Version,
			})
			if err != nil {
				return err
			}
			if asJSON {
				if err := printJSON(os.Stdout, report); err != nil {
					return err
				}
				return report.Err()
			}
			for _, w := range report.Warnings {
				fmt.Fprintf(os.Stderr, "gostart: warning: %v\n", w)
			}
			if err := report.Err(); err != nil {
				return err
			}
			_, err = fmt.Printf("%s: no problems in %d files and %d questions\n", report.Template, report.Files, report.Questions)
			return err
		},
	}
}
