package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"gostart/generator"
)

func templateListCommand() *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:        "list",
		Usage:       "tell of the built-in templates and add-ons, and what they ask",
		UsageText:   "gostart template list [FLAGS]",
		Description: "Lists the templates of startproject and startapp, and the add-ons, each with its questions.",
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print them as JSON", Destination: &asJSON}},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usageError{fmt.Sprintf("unexpected argument %q", c.Args().First()), "usage: gostart template list"}
			}
			o, err := withEnvironment(generator.Options{})
			if err != nil {
				return err
			}
			all, err := generator.Templates(c.Context, o)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(stdout, all)
			}
			for i, t := range all {
				if i > 0 {
					fmt.Fprintln(stdout)
				}
				fmt.Fprintf(stdout, "%s %s\n  %s\n", t.Kind, t.Name, t.Description)
				for _, q := range t.Questions {
					fmt.Fprintf(stdout, "  --set %s=%s  %s\n", q.Name, possible(q), q.Help)
				}
			}
			return nil
		},
	}
}

// possible is what a question may be answered with, its default first.
func possible(q generator.Question) string {
	var words []string
	switch value := q.Default.(type) {
	case nil:
	case []string:
		words = append(words, strings.Join(value, ","))
	default:
		words = append(words, fmt.Sprint(value))
	}
	for _, a := range q.Answers {
		if len(words) == 0 || a.Value != words[0] {
			words = append(words, a.Value)
		}
	}
	if len(words) == 0 {
		return "..."
	}
	return strings.Join(words, "|")
}

func templateTestCommand() *cli.Command {
	var o generator.CasesOptions
	var asJSON bool
	return &cli.Command{
		Name:      "test",
		Usage:     "compare what a template makes with its cases, and try it",
		UsageText: "gostart template test DIRECTORY [FLAGS]",
		Description: "Runs the cases of the template in DIRECTORY: each template_test/NAME.txtar in it has answers, and the files\n" +
			"that come of them. What is a Go module is built, vetted and tested then, without network unless it has\n" +
			"requirements. This runs the tests that a template makes: use it on templates that you trust.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "run", Usage: "run only the cases that `PATTERN` matches", Destination: &o.Run},
			&cli.BoolFlag{Name: "update", Usage: "write what is made into the cases; without any, into the first one", Destination: &o.Update},
			&cli.BoolFlag{Name: "compare", Usage: "compare alone: build, vet and test nothing", Destination: &o.Compare},
			&cli.BoolFlag{Name: "json", Usage: "print the result as JSON", Destination: &asJSON},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usageError{fmt.Sprintf("one template is wanted, not %d", c.NArg()), "usage: gostart template test DIRECTORY"}
			}
			environment, err := withEnvironment(generator.Options{})
			if err != nil {
				return err
			}
			o.Template, o.Builtin, o.Version = c.Args().First(), environment.Builtin, environment.Version
			report, err := generator.RunCases(c.Context, o)
			if err != nil {
				return err
			}
			if asJSON {
				if err := printJSON(stdout, report); err != nil {
					return err
				}
				return report.Err()
			}
			for _, r := range report.Cases {
				printCase(r)
			}
			return report.Err()
		},
	}
}

func printCase(r generator.CaseReport) {
	result, done := "ok", []string{fmt.Sprintf("%d files", r.Files)}
	if !r.Passed {
		result = "FAIL"
	}
	if r.Updated {
		done = append(done, "updated")
	}
	if len(r.Go) > 0 {
		done = append(done, "go "+strings.Join(r.Go, ", "))
	}
	fmt.Fprintf(stdout, "%-4s %s (%s)\n", result, r.Name, strings.Join(done, "; "))
	if r.Fault != "" {
		fmt.Fprintln(os.Stderr, strings.TrimRight(r.Fault, "\n"))
	}
}
