package main

// What the commands print, the errors' grammar, and the exit codes.

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/term"

	"gostart/generator"
)

// stdout is standard output. What commands print is not checked line by line: stdout remembers the first
// error, and main ends with it. So a full disk behind "gostart diff > file" is exit code 1.
var stdout = &printer{to: os.Stdout}

type printer struct {
	to  io.Writer
	err error
}

func (p *printer) Write(b []byte) (int, error) {
	if p.err != nil || len(b) == 0 {
		return 0, p.err
	}
	n, err := p.to.Write(b)
	if err != nil {
		p.err = fmt.Errorf("printing: %w", err)
	}
	return n, p.err
}

// splitLists splits comma lists; each item loses spaces and the prefix.
func splitLists(lists []string, prefix string) []string {
	var items []string
	for _, list := range lists {
		for item := range strings.SplitSeq(list, ",") {
			if item = strings.TrimPrefix(strings.TrimSpace(item), prefix); item != "" {
				items = append(items, item)
			}
		}
	}
	return items
}

// printResult tells what startproject did, as far as verbosity asks for it.
func printResult(stdout, stderr io.Writer, r *generator.Result, verbosity string) {
	if verbosity == "0" {
		return
	}
	did, each := "Created", "Creating"
	if r.DryRun {
		did, each = "Would create", "Would create"
	}
	if verbosity == "1" {
		fmt.Fprintf(stdout, "%s %s in %s\n\n", did, r.Name, r.Directory)
	}
	for _, f := range r.Files {
		switch verbosity {
		case "1":
			depth := strings.Count(strings.TrimSuffix(f.Path, "/"), "/")
			name := f.Path[strings.LastIndex(strings.TrimSuffix(f.Path, "/"), "/")+1:]
			fmt.Fprintf(stdout, "  %s%s\n", strings.Repeat("  ", depth), name)
		case "2":
			fmt.Fprintf(stdout, "%s %s\n", each, f.Path)
		case "3":
			fmt.Fprintf(stdout, "%s %s (%d bytes, mode %s)\n", each, f.Path, f.Size, f.Mode)
		}
	}
	printAfter(stdout, stderr, r)
}

// progressLine draws progress as one line, which is gone in the end; nil where a line cannot be drawn again.
func progressLine(f *os.File) func(generator.Progress) {
	if !isTerminal(f) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return func(p generator.Progress) {
		if p.End {
			fmt.Fprint(f, "\r\x1b[K")
			return
		}
		line := fmt.Sprintf("%s %d %s", p.What, p.Done, p.Unit)
		switch {
		case p.Done == 0:
			line = p.What + " ..."
		case p.Unit == "bytes":
			line = fmt.Sprintf("%s %.1f MiB", p.What, float64(p.Done)/(1<<20))
		}
		if p.Total > 0 {
			line += fmt.Sprintf(", %d%%", 100*p.Done/p.Total)
		}
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && len(line) >= width && width > 0 {
			line = line[len(line)-width+1:] // its end changes
		}
		fmt.Fprintf(f, "\r\x1b[K%s", line)
	}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// usageError is a command line that cannot be understood.
type usageError struct{ text, hint string }

func (e usageError) Error() string { return e.text }
func (e usageError) Hint() string  { return e.hint }
func (e usageError) ExitCode() int { return 2 }

// printError prints an error and, if it knows one, the next step.
func printError(w io.Writer, err error) {
	if err == nil || err.Error() == "" {
		return
	}
	fmt.Fprintf(w, "gostart: error: %v\n", err)
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		fmt.Fprintf(w, "gostart: hint: %s\n", hinted.Hint())
	}
}

// exitCode is 0 done, 1 failed, 2 usage or answers, 3 conflicts.
func exitCode(err error) int {
	var coded interface{ ExitCode() int }
	switch {
	case err == nil:
		return 0
	case errors.As(err, &coded):
		return coded.ExitCode()
	}
	return 1
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

func versionName() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
