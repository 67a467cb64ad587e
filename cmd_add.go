package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"gostart/generator"
)

func addCommand() *cli.Command {
	var l layFlags
	var list bool
	return &cli.Command{
		Name:      "add",
		Usage:     "lay add-ons into the project here",
		UsageText: "gostart add ADDON... [FLAGS]",
		Description: "Lays add-ons, and those that they require, into the project of the working directory: built-in ones, or\n" +
			"those of a directory, archive, git repository or Go module. All of them are laid, or none. Files that\n" +
			"exist are never replaced; lines that an add-on needs in them are put in where the place is as it was\n" +
			"generated, and printed where it is not.",
		Flags: append([]cli.Flag{&cli.BoolFlag{Name: "list", Usage: "tell of the built-in add-ons, and which the project has", Destination: &list}}, l.flags()...),
		Action: func(c *cli.Context) error {
			if list && c.NArg() > 0 {
				return usageError{fmt.Sprintf("unexpected argument %q", c.Args().First()), "gostart add --list tells of all add-ons"}
			}
			if !list && c.NArg() == 0 {
				return usageError{"you must name an add-on", "gostart add --list tells of them"}
			}
			o, err := l.options(c)
			if err != nil {
				return err
			}
			if list {
				return listAddons(c, o, l.asJSON)
			}
			o.With = c.Args().Slice()
			result, err := generator.Add(c.Context, o)
			if err != nil {
				return err
			}
			var laid []string
			for _, a := range result.Addons {
				if a.State == "laid" {
					laid = append(laid, a.Name)
				}
			}
			heading := "Added " + strings.Join(laid, ", ") + " to"
			if result.DryRun {
				heading = "Would add " + strings.Join(laid, ", ") + " to"
			}
			return l.print(result, heading)
		},
	}
}

// listAddons prints the built-in add-ons and those that the project has.
func listAddons(c *cli.Context, o generator.Options, asJSON bool) error {
	addons, err := generator.Addons(c.Context, o)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(stdout, addons)
	}
	width := 0
	for _, a := range addons {
		width = max(width, len(a.Name))
	}
	for _, a := range addons {
		mark := " "
		if a.State == "present" {
			mark = "*"
		}
		fmt.Fprintf(stdout, "%s %-*s %s\n", mark, width, a.Name, a.Description)
	}
	return nil
}
