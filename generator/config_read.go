// The keys of template.json, each with what it may hold.
package generator

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/mod/semver"
)

// configReader reads template.json into config, and gathers faults.
type configReader struct {
	*jsonReader
	config *templateConfig
}

func (r *configReader) read(root *jsonValue) {
	c := r.config
	r.object(root, "the template", map[string]func(*jsonValue){
		"$schema": func(v *jsonValue) { r.text(v, `"$schema"`) }, // for editors
		"version": r.version,
		"kind": func(v *jsonValue) {
			c.Kind = r.text(v, `"kind"`)
			r.oneOf(v, `"kind"`, c.Kind, []string{kindProject, kindApp, kindAddon})
		},
		"description":   func(v *jsonValue) { c.Description = r.text(v, `"description"`) },
		"min_gostart":   r.minGostart,
		"questions":     func(v *jsonValue) { r.list(v, `"questions"`, "objects", r.question) },
		"files":         r.files,
		"executable":    func(v *jsonValue) { c.Executable = r.globs(v, `"executable"`) },
		"private":       func(v *jsonValue) { c.Private = r.globs(v, `"private"`) },
		"delimiters":    r.delimiters,
		"hidden":        func(v *jsonValue) { r.list(v, `"hidden"`, "directories' names", r.hidden) },
		"message_after": func(v *jsonValue) { c.MessageAfter = r.snippet(v, `"message_after"`) },
		"requires":      r.requires,
		"insert":        func(v *jsonValue) { r.list(v, `"insert"`, "objects", r.insertion) },
		"modules":       func(v *jsonValue) { r.list(v, `"modules"`, "modules with their versions", r.module) },
	})
	r.check()
}

// version is that of template.json's own format.
func (r *configReader) version(v *jsonValue) {
	if v.value != float64(1) {
		r.fault(v.at, `"version" is that of template.json's format, and this gostart knows 1`)
	}
}

func (r *configReader) minGostart(v *jsonValue) {
	text := r.text(v, `"min_gostart"`)
	if _, ok := v.value.(string); ok && !semver.IsValid("v"+strings.TrimPrefix(text, "v")) {
		r.fault(v.at, `"min_gostart" is %q, want a version, such as "1.2.0"`, text)
	}
}

func (r *configReader) globs(v *jsonValue, what string) []glob {
	var globs []glob
	r.list(v, what, "patterns", func(item *jsonValue) {
		if g, ok := r.glob(item, r.text(item, "a pattern of "+what), item.at); ok {
			globs = append(globs, g)
		}
	})
	return globs
}

// glob is a pattern that was read from v or is a key; ok is false when v was no string.
func (r *configReader) glob(v *jsonValue, pattern string, at int) (g glob, ok bool) {
	if v != nil {
		if _, ok := v.value.(string); !ok {
			return glob{}, false
		}
	}
	if why := globFault(pattern); why != "" {
		r.fault(at, "the pattern %q %s", pattern, why)
	}
	return glob{pattern, at}, true
}

func (r *configReader) files(v *jsonValue) {
	for _, m := range r.members(v, `"files"`) {
		g, _ := r.glob(nil, m.name, m.at)
		r.config.Files = append(r.config.Files, fileCondition{g, r.expression(m.value, "the condition")})
	}
}

func (r *configReader) delimiters(v *jsonValue) {
	for _, m := range r.members(v, `"delimiters"`) {
		g, _ := r.glob(nil, m.name, m.at)
		d := delimiters{glob: g}
		var pair []string
		r.list(m.value, "delimiters are", "two strings", func(item *jsonValue) { pair = append(pair, r.text(item, "a delimiter")) })
		bad := func(s string) bool { return s == "" || strings.ContainsAny(s, " \t\r\n") || strings.HasPrefix(s, "-") }
		if len(pair) != 2 || pair[0] == pair[1] || slices.ContainsFunc(pair, bad) {
			r.fault(m.value.at, `want two different delimiters without blanks, such as ["[[", "]]"]`)
			continue
		}
		d.left, d.right = pair[0], pair[1]
		r.config.Delimiters = append(r.config.Delimiters, d)
	}
}

func (r *configReader) hidden(v *jsonValue) {
	name := r.text(v, `a directory in "hidden"`)
	_, ok := v.value.(string)
	switch {
	case ok && (len(name) < 2 || name[0] != '.' || strings.ContainsAny(name, `/\`)):
		r.fault(v.at, `"hidden" has %q, want the name of a directory that begins with a dot, such as ".github"`, name)
	case slices.Contains(alwaysSkipped, name) || templateFault(name) != "":
		r.fault(v.at, `"hidden" has %q, which is never part of a template`, name)
	}
	r.config.Hidden = append(r.config.Hidden, hiddenDirectory{v.at, name})
}

func (r *configReader) requires(v *jsonValue) {
	r.list(v, `"requires"`, "add-ons' names", func(item *jsonValue) {
		name := r.text(item, `an add-on in "requires"`)
		if _, ok := item.value.(string); ok && name == "" || slices.Contains(r.config.Requires, name) {
			r.fault(item.at, `"requires" has %q, which is empty or there twice`, name)
		}
		r.config.Requires = append(r.config.Requires, name)
	})
}

func (r *configReader) module(v *jsonValue) {
	text := r.text(v, `a module in "modules"`)
	if _, ok := v.value.(string); !ok {
		return
	}
	m, err := parseRequirement(text)
	if err != nil {
		r.fault(v.at, `"modules" has %q: %v`, text, err)
		return
	}
	if slices.ContainsFunc(r.config.Modules, func(other requirement) bool { return other.module.Path == m.module.Path }) {
		r.fault(v.at, `"modules" has %q twice`, m.module.Path)
	}
	m.at = v.at
	r.config.Modules = append(r.config.Modules, m)
}

func (r *configReader) insertion(v *jsonValue) {
	in := insertion{at: v.at}
	faults := len(r.faults)
	line := func(into *snippet, what string) func(*jsonValue) {
		return func(v *jsonValue) {
			*into = r.snippet(v, what)
			if strings.Contains(into.text, "\n") {
				r.fault(v.at, "%s is the whole of one line, without its end", what)
			}
		}
	}
	r.object(v, "an insertion", map[string]func(*jsonValue){
		"file": func(v *jsonValue) {
			in.File = r.text(v, `"file"`)
			if fault := templateFault(in.File); in.File != "" && fault != "" {
				r.fault(v.at, `"file" is %q, %s`, in.File, fault)
			}
			if why := globFault(in.File); in.File != "" && why != "" || strings.ContainsAny(in.File, "*?[\\") {
				r.fault(v.at, `"file" is %q, want the path of one file, with slashes`, in.File)
			}
		},
		"import": func(v *jsonValue) {
			r.list(v, `"import"`, "packages", func(v *jsonValue) { in.Import = append(in.Import, r.snippet(v, `"import"`)) })
		},
		"before": line(&in.Before, `"before"`),
		"after":  line(&in.After, `"after"`),
		"text":   func(v *jsonValue) { in.Text = r.snippet(v, `"text"`) },
	})
	if len(r.faults) == faults {
		switch {
		case in.File == "" || in.Text.text == "":
			r.fault(v.at, `an insertion needs "file" and "text"`)
		case (in.Before.text == "") == (in.After.text == ""):
			r.fault(v.at, `an insertion needs either "before" or "after": the line that is there`)
		}
	}
	r.config.Insert = append(r.config.Insert, in)
}

func (r *configReader) question(v *jsonValue) {
	q, faults := question{at: v.at, Type: typeText}, len(r.faults)
	var defaults, name *jsonValue
	r.object(v, "a question", map[string]func(*jsonValue){
		"name": func(v *jsonValue) { q.Name, q.at, name = r.text(v, `"name"`), v.at, v },
		"type": func(v *jsonValue) {
			q.Type = r.text(v, `"type"`)
			r.oneOf(v, `"type"`, q.Type, []string{typeText, typeChoice, typeChoices, typeBool, typeSecret})
		},
		"help":    func(v *jsonValue) { q.Help = r.text(v, `"help"`) },
		"default": func(v *jsonValue) { defaults = v }, // its kind depends on the type
		"choices": func(v *jsonValue) {
			r.list(v, `"choices"`, "choices", func(v *jsonValue) { q.Choices = append(q.Choices, r.choice(v)) })
		},
		"pattern":  func(v *jsonValue) { q.Pattern = r.pattern(v) },
		"message":  func(v *jsonValue) { q.Message = r.text(v, `"message"`) },
		"when":     func(v *jsonValue) { q.When = r.expression(v, `"when"`) },
		"required": func(v *jsonValue) { q.Required = r.boolean(v, `"required"`) },
		"path":     func(v *jsonValue) { q.Path = r.boolean(v, `"path"`) },
	})
	if name == nil {
		r.fault(v.at, `a question needs a "name"`)
	}
	if defaults != nil {
		q.Default = r.defaultOf(&q, defaults)
	}
	r.checkQuestion(&q, len(r.faults) == faults)
	r.config.Questions = append(r.config.Questions, q)
}

// choice is a value, or an object of a value and help.
func (r *configReader) choice(v *jsonValue) choice {
	var c choice
	at, faults := v, len(r.faults)
	if v.kind == "a string" {
		c.Value = r.text(v, "a choice")
	} else {
		r.object(v, "a choice", map[string]func(*jsonValue){
			"value": func(v *jsonValue) { c.Value, at = r.text(v, `"value"`), v },
			"help":  func(v *jsonValue) { c.Help = r.text(v, `"help"`) },
		})
	}
	if len(r.faults) == faults && (c.Value == "" || strings.Contains(c.Value, ",") || strings.ContainsFunc(c.Value, unicode.IsControl)) {
		r.fault(at.at, "a choice needs a value, and one without commas and control characters: --set takes lists of them")
	}
	return c
}

// pattern is a regular expression for the whole of an answer.
func (r *configReader) pattern(v *jsonValue) *regexp.Regexp {
	text := r.text(v, `"pattern"`)
	_, err := regexp.Compile(text) // alone: "a)(b" would pass below
	if err == nil {
		var whole *regexp.Regexp
		if whole, err = regexp.Compile(`\A(?:` + text + `)\z`); err == nil {
			return whole
		}
	}
	r.fault(v.at, `"pattern": %v`, err)
	return nil
}

// defaultOf reads a default of the type that the question wants. Any of them may be template text.
func (r *configReader) defaultOf(q *question, v *jsonValue) any {
	if text, ok := v.value.(string); ok && strings.Contains(text, "{{") {
		return r.snippet(v, `"default"`)
	}
	switch q.Type {
	case typeBool:
		return r.boolean(v, `"default"`)
	case typeChoices:
		list := []string{}
		r.list(v, `"default"`, "choices", func(item *jsonValue) { list = append(list, r.text(item, `an item of "default"`)) })
		return list
	}
	return r.text(v, `"default"`)
}

// oneOf is a fault when text is a string that is not known.
func (r *configReader) oneOf(v *jsonValue, what, text string, known []string) {
	if _, ok := v.value.(string); !ok || slices.Contains(known, text) {
		return
	}
	hint := "want " + strings.Join(known, ", ")
	if near := Nearest(text, known); near != "" {
		hint = "did you mean \"" + near + "\"?"
	}
	r.fault(v.at, "%s is %q; %s", what, text, hint)
}
