// docs/zero-downtime.md: each claim names its tests, which are there, and has its place in the picture.
package main

import (
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestDocsZeroDowntime(t *testing.T) {
	page, err := os.ReadFile("docs/zero-downtime.md")
	if err != nil {
		t.Fatal(err)
	}
	known := testFunctions(t)
	named := regexp.MustCompile("`(Test\\w+)(?:/(\\w+))?`")
	for _, test := range named.FindAllStringSubmatch(string(page), -1) {
		source, ok := known[test[1]]
		if !ok {
			t.Errorf("there is no test %s", test[1])
		} else if test[1] == "TestScript" {
			if _, err := os.Stat(filepath.Join("testdata/script", test[2]+".txtar")); err != nil {
				t.Error(err)
			}
		} else if test[2] != "" && !strings.Contains(source, `t.Run("`+test[2]+`",`) {
			t.Errorf("%s has no subtest %q", test[1], test[2])
		}
	}

	var claims []string
	for _, row := range regexp.MustCompile(`(?m)^\| (\d) \|.*$`).FindAllStringSubmatch(string(page), -1) {
		claims = append(claims, row[1])
		if !named.MatchString(row[0]) {
			t.Errorf("no test proves %s", row[0])
		}
	}
	if drawn := numbersDrawn(t, "docs/zero-downtime.svg"); len(claims) == 0 || !slices.Equal(drawn, claims) {
		t.Errorf("the picture has the requests %v, the page %v", drawn, claims)
	}
}

// testFunctions are all tests there are, of gostart and of what it generates, each with the source of its file.
func testFunctions(t *testing.T) map[string]string {
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	known := map[string]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(strings.TrimSuffix(path, ".tmpl"), "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range function.FindAllStringSubmatch(string(source), -1) {
			known[match[1]] = string(source)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// numbersDrawn are the texts of a picture that are numbers.
func numbersDrawn(t *testing.T, name string) (numbers []string) {
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it is read
	picture := xml.NewDecoder(file)
	for {
		token, err := picture.Token()
		if errors.Is(err, io.EOF) {
			return numbers
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if text, ok := token.(xml.CharData); ok && regexp.MustCompile(`^\d$`).Match(text) {
			numbers = append(numbers, string(text))
		}
	}
}
