// The command line that gives the same without a question.
package generator

import (
	"maps"
	"slices"
	"strings"
)

// commandLine is that command line. Secrets are left to be filled in. The answers are those of the project, or of what is laid into it.
func (o Options) commandLine(all ...*answers) string {
	var words []string
	for _, a := range all {
		for _, name := range slices.Sorted(maps.Keys(a.settled)) {
			if a.settled[name] && a.secret[name] {
				words = append(words, environmentName(name)+"=...")
			}
		}
	}
	flag := func(name string, values ...string) {
		for _, value := range values {
			if word := "--" + name + " " + quoteWord(value); !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
	}
	words = append(words, "gostart")
	if len(o.typed) > 0 {
		for _, word := range o.typed {
			words = append(words, quoteWord(word))
		}
	} else {
		words = append(words, "startproject", all[0].name)
		if o.Directory != "" {
			words = append(words, quoteWord(o.Directory))
		}
		if a := all[0]; a.module != "" && a.module != a.name {
			flag("module", a.module)
		}
	}
	if o.Template != "" {
		flag("template", o.Template)
	}
	if len(o.With) > 0 {
		flag("with", strings.Join(o.With, ","))
	}
	for _, a := range all {
		answers := a.recorded()
		for _, name := range slices.Sorted(maps.Keys(answers)) {
			flag("set", name+"="+formatAnswer(answers[name]))
		}
	}
	flag("extension", o.Extensions...)
	flag("name", o.Names...)
	flag("exclude", o.Exclude...)
	return strings.Join(words, " ")
}

// quoteWord quotes for a POSIX shell, only where it is needed.
func quoteWord(word string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_-./=:@,+%", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
