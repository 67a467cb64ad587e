// Template text in template.json: defaults, conditions, messages.
package generator

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"text/template/parse"
)

// snippet is template text, or an expression.
type snippet struct {
	at    int // where it is in template.json
	text  string
	trees map[string]*parse.Tree // nil when it is not set, or wrong
}

// An expression is the condition of an {{if}}.
const exprBegin, exprEnd = "{{if ", "}}true{{end}}"

// snippet reads template text: a string, or an array of lines.
func (r *configReader) snippet(v *jsonValue, what string) snippet {
	s := snippet{at: v.at}
	if v.kind == "an array" {
		for _, line := range v.items {
			s.text += r.text(line, "a line of "+what) + "\n"
		}
		s.text = strings.TrimSuffix(s.text, "\n")
	} else {
		s.text = r.text(v, what)
	}
	var err error
	if s.trees, err = parseText(s.text, "", ""); err != nil {
		r.fault(v.at, "%s: %s", what, templateProblem(err, s.text).text)
	}
	return s
}

// expression reads what may stand in an {{if}}.
func (r *configReader) expression(v *jsonValue, what string) snippet {
	s := snippet{at: v.at, text: r.text(v, what)}
	if _, ok := v.value.(string); !ok {
		return s
	}
	if strings.Contains(s.text, "{{") {
		r.fault(v.at, "%s is an expression: write it without {{ and }}", what)
		return s
	}
	trees, err := parseText(exprBegin+s.text+exprEnd, "", "")
	if err != nil {
		text := templateProblem(err, exprBegin+s.text+exprEnd).text
		r.fault(v.at, "%s: %s", what, strings.ReplaceAll(text, "missing value for if", "is empty"))
		return s
	}
	root := trees[""].Root.Nodes
	branch, ok := root[0].(*parse.IfNode)
	if len(root) != 1 || !ok || branch.ElseList != nil || branch.List.String() != "true" { // "true}}...{{if true"
		r.fault(v.at, "%s is %q, want one expression", what, s.text)
		return s
	}
	s.trees = trees
	return s
}

// render gives the text.
func (s snippet) render(ctx context.Context, data map[string]any) (string, error) {
	if s.trees == nil {
		return "", nil
	}
	var left atomic.Int64
	left.Store(maxJSON)
	out := &limitedBuffer{left: &left}
	var failure error
	w := watch{total: 1, name: func(int) string { return fmt.Sprintf("%q in %s", s.text, configFile) }}
	if err := w.run(ctx, func(_ int, x executor) { failure = x.execute(out, s.trees, data) }); err != nil {
		return "", err
	}
	return string(out.data), failure
}

// holds tells whether an expression is true; one that is not set is.
func (s snippet) holds(ctx context.Context, data map[string]any) (bool, error) {
	if s.trees == nil {
		return true, nil
	}
	out, err := s.render(ctx, data)
	return out != "", err
}

// failure is a snippet's error as one of template.json.
func (c *templateConfig) failure(s snippet, what string, err error) error {
	if interrupt, ok := err.(*refusal); ok {
		return interrupt
	}
	return problems{c.problem(s.at, "%s: %s", what, templateProblem(err, s.text).text)}
}

// references finds what a snippet uses that it cannot: known are the variables that it can, later those that have
// no value yet, and secrets those that have no business there.
func (r *configReader) references(s snippet, what string, known, later, secrets []string) {
	found, _ := variables(s.trees, "")
	for _, v := range found {
		if text := undefined(v, known, later, secrets); text != "" {
			r.fault(s.at, "%s: %s", what, text)
		}
	}
}

// undefined says what is wrong with the use of a variable, or "".
func undefined(v variable, known, later, secrets []string) string {
	has := func(names []string) bool { return strings.Contains(" "+strings.Join(names, " ")+" ", " "+v.name+" ") }
	switch {
	case has(known):
		return ""
	case has(secrets):
		return fmt.Sprintf("%q is a secret, and only private files may have it", v.name)
	case !v.sure:
		return ""
	case has(later):
		return fmt.Sprintf("%q has no value yet: only names that each template gets, and questions before this one, have", v.name)
	}
	text := fmt.Sprintf("undefined variable %q", v.name)
	if near := Nearest(v.name, known); near != "" {
		text += fmt.Sprintf("; did you mean %q?", near)
	}
	return text
}
