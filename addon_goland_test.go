// The add-on editor, as GoLand and all editors that know .editorconfig would read it.
package main

import (
	"bytes"
	"encoding/xml"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGoLand reads the run configurations, and looks whether what they name is there.
func TestGoLand(t *testing.T) {
	dir := ciProject(t, "--module", "example.com/team/web")
	names, err := filepath.Glob(filepath.Join(dir, ".run", "*.run.xml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no run configurations (%v)", err)
	}
	type value struct {
		Value string `xml:"value,attr"`
	}
	type option struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	seen := map[string]bool{}
	for _, name := range names {
		var component struct {
			XMLName       xml.Name `xml:"component"`
			Name          string   `xml:"name,attr"`
			Configuration struct {
				Name        string   `xml:"name,attr"`
				Type        string   `xml:"type,attr"`
				FactoryName string   `xml:"factoryName,attr"`
				Port        string   `xml:"port,attr"`
				Options     []option `xml:"option"`
				Package     value    `xml:"package"`
				Directory   value    `xml:"directory"`
				File        value    `xml:"filePath"`
			} `xml:"configuration"`
		}
		data, err := os.ReadFile(name)
		if err == nil {
			err = xml.Unmarshal(data, &component)
		}
		c := component.Configuration
		if err != nil || component.Name != "ProjectRunConfigurationManager" || c.Name == "" || seen[c.Name] {
			t.Errorf("%s: %+v (%v)", name, component, err)
		}
		seen[c.Name] = true
		switch c.Type {
		case "GoApplicationRunConfiguration", "GoTestRunConfiguration":
			if c.Package.Value != "example.com/team/web" || c.Directory.Value != "$PROJECT_DIR$" {
				t.Errorf("%s runs %+v", name, c)
			}
			if _, err := os.Stat(strings.Replace(c.File.Value, "$PROJECT_DIR$", dir, 1)); err != nil {
				t.Error(err)
			}
		case "GoRemoteDebugConfigurationType":
			if c.FactoryName != "Go Remote" || c.Port != "2345" {
				t.Errorf("%s attaches to %+v", name, c)
			}
		case "ShConfigurationType":
			if i := slices.IndexFunc(c.Options, func(o option) bool { return o.Name == "SCRIPT_TEXT" }); i < 0 || c.Options[i].Value != "gostart runserver --debug" {
				t.Errorf("%s runs %+v", name, c)
			}
		default:
			t.Errorf("%s has the type %q", name, c.Type)
		}
	}
}

// TestEditorConfig reads .editorconfig, and finds that all files of a project are as it says.
func TestEditorConfig(t *testing.T) {
	dir := ciProject(t)
	data, err := os.ReadFile(filepath.Join(dir, ".editorconfig"))
	if err != nil {
		t.Fatal(err)
	}
	type section struct {
		patterns   []string
		properties map[string]string
	}
	var sections []section
	known := []string{"charset", "end_of_line", "indent_size", "indent_style", "insert_final_newline", "tab_width", "trim_trailing_whitespace"}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		key, value, isProperty := strings.Cut(line, " = ")
		switch {
		case line == "" || line == "root = true" && len(sections) == 0:
		case strings.HasPrefix(line, "["):
			sections = append(sections, section{strings.Split(strings.Trim(line, "[]{}"), ","), map[string]string{}})
		case isProperty && slices.Contains(known, key):
			sections[len(sections)-1].properties[key] = value
		default:
			t.Errorf("the line %q is none of an .editorconfig", line)
		}
	}
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		want := map[string]string{}
		for _, s := range sections {
			if slices.ContainsFunc(s.patterns, func(p string) bool { ok, _ := path.Match(p, path.Base(name)); return ok }) {
				for key, value := range s.properties {
					want[key] = value
				}
			}
		}
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if want["insert_final_newline"] == "true" && !bytes.HasSuffix(content, []byte("\n")) || want["end_of_line"] == "lf" && bytes.Contains(content, []byte("\r")) {
			t.Errorf("%s ends lines in another way", name)
		}
		for i, line := range strings.Split(string(content), "\n") {
			if want["trim_trailing_whitespace"] == "true" && strings.TrimRight(line, " \t") != line {
				t.Errorf("%s:%d has blanks at its end", name, i+1)
			}
			if strings.HasPrefix(line, "\t") && want["indent_style"] != "tab" {
				t.Errorf("%s:%d is indented with a tab", name, i+1)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
