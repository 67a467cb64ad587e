package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocsRivals wants something that proves it behind each of gostart's cells, and that it is there.
func TestDocsRivals(t *testing.T) {
	text, err := os.ReadFile("docs/rivals.md")
	if err != nil {
		t.Fatal(err)
	}
	proofs := allTests(t)
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, " | ")
		if len(cells) < 5 || cells[1] == "gostart" {
			continue
		}
		_, names, ok := strings.Cut(cells[1], " · ")
		if !ok && !strings.HasPrefix(cells[1], "–") {
			t.Errorf("nothing proves %q of gostart: %q", cells[0], cells[1])
		}
		for _, name := range strings.Fields(names) {
			if !proofs[strings.Trim(name, "`")] {
				t.Errorf("%s is neither a test nor a story", name)
			}
		}
	}
}

// allTests are the names of all tests, fuzz targets and stories.
func allTests(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, pattern := range []string{"*_test.go", "*/*_test.go", "*/*/*_test.go", "testdata/script/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if story, ok := strings.CutSuffix(filepath.Base(file), ".txtar"); ok {
				all[story] = true
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)`).FindAllStringSubmatch(string(text), -1) {
				all[match[1]] = true
			}
		}
	}
	return all
}
