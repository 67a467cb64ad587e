package main

// What the commands share that lay templates into a project: startproject, startapp and add.

import (
	"fmt"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"gostart/generator"
)

// layFlags are their flags.
type layFlags struct {
	o                               generator.Options
	set, extensions, names, exclude cli.StringSlice
	asJSON                          bool
	verbosity                       string
}

// flags are those that each of the commands has.
func (l *layFlags) flags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "offline", Usage: "fetch nothing, take templates from the cache", Destination: &l.o.Offline},
		&cli.StringSliceFlag{Name: "set", KeepSpace: true, Usage: "answer a question of the template: `NAME=VALUE`; repeatable", Destination: &l.set},
		&cli.StringFlag{Name: "answers", Usage: "JSON `FILE` with answers, - for standard input; GOSTART_ANSWER_NAME in the environment is one too", Destination: &l.o.AnswersFile},
		&cli.BoolFlag{Name: "interactive", Aliases: []string{"i"}, Usage: "ask for all that can be chosen", Destination: &l.o.Interactive},
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "never ask, take the defaults (so does CI=1)", Destination: &l.o.Yes},
		&cli.BoolFlag{Name: "dry-run", Usage: "show what would be made, make nothing", Destination: &l.o.DryRun},
		&cli.BoolFlag{Name: "json", Usage: "print the result as JSON", Destination: &l.asJSON},
		&cli.StringFlag{Name: "verbosity", Aliases: []string{"v"}, Usage: "`LEVEL` 0 prints nothing, 1 (as by default) an overview, 2 each file, 3 its size too", Value: "1", Destination: &l.verbosity},
	}
}

// templateFlags choose a template in place of the built-in one, and what of it is rendered.
func (l *layFlags) templateFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "template", Usage: "`NAME` of a directory, archive, git repository or Go module in place of the built-in template", Destination: &l.o.Template},
		&cli.StringSliceFlag{Name: "extension", Aliases: []string{"e"}, Usage: "also render files with the extensions `EXT,...`", Destination: &l.extensions},
		&cli.StringSliceFlag{Name: "name", Aliases: []string{"n"}, Usage: "also render files called `NAME,...`", Destination: &l.names},
		&cli.StringSliceFlag{Name: "exclude", Aliases: []string{"x"}, Usage: "leave out directories called `NAME`; with none, keep hidden ones", Destination: &l.exclude},
	}
}

// options are what the flags say, and the environment.
func (l *layFlags) options(c *cli.Context) (generator.Options, error) {
	switch {
	case !slices.Contains([]string{"0", "1", "2", "3"}, l.verbosity):
		return l.o, usageError{fmt.Sprintf("%q is not a verbosity", l.verbosity), "choose 0, 1, 2 or 3"}
	case c.IsSet("template") && l.o.Template == "":
		return l.o, usageError{text: "--template must not be empty"}
	}
	l.o.Set, l.o.Exclude = l.set.Value(), l.exclude.Value()
	l.o.Extensions, l.o.Names = splitLists(l.extensions.Value(), "."), splitLists(l.names.Value(), "")
	l.o.Yes = l.o.Yes || l.asJSON
	return withEnvironment(l.o)
}

// nameAndDirectory are the two arguments of startproject and startapp.
func nameAndDirectory(c *cli.Context) (name, directory string, err error) {
	if c.NArg() > 2 {
		return "", "", usageError{fmt.Sprintf("unexpected argument %q", c.Args().Get(2)), "usage: gostart " + c.Command.Name + " NAME [DIRECTORY]"}
	}
	return c.Args().Get(0), c.Args().Get(1), nil
}

// print tells what was laid into a project that was there; heading is what was done, or would be, without the place.
func (l *layFlags) print(r *generator.Result, heading string) error {
	if l.asJSON {
		return printJSON(stdout, r)
	}
	printLaid(stdout, os.Stderr, r, l.verbosity, heading)
	return nil
}
