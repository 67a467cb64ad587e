// From an error while rendering to the line of the template that is to be mended.
//
// text/template gives places in the text of its messages; go/format gives places in the output, which
// are led back to the template here.
package generator

import (
	"errors"
	"fmt"
	"go/scanner"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"text/template/parse"
)

// templateError is the shape of text/template's messages; the template's own name in them is empty.
var templateError = regexp.MustCompile(`(?s)^template: ?:(\d+)(?::(\d+))?: (?:executing "[^"]*" at <.*?>: )?(.*)$`)

// templateProblem takes the place out of an error of text/template. Its parser knows lines only: the column is
// that of the word which the message quotes.
func templateProblem(err error, text string) problem {
	m := templateError.FindStringSubmatch(err.Error())
	if m == nil {
		return problem{text: err.Error()}
	}
	p := problem{text: m[3]}
	line, _ := strconv.Atoi(m[1])
	if col, err := strconv.Atoi(m[2]); err == nil {
		p.place(text, line, col+1) // text/template counts from 0
		return p
	}
	source, col := lineOf(text, line), 0
	if quoted := quotedWord.FindStringSubmatch(p.text); quoted != nil {
		col = 1 + strings.Index(source, quoted[1]+quoted[2])
	}
	if col == 0 {
		col = 1 + len(source) - len(strings.TrimLeft(source, " \t"))
	}
	p.place(text, line, col)
	return p
}

// quotedWord is what a message is about: "word" or {{word}}.
var quotedWord = regexp.MustCompile(`"([^"]+)"|(\{\{\w+)`)

// goProblem finds the place in the template that made invalid Go. The place in the error is one in the
// output, so the template is rendered again with its own places as markers in the text.
func goProblem(err error, text string, x executor, trees map[string]*parse.Tree, data map[string]any) problem {
	p := problem{text: "makes invalid Go: " + err.Error()}
	var list scanner.ErrorList
	if !errors.As(err, &list) || len(list) == 0 {
		return p
	}
	p.text = "makes invalid Go: " + list[0].Msg
	for _, tree := range trees {
		markPlaces(tree.Root)
	}
	var left atomic.Int64
	left.Store(maxBytes)
	out := &limitedBuffer{left: &left}
	if x.execute(out, trees, data) != nil {
		return p
	}
	// From here, at is the offset in the template of the byte that comes next, or of the action that makes it.
	at, literal, line, col := 0, false, 1, 1
	for rest := out.data; len(rest) > 0; {
		if m := placeMarker.FindSubmatch(rest); m != nil {
			at, _ = strconv.Atoi(string(m[1]))
			literal = m[2][0] == 't'
			rest = rest[len(m[0]):]
			continue
		}
		if line > list[0].Pos.Line || line == list[0].Pos.Line && col >= list[0].Pos.Column {
			break
		}
		col++
		if rest[0] == '\n' {
			line, col = line+1, 1
		}
		if literal {
			at++
		}
		rest = rest[1:]
	}
	p.locate(text, at)
	return p
}

// A marker has an offset of the template, and whether text (t) or an action (a) comes from there.
var placeMarker = regexp.MustCompile("^\x00([0-9]+)([ta])\x00")

// markPlaces puts markers around each text below list.
func markPlaces(list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			marked := fmt.Appendf(nil, "\x00%dt\x00%s", n.Pos, n.Text)
			n.Text = fmt.Appendf(marked, "\x00%da\x00", int(n.Pos)+len(n.Text))
		case *parse.IfNode:
			markPlaces(n.List)
			markPlaces(n.ElseList)
		case *parse.RangeNode:
			markPlaces(n.List)
			markPlaces(n.ElseList)
		case *parse.WithNode:
			markPlaces(n.List)
			markPlaces(n.ElseList)
		}
	}
}
