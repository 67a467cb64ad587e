// The trees that are rendered, and how each tool wants to be given them.
//
// A tree is written down once, without any tool's syntax, and translated: so each tool renders the same files,
// and what it made can be compared with what it should have made.
package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

const (
	project = "mysite" // the project that is created
	blank   = "\x00"   // stands for its name, in paths and texts
)

// A tree is the paths, with slashes, and the texts of files.
type tree iter.Seq2[string, string]

// plainTree has n files of 1 KB with three blanks each, a hundred in a directory.
func plainTree(n int) tree {
	const size, padding = 1024, 470
	return func(yield func(string, string) bool) {
		for i := range n {
			name := fmt.Sprintf("part%03d/file%05d.txt", i/100, i)
			text := name + " of " + blank + "\n" + filler(padding) + "the middle of " + blank + "\n"
			end := "the end of " + blank + "\n"
			rendered := len(text) + len(end) + 3*(len(project)-len(blank))
			if !yield(name, text+filler(size-rendered)+end) {
				return
			}
		}
	}
}

// filler is n bytes of text.
func filler(n int) string {
	const line = "a line that is the same in each of the files\n"
	return strings.Repeat(line, n/len(line)+1)[:n-1] + "\n"
}

// treeOf reads a project as a tree: a blank is wherever its name was.
func treeOf(dir string) (tree, error) {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[strings.ReplaceAll(filepath.ToSlash(name), project, blank)] = strings.ReplaceAll(string(data), project, blank)
		return err
	})
	return tree(maps.All(files)), err
}

// A syntax is how a tool writes templates.
type syntax struct {
	root   string            // the directory in the template that the tree goes to
	path   string            // the project's name in a path
	text   string            // the project's name in a text
	suffix string            // of the files that are rendered
	escape []string          // texts that the tool would take for its own
	files  map[string]string // what else makes it a template; they replace files of the tree
}

// write writes a tree as a template.
func (s syntax) write(t tree, dir string) error {
	var pairs []string
	for _, opening := range s.escape {
		pairs = append(pairs, opening, `{{ "`+opening+`" }}`)
	}
	escape := strings.NewReplacer(append(pairs, blank, s.text)...)
	for name, text := range t {
		if _, replaced := s.files[name]; replaced {
			continue
		}
		name = filepath.Join(s.root, strings.ReplaceAll(name, blank, s.path)+s.suffix)
		if err := writeFile(filepath.Join(dir, name), escape.Replace(text)); err != nil {
			return err
		}
	}
	for name, text := range s.files {
		if err := writeFile(filepath.Join(dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o644)
}

// compare tells whether dir holds the tree as the project's name makes it.
func compare(t tree, dir string) error {
	for name, text := range t {
		name = strings.ReplaceAll(name, blank, project)
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if string(got) != strings.ReplaceAll(text, blank, project) {
			return fmt.Errorf("%s is not rendered as it should be", name)
		}
	}
	return nil
}

// countFiles is how many files there are in dir.
func countFiles(dir string) (int, error) {
	n := 0
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	return n, err
}

const moduleVersion = "v1.0.0"

func moduleProxy(template string) string { return template + "-proxy" }

// packModule puts a template into a module proxy on disk, which is where gonew takes templates from.
func packModule(template string) error {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	err := filepath.WalkDir(template, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(template, path)
		entry, err := w.Create("example.com/template@" + moduleVersion + "/" + filepath.ToSlash(name))
		if err != nil {
			return err
		}
		_, err = entry.Write(data)
		return err
	})
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	for suffix, text := range map[string]string{
		".info": `{"Version": "` + moduleVersion + `"}`,
		".mod":  readFile(filepath.Join(template, "go.mod")),
		".zip":  archive.String(),
	} {
		if err := writeFile(filepath.Join(moduleProxy(template), "example.com/template/@v", moduleVersion+suffix), text); err != nil {
			return err
		}
	}
	return nil
}
