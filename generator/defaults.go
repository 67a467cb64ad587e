// The user's own defaults: defaults.json in gostart's directory of the user's configuration.
//
// They are weaker than all that is said about one project, and stronger than a template's defaults. An answer
// in them is for each template that asks a question of that name.
package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// userDefaults is the file in the user's configuration directory.
type userDefaults struct {
	template     string
	modulePrefix string
	answers      map[string]jsonMember
	file         *jsonReader
}

// readDefaults reads it. None, or an empty one, has no defaults.
func readDefaults(name string) (*userDefaults, error) {
	d := &userDefaults{answers: map[string]jsonMember{}}
	if name == "" {
		return d, nil
	}
	const hint = `it is a JSON object: {"module_prefix": "github.com/me", "answers": {"author": "Ada"}}`
	info, err := os.Stat(name)
	if err == nil && info.Size() > maxJSON {
		err = fmt.Errorf("has more than %d MiB", maxJSON>>20)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(name)
	}
	if errors.Is(err, fs.ErrNotExist) || err == nil && strings.TrimSpace(string(data)) == "" {
		return d, nil
	} else if err != nil {
		return nil, refuse(exitUsage, hint, "reading defaults %q: %v", name, cause(err))
	}
	d.file = &jsonReader{file: name, data: data}
	if root := d.file.parse(); root != nil {
		d.file.object(root, "the file", map[string]func(*jsonValue){
			"template": func(v *jsonValue) {
				d.template = d.file.text(v, `"template"`)
				if strings.HasPrefix(d.template, "./") || strings.HasPrefix(d.template, "../") { // beside the file, wherever one is
					d.template = filepath.Join(filepath.Dir(name), d.template)
				}
			},
			"module_prefix": func(v *jsonValue) {
				d.modulePrefix = strings.TrimSuffix(d.file.text(v, `"module_prefix"`), "/")
				if err := checkModulePath(d.modulePrefix); err != nil && len(d.file.faults) == 0 {
					d.file.fault(v.at, `"module_prefix": %v`, err)
				}
			},
			"answers": func(v *jsonValue) {
				for _, m := range d.file.members(v, `"answers"`) {
					d.answers[m.name] = m
				}
			},
		})
	}
	if err := d.file.err(); err != nil {
		return nil, refuse(exitUsage, hint, "reading defaults %q: %v", name, err)
	}
	return d, nil
}

// answer is the user's default for a question, or nil.
func (d *userDefaults) answer(q *question) (any, error) {
	m, ok := d.answers[q.Name]
	if !ok {
		return nil, nil
	}
	value, err := q.fromJSON(m.value)
	if err == nil {
		err = q.check(value)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %q: %w", d.file.place(m.value.at), q.Name, err)
	}
	return value, nil
}
