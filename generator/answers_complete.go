// What is said when answers are missing: all of them at once, and the command that gives them.
package generator

import (
	"slices"
	"strings"
)

// complete lists all that is missing or not valid, with the command that gives it.
func complete(o Options, rs ...*resolver) error {
	var faults answerFaults
	var missing []*question
	var all []*answers
	for _, r := range rs {
		all, missing = append(all, r.answers), append(missing, r.missing...)
		for _, f := range r.faults {
			if !slices.Contains(faults, f) { // several templates miss what none asks for
				faults = append(faults, f)
			}
		}
	}
	named := all[0].name != ""
	command := "gostart startproject NAME [DIRECTORY]"
	if !named && len(missing) == 0 && len(faults) == 0 {
		return refuse(exitUsage, "usage: "+command+", for example: gostart startproject mysite", "you must provide a project name")
	}
	if named {
		command = o.commandLine(all...)
	}
	if o.recorded != nil {
		command = "gostart update"
	}
	var lines []string
	if !named {
		lines = append(lines, "NAME: the project's name")
	}
	for _, q := range missing {
		lines = append(lines, strings.TrimSuffix(q.Name+": "+harmless(q.Help), ": "))
		if q.Type == typeSecret {
			command = environmentName(q.Name) + "=... " + command
		} else {
			command += " --set " + q.Name + "=..."
		}
	}
	switch {
	case len(lines) == 0:
		return faults.err()
	case len(faults) > 0:
		return refuse(exitUsage, command, "answers are missing:\n  %s\nand not valid:%s", strings.Join(lines, "\n  "), faults.lines())
	}
	return refuse(exitUsage, command, "answers are missing:\n  %s", strings.Join(lines, "\n  "))
}
