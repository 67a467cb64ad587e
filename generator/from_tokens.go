// Where a name is in a project, and what stands for it in a template.
//
// A name is one where it is a word: "mysite" in mysite_test and in "cd mysite", but not in mysites. It may also be part of an
// identifier, in camel case (NewMySite), or all in capitals (MYSITE_DEBUG). Where the name and the module path are the same, an
// import path and the module line of go.mod are the module's, and all else is the name.
package generator

import (
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokens are what is replaced.
type tokens struct{ name, camel, upper, module string }

func newTokens(name, module string) tokens {
	t := tokens{name: name, module: module}
	if name != "" {
		t.camel, t.upper = camelCase(name), strings.ToUpper(name)
	}
	if t.camel == name || len(t.camel) < 3 {
		t.camel = ""
	}
	if t.upper == name || t.upper == t.camel {
		t.upper = ""
	}
	return t
}

// part is text, and the action that comes after it; "" is none, at the end.
type part struct{ text, action string }

// split finds the names in a file. The last part has no action.
func (t tokens) split(name, text string) []part {
	modules := t.modulePlaces(name, text)
	var parts []part
	begin := 0
	for i := 0; i < len(text); {
		word, action := t.at(text, i, modules)
		if word == "" {
			i++
			continue
		}
		parts = append(parts, part{text[begin:i], action})
		i += len(word)
		begin = i
	}
	return append(parts, part{text: text[begin:]})
}

// at is the name that text has at an offset, and what stands for it.
func (t tokens) at(text string, i int, modules map[int]bool) (word, action string) {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after := func(word string) rune { r, _ := utf8.DecodeRuneInString(text[i+len(word):]); return r }
	is := func(word string) bool { return word != "" && strings.HasPrefix(text[i:], word) }
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	switch {
	case is(t.module) && (modules[i] || t.module != t.name && !inWord(before) && !strings.ContainsRune("_-.", before) &&
		!inWord(after(t.module)) && !strings.ContainsRune("_-", after(t.module))):
		return t.module, ".module"
	case is(t.name) && !inWord(before) && !inWord(after(t.name)):
		return t.name, ".project_name"
	case is(t.upper) && !inWord(before) && !inWord(after(t.upper)):
		return t.upper, "upper .project_name"
	case is(t.camel) && !unicode.IsUpper(before) && !unicode.IsLower(after(t.camel)) && !unicode.IsDigit(after(t.camel)):
		return t.camel, ".camel_case_project_name"
	}
	return "", ""
}

// modulePlaces are offsets at which the module path is, and not the project's name.
func (t tokens) modulePlaces(name, text string) map[int]bool {
	places := map[int]bool{}
	if t.module == "" || t.module != t.name {
		return places
	}
	if path.Base(name) == "go.mod" {
		at := 0
		for line := range strings.Lines(text) {
			rest, ok := strings.CutPrefix(line, "module ")
			if ok && strings.TrimSpace(rest) == t.module {
				places[at+len("module ")] = true
			}
			at += len(line)
		}
	}
	if path.Ext(name) != ".go" {
		return places
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.ImportsOnly)
	if err != nil {
		return places
	}
	for _, spec := range file.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err == nil && (target == t.module || strings.HasPrefix(target, t.module+"/")) {
			places[fset.Position(spec.Path.Pos()).Offset+1] = true
		}
	}
	return places
}

// path puts project_name into a path.
func (t tokens) path(name string) string {
	var b strings.Builder
	for _, p := range (tokens{name: t.name}).split("", name) {
		b.WriteString(p.text)
		if p.action != "" {
			b.WriteString("project_name")
		}
	}
	return b.String()
}

var defaultDelimiters = [2]string{"{{", "}}"}

// write is parts as the text of a template, and the delimiters in it: other ones where the text has {{ itself.
func write(parts []part) (string, [2]string) {
	has := func(left string) bool {
		return slices.ContainsFunc(parts, func(p part) bool { return strings.Contains(p.text, left) })
	}
	pair := defaultDelimiters
	for _, other := range [][2]string{{"[[", "]]"}, {"<%", "%>"}} {
		if has(pair[0]) && !has(other[0]) && len(parts) > 1 {
			pair = other
		}
	}
	var b strings.Builder
	action := func(text string) string { return pair[0] + text + pair[1] }
	for _, p := range parts {
		text := strings.ReplaceAll(p.text, pair[0], action(strconv.Quote(pair[0])))
		if last := pair[0][:1]; p.action != "" && strings.HasSuffix(text, last) {
			text = strings.TrimSuffix(text, last) + action(strconv.Quote(last)) // or the delimiter would begin too early
		}
		b.WriteString(text)
		if p.action != "" {
			b.WriteString(action(" " + p.action + " "))
		}
	}
	return b.String(), pair
}
