// The values that a template gets.
//
// In order of weight: the command line, the file of --answers, the environment, what somebody types at a
// prompt, the user's defaults, the template's. Prompts are there only when a terminal is, and only for what is
// missing or when asked for (-i): nothing that can be done with them cannot be done without.
//
// Questions are answered one after the other, as a condition or a default may use the answers before it.
package generator

import (
	"context"
	"fmt"
	"maps"
	"strings"
)

// answers are the values that were given, asked for, or taken from defaults.
type answers struct {
	name, module string          // of the project
	app, appPath string          // an app's name and import path
	values       map[string]any  // of the template's questions: string, bool or []string
	secret       map[string]bool // the questions whose answers only private files see
	settled      map[string]bool // the questions that the template asks for with these answers; of secrets, those that have no default
	secretKey    string
	goVersion    string // "" is the constant
	asked        bool   // at a terminal
	warnings     []string
}

// resolver finds the answers to a template's questions.
type resolver struct {
	*answers
	o        Options
	config   *templateConfig
	defaults *userDefaults
	given    map[string]given // without a value when it is not valid
	askAll   bool             // also for what has a default
	faults   answerFaults
	missing  []*question
}

// newResolver is for the questions of one template.
func newResolver(o Options, t *templateTree, d *userDefaults) (*resolver, error) {
	key, err := o.secretKey, error(nil)
	if key == "" {
		key, err = secretKey()
	}
	if err != nil {
		return nil, err
	}
	a := &answers{
		name: o.Name, module: o.Module, app: o.app, appPath: o.appPath, secretKey: key, goVersion: o.goVersion,
		values: map[string]any{}, secret: map[string]bool{}, settled: map[string]bool{},
	}
	return &resolver{answers: a, o: o, config: &t.config, defaults: d}, nil
}

// resolveProject finds the name of a new project, its module path, and the answers.
func (r *resolver) resolveProject(ctx context.Context) error {
	if err := r.readGiven(); err != nil {
		return err
	}
	if r.canAsk() && (r.o.Interactive || r.name == "") {
		r.askAll = true
		if err := r.askNames(ctx, r.o, r.defaults.modulePrefix); err != nil {
			return err
		}
	}
	if err := r.checkNames(r.defaults.modulePrefix); err != nil {
		return err
	}
	return r.resolveQuestions(ctx)
}

// resolveLayer finds the answers for a template of a project whose names are known.
func (r *resolver) resolveLayer(ctx context.Context) error {
	if err := r.readGiven(); err != nil {
		return err
	}
	r.askAll = r.o.Interactive || r.o.recorded != nil // of what is not recorded: it is new
	return r.resolveQuestions(ctx)
}

// resolveAnswers is resolveLayer and complete, for one template.
func resolveAnswers(ctx context.Context, o Options, t *templateTree, d *userDefaults) (*answers, error) {
	r, err := newResolver(o, t, d)
	if err != nil {
		return nil, err
	}
	if err := r.resolveLayer(ctx); err != nil {
		return nil, err
	}
	return r.answers, complete(o, r)
}

func (r *resolver) resolveQuestions(ctx context.Context) error {
	for i := range r.config.Questions {
		if err := r.resolve(ctx, &r.config.Questions[i]); err != nil {
			return err
		}
	}
	return nil
}

// canAsk tells whether somebody sits at a terminal who wants to be asked.
func (r *resolver) canAsk() bool { return r.o.Terminal && !r.o.Yes }

// readGiven reads the answers that were given beforehand, and checks them.
func (r *resolver) readGiven() error {
	questions := r.config.Questions
	set := r.faults.parseSet(r.o.Set, questions, r.o.elsewhere...)
	file, err := r.faults.parseFile(r.o, questions, "project_name", "module")
	if err != nil {
		return err
	}
	if g, ok := file["project_name"]; ok && r.name == "" {
		r.name = g.value.(string)
	}
	if g, ok := file["module"]; ok && r.module == "" {
		r.module = g.value.(string)
	}
	r.given = file
	maps.Copy(r.given, set)
	r.faults.parseRecorded(r.o.recorded, questions, r.given)
	r.faults.parseEnvironment(r.o.LookupEnv, questions, r.given)
	for i := range questions {
		g, ok := r.given[questions[i].Name]
		if !ok || g.value == nil {
			continue
		}
		if err := questions[i].check(g.value); err != nil {
			r.faults.add("", "%s: %v", g.from, err)
			r.given[questions[i].Name] = given{}
		}
	}
	if r.canAsk() { // before somebody types the rest
		return r.faults.err()
	}
	return nil
}

// checkNames checks the project's name, if there is one, and the module path.
func (a *answers) checkNames(prefix string) error {
	if a.name != "" {
		if err := checkProjectName(a.name); err != nil {
			return err
		}
	}
	if a.module == "" {
		a.module = defaultModule(prefix, a.name)
	}
	if a.module == "" {
		return nil
	}
	return checkModulePath(a.module)
}

// defaultModule is the module path of a project that nobody has named one for.
func defaultModule(prefix, name string) string {
	if prefix == "" || name == "" {
		return name
	}
	return prefix + "/" + name
}

// resolve finds the answer to q. What is missing or not valid is gathered, so that all of it is reported.
func (r *resolver) resolve(ctx context.Context, q *question) error {
	r.secret[q.Name] = q.Type == typeSecret
	r.values[q.Name] = q.zero() // for now, so that what comes after can be looked at too
	applies, err := q.When.holds(ctx, r.names(r.o.Version))
	if err != nil {
		return r.failure(q.When, fmt.Sprintf(`"when" of the question %q`, q.Name), err)
	}
	g, isGiven := r.given[q.Name]
	switch {
	case !applies:
		return r.leaveOut(ctx, q, g)
	case isGiven && g.value == nil: // its fault is known
		return nil
	case q.Type == typeSecret && !isGiven && r.o.recorded != nil && !r.o.recorded.secrets:
		return nil // the user's files have it, and no other file needs it
	}
	value, chosen := g.value, isGiven
	if !isGiven {
		if value, chosen, err = r.fallback(ctx, q); err != nil {
			return err
		}
	}
	if r.canAsk() && (value == nil || r.askAll && !isGiven || r.o.Interactive) {
		if value, err = r.askQuestion(ctx, r.o, q, value); err != nil {
			return err
		}
		chosen = true
	}
	if value == nil {
		r.missing = append(r.missing, q)
		return nil
	}
	r.values[q.Name] = value
	r.settled[q.Name] = chosen || q.Type != typeSecret
	return nil
}

// leaveOut gives q, whose condition does not hold, the template's default.
func (r *resolver) leaveOut(ctx context.Context, q *question, g given) error {
	if strings.HasPrefix(g.from, "--") {
		r.warnings = append(r.warnings, g.from+" is not used: with these answers, the template does not ask for it")
	}
	value, err := r.templateDefault(ctx, q)
	if value != nil {
		r.values[q.Name] = value
	}
	return err
}

// fallback is the user's default for q, or the template's, or nil; chosen tells that it is the user's.
func (r *resolver) fallback(ctx context.Context, q *question) (value any, chosen bool, err error) {
	value, err = r.defaults.answer(q)
	if value != nil {
		return value, true, nil
	}
	if err != nil && !r.canAsk() { // at a terminal, it is only not offered
		return nil, false, refuse(exitUsage, "--set "+q.Name+"=... is stronger", "%v", err)
	}
	value, err = r.templateDefault(ctx, q)
	return value, false, err
}

// templateDefault is the default that the template has for q, or nil.
func (r *resolver) templateDefault(ctx context.Context, q *question) (any, error) {
	s, ok := q.Default.(snippet)
	if !ok {
		return q.Default, nil // checked when it was read
	}
	what := fmt.Sprintf("the default of the question %q", q.Name)
	data := r.names(r.o.Version)
	if q.Type == typeSecret {
		data = r.withSecrets(data)
	}
	text, err := s.render(ctx, data)
	if err != nil {
		return nil, r.failure(s, what, err)
	}
	value, err := q.parse(text)
	if err == nil {
		err = q.check(value)
	}
	if err != nil {
		return nil, r.failure(s, what, fmt.Errorf("gives an answer that is not valid: %w", err))
	}
	return value, nil
}

// failure is a problem of template.json, but when answers are missing: that may be its cause.
func (r *resolver) failure(s snippet, what string, err error) error {
	if len(r.missing) > 0 || len(r.faults) > 0 || r.name == "" {
		return nil
	}
	return r.config.failure(s, what, err)
}

// recorded are the answers that the manifest keeps: those that the template asked for, without secrets.
func (a *answers) recorded() map[string]any {
	kept := map[string]any{}
	for name, value := range a.values {
		if a.settled[name] && !a.secret[name] {
			kept[name] = value
		}
	}
	return kept
}
