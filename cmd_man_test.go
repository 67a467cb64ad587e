package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestManPages wants a page for each command, and on it each flag, as a reader of the page sees them.
func TestManPages(t *testing.T) {
	skipWithout(t, "mandoc")
	dir := t.TempDir()
	if err := writeManPages(dir, manPages(commands())); err != nil {
		t.Fatal(err)
	}
	page := func(name string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "mandoc", "-T", "ascii", "-O", "width=200", filepath.Join(dir, name+".1")).Output()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return regexp.MustCompile(`.\x08`).ReplaceAllString(string(out), "") // bold is a letter twice
	}
	top := page("gostart")
	var walk func(path string, commands []*cli.Command)
	walk = func(path string, commands []*cli.Command) {
		for _, c := range commands {
			if c.Name == "help" {
				continue
			}
			path := path + " " + c.Name
			name := strings.ReplaceAll(path, " ", "-")
			if !strings.Contains(top, name+"(1)") {
				t.Errorf("gostart(1) does not name %s(1)", name)
			}
			text := page(name)
			wants := []string{name + " - " + c.Usage, c.UsageText}
			for _, f := range c.Flags {
				names, usage, _ := strings.Cut(flagHelp(f), "\t")
				wants = append(wants, strings.TrimSpace(names), usage)
			}
			for _, want := range wants {
				if !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(want), " ")) {
					t.Errorf("%s(1) lacks %q:\n%s", name, want, text)
				}
			}
			walk(path, c.Subcommands)
		}
	}
	walk("gostart", commands())
}

// TestManLint wants nothing to complain about, from the two programs that show manual pages.
func TestManLint(t *testing.T) {
	dir := t.TempDir()
	pages := manPages(commands())
	odd := &manPage{name: "odd"}
	odd.section("DESCRIPTION")
	odd.paragraphs(".SH at the beginning\n'quotes' and `these` \\n ^ ~ -\n  .typed\n  'too\nagain\n\nand " + strings.Repeat(".words ", 40))
	pages[0].WriteString(odd.String())
	if err := writeManPages(dir, pages); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(files) < len(commands()) {
		t.Fatalf("%v: %v", err, files)
	}
	for _, command := range [][]string{{"mandoc", "-T", "lint"}, {"man", "--warnings=w", "-l"}} {
		t.Run(command[0], func(t *testing.T) {
			skipWithout(t, command[0])
			for _, file := range files {
				cmd := exec.CommandContext(t.Context(), command[0], append(slices.Clone(command[1:]), file)...)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				cmd.Env = append(os.Environ(), "LC_ALL=C", "MANPAGER=cat")
				out, err := cmd.Output()
				if complaint := stderr.String(); err != nil || complaint != "" || command[0] == "mandoc" && len(out) > 0 {
					t.Errorf("%s: %v %s %s", file, err, out, complaint)
				}
			}
		})
	}
}

// TestManEnvironment wants the page to have each variable that the code reads.
func TestManEnvironment(t *testing.T) {
	var known []string
	for _, e := range manEnvironment {
		known = append(known, strings.Split(e[0], ", ")...)
	}
	known[slices.Index(known, "GOSTART_ANSWER_NAME")] = "GOSTART_ANSWER_"
	known = slices.DeleteFunc(known, func(name string) bool { return name == "GOPROXY" }) // the go command's
	known = append(known, "GOSTART_LAUNCHER")                                             // between runserver and the launcher alone
	var found []string
	for file := range sourceImports(t) {
		if strings.HasPrefix(file, "bench") || file == "cmd_man.go" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?:Getenv|LookupEnv|isSet|goSetting)\("(\w+)"\)|[^\w]"(GOSTART_[A-Z_]+)"`).FindAllStringSubmatch(string(text), -1) {
			name := match[1] + match[2]
			if found = append(found, name); !slices.Contains(known, name) {
				t.Errorf("%s reads %s, which gostart(1) does not have", file, name)
			}
		}
	}
	for _, name := range known {
		if !slices.Contains(found, name) {
			t.Errorf("gostart(1) has %s, which nothing reads", name)
		}
	}
}
