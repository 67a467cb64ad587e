package main

import (
	"slices"

	"github.com/urfave/cli/v2"

	"gostart/generator"
)

func startappCommand() *cli.Command {
	var l layFlags
	return &cli.Command{
		Name:      "startapp",
		Usage:     "create an app in the project here",
		UsageText: "gostart startapp NAME [DIRECTORY] [FLAGS]",
		Description: "Creates the app NAME, a package with URLs, views, pages and tests: beside the project's package, or in\n" +
			"DIRECTORY, inside the project. The line that the project's URL table needs is put in where urls.go\n" +
			"is as it was generated, and printed where it is not. Files that exist are never replaced.",
		Flags: slices.Concat(l.templateFlags(), l.flags()),
		Action: func(c *cli.Context) error {
			name, directory, err := nameAndDirectory(c)
			if err != nil {
				return err
			}
			o, err := l.options(c)
			if err != nil {
				return err
			}
			o.Name, o.Directory = name, directory
			result, err := generator.StartApp(c.Context, o)
			if err != nil {
				return err
			}
			heading := "Created the app " + result.Name + " in"
			if result.DryRun {
				heading = "Would create the app " + result.Name + " in"
			}
			return l.print(result, heading)
		},
	}
}
