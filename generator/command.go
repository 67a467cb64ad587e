// The command line that gives the same project without a question.
package generator

import (
	"maps"
	"slices"
	"strings"
)

// command is that command line. Secrets are left to be filled in.
func (a *answers) command(o Options) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(a.settled)) {
		if a.settled[name] && a.secret[name] {
			words = append(words, environmentName(name)+"=...")
		}
	}
	words = append(words, "gostart", "startproject", a.name)
	if o.Directory != "" {
		words = append(words, quoteWord(o.Directory))
	}
	flag := func(name string, values ...string) {
		for _, value := range values {
			words = append(words, "--"+name+" "+quoteWord(value))
		}
	}
	if a.module != "" && a.module != a.name {
		flag("module", a.module)
	}
	if o.Template != "" {
		flag("template", o.Template)
	}
	answers := a.recorded()
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		flag("set", name+"="+formatAnswer(answers[name]))
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
