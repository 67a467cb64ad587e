// One file of a template, read and rendered.
package generator

import (
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"text/template/parse"
)

// renderer renders the entries of a template.
type renderer struct {
	files          fs.FS
	public, secret map[string]any // what files see, and what private ones do
	left           atomic.Int64   // bytes that may still be made
}

// entry reads a file and renders it if it is to be. The problems it returns have no file yet.
func (r *renderer) entry(x executor, e entry, isGo bool) ([]byte, problems) {
	content, err := r.take(e.source)
	if err != nil {
		return nil, problems{{text: cause(err).Error()}}
	}
	if !e.render {
		if r.left.Add(-int64(len(content))) < 0 {
			return nil, problems{{text: errTooLarge.Error()}}
		}
		return content, nil
	}
	return r.file(x, e, string(content), isGo)
}

// take reads a file, for the only time.
func (r *renderer) take(name string) ([]byte, error) {
	if tree, ok := r.files.(interface{ take(string) ([]byte, error) }); ok {
		return tree.take(name)
	}
	return fs.ReadFile(r.files, name)
}

// file renders one file, and formats it if it is Go.
func (r *renderer) file(x executor, e entry, text string, isGo bool) ([]byte, problems) {
	data := r.public
	if e.private {
		data = r.secret
	}
	trees, faults := parseFile(text, e.delims)
	if len(faults) > 0 {
		return nil, faults
	}
	out := &limitedBuffer{left: &r.left, data: make([]byte, 0, len(text)+len(text)/8)}
	if err := x.execute(out, trees, data); err != nil {
		return nil, r.problems(err, text, trees, data)
	}
	if !isGo {
		return out.data, nil
	}
	// format takes pieces of Go too, and the go command does not.
	_, err := parser.ParseFile(token.NewFileSet(), "", out.data, parser.PackageClauseOnly)
	formatted := out.data
	if err == nil {
		formatted, err = format.Source(out.data)
	}
	if err != nil {
		return nil, problems{goProblem(err, text, x, trees, data)}
	}
	return formatted, nil
}

// parseFile parses the text of a file. The problems it returns have no file yet.
func parseFile(text string, delims delimiters) (map[string]*parse.Tree, problems) {
	if at := invalidUTF8(text); at >= 0 {
		p := problem{text: "is not UTF-8, so it cannot be rendered; without " + templateSuffix + " it is copied as it is"}
		p.locate(text, at)
		return nil, problems{p}
	}
	trees, err := parseText(text, delims.left, delims.right)
	if err != nil {
		return nil, problems{templateProblem(err, text)}
	}
	return trees, nil
}

// problems are all variables of a file that are not there, and the error that stopped it.
func (r *renderer) problems(err error, text string, trees map[string]*parse.Tree, data map[string]any) problems {
	var all problems
	known, secrets := slices.Sorted(maps.Keys(data)), []string(nil)
	for name := range r.secret {
		if _, ok := data[name]; !ok {
			secrets = append(secrets, name)
		}
	}
	found, _ := variables(trees, "")
	stopped := templateProblem(err, text)
	for _, v := range found {
		if fault := undefined(v, known, nil, secrets); fault != "" {
			p := problem{text: fault}
			p.locate(text, v.pos)
			all = append(all, p)
			if strings.HasSuffix(stopped.text, fmt.Sprintf("map has no entry for key %q", v.name)) {
				stopped.text = ""
			}
		}
	}
	if stopped.text != "" {
		all = append(all, stopped)
	}
	return all
}

// limitedBuffer holds what a template gives, and stops one that gives without end.
type limitedBuffer struct {
	data []byte
	left *atomic.Int64 // of all buffers together
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.left.Add(-int64(len(p))) < 0 {
		return 0, errTooLarge
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

var errTooLarge = fmt.Errorf("makes the project larger than %d MiB", maxBytes>>20)
