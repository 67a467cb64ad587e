package runserver

// Where an error that a program returned comes from. A Go error has no place,
// but its words are written somewhere: the longest string of the package that
// the message contains is nearly always on the line to look at. For a variable
// that is not set, that is the line which asks for it by name.

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// leastWords is how long a string has to be to tell anything.
const leastWords = 6

var formatVerb = regexp.MustCompile(`%[-+# 0-9.*\[\]]*[A-Za-z%]`)

// findOrigins looks in the package in dir for the words of each line of a message.
func findOrigins(dir, message string) []Problem {
	files, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "*.go"))
	type literal struct {
		at     token.Position
		pieces []string
	}
	var literals []literal
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, _ := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if file == nil {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					literals = append(literals, literal{set.Position(n.Pos()), formatVerb.Split(text, -1)})
				}
			}
			return true
		})
	}
	var origins []Problem
	for line := range strings.SplitSeq(message, "\n") {
		if strings.HasSuffix(line, ":") {
			continue // says what the next lines are about
		}
		best, length := token.Position{}, leastWords-1
		for _, l := range literals {
			for _, piece := range l.pieces {
				if len(piece) > length && strings.Contains(line, piece) {
					best, length = l.at, len(piece)
				}
			}
		}
		if best.IsValid() {
			origins = append(origins, Problem{File: best.Filename, Line: best.Line, Col: best.Column, Text: strings.TrimSpace(line)})
		}
	}
	return origins
}
