package runserver

// Reading what a Go program that panicked leaves on its standard error.

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	panicLine = regexp.MustCompile(`(?m)^(?:panic: |fatal error: )`)
	notMine   = regexp.MustCompile(`/(?:` + regexp.QuoteMeta(launcherDir) + `|vendor|pkg/mod)/`)
	frameLine = regexp.MustCompile(`^\t(.+\.go):(\d+)((?: \+0x[0-9a-f]+)?.*)$`)
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
	roots := p.roots()
	for line := range strings.SplitSeq(frames, "\n") {
		if file, number, _ := parseFrame(roots, line); file != "" {
			return message, Problem{File: file, Line: number}, trace
		}
	}
	return message, Problem{}, trace
}

// parseFrame reads the second line of a frame of the user's: the file, the line,
// and what follows them. Other lines have no file.
func parseFrame(roots []root, line string) (file string, number int, more string) {
	found := frameLine.FindStringSubmatch(line)
	if found == nil || notMine.MatchString(found[1]) {
		return "", 0, ""
	}
	number, err := strconv.Atoi(found[2])
	if err != nil {
		return "", 0, ""
	}
	return locate(roots, found[1]), number, found[3]
}

// traceLine is a line of what a program printed. A frame of the user's is two:
// the function's, and one with a place.
type traceLine struct {
	Text  string
	Place *place
	More  string // after the place
	Mine  bool
}

// markTrace marks the user's frames in output; false when it has none.
func (s *server) markTrace(roots []root, output, dir string) (lines []traceLine, marked bool) {
	for text := range strings.SplitSeq(strings.TrimRight(output, "\n"), "\n") {
		line := traceLine{Text: visible(text)}
		if file, number, more := parseFrame(roots, text); file != "" {
			name := visible(relative(dir, file)) + ":" + strconv.Itoa(number)
			line = traceLine{Text: "\t", Place: s.place(roots, name, file, number, 1), More: more, Mine: true}
			if len(lines) > 0 {
				lines[len(lines)-1].Mine = true
			}
			marked = true
		}
		lines = append(lines, line)
	}
	return lines, marked
}
