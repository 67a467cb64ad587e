// gostart man: manual pages from what --help is made of, and what concerns all commands.
//
// The pages use man(7), the older of the two macro sets: every man understands it, on musl systems and macOS too.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/urfave/cli/v2"
)

func manCommand() *cli.Command {
	return &cli.Command{
		Name:      "man",
		Usage:     "print gostart's manual page, or write those of all commands",
		UsageText: "gostart man [DIRECTORY]",
		Description: "Without DIRECTORY, prints the page gostart(1): gostart man | man -l -\n" +
			"With it, writes that page and one for each command there, as in\n" +
			"  gostart man ~/.local/share/man/man1\n" +
			"  man gostart-startproject",
		Action: func(c *cli.Context) error {
			pages := manPages(commands())
			switch dir := c.Args().First(); {
			case c.NArg() > 1:
				return usageError{fmt.Sprintf("unexpected argument %q", c.Args().Get(1)), "usage: gostart man [DIRECTORY]"}
			case c.NArg() == 0:
				_, err := io.WriteString(stdout, pages[0].String())
				return err
			case dir == "":
				return usageError{text: "DIRECTORY must not be empty"}
			default:
				return writeManPages(dir, pages)
			}
		},
	}
}

func writeManPages(dir string, pages []*manPage) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, p := range pages {
		if err := os.WriteFile(filepath.Join(dir, p.name+".1"), []byte(p.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Each of these lists is a section of a page: a term, and what it means.
var (
	manExit = [][2]string{
		{"0", "Done."},
		{"1", "Failed: the disk, the network, or a template with mistakes."},
		{"2", "The command line or the answers can't be understood, or are incomplete. Nothing was done."},
		{"3", "Conflicts: files are in the way, or edits overlap."},
		{"130", "Interrupted. Nothing was written."},
	}
	manEnvironment = [][2]string{
		{"CI", "Anything but empty, 0 and false: never ask, take the defaults, as --yes does."},
		{"GOSTART_ANSWER_NAME", "The answer to the question NAME of a template, in capitals; --set and --answers go before it. " +
			"Secrets belong here, as everybody on the machine can read a command line."},
		{"GOSTART_CONFIG", "The file with your defaults, in place of defaults.json below."},
		{"GOSTART_ACCESSIBLE", "Anything but empty, 0 and false: ask line by line, for screen readers. So does TERM=dumb."},
		{"TERM", "dumb: draw no progress, and ask line by line."},
		{"NO_COLOR", "Anything but empty: print no colors."},
		{"GOSTART_SETTINGS_MODULE", "The settings module that runserver and the project use. --settings goes before it, the .env file after it."},
		{"GOSTART_EDITOR", "The editor that error pages open, as in runserver --editor."},
		{"GOSTART_RUNSERVER_HIDE_WARNING", "true: runserver does not warn that it is a development server."},
		{"GOSTART_TRANSPORT", "tcp: runserver talks to the application through a loopback port, and not through a unix socket."},
		{"PORT", "The port of runserver when ADDRPORT has none. Without it: 8000."},
		{"BROWSER", "The command that opens the browser for runserver --open."},
		{"GIT_SSH_COMMAND, GIT_SSH", "And all else that git reads: as there, for templates in git repositories."},
		{"GOPROXY, GOFLAGS, GOWORK, GOENV, GOMEMLIMIT, GOPATH, GOMODCACHE, CGO_ENABLED", "And all else that the go command reads: as there. It fetches templates that are " +
			"modules, and builds for runserver."},
		{"GOGC", "How much memory gostart itself may use, as in all programs that are written in Go."},
	}
	manFiles = [][2]string{
		{".gostart.json", "The manifest at a project's root: which templates it was made from, with which answers, and a hash of each file as it was written. Keep it in version control."},
		{".env", "Environment variables for runserver, one NAME=VALUE to a line, beside go.mod. The environment goes before it. It has secrets: keep it out of version control."},
		{"template.json", "At a template's root: its questions, and what its files need."},
		{"~/.config/gostart/defaults.json", "Your defaults: a template, the beginning of module paths, answers. On macOS and Windows it is where such files are there."},
		{"~/.config/gostart/", "Also the certificate of runserver --https."},
		{"~/.cache/gostart/templates/", "Templates from elsewhere, for the next time and for --offline. It may be removed."},
	}
)

// manPage is a page of section 1.
type manPage struct {
	name string
	strings.Builder
}

// manPages are gostart(1) and a page for each command, those below others included.
func manPages(commands []*cli.Command) []*manPage {
	top := newManPage("gostart", "Django's project conventions for Go's net/http")
	pages := []*manPage{top}
	var see []string
	var walk func(path string, commands []*cli.Command)
	walk = func(path string, commands []*cli.Command) {
		for _, c := range commands {
			if c.Name != "help" {
				page := commandPage(path+" "+c.Name, c)
				pages, see = append(pages, page), append(see, page.name)
				walk(path+" "+c.Name, c.Subcommands)
			}
		}
	}
	walk("gostart", commands)
	top.synopsis("gostart COMMAND [ARGUMENTS] [FLAGS]")
	top.section("DESCRIPTION")
	top.paragraphs("gostart makes projects whose PROJECT/wsgi.go exports one application, and serves them while they are\n" +
		"developed, rebuilt on every save. The same application runs, unchanged, under any server.\n\n" +
		"Flags may stand before and after arguments; after -- all are arguments. No command needs a terminal.\n" +
		"Errors are printed on standard error, with the next step where there is one.")
	top.commands(commands)
	top.list("EXIT STATUS", manExit)
	top.list("ENVIRONMENT", manEnvironment)
	top.list("FILES", manFiles)
	top.seeAlso(see...)
	return pages
}

func commandPage(path string, c *cli.Command) *manPage {
	p := newManPage(strings.ReplaceAll(path, " ", "-"), c.Usage)
	p.synopsis(c.UsageText)
	if c.Description != "" {
		p.section("DESCRIPTION")
		p.paragraphs(c.Description)
	}
	if len(c.Subcommands) > 0 {
		p.commands(c.Subcommands)
	} else {
		p.section("OPTIONS")
		for _, f := range append(slices.Clone(c.Flags), cli.HelpFlag) {
			names, usage, _ := strings.Cut(flagHelp(f), "\t")
			p.term(manUsage(strings.TrimSpace(names)), usage)
		}
	}
	p.section("EXIT STATUS")
	p.paragraphs("0 when it is done, else as gostart(1) tells, with the environment and the files.")
	see := []string{"gostart"}
	for _, below := range c.Subcommands {
		see = append(see, p.name+"-"+below.Name)
	}
	p.seeAlso(see...)
	return p
}

// manUsage sets what is typed as it stands bold, and what it stands for in italics.
func manUsage(usage string) string {
	return manWords.ReplaceAllStringFunc(usage, func(word string) string {
		if unicode.IsUpper(rune(word[0])) {
			return `\fI` + word + `\fR`
		}
		return `\fB` + manText(word) + `\fR`
	})
}

var (
	manWords   = regexp.MustCompile(`-*[a-z][a-z0-9-]*|[A-Z][A-Z,.=]*[A-Z]`)
	manEscapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)
)

// manText is text as troff prints it: a mark of its own at the beginning of a line must not be one.
func manText(text string) string {
	text = manEscapes.Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

// manFill is manText in lines of less than 80 bytes.
func manFill(text string) string {
	var lines []string
	var line string
	for _, word := range strings.Fields(text) {
		if line != "" && len(manText(line+" "+word)) >= 80 {
			lines, line = append(lines, manText(line)), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return strings.Join(append(lines, manText(line)), "\n")
}

func newManPage(name, usage string) *manPage {
	p := &manPage{name: name}
	p.line(`.TH "%s" "1" "%s" "gostart %s" "gostart"`, strings.ToUpper(manText(name)), buildDate(), manText(versionName()))
	p.section("NAME")
	p.line("%s", manFill(name+" - "+usage))
	return p
}

// buildDate is the day of the commit, or else of the binary.
func buildDate() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" {
				return s.Value[:len(time.DateOnly)]
			}
		}
	}
	when := time.Now()
	if name, err := os.Executable(); err == nil {
		if info, err := os.Stat(name); err == nil {
			when = info.ModTime()
		}
	}
	return when.UTC().Format(time.DateOnly)
}

func (p *manPage) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *manPage) section(name string) { p.line(".SH %s", name) }

func (p *manPage) synopsis(usage string) {
	p.section("SYNOPSIS")
	p.line("%s", manUsage(usage))
}

// paragraphs are lines of text; those that begin with spaces are what somebody types, and stay as they are.
func (p *manPage) paragraphs(text string) {
	typed := false
	for i, line := range strings.Split(text, "\n") {
		indented := strings.HasPrefix(line, " ")
		switch {
		case indented && !typed:
			p.line(".PP\n.nf\n.RS")
		case !indented && typed:
			p.line(".RE\n.fi\n.PP")
		case line == "" && i > 0:
			p.line(".PP")
		}
		switch typed = indented; {
		case typed:
			p.line("%s", manText(strings.TrimPrefix(line, "  ")))
		case line != "":
			p.line("%s", manFill(line))
		}
	}
	if typed {
		p.line(".RE\n.fi")
	}
}

func (p *manPage) term(formatted, text string) { p.line(".TP\n%s\n%s", formatted, manFill(text)) }

func (p *manPage) list(section string, terms [][2]string) {
	p.section(section)
	for _, t := range terms {
		p.term(`\fB`+manText(t[0])+`\fR`, t[1])
	}
}

func (p *manPage) commands(commands []*cli.Command) {
	p.section("COMMANDS")
	for _, c := range commands {
		p.term(`\fB`+manText(c.Name)+`\fR`, c.Usage)
	}
}

func (p *manPage) seeAlso(names ...string) {
	p.section("SEE ALSO")
	p.line(`\fB%s\fR(1)`, strings.ReplaceAll(strings.Join(names, "\\fR(1),\n\\fB"), "-", `\-`))
}
