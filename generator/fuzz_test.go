package generator

import (
	"bytes"
	"go/format"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/rogpeppe/go-internal/txtar"
)

// storyFiles are the files of that name, or ending, in the stories: what fuzzing starts from.
func storyFiles(f *testing.F, suffix string) [][]byte {
	f.Helper()
	stories, err := filepath.Glob("../testdata/script/*.txtar")
	if err != nil || len(stories) == 0 {
		f.Fatalf("no stories found (%v)", err)
	}
	var all [][]byte
	for _, story := range stories {
		text, err := os.ReadFile(story)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(text).Files {
			if strings.HasSuffix(path.Base(file.Name), suffix) {
				all = append(all, file.Data)
			}
		}
	}
	return all
}

// wantPlaces wants each problem to be at a place that the file has, and to be fit for a terminal.
func wantPlaces(t *testing.T, text string, found problems) {
	t.Helper()
	for _, p := range found {
		if p.line < 0 || p.line > 1+strings.Count(text, "\n") || p.line > 0 && (p.col < 1 || p.col > 1+len(lineOf(text, p.line))) {
			t.Errorf("problem at %d:%d: %s", p.line, p.col, p.text)
		}
		if strings.ContainsFunc(p.String(), func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			t.Errorf("control characters in %q", p.String())
		}
	}
}

// FuzzTemplateConfig reads a template.json, and uses it when nothing is wrong with it.
func FuzzTemplateConfig(f *testing.F) {
	for _, seed := range storyFiles(f, configFile) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &configReader{&jsonReader{file: configFile, data: data}, &templateConfig{}}
		r.config.file = r.jsonReader
		if root := r.parse(); root != nil {
			r.read(root)
		}
		wantPlaces(t, string(r.data), r.faults)
		if len(r.faults) > 0 || unlimited(string(data)) {
			return
		}
		tree := &templateTree{source: &source{name: "t"}, config: *r.config, entries: []entry{{source: "a", target: "a"}}}
		a, err := resolveAnswers(t.Context(), Options{Name: "mysite", Yes: true}, tree, &userDefaults{})
		if err != nil {
			return
		}
		for _, q := range r.config.Questions {
			if a.settled[q.Name] && q.check(a.values[q.Name]) != nil {
				t.Errorf("the answer to %q is %q, which is not valid", q.Name, a.values[q.Name])
			}
		}
		answered := a.context("/srv/mysite", "devel")
		_, _ = tree.chosen(t.Context(), tree.config.public(answered))
		_, _ = tree.config.messageAfter(t.Context(), answered)
	})
}

// unlimited tells whether rendering might take longer than fuzzing has time for: that is what the watch is for.
func unlimited(text string) bool {
	return longNumber.MatchString(text) || strings.Count(text, "range") > 2 || strings.Count(text, "template") > 1
}

var longNumber = regexp.MustCompile(`[0-9_]{4,}|[0-9][eExXpP]|'.+'`)

// FuzzRender renders a file. What comes out as Go is formatted; what goes wrong has a place.
func FuzzRender(f *testing.F) {
	for _, seed := range storyFiles(f, templateSuffix) {
		f.Add(string(seed), true)
		f.Add(string(seed), false)
	}
	f.Fuzz(func(t *testing.T, text string, isGo bool) {
		if unlimited(text) {
			return
		}
		data := map[string]any{"project_name": "mysite", "list": []string{"b", "a"}, "yes": true, secretKeyName: "x"}
		r := &renderer{secret: data, public: (&templateConfig{}).public(data)}
		r.left.Store(1 << 20)
		out, found := r.file(newExecutor(), entry{render: true}, text, isGo)
		wantPlaces(t, text, found)
		if len(found) == 0 && isGo {
			if again, err := format.Source(out); err != nil || !bytes.Equal(again, out) {
				t.Errorf("%q was rendered from %q (%v)", out, text, err)
			}
		}
		if list := data["list"].([]string); len(data) != 4 || list[0] != "b" {
			t.Errorf("%q changed the context to %v", text, data)
		}
		trees, faults := parseFile(text, delimiters{})
		if len(faults) == 0 {
			for _, v := range first(variables(trees, "")) {
				if v.pos < 0 || v.pos > len(text) {
					t.Errorf("the variable %q is at %d of %q", v.name, v.pos, text)
				}
			}
		}
	})
}

func first[T, U any](t T, _ U) T { return t }

// FuzzAnswers answers questions of all types from everywhere. What is taken is valid, is the same after the command
// that is printed, and no secret is in that or in the manifest.
func FuzzAnswers(f *testing.F) {
	f.Add("text=x", []byte(`{"one": "a"}`), "b")
	f.Add("many=b,a", []byte(`{"text": "it's", "many": ["c"], "yes": true, "secret": "s3cret"}`), "c,,a")
	f.Add("yes=no", []byte(`{"project_name": "other", "module": "example.com/x", "one": 1}`), "")
	f.Add("secret=\x00", []byte("{\"text\": \"a\x80\", \"nosuch\": []}"), "\n")
	f.Fuzz(func(t *testing.T, set string, file []byte, variable string) {
		r := &configReader{&jsonReader{file: configFile, data: []byte(`{"questions": [
			{"name": "text", "pattern": "[^x]*", "default": "{{.project_name}}"},
			{"name": "one", "type": "choice", "choices": ["a", "b"]},
			{"name": "many", "type": "choices", "choices": ["a", "b", "c"], "required": true},
			{"name": "yes", "type": "bool", "default": "{{eq .one ` + "`a`" + `}}"},
			{"name": "part", "path": true, "default": "p", "when": ".yes"},
			{"name": "secret", "type": "secret", "default": ""}]}`)}, &templateConfig{}}
		r.read(r.parse())
		name := filepath.Join(t.TempDir(), "answers.json")
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
		tree := &templateTree{source: &source{name: "t"}, config: *r.config}
		o := Options{
			Name: "mysite", Yes: true, Set: []string{set}, AnswersFile: name,
			LookupEnv: func(name string) (string, bool) { return variable, name == "GOSTART_ANSWER_MANY" },
		}
		a, err := resolveAnswers(t.Context(), o, tree, &userDefaults{})
		if err != nil {
			return
		}
		again := Options{Name: "mysite", Module: a.module, Yes: true}
		for i := range tree.config.Questions {
			q := &tree.config.Questions[i]
			value, ok := a.recorded()[q.Name]
			switch {
			case q.Type == typeSecret && ok:
				t.Errorf("the secret %q is recorded", value)
			case ok && q.check(value) != nil:
				t.Errorf("%s is %q, which is not valid", q.Name, value)
			case ok:
				again.Set = append(again.Set, q.Name+"="+formatAnswer(value))
			}
		}
		if secret := a.values["secret"].(string); len(secret) > 8 && strings.Contains(o.commandLine(a), secret) {
			t.Errorf("the secret %q is in %s", secret, o.commandLine(a))
		}
		b, err := resolveAnswers(t.Context(), again, tree, &userDefaults{})
		if err != nil || !reflect.DeepEqual(a.recorded(), b.recorded()) {
			t.Errorf("%q gives %v (%v), want %v", again.Set, b, err, a.recorded())
		}
	})
}
