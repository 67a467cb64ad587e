package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"gostart/generator"
)

func templateFromCommand() *cli.Command {
	var o generator.FromOptions
	var asJSON bool
	return &cli.Command{
		Name:      "from",
		Usage:     "turn a project into a template",
		UsageText: "gostart template from DIRECTORY [DIRECTORY] [FLAGS]",
		Description: "Makes a template of the project in the first DIRECTORY, in the second one: by default beside the project, with\n" +
			"\"-template\" behind its name. The project's name and module path are replaced in paths and text; what git\n" +
			"ignores, and .env, are left out. Nothing is written unless the template gives the project back.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "name", Usage: "`WORD` that is the project's name (default: as it is in the project)", Destination: &o.Name},
			&cli.BoolFlag{Name: "dry-run", Usage: "show what would be made, make nothing", Destination: &o.DryRun},
			&cli.BoolFlag{Name: "json", Usage: "print the result as JSON", Destination: &asJSON},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() < 1 || c.NArg() > 2 {
				return usageError{fmt.Sprintf("one or two directories are wanted, not %d", c.NArg()), "usage: gostart template from DIRECTORY [DIRECTORY]"}
			}
			environment, err := withEnvironment(generator.Options{})
			if err != nil {
				return err
			}
			o.Directory, o.Target = c.Args().Get(0), c.Args().Get(1)
			o.Progress, o.Version = environment.Progress, environment.Version
			r, err := generator.TemplateFrom(c.Context, o)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(stdout, r)
			}
			printTemplateFrom(r)
			return nil
		},
	}
}

func printTemplateFrom(r *generator.FromResult) {
	did := "Created the template"
	if r.DryRun {
		did = "Would create the template"
	}
	fmt.Fprintf(stdout, "%s %s: %d files, of which %d are rendered\n\n", did, r.Template, r.Files, len(r.Rendered))
	for _, f := range r.Rendered {
		switch f.Places {
		case 0: // git would act on it where the template is
			fmt.Fprintf(stdout, "  %s\n", f.Path)
		case 1:
			fmt.Fprintf(stdout, "  %s (1 place)\n", f.Path)
		default:
			fmt.Fprintf(stdout, "  %s (%d places)\n", f.Path, f.Places)
		}
	}
	fmt.Fprintf(stdout, "\nThe template gives this project back, byte for byte")
	if len(r.Formatted) > 0 {
		fmt.Fprintf(stdout, ", but for these, which gofmt formats:\n  %s", strings.Join(r.Formatted, "\n  "))
	}
	fmt.Fprintln(stdout)
	if !r.DryRun {
		fmt.Fprintf(stdout, "\nNext:\n  %s\n", strings.Join(r.Next, "\n  "))
	}
	for _, f := range r.LeftOut {
		fmt.Fprintf(os.Stderr, "gostart: warning: %s is left out: %s\n", f.Path, f.Reason)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(os.Stderr, "gostart: warning: %s\n", warning)
	}
}
