// Command bench measures gostart beside doing the same by hand, and beside the peers that this machine has:
//
//	go run ./bench startproject    creating a project, and rendering 1,000 and 10,000 files
//	go run ./bench reload          from the save of a handler to the first answer of the new code
//	go run ./bench hosts           requests per second of a handler under each host, and behind each web server
//
// It imports no other package of the repository: what is measured is the program that users run, built
// from the sources as they are. Peers are looked up on PATH and in the bin directory of GOPATH; peers.go
// lists them. Machines are noisy, so contenders take turns in an order that is shuffled for each round,
// and what counts are medians and the ratios of one run. Nothing leaves the machine.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

const usage = `usage: go run ./bench COMMAND [flags]

  startproject   create a project, and render 1,000 and 10,000 files
  reload         from the save of a handler to the first answer of the new code
  hosts          requests per second of a handler under each host, and behind each web server

  -n NUMBER        runs of startproject (default 11; fewer of the large trees), edits of reload (default 20, which
                   with all peers take a quarter of an hour), rounds of hosts (default 7)
  -only NAME,...   these contenders only; -only ? lists them
  -json FILE       write the result as JSON, too
  -seed NUMBER     for the order of the contenders (default: another one each time)

What is not installed is left out, and named below the table. A contender that fails is named in the table, and the
exit code is 1: go run ./bench hosts -n 1 checks that each host serves.
`

// options is the command line.
type options struct {
	n    int
	only []string
	json string
	seed uint64
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal ends ctx and so all that was started, a second one the process
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "bench: interrupted")
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		if errors.As(err, new(usageError)) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	command := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints
	flags.IntVar(&o.n, "n", 0, "")
	flags.StringVar(&o.json, "json", "", "")
	flags.Uint64Var(&o.seed, "seed", 0, "")
	flags.Func("only", "", func(list string) error { o.only = strings.Split(list, ","); return nil })
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return usageError{err}
	}
	if flags.NArg() > 0 {
		return usageError{fmt.Errorf("unexpected argument %q", flags.Arg(0))}
	}

	var names []string
	var bench func(context.Context, *lab, options) (report, error)
	switch command {
	case "startproject":
		names, bench = namesOf(scaffolders), benchStartproject
	case "reload":
		names, bench = namesOf(devServers), benchReload
	case "hosts":
		names, bench = namesOf(webHosts), benchHosts
	case "":
		return flag.ErrHelp
	default:
		return usageError{fmt.Errorf("unknown command %q: want startproject, reload or hosts", command)}
	}
	for _, name := range o.only {
		if !slices.Contains(names, name) {
			return usageError{fmt.Errorf("unknown contender %q: want some of %s", name, strings.Join(names, ","))}
		}
	}

	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	result, err := bench(ctx, l, o)
	l.close()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(stdout, "%s; seed %d\n\n", l.machine, l.seed); err != nil {
		return err
	}
	if err := result.print(stdout); err != nil {
		return err
	}
	if o.json != "" {
		if err := writeJSON(o.json, map[string]any{"command": command, "machine": l.machine, "seed": l.seed, "result": result}); err != nil {
			return err
		}
	}
	if failed := result.failed(); len(failed) > 0 {
		return fmt.Errorf("failed: %s", strings.Join(failed, ", "))
	}
	return nil
}

// A report is what a command found out.
type report interface {
	print(w io.Writer) error
	failed() []string // names what failed, if anything
}

func writeJSON(file string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}
