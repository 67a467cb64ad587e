// Where answers are from: the command line, a file, the environment.
package generator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// environmentName is the variable that answers a question. It is the way for secrets, which a command line
// shows to everybody on the machine.
func environmentName(question string) string { return "GOSTART_ANSWER_" + strings.ToUpper(question) }

// given is an answer that somebody gave beforehand.
type given struct {
	value any    // nil when it is not valid, which is a fault that is known
	from  string // as messages name it: --set author, answers.json:3:5
}

// answerFault is an answer that is not valid.
type answerFault struct{ text, hint string }

// answerFaults are all of them.
type answerFaults []answerFault

func (fs *answerFaults) add(hint, format string, args ...any) {
	*fs = append(*fs, answerFault{harmless(fmt.Sprintf(format, args...)), hint})
}

func (fs answerFaults) lines() string {
	var b strings.Builder
	for _, f := range fs {
		b.WriteString("\n  " + strings.TrimSuffix(f.text+"; "+f.hint, "; "))
	}
	return b.String()
}

func (fs answerFaults) err() error {
	switch len(fs) {
	case 0:
		return nil
	case 1:
		return refuse(exitUsage, fs[0].hint, "%s", fs[0].text)
	}
	return refuse(exitUsage, "", "%d answers are not valid:%s", len(fs), fs.lines())
}

// question is the one of that name, or nil with a fault. Others are the names that are known beside the questions'.
func (fs *answerFaults) question(questions []question, name, from string, others ...string) *question {
	if i := slices.IndexFunc(questions, func(q question) bool { return q.Name == name }); i >= 0 {
		return &questions[i]
	}
	if slices.Contains(others, name) {
		return nil
	}
	known := slices.Clone(others)
	for _, q := range questions {
		if !slices.Contains(known, q.Name) {
			known = append(known, q.Name)
		}
	}
	hint := "the template has no questions"
	if near := Nearest(name, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	} else if len(known) > 0 {
		hint = "it knows " + strings.Join(known, ", ")
	}
	fs.add(hint, "%s: the template does not ask for %q", from, name)
	return nil
}

// parseSet reads --set NAME=VALUE. The last one counts, but for lists, which grow. Others are names that are left to somebody else.
func (fs *answerFaults) parseSet(set []string, questions []question, others ...string) map[string]given {
	all := map[string]given{}
	for _, pair := range set {
		name, text, found := strings.Cut(pair, "=")
		if !found {
			fs.add("write it as --set NAME=VALUE", "--set %q has no =", pair)
			continue
		}
		if name == "project_name" || name == "module" {
			fs.add("gostart startproject NAME --module PATH", "--set cannot set %q, which has a place of its own", name)
			continue
		}
		q := fs.question(questions, name, "--set", others...)
		if q == nil {
			continue
		}
		g := given{from: "--set " + name}
		var err error
		if g.value, err = q.parse(text); err != nil {
			fs.add("", "%s: %v", g.from, err)
		}
		if list, ok := all[name].value.([]string); ok {
			g.value = q.inOrder(append(slices.Clone(list), g.value.([]string)...))
		}
		all[name] = g
	}
	return all
}

// parseEnvironment adds answers to those that were given otherwise, which are stronger. A variable for a
// question that this template does not have is for another template.
func (fs *answerFaults) parseEnvironment(lookup func(string) (string, bool), questions []question, all map[string]given) {
	for i := range questions {
		name := environmentName(questions[i].Name)
		if _, ok := all[questions[i].Name]; ok || lookup == nil {
			continue
		}
		text, ok := lookup(name)
		if !ok {
			continue
		}
		value, err := questions[i].parse(text)
		if err != nil {
			fs.add("", "%s: %v", name, err)
		}
		all[questions[i].Name] = given{value, name}
	}
}

// recorded are the answers that a project was made with.
type recorded struct {
	answers map[string]any
	secrets bool // they are asked for once more, as a new file needs them; nobody has recorded them
}

// parseRecorded adds what the manifest has, for questions that are still asked and were not answered anew.
func (fs *answerFaults) parseRecorded(r *recorded, questions []question, all map[string]given) {
	if r == nil {
		return
	}
	for i := range questions {
		q := &questions[i]
		_, isGiven := all[q.Name]
		if isGiven || r.answers[q.Name] == nil {
			continue
		}
		g := given{r.answers[q.Name], fmt.Sprintf("the answer %q in %s", q.Name, manifestFile)}
		if fmt.Sprintf("%T", g.value) != fmt.Sprintf("%T", q.zero()) {
			fs.add(fmt.Sprintf("gostart update --set %s=...", q.Name), "%s is not of the type that the question has", g.from)
			g.value = nil
		}
		if list, ok := g.value.([]string); ok {
			g.value = q.inOrder(list)
		}
		all[q.Name] = g
	}
}

// parseFile reads --answers: a JSON object; "-" is standard input. The names in others are read as texts.
func (fs *answerFaults) parseFile(o Options, questions []question, others ...string) (map[string]given, error) {
	all := map[string]given{}
	if o.AnswersFile == "" {
		return all, nil
	}
	r := &jsonReader{file: o.AnswersFile, data: o.answersData}
	if r.file == "-" {
		r.file = "standard input"
	}
	if root := r.parse(); root != nil {
		for _, m := range r.members(root, "the file") {
			q := fs.question(questions, m.name, r.place(m.at), slices.Concat(others, o.elsewhere)...)
			switch {
			case q != nil:
				g := given{from: r.place(m.value.at)}
				var err error
				if g.value, err = q.fromJSON(m.value); err != nil {
					fs.add("", "%s: %q %v", g.from, q.Name, err)
				}
				all[m.name] = g
			case slices.Contains(others, m.name):
				all[m.name] = given{r.text(m.value, fmt.Sprintf("%q", m.name)), r.place(m.value.at)}
			}
		}
	}
	if err := r.err(); err != nil {
		return nil, refuse(exitUsage, `it is a JSON object: {"project_name": "mysite", "author": "Ada"}`, "reading answers %q: %v", o.AnswersFile, err)
	}
	return all, nil
}

// place is an offset as messages name it.
func (r *jsonReader) place(at int) string {
	line, col := position(string(r.data), at)
	return fmt.Sprintf("%s:%d:%d", r.file, line, col)
}

// err is the faults of a file of answers, without its lines: a secret may be in them.
func (r *jsonReader) err() error {
	for i := range r.faults {
		r.faults[i].source = ""
	}
	if len(r.faults) == 0 {
		return nil
	}
	return errors.New(r.faults.list("the file has"))
}

// readAnswers reads the file of answers, which may be a pipe that can be read only once.
func (o Options) readAnswers(ctx context.Context) (Options, error) {
	if o.AnswersFile == "" || o.answersData != nil {
		return o, nil
	}
	var err error
	o.answersData, err = readAll(ctx, o)
	return o, err
}

// readAll reads the answers. Standard input, or a pipe that a shell made, may never end: ctx does.
func readAll(ctx context.Context, o Options) ([]byte, error) {
	var data []byte
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		in := o.Stdin
		if o.AnswersFile != "-" {
			if in, err = os.Open(o.AnswersFile); err != nil {
				return
			}
			defer in.Close()
		}
		data, err = io.ReadAll(io.LimitReader(in, maxJSON+1))
	}()
	select {
	case <-ctx.Done():
		return nil, interrupted(ctx)
	case <-done:
	}
	if err == nil && len(data) > maxJSON {
		err = fmt.Errorf("has more than %d MiB", maxJSON>>20)
	}
	if err != nil {
		return nil, refuse(exitUsage, "", "reading answers %q: %v", o.AnswersFile, cause(err))
	}
	return data, nil
}
