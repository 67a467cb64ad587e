package main

import (
	"strings"

	"gostart/generator"
	"gostart/runserver"
)

// completions has the values of flags, and of what the help calls a placeholder, by either name; the flag's
// own comes first. nil is for what nobody can list: names that are new, addresses, globs. TestCompletionPlaceholders
// wants all of them here.
var completions map[string]func(typedLine) completion

func init() { // it has functions that read it
	completions = map[string]func(typedLine) completion{
		"FILE":       func(typedLine) completion { return completion{files: true} },
		"DIRECTORY":  func(typedLine) completion { return completion{directories: true} },
		"PATH":       func(typedLine) completion { return completion{files: true} },
		"TEMPLATE":   templateNames,
		"GLOB":       func(typedLine) completion { return completion{files: true} },
		"COMMAND":    func(typedLine) completion { return completion{files: true} },
		"LEVEL":      words("0", "nothing", "1", "the tree", "2", "each file", "3", "each file and its size"),
		"SHELL":      words("bash", "", "zsh", "", "fish", "", "powershell", ""),
		"ADDRPORT":   words("8000", "a port of 127.0.0.1", "0:8000", "a port of all addresses", "auto", "the first from 8000 that is free"),
		"EDITOR":     editors,
		"NAME=VALUE": answers,
		"--template": templateNames,
		"ADDON":      addonNames,
		"--with":     addonList,
		"--module":   nil, "NAME": nil, "EXT,...": nil, "NAME,...": nil,
		"PATTERN": nil, "WORD": nil, "MODULE": nil, "PACKAGE.NAME": nil, "TAGS": nil, "VERSION": nil,
	}
}

// words are values that are always the same, each followed by its help.
func words(pairs ...string) func(typedLine) completion {
	var all completion
	for i := 0; i < len(pairs); i += 2 {
		all.values = append(all.values, completionValue{pairs[i], pairs[i+1]})
	}
	return func(typedLine) completion { return all }
}

func editors(typedLine) completion {
	found := words("none", "no links")(typedLine{})
	for _, name := range runserver.Editors() {
		found.values = append(found.values, completionValue{word: name})
	}
	return found
}

// templateNames are the built-in ones that the command can use, beside directories and archives.
func templateNames(l typedLine) completion {
	found := completion{files: true}
	for _, kind := range []string{"project", "app"} {
		if kindOf(l) == kind || kindOf(l) == "" {
			found.values = append(found.values, completionValue{kind, "the built-in template"})
		}
	}
	return found
}

// kindOf is the kind of template that a command lays; "" is any.
func kindOf(l typedLine) string {
	return map[string]string{"startproject": "project", "update": "project", "startapp": "app", "add": "addon"}[l.command.Name]
}

// questions are those of the templates that the line names, or of those that the project follows.
func questions(l typedLine) ([]generator.Question, error) {
	o, err := withEnvironment(generator.Options{Template: l.flags["template"], Offline: true})
	if err == nil && l.command.Name == "update" {
		return generator.UpdateQuestions(l, generator.UpdateOptions{Options: o, To: l.flags["to"]})
	}
	var all []generator.Question
	if err == nil && l.command.Name != "add" {
		all, err = generator.Questions(l, kindOf(l), o)
	}
	addons := splitLists([]string{l.flags["with"]}, "")
	if l.command.Name == "add" {
		addons = l.typed
	}
	for _, o.Template = range addons {
		more, _ := generator.Questions(l, "addon", o) // where there are none, there may be others
		all = append(all, more...)
	}
	return all, err
}

// addonNames are the built-in add-ons, beside directories and archives.
func addonNames(l typedLine) completion {
	found := completion{files: true}
	o, err := withEnvironment(generator.Options{Offline: true})
	if err != nil {
		return found
	}
	all, _ := generator.Templates(l, o) // without them there are still files
	for _, t := range all {
		if t.Kind == "addon" {
			found.values = append(found.values, completionValue{t.Name, t.Description})
		}
	}
	return found
}

// addonList is one more add-on behind a comma.
func addonList(l typedLine) completion {
	found := addonNames(l)
	found.before = l.word[:strings.LastIndex(l.word, ",")+1]
	found.files = found.before == ""
	return found
}

// answers are the questions' names, then what each may be answered with.
func answers(l typedLine) completion {
	asked, err := questions(l)
	if err != nil {
		return completion{}
	}
	name, value, answering := strings.Cut(l.word, "=")
	var found completion
	for _, q := range asked {
		switch {
		case !answering:
			found.values = append(found.values, completionValue{q.Name + "=", q.Help})
		case q.Name == name:
			found.before = name + "="
			if q.Several {
				found.before += value[:strings.LastIndex(value, ",")+1]
			}
			for _, a := range q.Answers {
				found.values = append(found.values, completionValue{a.Value, a.Help})
			}
		}
	}
	return found
}
