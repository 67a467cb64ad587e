// What is measured, and how numbers are put together and printed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// cost is what one run of a command took, its children's share included.
type cost struct {
	Wall    time.Duration `json:"wall_ns"`
	CPU     time.Duration `json:"cpu_ns"`
	PeakRSS int64         `json:"peak_rss_bytes"` // of the largest process; 0 where the system does not tell
}

// measure runs a command. Its error ends with the last line that the command wrote.
func measure(ctx context.Context, dir string, env []string, argv []string) (cost, error) {
	log, err := os.CreateTemp("", "gostart-bench-log-")
	if err != nil {
		return cost{}, err
	}
	defer func() {
		_ = log.Close()
		_ = os.Remove(log.Name())
	}()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, log, log
	inGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }

	// A child's peak starts at its parent's: Linux counts what the process had mapped before exec.
	debug.FreeOSMemory()
	resetPeakRSS()
	began := time.Now()
	err = cmd.Run()
	c := cost{Wall: time.Since(began)}
	if cmd.ProcessState != nil {
		c.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		c.PeakRSS = peakRSS(cmd.ProcessState)
	}
	if err != nil {
		return c, errors.Join(ctx.Err(), fmt.Errorf("%w: %s", err, lastLine(log.Name())))
	}
	return c, nil
}

// lastLine is what a program said last, as far as it fits in a row.
func lastLine(file string) string {
	lines := strings.Split(strings.TrimSpace(readFile(file)), "\n")
	line := strings.ToValidUTF8(strings.TrimSpace(lines[len(lines)-1]), "?")
	if runes := []rune(line); len(runes) > 100 {
		line = string(runes[:100]) + "..."
	}
	return line
}

func readFile(name string) string {
	data, _ := os.ReadFile(name)
	return string(data)
}

// median is the middle of values, between the two in the middle where their number is even; 0 without values.
func median[T time.Duration | int64 | float64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	i := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[i]
	}
	return (sorted[i-1] + sorted[i]) / 2
}

// each is what f takes from each of the items.
func each[T, V any](items []T, f func(T) V) []V {
	var values []V
	for _, item := range items {
		values = append(values, f(item))
	}
	return values
}

// milliseconds is a duration with so many decimals, or nothing for one that was not measured.
func milliseconds(d time.Duration, decimals int) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%.*f", decimals, d.Seconds()*1000)
}

func mebibytes(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", float64(n)/(1<<20))
}

func ratio(d, of time.Duration) string {
	if d == 0 || of == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", float64(d)/float64(of))
}

// table aligns columns: align has one l or r for each. A row that is shorter than align has less to say.
type table struct {
	align string
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer) error {
	widths := make([]int, len(t.align))
	for _, row := range t.rows {
		for i, cell := range row {
			// The last cell of a short row is a remark: it reaches over the columns that the row lacks.
			if i == len(t.align)-1 || i < len(row)-1 {
				widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			}
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(cell)))
			if i > 0 {
				line.WriteString("  ")
			}
			if t.align[i] == 'r' && len(row) == len(t.align) {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printMissing names the peers that could not take part.
func printMissing(w io.Writer, names []string) error {
	if len(names) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "Not installed here, and so left out: %s.\n", strings.Join(names, ", "))
	return err
}
