// bench hosts: requests per second of one handler, a hello, under each host.
//
// All hosts run for the whole of the bench, and are loaded one at a time, in rounds of a shuffled order, by wrk or,
// where that is not installed, by clients of this program. They share the machine with the load. So what counts are
// the ratios within each round, of which the median is printed, and the CPU time for a request, which the client has
// no part in. hosts_table.go has the contenders, hosts_load.go the clients.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	hello      = "Hello world!"
	hostConns  = 32
	roundTime  = 2 * time.Second
	hostRounds = 7
)

// hostsReport is the outcome of bench hosts.
type hostsReport struct {
	Client  string     `json:"client"`
	Rounds  int        `json:"rounds"`
	Rows    []*hostRow `json:"rows"`
	Missing []string   `json:"missing"`
}

// hostRow is one contender.
type hostRow struct {
	Name  string          `json:"name"`
	About string          `json:"about"`
	Of    []string        `json:"compared_with"`
	Rates []float64       `json:"requests_per_second"` // of each round
	CPU   []time.Duration `json:"cpu_ns_per_request"`  // of each round, all its processes together
	Error string          `json:"error,omitempty"`

	host      webHost
	home      string
	address   string
	processes []*process
}

func benchHosts(ctx context.Context, l *lab, o options) (report, error) {
	r := &hostsReport{Client: "wrk", Rounds: cmp.Or(o.n, hostRounds)}
	load := wrk(l.tool("wrk"))
	if l.tool("wrk") == "" {
		r.Client, load = "clients of the bench", loop
	}
	for _, host := range webHosts {
		if !o.chosen(host.name) {
			continue
		}
		if missing := slices.ContainsFunc(host.tools, func(tool string) bool { return l.tool(tool) == "" }); missing {
			r.Missing = append(r.Missing, host.name)
			continue
		}
		row := &hostRow{Name: host.name, About: host.about, Of: host.of, host: host, home: filepath.Join(l.dir, host.name)}
		r.Rows = append(r.Rows, row)
		if err := row.start(ctx, l); err != nil {
			row.Error = err.Error()
		}
		defer row.stop()
	}
	for round := range r.Rounds + 1 { // the first warms up
		progress("round %d of %d", round, r.Rounds)
		for _, i := range l.rand.Perm(len(r.Rows)) {
			row := r.Rows[i]
			if row.Error != "" || ctx.Err() != nil {
				continue
			}
			if err := row.round(ctx, load, round > 0); err != nil {
				row.Error = err.Error()
			}
		}
	}
	return r, ctx.Err()
}

// start prepares the host and returns once it answers.
func (row *hostRow) start(ctx context.Context, l *lab) error {
	progress("%s: start", row.Name)
	if err := os.Mkdir(row.home, 0o755); err != nil {
		return err
	}
	env := slices.Concat(l.env, []string{marker + "=" + row.home}, row.host.env)
	if err := row.host.prepare(ctx, l, row.home, env); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	var err error
	if row.address, err = freeAddress(); err != nil {
		return err
	}
	if row.host.front != nil {
		err = row.launchBehind(ctx, l, env)
	} else {
		err = row.launch(l, env, row.host.command(row.home, row.address))
	}
	if err == nil {
		_, err = await(ctx, row.address, "", hello, answerTime)
	}
	if err != nil {
		return fmt.Errorf("%w; it said last: %s", err, lastLine(row.log()))
	}
	return nil
}

func (row *hostRow) log() string { return filepath.Join(row.home, "log") }

func (row *hostRow) launch(l *lab, env, argv []string) error {
	if tool := l.tool(argv[0]); tool != "" {
		argv[0] = tool
	}
	p, err := startProcess(row.home, env, row.log(), argv)
	if err == nil {
		row.processes = append(row.processes, p)
	}
	return err
}

func (row *hostRow) stop() {
	for _, p := range slices.Backward(row.processes) {
		p.stop()
	}
	killMarked(row.home)
}

// pids are all its processes. nginx writes its title over its environment, and with it the mark.
func (row *hostRow) pids() []int {
	pids := marked(row.home)
	for _, p := range row.processes {
		pids = append(pids, grouped(p.cmd.Process.Pid)...)
	}
	slices.Sort(pids)
	return slices.Compact(pids)
}

// failed names the contenders that have no numbers.
func (r *hostsReport) failed() (names []string) {
	for _, row := range r.Rows {
		if row.Error != "" {
			names = append(names, row.Name)
		}
	}
	return names
}

// round loads the host.
func (row *hostRow) round(ctx context.Context, load loader, counts bool) error {
	pids := row.pids()
	cpu, began := cpuTime(pids), time.Now()
	n, err := load(ctx, row.address, roundTime)
	if err != nil {
		return err
	}
	took := time.Since(began)
	if counts {
		row.Rates = append(row.Rates, float64(n)/took.Seconds())
		row.CPU = append(row.CPU, (cpuTime(pids)-cpu)/time.Duration(n))
	}
	return nil
}

func (r *hostsReport) print(w io.Writer) error {
	t := table{align: "lrrlrrl"}
	t.add("host", "requests/s", "ratio", "of", "CPU us", "ratio", "")
	for _, row := range r.Rows {
		if row.Error != "" {
			t.add(row.Name, "failed: "+row.Error)
			continue
		}
		cells := []string{row.Name, fmt.Sprintf("%.0f", median(row.Rates)), "", "", "", "", row.About}
		cpu := median(row.CPU)
		if cpu > 0 {
			cells[4] = fmt.Sprintf("%.1f", float64(cpu)/1e3)
		}
		for _, name := range row.Of {
			of := slices.IndexFunc(r.Rows, func(other *hostRow) bool { return other.Name == name && other.Error == "" })
			if of < 0 {
				continue
			}
			cells[2], cells[3] = ratioOf(row.Rates, r.Rows[of].Rates), name
			if cpu > 0 {
				cells[5] = ratioOf(r.Rows[of].CPU, row.CPU)
			}
			t.add(cells...)
			cells = make([]string, len(cells)) // further comparisons are below it
		}
		if cells[0] != "" {
			t.add(cells...)
		}
	}
	err := t.print(w)
	_, noteErr := fmt.Fprintf(w, `
Medians of %d rounds of %v, by %s with %d connections. Ratios are to the host in the column "of" in the same round:
of requests per second, and of what the CPU time for a request allows when the client takes none. More is better.

`, r.Rounds, roundTime, r.Client, hostConns)
	return errors.Join(err, noteErr, printMissing(w, r.Missing))
}

// ratioOf is the median of the ratios of rounds.
func ratioOf[T float64 | time.Duration](values, to []T) string {
	ratios := make([]float64, 0, len(values))
	for i := range min(len(values), len(to)) {
		if to[i] > 0 {
			ratios = append(ratios, float64(values[i])/float64(to[i]))
		}
	}
	if len(ratios) == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", median(ratios))
}
