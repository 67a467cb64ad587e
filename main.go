// Command gostart brings Django's project conventions to Go's net/http.
//
// This file is the command line, in the order of `gostart help`: each command parses its flags into the
// Options of generator or runserver, makes one call, and prints the result. It is the only importer of
// urfave/cli and the only caller of os.Exit.
//
// urfave/cli v2 takes flags for arguments once it has seen an argument, and says nothing. So the
// command line is put in order first (flagsFirst), and what is wrong with it is reported there.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"gostart/generator"
	"gostart/runserver"
)

// version is set by a release build (-ldflags "-X main.version=v1.2.3"); else the build information has it.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal ends ctx, a second one the process
	err := run(ctx, os.Args[1:])
	if err == nil {
		err = stdout.err
	}
	printError(os.Stderr, err)
	os.Exit(exitCode(err))
}

// run is gostart with the given arguments.
func run(ctx context.Context, args []string) error {
	app := &cli.App{
		Name:                      "gostart",
		Usage:                     "Django's project conventions for Go's net/http",
		UsageText:                 "gostart COMMAND [ARGUMENTS] [FLAGS]",
		Description:               "gostart COMMAND --help tells more about a command.",
		Commands:                  commands(),
		HideHelpCommand:           true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true, // --set list=a,b is one answer
		ExitErrHandler:            func(*cli.Context, error) {},
		Writer:                    stdout,
		ErrWriter:                 os.Stderr,
		Action:                    cli.ShowAppHelp,
	}
	cli.FlagStringer = flagHelp
	if len(args) > 0 && args[0] == "__complete" {
		return answerTab(ctx, stdout, app.Commands, args[1:])
	}
	args, err := arrange(app.Commands, args)
	if err != nil {
		return err
	}
	return app.RunContext(ctx, append([]string{"gostart"}, args...))
}

// commands are all of gostart's, in the order of its help.
func commands() []*cli.Command {
	all := []*cli.Command{
		startprojectCommand(),
		startappCommand(),
		addCommand(),
		runserverCommand(),
		updateCommand(),
		diffCommand(),
		templateCommand(),
		completionCommand(),
		manCommand(),
		versionCommand(),
		helpCommand(),
	}
	setUp(all)
	return all
}

// setUp gives commands, and those below them, what is the same for all.
func setUp(commands []*cli.Command) {
	for _, c := range commands {
		c.HideHelpCommand = true
		c.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return usageError{text: err.Error()} }
		setUp(c.Subcommands)
	}
}

func startprojectCommand() *cli.Command {
	var l layFlags
	var with cli.StringSlice
	var serve bool
	return &cli.Command{
		Name:      "startproject",
		Usage:     "create a project",
		UsageText: "gostart startproject NAME [DIRECTORY] [FLAGS]",
		Description: "Creates the project NAME in a new directory of that name, or in DIRECTORY, which is created when\n" +
			"it is missing. Files that exist are never replaced.",
		Flags: slices.Concat(
			[]cli.Flag{
				&cli.StringFlag{Name: "module", Usage: "module `PATH` (default: NAME)", Destination: &l.o.Module},
				&cli.StringSliceFlag{Name: "with", Usage: "also lay the add-ons `ADDON,...`; gostart add --list tells of them", Destination: &with},
			},
			l.templateFlags(), l.flags(),
			[]cli.Flag{&cli.BoolFlag{Name: "runserver", Usage: "serve the project at once", Destination: &serve}},
		),
		Action: func(c *cli.Context) error {
			name, directory, err := nameAndDirectory(c)
			if err != nil {
				return err
			}
			if serve && (l.asJSON || l.o.DryRun) {
				return usageError{text: "--runserver goes with neither --dry-run nor --json"}
			}
			o, err := l.options(c)
			if err != nil {
				return err
			}
			o.Name, o.Directory, o.With = name, directory, splitLists(with.Value(), "")
			result, err := generator.StartProject(c.Context, o)
			if err != nil {
				return err
			}
			if l.asJSON {
				return printJSON(stdout, result)
			}
			if serve {
				result.Next = nil // it is done here
			}
			printResult(stdout, os.Stderr, result, l.verbosity)
			if serve {
				return runserver.Run(c.Context, runserverOptions(runserver.Options{Dir: result.Directory}))
			}
			return nil
		},
	}
}

func runserverCommand() *cli.Command {
	var o runserver.Options
	var watch, ignore, exec cli.StringSlice
	return &cli.Command{
		Name:      "runserver",
		Usage:     "serve the project here, rebuilt on every save",
		UsageText: "gostart runserver [ADDRPORT] [FLAGS]",
		Description: "Serves the project of the working directory at ADDRPORT: a port, or address:port, or :port;\n" +
			"the port auto is the first from 8000 that is free. The default is 127.0.0.1, and the port in PORT, here\n" +
			"or in .env, or else 8000.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "ipv6", Aliases: []string{"6"}, Usage: "listen on an IPv6 address", Destination: &o.IPv6},
			&cli.BoolFlag{Name: "https", Usage: "serve HTTPS, with a certificate for this machine that is made at first use", Destination: &o.HTTPS},
			&cli.StringFlag{Name: "cert", Usage: "serve HTTPS with the certificate in `FILE`", Destination: &o.Cert},
			&cli.StringFlag{Name: "key", Usage: "`FILE` with the key of that certificate", Destination: &o.Key},
			&cli.StringFlag{Name: "unix", Usage: "listen on the unix socket `PATH`", Destination: &o.Unix},
			&cli.StringFlag{Name: "settings", Usage: "settings `MODULE` (default: GOSTART_SETTINGS_MODULE, or the project's)", Destination: &o.Settings},
			&cli.StringFlag{Name: "application", Usage: "serve `PACKAGE.NAME` and not what the settings name", Destination: &o.Application},
			&cli.BoolFlag{Name: "noreload", Usage: "build once, watch nothing", Destination: &o.NoReload},
			&cli.BoolFlag{Name: "no-livereload", Usage: "leave pages in browsers as they are", Destination: &o.NoLiveReload},
			&cli.BoolFlag{Name: "nothreading", Usage: "one request at a time", Destination: &o.NoThreading},
			&cli.StringFlag{Name: "editor", Usage: "`EDITOR` for links on error pages: a name, or a URL or command with {path} and {line} (default: GOSTART_EDITOR, or vscode)", Destination: &o.Editor},
			&cli.BoolFlag{Name: "open", Usage: "open the browser when the application answers", Destination: &o.Open},
			&cli.StringSliceFlag{Name: "watch", Usage: "also restart when a file changes that `GLOB` matches, below the module's root; repeatable", Destination: &watch},
			&cli.StringSliceFlag{Name: "ignore", Usage: "never look at files and directories that `GLOB` matches; repeatable", Destination: &ignore},
			&cli.StringSliceFlag{Name: "exec", Usage: "run `COMMAND` before each build, without a shell; repeatable", Destination: &exec},
			&cli.BoolFlag{Name: "exclusive", Usage: "end the application before the next one starts: for file locks, ports of its own", Destination: &o.Exclusive},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object per event on standard output, and no prose", Destination: &o.JSON},
			&cli.StringFlag{Name: "env-file", Usage: "`FILE` of environment variables (default: .env beside go.mod)", Destination: &o.EnvFile},
			&cli.StringFlag{Name: "tags", Usage: "build `TAGS`", Destination: &o.Tags},
			&cli.BoolFlag{Name: "debug", Usage: "build for a debugger, and run under Delve (dlv) if it is installed", Destination: &o.Debug},
			&cli.BoolFlag{Name: "race", Usage: "build with the race detector", Destination: &o.Race},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 1 {
				return usageError{fmt.Sprintf("unexpected argument %q", c.Args().Get(1)), "usage: gostart runserver [ADDRPORT]"}
			}
			o.AddrPort, o.Watch, o.Ignore, o.Exec = c.Args().First(), watch.Value(), ignore.Value(), exec.Value()
			if err := putRight(); err != nil {
				return err
			}
			return runserver.Run(c.Context, runserverOptions(o))
		},
	}
}

// runserverOptions adds what is the same however runserver is called.
func runserverOptions(o runserver.Options) runserver.Options {
	o.Version, o.Stdout, o.Stderr = versionName(), os.Stdout, os.Stderr
	o.Stdin = os.Stdin
	// A request is passed from goroutine to goroutine there. Waking a thread for each step costs more than a second
	// processor gains, which the compiler and the application can use.
	runtime.GOMAXPROCS(1)
	o.Color = isTerminal(os.Stderr) && os.Getenv("NO_COLOR") == ""
	return o
}

func versionCommand() *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:      "version",
		Usage:     "print the version (so does --version)",
		UsageText: "gostart version [FLAGS]",
		Flags:     []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print it as JSON", Destination: &asJSON}},
		Action: func(*cli.Context) error {
			if asJSON {
				return printJSON(stdout, map[string]string{"gostart": versionName(), "go": runtime.Version()})
			}
			_, err := fmt.Fprintf(stdout, "gostart %s (%s %s/%s)\n", versionName(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// helpCommand is here to be listed; arrange turns `help COMMAND` into `COMMAND --help`.
func helpCommand() *cli.Command {
	return &cli.Command{Name: "help", Usage: "tell about a command", UsageText: "gostart help [COMMAND]", Action: cli.ShowAppHelp}
}

// flagHelp is a flag's line in the help: names, the value's name (between backquotes in the usage), usage.
func flagHelp(f cli.Flag) string {
	documented, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return ""
	}
	short, long := "    ", ""
	for _, name := range f.Names() {
		if len(name) == 1 {
			short = "-" + name + ", "
		} else {
			long = "--" + name
		}
	}
	usage := documented.GetUsage()
	if parts := strings.Split(usage, "`"); len(parts) == 3 {
		long += " " + parts[1]
		usage = strings.Join(parts, "")
	}
	return short + long + "\t" + usage
}

// arrange finds the command in args and puts its flags first.
func arrange(commands []*cli.Command, args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, nil
	}
	switch args[0] {
	case "--version":
		args = append([]string{"version"}, args[1:]...)
	case "--help", "-h":
		return []string{"help"}, nil
	case "help":
		if len(args) > 1 {
			args = append(slices.Clone(args[1:]), "--help")
		}
	}
	return arrangeCommand("gostart", commands, args)
}

// arrangeCommand is arrange for the commands below parent, which is the words that lead there.
func arrangeCommand(parent string, commands []*cli.Command, args []string) ([]string, error) {
	var known []string
	for _, c := range commands {
		known = append(known, c.Name)
	}
	i := slices.Index(known, args[0])
	if i < 0 {
		what, all := "command", "gostart help lists the commands"
		if strings.HasPrefix(args[0], "-") {
			what = "flag"
		}
		if _, group, ok := strings.Cut(parent, " "); ok {
			all = "gostart help " + group + " lists the commands"
		}
		return nil, unknown(what, args[0], strings.TrimLeft(args[0], "-"), known, all)
	}
	c, path := commands[i], parent+" "+args[0]
	var rest []string
	var err error
	if len(c.Subcommands) > 0 && len(args) > 1 && !slices.Contains([]string{"--help", "-h"}, args[1]) {
		rest, err = arrangeCommand(path, c.Subcommands, args[1:])
	} else {
		rest, err = flagsFirst(path, c, args[1:])
	}
	return append([]string{args[0]}, rest...), err
}

// flagsFirst puts the flags of a command, which path leads to, before its arguments, each in the form that
// needs no second word.
func flagsFirst(path string, c *cli.Command, args []string) ([]string, error) {
	known := map[string]cli.Flag{}
	var long []string
	for _, f := range append([]cli.Flag{cli.HelpFlag}, c.Flags...) {
		for _, name := range f.Names() {
			known[name] = f
		}
		long = append(long, "--"+f.Names()[0])
	}
	var flags, positional []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			positional = append(positional, args[i+1:]...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			positional = append(positional, arg)
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		if len(name) == 2 && name[0] == 'v' && !hasValue { // -v0, as argparse takes it
			name, value, hasValue = "v", name[1:], true
		}
		f, ok := known[name]
		if !ok {
			return nil, unknown("flag", arg, "--"+name, long, path+" --help lists the flags")
		}
		name = f.Names()[0] // urfave/cli refuses -x and --exclude on one line
		switch last := i+1 == len(args); {
		case name == "help": // whatever else is typed; urfave/cli takes an argument for a topic
			return []string{"--help"}, nil
		case hasValue:
			flags = append(flags, "--"+name+"="+value)
		case !f.(cli.DocGenerationFlag).TakesValue():
			flags = append(flags, "--"+name)
		case name == "exclude" && (last || strings.HasPrefix(args[i+1], "-")):
			flags = append(flags, "--exclude=") // Django's --exclude may stand alone
		case last:
			return nil, usageError{fmt.Sprintf("flag %q needs a value", arg), path + " --help tells which"}
		default:
			i++
			flags = append(flags, "--"+name+"="+args[i])
		}
	}
	return append(append(flags, "--"), positional...), nil
}

// unknown is the error for a word that is not known, with the nearest that is.
func unknown(what, typed, word string, known []string, hint string) error {
	if near := generator.Nearest(word, known); near != "" {
		hint = fmt.Sprintf("did you mean %q? %s", near, hint)
	}
	return usageError{fmt.Sprintf("unknown %s %q", what, typed), hint}
}
