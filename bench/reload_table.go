// The outcome of bench reload as text.
package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

func (r *reloadReport) print(w io.Writer) error {
	byHand := time.Duration(0)
	if row := r.row("by-hand"); row != nil {
		byHand = median(row.Times)
	}
	t := table{align: "lrrrrrrrrrrrl"}
	t.add("save to new answer", "median ms", "min", "max", "x by hand", "stale", "unserved", "failed new", "failed kept",
		"idle CPU ms/s", "RSS MiB", "tool MiB", "")
	loaded := 0
	for _, row := range r.Rows {
		if row.Error != "" {
			t.add(row.Name, "failed: "+row.Error)
			continue
		}
		loaded = row.LoadEdits
		cells := []string{row.Name, "", "", "", ""}
		if len(row.Times) > 0 {
			mid := median(row.Times)
			cells = []string{row.Name, milliseconds(mid, 0), milliseconds(slices.Min(row.Times), 0),
				milliseconds(slices.Max(row.Times), 0), ratio(mid, byHand)}
		}
		idle := ""
		if row.RSS > 0 {
			idle = fmt.Sprintf("%.1f", row.IdleCPU)
		}
		t.add(append(cells, strconv.Itoa(row.Stale), strconv.Itoa(row.Unserved), strconv.Itoa(row.FailedNew),
			strconv.Itoa(row.FailedKeepAlive), idle, mebibytes(row.RSS), mebibytes(row.ToolRSS), row.About)...)
	}
	err := t.print(w)
	_, noteErr := fmt.Fprintf(w, `
Times of %d edits each. Stale: after so many of them a request was still answered by the old code. Failed: requests without
an answer, or with an error, in %d more edits, of a client that makes a new connection each time and of one that keeps its
connection. Unserved: edits of either kind that never showed. CPU at rest over %v; memory of all processes, of the tool alone.

`, r.Edits, loaded, idleTime)
	return errors.Join(err, noteErr, r.printStart(w), printMissing(w, r.Missing))
}

// printStart prints what reload_start.go measured.
func (r *reloadReport) printStart(w io.Writer) error {
	if r.Error != "" {
		_, err := fmt.Fprintf(w, "Start and requests: failed: %s\n", r.Error)
		return err
	}
	if r.Proxy == nil {
		return nil
	}
	starts := table{align: "lrrrr"}
	starts.add("command to first answer", "median ms", "min", "max", "x by hand")
	for _, row := range r.StartUp {
		mid := median(row.Times)
		starts.add(row.Name, milliseconds(mid, 0), milliseconds(slices.Min(row.Times), 0), milliseconds(slices.Max(row.Times), 0),
			ratio(mid, median(r.StartUp[0].Times)))
	}
	starts.add("")
	requests := table{align: "lr"}
	requests.add("request, connection kept", "median us")
	requests.add("to the program", strconv.FormatInt(r.Proxy.Direct.Microseconds(), 10))
	requests.add("through runserver", strconv.FormatInt(r.Proxy.Through.Microseconds(), 10))
	requests.add("added", strconv.FormatInt((r.Proxy.Through-r.Proxy.Direct).Microseconds(), 10))
	requests.add("")
	return errors.Join(starts.print(w), requests.print(w))
}
