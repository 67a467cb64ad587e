package generator

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema is the one for editors, as a validator that knows nothing of gostart reads it.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("../templates/template.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("template.schema.json", document); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("template.schema.json")
}

func accepts(s *jsonschema.Schema, config string) bool {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(config))
	return err == nil && s.Validate(document) == nil
}

// parses tells whether gostart takes a template.json, in a template that has the files it talks of.
func parses(config string) error {
	files := fstest.MapFS{configFile: {Data: []byte(config)}}
	for _, name := range []string{"a.txt.tmpl", "b/c.txt", "run.sh", ".env", ".github/ci.yml"} {
		files[name] = &fstest.MapFile{}
	}
	files["go.sum"] = &fstest.MapFile{Data: []byte("example.com/a v1.2.3/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" +
		"example.com/a/v2 v2.0.0-pre/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")}
	_, err := readTemplate(&source{name: "t", files: files}, selection{})
	return err
}

// TestSchemaOfRepository has the schema accept each template.json of this repository that gostart accepts: those of
// templates, and those of stories.
func TestSchemaOfRepository(t *testing.T) {
	s, count := schema(t), 0
	check := func(name string, text []byte) {
		r := &configReader{&jsonReader{file: name, data: text}, &templateConfig{}}
		root := r.parse()
		if root == nil {
			return
		}
		if r.read(root); len(r.faults) > 0 {
			return
		}
		if count++; !accepts(s, string(text)) {
			t.Errorf("the schema rejects %s, which gostart takes", name)
		}
	}
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Base(name) != configFile && path.Ext(name) != ".txtar" {
			return err
		}
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		if path.Base(name) == configFile {
			check(name, text)
		} else {
			for _, f := range txtar.Parse(text).Files {
				if path.Base(f.Name) == configFile {
					check(name+": "+f.Name, f.Data)
				}
			}
		}
		return err
	})
	if err != nil || count < 15 {
		t.Errorf("found only %d files (%v)", count, err)
	}
}

// TestSchema compares gostart and the schema. What only gostart finds is marked: JSON Schema cannot say it.
func TestSchema(t *testing.T) {
	s := schema(t)
	question := func(q string) string { return `{"questions": [` + q + `]}` }
	for _, config := range []string{
		`{}`,
		`{"$schema": "x", "version": 1, "kind": "app", "description": "d", "min_gostart": "1.2.0", "requires": ["a", "b"]}`,
		`{"min_gostart": "v0.1"}`,
		`{"executable": ["run.sh", "**/*.sh"], "private": [".env"], "hidden": [".github"], "delimiters": {"a.txt": ["<<", ">>"]}}`,
		`{"files": {"b": "true", "b/**": "eq .module ` + "`x`" + `"}, "message_after": ["a", "{{.module}}"]}`,
		`{"insert": [{"file": "x/urls.go", "import": ["net/http"], "before": "}", "text": ["a", "b"]}, {"file": "b", "after": "x", "text": "y"}]}`,
		`{"modules": ["example.com/a v1.2.3", "example.com/a/v2 v2.0.0-pre // indirect"]}`,
		question(`{"name": "a"}, {"name": "b", "type": "text", "help": "h", "default": "x", "pattern": "[a-z]", "message": "m", "required": true, "path": true}`),
		question(`{"name": "a", "type": "choice", "choices": ["x", {"value": "y", "help": "h"}], "default": "y", "path": true}`),
		question(`{"name": "a", "type": "choices", "choices": ["x"], "default": ["x"], "required": true}`),
		question(`{"name": "a", "type": "choices", "choices": ["x"], "default": "{{.module}}"}`),
		question(`{"name": "a", "type": "bool", "default": true, "when": "true"}, {"name": "b", "type": "bool", "default": "{{.a}}"}`),
		question(`{"name": "a", "type": "secret", "default": "", "pattern": "x*", "required": false}`),
	} {
		if err := parses(config); err != nil {
			t.Errorf("gostart rejects %s: %v", config, err)
		}
		if !accepts(s, config) {
			t.Errorf("the schema rejects %s", config)
		}
	}
	for _, test := range []struct {
		config, want string
		beyond       bool // what JSON Schema can say
	}{
		{`[]`, "want an object", false},
		{`{"version": 2}`, "knows 1", false},
		{`{"version": "1"}`, "knows 1", false},
		{`{"version": 1, "version": 1}`, "twice", true},
		{`{"kind": "plugin"}`, `"kind" is "plugin"`, false},
		{`{"description": 1}`, "want a string", false},
		{`{"question": []}`, `unknown key "question"`, false},
		{`{"min_gostart": "new"}`, "want a version", false},
		{`{"requires": [""]}`, "is empty", false},
		{`{"requires": ["a", "a"]}`, "there twice", false},
		{`{"hidden": ["github"]}`, "begins with a dot", false},
		{`{"hidden": [".git"]}`, "never part of a template", false},
		{`{"hidden": [".a/b"]}`, "begins with a dot", false},
		{`{"executable": "run.sh"}`, "want an array of patterns", false},
		{`{"executable": ["nosuch"]}`, "matches no file", true},
		{`{"executable": ["a["]}`, "is not a pattern", true},
		{`{"private": [""]}`, "is empty", false},
		{`{"private": ["/a.txt"]}`, "matches no path", false},
		{`{"private": ["../a.txt"]}`, "matches no path", false},
		{`{"private": ["b//c.txt"]}`, "matches no path", false},
		{`{"private": ["b/"]}`, "matches no path", false},
		{`{"private": ["a.txt.tmpl"]}`, "leave out .tmpl", false},
		{`{"delimiters": {"a.txt": ["<<"]}}`, "want two different", false},
		{`{"delimiters": {"a.txt": ["<<", "<<"]}}`, "want two different", false},
		{`{"delimiters": {"a.txt": ["", ">>"]}}`, "want two different", false},
		{`{"delimiters": {"a.txt": ["< ", ">>"]}}`, "want two different", false},
		{`{"delimiters": {"a.txt": ["-<", ">>"]}}`, "want two different", false},
		{`{"files": {"b": true}}`, "want a string", false},
		{`{"files": {"b": ""}}`, "is empty", false},
		{`{"files": {"b": "{{.module}}"}}`, "without {{ and }}", false},
		{`{"files": {"b": "nosuch .module"}}`, "not defined", true},
		{`{"files": {"b": ".nosuch"}}`, "undefined variable", true},
		{`{"files": {"b": "true}}{{else}}"}}`, "without {{ and }}", false},
		{`{"message_after": 1}`, "want a string", false},
		{`{"message_after": [1]}`, "want a string", false},
		{`{"message_after": "{{"}`, "unclosed action", true},
		{`{"insert": [{"file": "a", "text": "x"}]}`, `either "before" or "after"`, false},
		{`{"insert": [{"file": "a", "text": "x", "before": "x", "after": "y"}]}`, `either "before" or "after"`, false},
		{`{"insert": [{"before": "x", "text": "x"}]}`, `needs "file"`, false},
		{`{"insert": [{"file": "*.go", "before": "x", "text": "x"}]}`, "path of one file", false},
		{`{"insert": [{"file": "/a", "before": "x", "text": "x"}]}`, "path of one file", false},
		{`{"insert": [{"file": "a", "before": "x\ny", "text": "x"}]}`, "whole of one line", false},
		{`{"modules": "example.com/a v1.2.3"}`, "want an array of modules", false},
		{`{"modules": ["example.com/a"]}`, `want a module and its version, such as "golang.org/x/text v0.31.0"`, false},
		{`{"modules": ["example.com/a v1"]}`, `in go.mod it would be "example.com/a v1.0.0"`, false},
		{`{"modules": ["example.com/a v1.2.3 // needed"]}`, `in go.mod it would be "example.com/a v1.2.3"`, false},
		{`{"modules": ["example.com/a v1.2.3\nreplace example.com/a => ../a"]}`, "want a module and its version", false},
		{`{"modules": ["example.com/a v2.0.0"]}`, "want a module and its version", true},
		{`{"modules": ["example.com/a v1.2.3", "example.com/a v1.2.3 // indirect"]}`, "twice", true},
		{`{"modules": ["example.com/a v1.2.4"]}`, "go.sum has no checksum of example.com/a v1.2.4", true},
		{question(`{"help": "x"}`), `needs a "name"`, false},
		{question(`{"name": "two words"}`), "not a name", false},
		{question(`{"name": "module"}`), "each template gets", false},
		{question(`{"name": "app_name"}`), "each template gets", false},
		{question(`{"name": "a"}, {"name": "A"}`), "twice", true},
		{question(`{"name": "a", "type": "number"}`), `"type" is "number"`, false},
		{question(`{"name": "a", "type": "choice"}`), "needs its choices", false},
		{question(`{"name": "a", "choices": ["x"]}`), `needs the type "choice"`, false},
		{question(`{"name": "a", "type": "choice", "choices": []}`), "needs its choices", false},
		{question(`{"name": "a", "type": "choice", "choices": ["x", "x"]}`), "twice", false},
		{question(`{"name": "a", "type": "choice", "choices": ["x,y"]}`), "without commas", false},
		{question(`{"name": "a", "type": "choice", "choices": ["x\u001b[2J"]}`), "control characters", false},
		{question(`{"name": "a", "type": "choice", "choices": [{"help": "x"}]}`), "needs a value", false},
		{question(`{"name": "a", "type": "choice", "choices": [{"value": "x", "text": "x"}]}`), "unknown key", false},
		{question(`{"name": "a", "type": "choice", "choices": ["x"], "default": "y"}`), "not one of x", true},
		{question(`{"name": "a", "pattern": "["}`), "missing closing ]", false},
		{question(`{"name": "a", "pattern": "x", "default": "y"}`), "does not match", true},
		{question(`{"name": "a", "type": "bool", "pattern": "x"}`), `needs the type "text"`, false},
		{question(`{"name": "a", "message": "x"}`), `needs a "pattern"`, false},
		{question(`{"name": "a", "type": "bool", "required": true}`), "never empty", false},
		{question(`{"name": "a", "required": true, "default": ""}`), "must not be empty", true},
		{question(`{"name": "a", "type": "secret", "path": true}`), `needs the type "text"`, false},
		{question(`{"name": "a", "path": true, "default": "../x"}`), "cannot be the name", true},
		{question(`{"name": "a", "default": true}`), "want a string", false},
		{question(`{"name": "a", "type": "bool", "default": "yes"}`), "want true or false", false},
		{question(`{"name": "a", "type": "choices", "choices": ["x"], "default": "x"}`), "want an array", false},
		{question(`{"name": "a", "when": ".b"}, {"name": "b"}`), "no value yet", true},
		{question(`{"name": "a", "type": "secret"}, {"name": "b", "when": ".a"}`), "is a secret", true},
	} {
		if err := parses(test.config); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("gostart and %s: error %v, want %q", test.config, err, test.want)
		}
		if accepts(s, test.config) != test.beyond {
			t.Errorf("the schema and %s: accepts is %v, want %v", test.config, !test.beyond, test.beyond)
		}
	}
}

// TestSchemaOfExample wants each key that the schema knows to be in the example of all that a template can do, but
// for those of add-ons.
func TestSchemaOfExample(t *testing.T) {
	text, err := os.ReadFile("../testdata/templates/everything/template.json")
	if err != nil {
		t.Fatal(err)
	}
	s := schema(t)
	for name, of := range map[string]*jsonschema.Schema{"the template": s, "a question": s.Properties["questions"].Items2020.Ref} {
		if len(of.Properties) < 10 {
			t.Fatalf("%s has only %d keys", name, len(of.Properties))
		}
		for key := range of.Properties {
			if key != "requires" && key != "insert" && key != "modules" && !bytes.Contains(text, []byte(`"`+key+`":`)) {
				t.Errorf("no %q of %s in the example", key, name)
			}
		}
	}
}
