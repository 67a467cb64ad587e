// What only shows when the keys of template.json are seen together.
package generator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// questionName is what can be written {{.name}}, and GOSTART_ANSWER_NAME in an environment.
var questionName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// checkQuestion checks one question by itself, and its name against those before it. sound tells that each of
// its keys is fine.
func (r *configReader) checkQuestion(q *question, sound bool) {
	fault := func(format string, args ...any) { r.fault(q.at, format, args...) }
	isChoice := q.Type == typeChoice || q.Type == typeChoices
	isText := q.Type == typeText || q.Type == typeSecret
	switch other := func(o question) bool { return strings.EqualFold(o.Name, q.Name) }; {
	case q.Name == "": // reported already
	case !questionName.MatchString(q.Name):
		fault("%q is not a name that a template can use: letters, digits and _", q.Name)
	case slices.Contains(slices.Concat(contextNames, appContextNames), q.Name):
		fault("%q is a name that each template gets, and cannot be a question", q.Name)
	case slices.ContainsFunc(r.config.Questions, other):
		fault("the question %q is there twice; small and capital letters make no difference", q.Name)
	}
	for _, misplaced := range []struct {
		key       string
		there, ok bool
		want      string
	}{
		{"choices", len(q.Choices) > 0, isChoice, `the type "choice" or "choices"`},
		{"pattern", q.Pattern != nil, isText, `the type "text" or "secret"`},
		{"message", q.Message != "", q.Pattern != nil, `a "pattern" whose failure it explains`},
		{"required", q.Required, isText || q.Type == typeChoices, `the type "text", "secret" or "choices": the others are never empty`},
		{"path", q.Path, q.Type == typeText || q.Type == typeChoice, `the type "text" or "choice"`},
	} {
		if misplaced.there && !misplaced.ok {
			fault("%q of the question %q needs %s", misplaced.key, q.Name, misplaced.want)
		}
	}
	if isChoice && len(q.Choices) == 0 {
		fault("the question %q needs its choices", q.Name)
	}
	for i, c := range q.Choices {
		if slices.ContainsFunc(q.Choices[:i], func(o choice) bool { return o.Value == c.Value }) {
			fault("the question %q has the choice %q twice", q.Name, c.Value)
		}
	}
	if _, ok := q.Default.(snippet); !ok && q.Default != nil && sound {
		if err := q.check(q.Default); err != nil {
			fault("the default of %q is not valid: %v", q.Name, err)
		}
	}
}

// check looks at what one key says about another.
func (r *configReader) check() {
	c := r.config
	var names []string
	known := slices.DeleteFunc(c.contextNames(), func(name string) bool { return name == secretKeyName })
	secrets := []string{secretKeyName}
	for _, q := range c.Questions {
		names = append(names, q.Name)
	}
	place := func(names []string) []string { // what changes with the place is nothing to decide by
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "project_directory" })
	}
	for i, q := range c.Questions {
		what := fmt.Sprintf("of the question %q", q.Name)
		r.references(q.When, `"when" `+what, place(known), names[i:], secrets)
		if s, ok := q.Default.(snippet); ok {
			may := place(known)
			if q.Type == typeSecret {
				may = append(may, secrets...)
			}
			r.references(s, `the default `+what, may, names[i:], secrets)
		}
		if q.Type == typeSecret {
			secrets = append(secrets, q.Name)
		} else {
			known = append(known, q.Name)
		}
	}
	for _, f := range c.Files {
		r.references(f.when, fmt.Sprintf("the condition of %q", f.pattern), place(known), nil, secrets)
	}
	r.references(c.MessageAfter, `"message_after"`, known, nil, secrets)
	for _, in := range c.Insert {
		for _, s := range in.Import {
			r.references(s, `"import"`, place(known), nil, secrets)
		}
		for what, s := range map[string]snippet{`"before"`: in.Before, `"after"`: in.After, `"text"`: in.Text} {
			r.references(s, what, place(known), nil, secrets)
		}
	}
}
