package main

// What is printed about layers: the files that came and changed, the lines that are left to somebody's hands, and what
// to type next.

import (
	"fmt"
	"io"
	"strings"

	"gostart/generator"
)

// printLaid tells what was laid into a project that was there, as far as verbosity asks for it.
func printLaid(stdout, stderr io.Writer, r *generator.Result, verbosity, heading string) {
	if verbosity == "0" {
		return
	}
	for _, a := range r.Addons {
		if a.State == "present" {
			fmt.Fprintf(stdout, "%s is there already: nothing to do for it\n", a.Name)
		}
	}
	if len(r.Files) > 0 && verbosity == "1" {
		fmt.Fprintf(stdout, "%s %s\n\n", heading, r.Directory)
	}
	for _, f := range r.Files {
		each := strings.ToUpper(f.Action[:1]) + strings.TrimSuffix(f.Action[1:], "e") + "ing"
		if r.DryRun {
			each = "Would " + f.Action
		}
		switch {
		case verbosity == "1" && !strings.HasSuffix(f.Path, "/"):
			fmt.Fprintf(stdout, "  %s  %s\n", f.Action, f.Path)
		case verbosity == "2":
			fmt.Fprintf(stdout, "%s %s\n", each, f.Path)
		case verbosity == "3":
			fmt.Fprintf(stdout, "%s %s (%d bytes, mode %s)\n", each, f.Path, f.Size, f.Mode)
		}
	}
	printAfter(stdout, stderr, r)
}

// printAfter is the end of what is printed: what is left to do.
func printAfter(stdout, stderr io.Writer, r *generator.Result) {
	for _, a := range r.Addons {
		if a.RequiredBy != "" {
			fmt.Fprintf(stdout, "\n%s is among them since %s requires it\n", a.Name, a.RequiredBy)
		}
	}
	for _, in := range r.Insertions {
		if !in.Done {
			fmt.Fprintf(stdout, "\n%s is left to you, as %s:\n%s", in.File, in.Reason, byHand(in))
		}
	}
	if !r.DryRun && len(r.Next) > 0 {
		fmt.Fprintf(stdout, "\nNext:\n  %s\n", strings.Join(r.Next, "\n  "))
	}
	if r.Message != "" && !r.DryRun {
		fmt.Fprintf(stdout, "\n%s\n", r.Message)
	}
	for _, a := range r.Addons {
		if a.Message != "" && !r.DryRun {
			fmt.Fprintf(stdout, "\n%s: %s\n", a.Name, a.Message)
		}
	}
	if r.Command != "" {
		fmt.Fprintf(stdout, "\nThe same without questions:\n  %s\n", r.Command)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(stderr, "gostart: warning: %s\n", warning)
	}
}

// byHand says what to write into a file, and where.
func byHand(in *generator.Insertion) string {
	var b strings.Builder
	for _, imported := range in.Import {
		name, path, named := strings.Cut(imported, " ")
		switch {
		case !named:
			fmt.Fprintf(&b, "  import %q\n", imported)
		case strings.HasSuffix(path, "/"+name):
			fmt.Fprintf(&b, "  import %q\n", path)
		default:
			fmt.Fprintf(&b, "  import %s %q\n", name, path)
		}
	}
	where, line := "before", in.Before
	if in.After != "" {
		where, line = "after", in.After
	}
	fmt.Fprintf(&b, "  %s the line %q:\n", where, strings.TrimSpace(line))
	first := strings.TrimLeft(in.Text, " \t")
	indent := in.Text[:len(in.Text)-len(first)]
	for text := range strings.Lines(strings.TrimRight(in.Text, "\n")) {
		b.WriteString("    " + strings.TrimPrefix(strings.TrimRight(text, "\n"), indent) + "\n")
	}
	return b.String()
}
