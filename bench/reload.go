// bench reload: from the save of a handler to the first answer of the new code.
//
// Each contender has a project of its own, as startproject makes it, and works alone while it is measured.
// Contenders take turns in blocks of a few edits, in a shuffled order, so that a noisy minute hits all. Within a
// block a server is started, one edit is made that does not count, and between edits the machine is let come to
// rest, as it does while somebody types: a server that prepares the next build then is not cut short.
//
// Failed requests are counted in edits of their own: the clients that loop for it take processor time.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	blockEdits = 5               // edits per turn
	loadEdits  = 10              // at most, while clients loop
	idleTime   = 5 * time.Second // for which a server is watched doing nothing
	thinkTime  = 1 * time.Second // from an answer to the next save, at least: nobody is quicker, and servers count on it
)

// reloadReport is the outcome of bench reload.
type reloadReport struct {
	Edits   int          `json:"edits"`
	Rows    []*reloadRow `json:"rows"`
	StartUp []*startRow  `json:"start_up"`
	Proxy   *latencyRow  `json:"proxy,omitempty"`
	Missing []string     `json:"missing"`
	Error   string       `json:"error,omitempty"` // of what is measured after the edits
}

// reloadRow is one contender.
type reloadRow struct {
	Name     string          `json:"name"`
	About    string          `json:"about"`
	Times    []time.Duration `json:"times_ns"` // from a save to the first new answer
	Stale    int             `json:"stale"`    // edits after which the old code answered at least once
	Unserved int             `json:"unserved"` // edits, those under load too, that were never served

	LoadEdits       int `json:"load_edits"` // edits while clients looped
	Answered        int `json:"answered"`
	FailedNew       int `json:"failed_new_connection"`
	FailedKeepAlive int `json:"failed_keep_alive"`

	IdleCPU float64 `json:"idle_cpu_ms_per_s"`
	RSS     int64   `json:"rss_bytes"`      // of all its processes
	ToolRSS int64   `json:"tool_rss_bytes"` // of the process that was started
	Error   string  `json:"error,omitempty"`

	contender *contender
}

func benchReload(ctx context.Context, l *lab, o options) (report, error) {
	r := &reloadReport{Edits: cmp.Or(o.n, 20)}
	for _, s := range devServers {
		switch {
		case !o.chosen(s.name):
			continue
		case s.tool != "" && l.tool(s.tool) == "":
			r.Missing = append(r.Missing, s.name)
			continue
		}
		row := &reloadRow{Name: s.name, About: s.about}
		r.Rows = append(r.Rows, row)
		var err error
		if row.contender, err = newContender(ctx, l, s); err != nil {
			row.Error = err.Error()
		}
	}
	for done := 0; done < r.Edits; done += blockEdits {
		edits := min(blockEdits, r.Edits-done)
		for _, i := range l.rand.Perm(len(r.Rows)) {
			r.Rows[i].turn(ctx, fmt.Sprintf("edits %d to %d", done+1, done+edits), func() error {
				return r.Rows[i].timeEdits(ctx, l, edits)
			})
		}
	}
	for _, i := range l.rand.Perm(len(r.Rows)) {
		r.Rows[i].turn(ctx, "at rest, and edits under load", func() error {
			return errors.Join(r.Rows[i].rest(ctx), r.Rows[i].editUnderLoad(ctx, min(r.Edits, loadEdits)))
		})
	}
	hand, served := r.row("by-hand"), r.row("runserver")
	if hand != nil && served != nil {
		var startErr, proxyErr error
		r.StartUp, startErr = startUps(ctx, l, hand.contender, served.contender, max(3, r.Edits/4))
		r.Proxy, proxyErr = proxyLatency(ctx, hand.contender, served.contender)
		if err := errors.Join(startErr, proxyErr); err != nil {
			r.Error = err.Error() // and what has been measured is kept
		}
	}
	return r, ctx.Err()
}

// row finds a contender that has not failed.
func (r *reloadReport) row(name string) *reloadRow {
	i := slices.IndexFunc(r.Rows, func(row *reloadRow) bool { return row.Name == name && row.Error == "" })
	if i < 0 {
		return nil
	}
	return r.Rows[i]
}

// failed names the contenders that are out, and what else was not measured.
func (r *reloadReport) failed() (names []string) {
	for _, row := range r.Rows {
		if row.Error != "" {
			names = append(names, row.Name)
		}
	}
	if r.Error != "" {
		names = append(names, "start-up and proxy")
	}
	return names
}

// turn starts the server, has f measure it, and stops it. A contender that fails is out.
func (row *reloadRow) turn(ctx context.Context, what string, f func() error) {
	if row.Error != "" || ctx.Err() != nil {
		return
	}
	progress("%s: %s", row.Name, what)
	defer row.contender.stop()
	err := row.contender.start(ctx)
	if err != nil {
		err = fmt.Errorf("start: %w", err)
	} else {
		err = f()
	}
	if err != nil {
		row.Error = err.Error()
	}
}

// timeEdits makes edits that count, after one that does not.
func (row *reloadRow) timeEdits(ctx context.Context, l *lab, edits int) error {
	for i := range edits + 1 {
		pause(ctx, thinkTime)
		settle(ctx)
		if row.contender.server.poll {
			pause(ctx, time.Duration(l.rand.Int64N(int64(time.Second))))
		}
		took, stale, err := row.contender.edit(ctx)
		switch {
		case i == 0 && (err == nil || errors.Is(err, errNotServed)):
		case errors.Is(err, errNotServed):
			row.Unserved++
		case err != nil:
			return err
		default:
			row.Times = append(row.Times, took)
		}
		if stale && i > 0 {
			row.Stale++
		}
	}
	return nil
}

// rest looks at a server that has nothing to do.
func (row *reloadRow) rest(ctx context.Context) error {
	for range 3 { // it is to have worked
		if _, _, err := row.contender.edit(ctx); err != nil && !errors.Is(err, errNotServed) {
			return err
		}
		settle(ctx)
	}
	pause(ctx, 2*time.Second) // for what is done after an edit
	settle(ctx)
	pids := marked(row.contender.home)
	before := cpuTime(pids)
	began := time.Now()
	pause(ctx, idleTime)
	row.IdleCPU = float64((cpuTime(pids) - before).Microseconds()) / 1000 / time.Since(began).Seconds()
	row.RSS = residentSize(pids...)
	row.ToolRSS = residentSize(row.contender.process.cmd.Process.Pid)
	return ctx.Err()
}

// editUnderLoad makes edits while two clients loop, which go on for a moment after each.
func (row *reloadRow) editUnderLoad(ctx context.Context, edits int) error {
	kept, renewed, err := underLoad(row.contender.front, func() error {
		for range edits {
			pause(ctx, thinkTime)
			_, _, err := row.contender.edit(ctx)
			if errors.Is(err, errNotServed) {
				row.Unserved++
			} else if err != nil {
				return err
			}
			row.LoadEdits++
		}
		pause(ctx, thinkTime)
		return nil
	})
	row.FailedKeepAlive, row.FailedNew = kept.failed, renewed.failed
	row.Answered = kept.answered + renewed.answered
	return err
}
