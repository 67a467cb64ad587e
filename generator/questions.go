// What a template asks, told to others than the one who is asked.
package generator

import (
	"cmp"
	"context"
)

// Question is a question of a template.
type Question struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Help    string   `json:"help"`
	Default any      `json:"default"`           // template text where it depends on other answers; nil: an answer has to be given
	Answers []Answer `json:"answers,omitempty"` // all that are possible; none when it may be any text
	Several bool     `json:"-"`                 // of them, with commas between
}

// Answer is a possible answer.
type Answer struct {
	Value string `json:"value"`
	Help  string `json:"help,omitempty"`
}

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
	return tree.config.exported(), nil
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
			all = append(all, t.config.exported()...)
		}
	}
	return all, nil
}

// exported are the questions.
func (c *templateConfig) exported() []Question {
	all := []Question{}
	for _, asked := range c.Questions {
		q := Question{Name: asked.Name, Type: asked.Type, Help: asked.Help, Default: asked.Default, Several: asked.Type == typeChoices}
		if s, ok := q.Default.(snippet); ok {
			q.Default = s.text
		}
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
