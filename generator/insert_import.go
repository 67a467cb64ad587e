// An import for a Go file that is the user's.
//
// It goes where its author would put it: to the standard library's if it is one of those, else into the last group of
// others, or into a group of its own. astutil.AddImport of golang.org/x/tools was rejected: it takes the packages of a module without a
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
	last          *ast.ImportSpec // the last that is of the standard library, or that is not, as the new one
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
	f, err := readImports(content, isStandard(target))
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
	case f.block != nil && isStandard(target):
		return f.insert(f.offset(f.block.Lparen)+1, "\n\t"+line+"\n"), nil
	case f.block != nil:
		return f.insert(f.offset(f.block.Rparen), "\n\t"+line+"\n"), nil
	case f.single != nil:
		begin, end := f.offset(f.single.Specs[0].Pos()), f.offset(f.single.End())
		spec := string(content[begin:end])
		switch {
		case f.last != nil:
			line = spec + "\n\t" + line
		case isStandard(target):
			line += "\n\n\t" + spec
		default:
			line = spec + "\n\n\t" + line
		}
		return slices.Replace(slices.Clone(content), begin, end, []byte("(\n\t"+line+"\n)")...), nil
	}
	return f.insert(f.lineEnd(f.parsed.Name.End()), "\n\nimport "+line), nil
}

// isStandard tells whether a package is one of the standard library.
func isStandard(target string) bool {
	first, _, _ := strings.Cut(target, "/")
	return hasWord(standardPackages, first)
}

// readImports reads a Go file that is to import one of the standard library, or another one.
func readImports(content []byte, standard bool) (*importedFile, error) {
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
		if target != "C" && isStandard(target) == standard {
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
