package runserver

// Reading what a Go program that panicked leaves on its standard error.

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	panicLine = regexp.MustCompile(`(?m)^(?:panic: |fatal error: )`)
	frameLine = regexp.MustCompile(`^\t(.+\.go):(\d+)(?: \+0x[0-9a-f]+.*)?$`)
)

// parseTrace finds the last panic in text: what it says, the first of its frames
// that is in the project, and the trace of its goroutine. It returns "" when
// there is none.
func parseTrace(text string, p project) (panicked string, at Problem, trace string) {
	starts := panicLine.FindAllStringIndex(text, -1)
	if len(starts) == 0 {
		return "", Problem{}, text
	}
	text = text[starts[len(starts)-1][0]:]
	message, frames, _ := strings.Cut(text, "\ngoroutine ")
	frames, _, _ = strings.Cut(frames, "\n\n")
	trace = message + "\ngoroutine " + frames
	message = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(message), "[recovered]"))
	for line := range strings.SplitSeq(frames, "\n") {
		found := frameLine.FindStringSubmatch(line)
		if found == nil || strings.Contains(found[1], "/"+launcherDir+"/") {
			continue
		}
		for _, root := range p.roots() {
			if strings.HasPrefix(found[1], root.path+"/") {
				number, _ := strconv.Atoi(found[2])
				return message, Problem{File: found[1], Line: number}, trace
			}
		}
	}
	return message, Problem{}, trace
}
