// What is an answer to a question: the same rules wherever it is from.
package generator

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parse is the answer that somebody typed: a text, yes or no, choices with commas between them.
func (q *question) parse(text string) (any, error) {
	switch q.Type {
	case typeBool:
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "true", "yes", "y", "on", "1":
			return true, nil
		case "false", "no", "n", "off", "0":
			return false, nil
		}
		return nil, fmt.Errorf("%q is neither yes nor no", text)
	case typeChoices:
		list := []string{}
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		return q.inOrder(list), nil
	}
	return text, nil
}

// inOrder is a list of choices in the order of the question, each once: however they were typed, the same
// choices make the same files.
func (q *question) inOrder(list []string) []string {
	place := func(value string) int {
		i := slices.IndexFunc(q.Choices, func(c choice) bool { return c.Value == value })
		if i < 0 {
			return len(q.Choices) // a fault, which check finds
		}
		return i
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b string) int { return place(a) - place(b) })
	return slices.Compact(list)
}

// fromJSON is the answer that a file has, which must be of the question's own type.
func (q *question) fromJSON(v *jsonValue) (any, error) {
	want := "a string"
	switch q.Type {
	case typeBool:
		if b, ok := v.value.(bool); ok {
			return b, nil
		}
		want = "true or false"
	case typeChoices:
		if v.kind == "an array" {
			list := []string{}
			for _, item := range v.items {
				text, ok := item.value.(string)
				if !ok {
					return nil, fmt.Errorf("has %s in it, want strings", item.kind)
				}
				list = append(list, text)
			}
			return q.inOrder(list), nil
		}
		want = "an array of strings"
	default:
		if text, ok := v.value.(string); ok {
			return text, nil
		}
	}
	return nil, fmt.Errorf("is %s, want %s", v.kind, want)
}

// check says why an answer of the right type is not valid. A secret is never in what it says.
func (q *question) check(value any) error {
	switch value := value.(type) {
	case []string:
		for _, item := range value {
			if err := q.checkChoice(item); err != nil {
				return err
			}
		}
		if q.Required && len(value) == 0 {
			return fmt.Errorf("at least one is needed of %s", strings.Join(q.choiceValues(), ", "))
		}
	case string:
		if q.Type == typeChoice {
			return q.checkChoice(value)
		}
		return q.checkText(value)
	}
	return nil
}

func (q *question) checkChoice(value string) error {
	known := q.choiceValues()
	if slices.Contains(known, value) {
		return nil
	}
	if near := Nearest(value, known); near != "" {
		return fmt.Errorf("%q is not one of %s; did you mean %q?", value, strings.Join(known, ", "), near)
	}
	return fmt.Errorf("%q is not one of %s", value, strings.Join(known, ", "))
}

func (q *question) choiceValues() []string {
	var values []string
	for _, c := range q.Choices {
		values = append(values, c.Value)
	}
	return values
}

func (q *question) checkText(value string) error {
	quoted := fmt.Sprintf("%q", value)
	if q.Type == typeSecret {
		quoted = "the secret"
	}
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	switch {
	case !utf8.ValidString(value):
		return fmt.Errorf("%s is not UTF-8", quoted)
	case strings.ContainsFunc(value, control):
		return fmt.Errorf("%s has a control character in it", quoted)
	case q.Required && strings.TrimSpace(value) == "":
		return fmt.Errorf("it must not be empty")
	case value != "" && q.Pattern != nil && !q.Pattern.MatchString(value):
		if q.Message != "" {
			return fmt.Errorf("%s: %s", quoted, q.Message)
		}
		pattern := strings.TrimSuffix(strings.TrimPrefix(q.Pattern.String(), `\A(?:`), `)\z`)
		return fmt.Errorf("%s does not match %s", quoted, pattern)
	case q.Path && (strings.Contains(value, "/") || pathFault(value) != ""):
		return fmt.Errorf("%s cannot be the name of a file or directory of a project", quoted)
	}
	return nil
}

// zero is what a question that is not asked, and has no default, gives to the template.
func (q *question) zero() any {
	switch q.Type {
	case typeBool:
		return false
	case typeChoices:
		return []string{}
	}
	return ""
}

// formatAnswer is an answer as --set takes it.
func formatAnswer(value any) string {
	if list, ok := value.([]string); ok {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(value)
}
