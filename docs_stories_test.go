// The pages of docs whose code a story proves: it is the code of the story, to the letter.
package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestDocsStories(t *testing.T) {
	for page, stories := range map[string][]string{
		"docs/sites.md":   {"testdata/script/sites.txtar", "testdata/script/sites_application.txtar"},
		"docs/routers.md": {"testdata/routers/mysite/routers.go"},
	} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		var proven strings.Builder
		for _, story := range stories {
			code, err := os.ReadFile(story)
			if err != nil {
				t.Fatal(err)
			}
			proven.Write(code)
		}
		story := strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(proven.String()) // an edit of a story has them
		blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
		if len(blocks) == 0 {
			t.Errorf("%s has no code", page)
		}
		for _, block := range blocks {
			if !strings.Contains(lines(story), strings.TrimSpace(lines(block[1]))) {
				t.Errorf("%s: no story has\n%s", page, block[1])
			}
		}
	}
}

// lines is text without the indentation of its lines.
func lines(text string) string {
	return regexp.MustCompile(`(?m)^[ \t]+|[ \t]+$`).ReplaceAllString(text, "")
}
