// The values that a template gets.
//
// In order of weight: the command line, the file of --answers, what somebody types at a prompt, the
// defaults. Prompts are there only when a terminal is, and only when the name is missing or when asked for
// (-i): nothing that can be done with them cannot be done without.
package generator

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// answers are the values that were given, asked for, or taken from defaults.
type answers struct {
	name, module string
	values       map[string]any // of the template's questions: string, bool or []string
	asked        bool
}

// resolveAnswers finds a value for everything that t needs.
func resolveAnswers(ctx context.Context, o Options, t *templateTree) (*answers, error) {
	file, err := readAnswersFile(ctx, o, t.config.Questions)
	if err != nil {
		return nil, err
	}
	set, err := parseSet(o.Set, t.config.Questions)
	if err != nil {
		return nil, err
	}
	a := &answers{name: o.Name, module: o.Module, values: map[string]any{}}
	if a.name == "" {
		a.name = file["project_name"]
	}
	if a.module == "" {
		a.module = file["module"]
	}
	for _, q := range t.config.Questions {
		for _, from := range []map[string]string{set, file} {
			if value, ok := from[q.Name]; ok {
				a.values[q.Name] = value
				break
			}
		}
	}
	if o.Terminal && !o.Yes && (o.Interactive || a.name == "") {
		if err := a.ask(ctx, o, t.config.Questions); err != nil {
			return nil, err
		}
	}
	if err := a.complete(o, t.config.Questions); err != nil {
		return nil, err
	}
	if err := checkProjectName(a.name); err != nil {
		return nil, err
	}
	if a.module == "" {
		a.module = a.name
	}
	return a, checkModulePath(a.module)
}

// complete takes the defaults, and lists all that is missing with the command that gives it.
func (a *answers) complete(o Options, questions []question) error {
	var missing, flags []string
	for _, q := range questions {
		if _, ok := a.values[q.Name]; !ok && q.Default == nil {
			missing = append(missing, strings.TrimSuffix(q.Name+": "+q.Help, ": "))
			flags = append(flags, "--set "+q.Name+"=...")
		}
	}
	usage := "gostart startproject NAME [DIRECTORY]"
	switch {
	case a.name == "" && len(missing) == 0:
		return refuse(exitUsage, "usage: "+usage+", for example: gostart startproject mysite", "you must provide a project name")
	case a.name == "":
		missing = append([]string{"NAME: the project's name"}, missing...)
	default:
		usage = a.command(o)
	}
	if len(missing) > 0 {
		return refuse(exitUsage, usage+" "+strings.Join(flags, " "), "answers are missing:\n  %s", strings.Join(missing, "\n  "))
	}
	for _, q := range questions {
		if _, ok := a.values[q.Name]; !ok {
			a.values[q.Name] = q.Default
		}
	}
	return nil
}

// command is the command line that gives the same project without a question.
func (a *answers) command(o Options) string {
	words := []string{"gostart", "startproject", a.name}
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
	for _, key := range slices.Sorted(maps.Keys(a.values)) {
		flag("set", key+"="+formatAnswer(a.values[key]))
	}
	flag("extension", o.Extensions...)
	flag("name", o.Names...)
	flag("exclude", o.Exclude...)
	return strings.Join(words, " ")
}

// formatAnswer is an answer as --set takes it.
func formatAnswer(value any) string {
	if list, ok := value.([]string); ok {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(value)
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

// parseSet reads --set k=v, and refuses a k that the template does not ask for.
func parseSet(set []string, questions []question) (map[string]string, error) {
	values := map[string]string{}
	for _, pair := range set {
		key, value, found := strings.Cut(pair, "=")
		if !found {
			return nil, refuse(exitUsage, "write it as --set NAME=VALUE", "--set %q has no =", pair)
		}
		if key == "project_name" || key == "module" {
			return nil, refuse(exitUsage, "gostart startproject NAME --module PATH", "--set cannot set %q, which has a place of its own", key)
		}
		if err := checkKey(key, "--set", questionNames(questions)); err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}

// readAnswersFile reads --answers: a JSON object of strings; "-" is standard input.
func readAnswersFile(ctx context.Context, o Options, questions []question) (map[string]string, error) {
	if o.AnswersFile == "" {
		return nil, nil
	}
	data, err := readAll(ctx, o)
	if err != nil {
		return nil, err
	}
	var raw map[string]string
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, refuse(exitUsage, `it is a JSON object of strings: {"project_name": "mysite"}`, "reading answers %q: %v", o.AnswersFile, err)
	}
	known := append([]string{"project_name", "module"}, questionNames(questions)...)
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		if err := checkKey(key, o.AnswersFile, known); err != nil {
			return nil, err
		}
	}
	return raw, nil
}

// readAll reads the answers. Standard input, or a pipe that a shell made, may never end: ctx does.
func readAll(ctx context.Context, o Options) ([]byte, error) {
	var data []byte
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		if o.AnswersFile == "-" {
			data, err = io.ReadAll(o.Stdin)
		} else {
			data, err = os.ReadFile(o.AnswersFile)
		}
	}()
	select {
	case <-ctx.Done():
		return nil, interrupted(ctx)
	case <-done:
	}
	if err != nil {
		return nil, refuse(exitUsage, "", "reading answers %q: %v", o.AnswersFile, cause(err))
	}
	return data, nil
}

func checkKey(key, where string, known []string) error {
	if slices.Contains(known, key) {
		return nil
	}
	hint := "the template has no questions"
	if len(known) > 0 {
		hint = "it knows " + strings.Join(known, ", ")
	}
	if near := Nearest(key, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return refuse(exitUsage, hint, "%s: the template does not ask for %q", where, key)
}

func questionNames(questions []question) []string {
	var names []string
	for _, q := range questions {
		names = append(names, q.Name)
	}
	return names
}
