// From an error while rendering to the line of the template that is to be mended.
//
// text/template gives places in the text of its messages; go/format gives places in the output, which
// are led back to the template here.
package generator

import (
	"bytes"
	"errors"
	"fmt"
	"go/scanner"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
	"unicode/utf8"
)

// templateError is the shape of text/template's messages; the template's own name in them is empty.
var templateError = regexp.MustCompile(`(?s)^template: ?:(\d+)(?::(\d+))?: (?:executing "[^"]*" at (<.*?>): )?(.*)$`)

// templateProblem takes the place out of an error of text/template.
func templateProblem(err error, data map[string]any) *problem {
	m := templateError.FindStringSubmatch(err.Error())
	if m == nil {
		return &problem{text: err.Error()}
	}
	p := &problem{text: m[4]}
	p.line, _ = strconv.Atoi(m[1])
	if col, err := strconv.Atoi(m[2]); err == nil {
		p.col = col + 1 // text/template counts from 0
	}
	if key, ok := strings.CutPrefix(m[4], "map has no entry for key "); ok {
		p.text = "undefined variable " + key
		if near := Nearest(strings.Trim(key, `"`), slices.Sorted(maps.Keys(data))); near != "" {
			p.text += fmt.Sprintf("; did you mean %q?", near)
		}
	}
	return p
}

// goProblem finds the line of the template that made invalid Go. The place in the error is one in the
// output, so the template is rendered again with its own line numbers as markers in the text.
func goProblem(err error, text string, parsed *template.Template, data map[string]any) *problem {
	p := &problem{text: "makes invalid Go: " + err.Error()}
	var list scanner.ErrorList
	if !errors.As(err, &list) || len(list) == 0 {
		return p
	}
	p.text = "makes invalid Go: " + list[0].Msg
	for _, t := range parsed.Templates() {
		if t.Tree != nil {
			markLines(t.Root, text)
		}
	}
	var out bytes.Buffer
	if parsed.Execute(&out, maps.Clone(data)) != nil {
		return p
	}
	at, line, col := list[0].Pos, 1, 1
	for rest := out.Bytes(); len(rest) > 0; {
		if m := lineMarker.FindSubmatch(rest); m != nil {
			p.line, _ = strconv.Atoi(string(m[1]))
			rest = rest[len(m[0]):]
			continue
		}
		if line > at.Line || line == at.Line && col >= at.Column {
			break
		}
		col++
		if rest[0] == '\n' {
			line, col = line+1, 1
		}
		rest = rest[1:]
	}
	return p
}

var lineMarker = regexp.MustCompile("^\x00([0-9]+)\x00")

// markLines puts a marker with the template's line before each line of the text below node.
func markLines(node parse.Node, text string) {
	switch n := node.(type) {
	case *parse.TextNode:
		line, _ := position(text, int(n.Pos))
		marked := fmt.Appendf(nil, "\x00%d\x00", line)
		for _, c := range n.Text {
			marked = append(marked, c)
			if c == '\n' {
				line++
				marked = fmt.Appendf(marked, "\x00%d\x00", line)
			}
		}
		n.Text = marked
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				markLines(child, text)
			}
		}
	case *parse.IfNode:
		markLines(n.List, text)
		markLines(n.ElseList, text)
	case *parse.RangeNode:
		markLines(n.List, text)
		markLines(n.ElseList, text)
	case *parse.WithNode:
		markLines(n.List, text)
		markLines(n.ElseList, text)
	}
}

// position is the line and column of an offset, both from 1.
func position(text string, offset int) (line, col int) {
	before := text[:min(offset, len(text))]
	return 1 + strings.Count(before, "\n"), len(before) - strings.LastIndex(before, "\n")
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}
