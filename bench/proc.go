// What Linux tells in /proc. Elsewhere there is no /proc: nothing is found, and what would have been measured is
// left out of the table.
package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// marked lists the processes that were started for dir, or for a directory in it. They are known by their
// environment: a process that left its group, or whose parent is gone, still has it.
func marked(dir string) []int {
	var pids []int
	entries, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, entry := range entries {
		_, value, found := strings.Cut("\x00"+readFile(entry), "\x00"+marker+"="+dir)
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(entry))); found && err == nil && (value[0] == 0 || value[0] == '/') {
			pids = append(pids, pid)
		}
	}
	return pids
}

// grouped lists the processes of a process group that have not ended.
func grouped(group int) []int {
	var pids []int
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, entry := range entries {
		text := readFile(entry) // PID (NAME) STATE PPID GROUP ..., where NAME is anything
		fields := strings.Fields(text[strings.LastIndex(text, ")")+1:])
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(entry))); err == nil && len(fields) > 2 && fields[0] != "Z" && fields[2] == strconv.Itoa(group) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// killMarked ends what was started for dir and is still there.
func killMarked(dir string) {
	for range 100 {
		pids := marked(dir)
		if len(pids) == 0 {
			return
		}
		for _, pid := range pids {
			if process, err := os.FindProcess(pid); err == nil {
				_ = process.Kill()
			}
		}
		time.Sleep(10 * time.Millisecond) // the killed are gone, and what they started meanwhile is there
	}
}

// resetPeakRSS makes this process forget how large it has been.
func resetPeakRSS() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// residentSize is the memory of the processes, in bytes. Pages that they share count for each.
func residentSize(pids ...int) int64 {
	var sum int64
	for _, pid := range pids {
		_, rest, _ := strings.Cut(readFile("/proc/"+strconv.Itoa(pid)+"/status"), "VmRSS:")
		if fields := strings.Fields(rest); len(fields) > 0 {
			kib, _ := strconv.ParseInt(fields[0], 10, 64)
			sum += kib << 10
		}
	}
	return sum
}

// cpuTime is what the processes' threads have run so far, to the nanosecond; /proc/PID/stat counts hundredths of a second.
func cpuTime(pids []int) time.Duration {
	var sum time.Duration
	for _, pid := range pids {
		threads, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/schedstat")
		for _, thread := range threads {
			if fields := strings.Fields(readFile(thread)); len(fields) > 0 {
				ns, _ := strconv.ParseInt(fields[0], 10, 64)
				sum += time.Duration(ns)
			}
		}
	}
	return sum
}

// settle waits until the machine has been quiet for a moment, but not for long: others may be at work on it.
func settle(ctx context.Context) {
	const window, enough, limit, busy = 100 * time.Millisecond, 2, 20, 0.15
	idleBefore, allBefore := machineTime()
	for quiet, i := 0, 0; quiet < enough && i < limit; i++ {
		pause(ctx, window)
		idle, all := machineTime()
		if all == allBefore || (idle-idleBefore)/(all-allBefore) > 1-busy {
			quiet++
		} else {
			quiet = 0
		}
		idleBefore, allBefore = idle, all
	}
}

// machineTime is how long all processors together have been idle, and have been up.
func machineTime() (idle, all float64) {
	line, _, _ := strings.Cut(readFile("/proc/stat"), "\n")
	for i, field := range strings.Fields(line) {
		ticks, _ := strconv.ParseFloat(field, 64) // 0 for the first field, "cpu"
		if i == 4 || i == 5 {                     // idle, and waiting for a disk
			idle += ticks
		}
		if i <= 8 { // what follows is a part of what came before
			all += ticks
		}
	}
	return idle, all
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
