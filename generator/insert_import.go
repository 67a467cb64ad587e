// An import for a Go file that is the user's.
//
// It goes where its author would put it: into the last group of imports that are not of the standard library, or
// into a group of its own. astutil.AddImport of golang.org/x/tools was rejected: it takes the packages of a module without a
// dot in its path for the standard library's, and prints the whole file anew.
package generator

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// importedFile is a Go file and what it imports.
type importedFile struct {
	content       []byte
	fset          *token.FileSet
	parsed        *ast.File
	block, single *ast.GenDecl    // the last import with parentheses, and the last without; not that of C
	last          *ast.ImportSpec // the last that is not of the standard library
}

// addImport adds an import: "example.com/site/polls", or a name and the path, as in Go.
func addImport(content []byte, imported string) ([]byte, error) {
	name, target, named := strings.Cut(imported, " ")
	if !named {
		name, target = "", imported
	}
	line := strconv.Quote(target)
	if name == path.Base(target) {
		name = ""
	} else if name != "" {
		line = name + " " + line
	}
	f, err := readImports(content)
	if err != nil {
		return nil, err
	}
	for _, spec := range f.parsed.Imports {
		switch {
		case spec.Path.Value != strconv.Quote(target):
		case spec.Name == nil && name == "" || spec.Name != nil && spec.Name.Name == name:
			return content, nil
		case spec.Name != nil:
			return nil, fmt.Errorf("it imports %q as %s", target, spec.Name.Name)
		}
	}
	switch {
	case f.block != nil && f.last != nil && f.block.Pos() <= f.last.Pos() && f.last.End() <= f.block.End():
		return f.insert(f.lineEnd(f.last.End()), "\n\t"+line), nil
	case f.block != nil:
		return f.insert(f.offset(f.block.Rparen), "\n\t"+line+"\n"), nil
	case f.single != nil && f.last != nil:
		return f.insert(f.lineEnd(f.single.End()), "\nimport "+line), nil
	case f.single != nil:
		begin, end := f.offset(f.single.Specs[0].Pos()), f.offset(f.single.End())
		content = f.insert(end, "\n\n\t"+line+"\n)")
		return slices.Insert(content, begin, []byte("(\n\t")...), nil
	}
	return f.insert(f.lineEnd(f.parsed.Name.End()), "\n\nimport "+line), nil
}

func readImports(content []byte) (*importedFile, error) {
	f := &importedFile{content: content, fset: token.NewFileSet()}
	var err error
	if f.parsed, err = parser.ParseFile(f.fset, "", content, parser.ImportsOnly); err != nil {
		return nil, fmt.Errorf("it is not Go: %w", err)
	}
	for _, decl := range f.parsed.Decls {
		d, ok := decl.(*ast.GenDecl)
		switch {
		case !ok:
		case d.Lparen.IsValid():
			f.block = d
		case d.Specs[0].(*ast.ImportSpec).Path.Value != `"C"`:
			f.single = d
		}
	}
	for _, spec := range f.parsed.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("it is not Go: %w", err)
		}
		if first, _, _ := strings.Cut(target, "/"); target != "C" && !hasWord(standardPackages, first) {
			f.last = spec
		}
	}
	return f, nil
}

func (f *importedFile) offset(pos token.Pos) int { return f.fset.Position(pos).Offset }

// lineEnd is the end of the line, behind a comment too.
func (f *importedFile) lineEnd(pos token.Pos) int {
	at := f.offset(pos)
	if newline := bytes.IndexByte(f.content[at:], '\n'); newline >= 0 {
		return at + newline
	}
	return len(f.content)
}

func (f *importedFile) insert(at int, text string) []byte {
	return slices.Insert(slices.Clone(f.content), at, []byte(text)...)
}
