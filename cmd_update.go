package main

// gostart update, and gostart diff: a project beside its templates.

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"gostart/generator"
)

func updateCommand() *cli.Command {
	var o generator.UpdateOptions
	var asJSON, diff, abort bool
	var set cli.StringSlice
	return &cli.Command{
		Name:      "update",
		Usage:     "have a project follow its templates",
		UsageText: "gostart update [FLAGS]",
		Description: "Brings the project of the working directory to the newest version of the templates that it was made\n" +
			"from, its apps' and add-ons' too. What you changed stays; what the template changed comes in; where both\n" +
			"changed the same lines, both stand between markers, and the exit code is 3.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "to", Usage: "follow `VERSION` and not the newest: a version of gostart, a git ref or a module's version", Destination: &o.To},
			&cli.BoolFlag{Name: "dry-run", Usage: "show what would be done, do nothing", Destination: &o.DryRun},
			&cli.BoolFlag{Name: "diff", Usage: "show the changes as git diff does", Destination: &diff},
			&cli.BoolFlag{Name: "abort", Usage: "put everything back as it was before the last update", Destination: &abort},
			&cli.StringSliceFlag{Name: "set", KeepSpace: true, Usage: "answer a new question of a template, or an old one anew: `NAME=VALUE`; repeatable", Destination: &set},
			&cli.StringFlag{Name: "answers", Usage: "JSON `FILE` with answers, - for standard input", Destination: &o.AnswersFile},
			&cli.BoolFlag{Name: "interactive", Aliases: []string{"i"}, Usage: "ask all questions once more", Destination: &o.Interactive},
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "never ask, take the defaults (so does CI=1)", Destination: &o.Yes},
			&cli.StringFlag{Name: "template", Usage: "follow the template `TEMPLATE` from now on", Destination: &o.Template},
			&cli.StringFlag{Name: "base", Usage: "the project was made from `TEMPLATE`, where the manifest's is not found", Destination: &o.Base},
			&cli.BoolFlag{Name: "force", Usage: "go on where manifest and template disagree, and go by the template", Destination: &o.Force},
			&cli.BoolFlag{Name: "offline", Usage: "fetch nothing, take templates from the cache", Destination: &o.Offline},
			&cli.BoolFlag{Name: "json", Usage: "print the result as JSON", Destination: &asJSON},
		},
		Action: func(c *cli.Context) error {
			switch {
			case c.NArg() > 0:
				return usageError{fmt.Sprintf("unexpected argument %q", c.Args().First()), "usage: gostart update, in the project's directory"}
			case diff && asJSON:
				return usageError{text: "--diff and --json do not go together"}
			case abort && c.NumFlags() > 1 && (!asJSON || c.NumFlags() > 2):
				return usageError{text: "--abort goes with no other flag but --json"}
			case abort:
				return abortUpdate(asJSON)
			}
			o.Set = set.Value()
			o.Yes = o.Yes || asJSON
			var err error
			if o.Options, err = withEnvironment(o.Options); err != nil {
				return err
			}
			if !o.DryRun {
				if err := putRight(); err != nil {
					return err
				}
			}
			result, err := generator.Update(c.Context, o)
			if result == nil {
				return err
			}
			if asJSON {
				if err := printJSON(stdout, result); err != nil {
					return err
				}
				return err
			}
			printUpdate(result, diff)
			return err
		},
	}
}

// putRight puts back what a gostart that was killed had begun to write into the project, and says so.
func putRight() error {
	said, err := generator.Recover("")
	for _, line := range said {
		fmt.Fprintf(os.Stderr, "gostart: %s\n", line)
	}
	return err
}

func printUpdate(r *generator.UpdateResult, diff bool) {
	did := "Updated"
	if r.DryRun {
		did = "Would update"
	}
	if r.UpToDate {
		fmt.Fprintf(stdout, "%s is up to date\n", r.Name)
	} else {
		fmt.Fprintf(stdout, "%s %s%s\n", did, r.Name, followed(r.Layers[0]))
	}
	if len(r.Files) > 0 {
		fmt.Fprintln(stdout)
	}
	for _, f := range r.Files {
		line := fmt.Sprintf("  %-8s %s", f.Action, f.Path)
		if f.From != "" {
			line = fmt.Sprintf("  %-8s %s -> %s", f.Action, f.From, f.Path)
		}
		if f.Note != "" {
			line += " (" + f.Note + ")"
		}
		fmt.Fprintln(stdout, line)
	}
	for _, in := range r.Insertions {
		fmt.Fprintf(stdout, "\n%s is left to you, as %s:\n%s", in.File, in.Reason, byHand(in))
	}
	if diff && r.Patch != "" {
		fmt.Fprintf(stdout, "\n%s", r.Patch)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(os.Stderr, "gostart: warning: %s\n", warning)
	}
}

// followed tells from which version to which the project has come. A hash tells people nothing.
func followed(l generator.UpdatedLayer) string {
	from, to := l.From, l.To
	switch {
	case from == to || strings.Contains(from+to, ":"):
		return fmt.Sprintf(" by its template %s", l.Template)
	case len(from) == 40 && len(to) == 40: // commits
		from, to = from[:8], to[:8]
	}
	return fmt.Sprintf(" from %s to %s", from, to)
}

func abortUpdate(asJSON bool) error {
	r, err := generator.UpdateAbort(generator.UpdateOptions{})
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(stdout, r)
	}
	for _, line := range r.Said {
		fmt.Fprintln(stdout, line)
	}
	if len(r.Said) == 0 {
		fmt.Fprintf(stdout, "Took back the last update of %s\n", r.Directory)
	}
	for _, name := range r.Kept {
		fmt.Fprintf(stdout, "  edited since then, and kept: %s\n", name)
	}
	return nil
}

func diffCommand() *cli.Command {
	var o generator.UpdateOptions
	var asJSON, stat, exitCode bool
	return &cli.Command{
		Name:      "diff",
		Usage:     "show what was changed since the project was made",
		UsageText: "gostart diff [FLAGS]",
		Description: "Compares the files of the project's templates, as they were made or last updated, with those that are\n" +
			"there now. git apply -R takes the output and undoes the changes, unless\n" +
			"there is a file among them that is no text: of such files, nothing but the name is told.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "stat", Usage: "list the files, also those that no template made", Destination: &stat},
			&cli.BoolFlag{Name: "exit-code", Usage: "exit with 1 when a template's file was changed or deleted", Destination: &exitCode},
			&cli.StringFlag{Name: "base", Usage: "the project was made from `TEMPLATE`, where the manifest's is not found", Destination: &o.Base},
			&cli.BoolFlag{Name: "force", Usage: "go on where manifest and template disagree, and go by the template", Destination: &o.Force},
			&cli.BoolFlag{Name: "offline", Usage: "fetch nothing, take templates from the cache", Destination: &o.Offline},
			&cli.BoolFlag{Name: "json", Usage: "print the files as JSON", Destination: &asJSON},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usageError{fmt.Sprintf("unexpected argument %q", c.Args().First()), "usage: gostart diff, in the project's directory"}
			}
			var err error
			if o.Options, err = withEnvironment(o.Options); err != nil {
				return err
			}
			if err := putRight(); err != nil {
				return err
			}
			r, err := generator.Diff(c.Context, o)
			if err != nil {
				return err
			}
			switch {
			case asJSON:
				err = printJSON(stdout, r)
			case stat:
				printStat(r)
			default:
				_, err = fmt.Fprint(stdout, r.Patch)
			}
			if err == nil && exitCode && r.Patch != "" {
				err = silentExit(1)
			}
			return err
		},
	}
}

// printStat lists the files, with the lines that were added and removed.
func printStat(r *generator.DiffResult) {
	files, added, removed := 0, 0, 0
	for _, f := range r.Files {
		lines := ""
		if f.Action != "added" {
			files, added, removed = files+1, added+f.Added, removed+f.Removed
			lines = fmt.Sprintf("+%d -%d", f.Added, f.Removed)
		}
		fmt.Fprintf(stdout, "  %-8s %-40s %s\n", f.Action, f.Path, lines)
	}
	fmt.Fprintf(stdout, "%d of the templates' files changed: +%d -%d lines\n", files, added, removed)
}

// silentExit is an exit code that says all there is to say.
type silentExit int

func (silentExit) Error() string   { return "" }
func (s silentExit) ExitCode() int { return int(s) }
