// What a template asks, told to others than the one who is asked.
package generator

import (
	"cmp"
	"context"
)

// Question is a question of a template.
type Question struct {
	Name    string
	Help    string
	Answers []Answer // all that are possible; none when it may be any text
	Several bool     // of them, with commas between
}

// Answer is a possible answer.
type Answer struct{ Value, Help string }

// Questions are what the template asks that o.Template names, of a kind: "project", "app" or "addon".
func Questions(ctx context.Context, kind string, o Options) ([]Question, error) {
	if kind == kindProject && o.Template == "" {
		defaults, err := readDefaults(o.Defaults)
		if err != nil {
			return nil, err
		}
		o.Template = defaults.template
	}
	src, err := openSource(ctx, o.Template, o.sourceOptions(kind))
	if err != nil {
		return nil, err
	}
	tree := &templateTree{source: src}
	faults, err := tree.readConfig(o.Version)
	if err != nil || len(faults) > 0 {
		return nil, cmp.Or(err, faults.err())
	}
	return tree.questions(), nil
}

// UpdateQuestions are what the templates ask that Update would follow.
func UpdateQuestions(ctx context.Context, o UpdateOptions) ([]Question, error) {
	p, err := openProject(o.Directory, nil)
	if err != nil {
		return nil, err
	}
	defer p.close()
	u := &update{project: p, o: o}
	if err := u.openTemplates(ctx); err != nil {
		return nil, err
	}
	var all []Question
	for _, t := range u.trees {
		if t != nil {
			all = append(all, t.questions()...)
		}
	}
	return all, nil
}

func (t *templateTree) questions() []Question {
	var all []Question
	for _, asked := range t.config.Questions {
		q := Question{Name: asked.Name, Help: asked.Help, Several: asked.Type == typeChoices}
		if asked.Type == typeBool {
			q.Answers = []Answer{{Value: "true"}, {Value: "false"}}
		}
		for _, c := range asked.Choices {
			q.Answers = append(q.Answers, Answer(c))
		}
		all = append(all, q)
	}
	return all
}
