package generator

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

const urlsBefore = `package mysite

import "net/http"

func urls() []route {
	table := []route{
		{"/", nil},
	}
	return table
}
`

// A line is put in where its place is as its author knew it, and nowhere else.
func TestInsertion(t *testing.T) {
	polls := Insertion{File: "mysite/urls.go", Import: []string{"polls mysite/polls"}, Before: "\treturn table", Text: "\ttable = append(table, polls.URLs()...)"}
	inserted := strings.NewReplacer(`import "net/http"`, "import (\n\t\"net/http\"\n\n\t\"mysite/polls\"\n)",
		"\treturn table", "\ttable = append(table, polls.URLs()...)\n\treturn table").Replace(urlsBefore)
	blog := Insertion{File: "mysite/urls.go", Import: []string{"blog mysite/apps/weblog"}, Before: "\treturn table", Text: "\ttable = append(table, blog.URLs()...)"}
	crlf := strings.NewReplacer("\n", "\r\n")
	for _, test := range []struct {
		name       string
		in         Insertion
		before     string
		after, why string
	}{
		{"as generated", polls, urlsBefore, inserted, ""},
		{"there already", polls, inserted, inserted, ""},
		{"there already, of another package", Insertion{File: polls.File, Import: []string{"polls mysite/apps/polls"}, Before: polls.Before, Text: polls.Text}, inserted, "",
			`its lines are there, and "mysite/apps/polls" is not imported`},
		{"a second one", blog, inserted, strings.NewReplacer("\t\"mysite/polls\"\n", "\tblog \"mysite/apps/weblog\"\n\t\"mysite/polls\"\n",
			"\treturn table", "\ttable = append(table, blog.URLs()...)\n\treturn table").Replace(inserted), ""},
		{"line gone", polls, strings.Replace(urlsBefore, "return table", "return all", 1), "", `the line "return table" is not there`},
		{"line twice", polls, strings.Replace(urlsBefore, "\treturn table", "\tif x {\n\t\treturn nil\n\t}\n\treturn table\n\treturn table", 1), "", "is there twice"},
		{"line in other words", polls, strings.Replace(urlsBefore, "\treturn table", "\treturn table // all", 1), "", "is not there"},
		{"CRLF", polls, crlf.Replace(urlsBefore), crlf.Replace(inserted), ""},
		{"CRLF in some lines", polls, strings.Replace(urlsBefore, "\n}", "\r\n}", 1), strings.Replace(inserted, "\n}", "\r\n}", 1), ""},
		{"CRLF in its line", polls, strings.Replace(urlsBefore, "\treturn table\n", "\treturn table\r\n", 1), strings.Replace(inserted, "\treturn table\n", "\treturn table\r\n", 1), ""},
		{"not formatted, and left so", polls, strings.Replace(urlsBefore, `"/", nil`, `"/",nil`, 1), strings.Replace(inserted, `"/", nil`, `"/",nil`, 1), ""},
		{"imported by another name", polls, strings.Replace(urlsBefore, `import "net/http"`, `import p "mysite/polls"`, 1), "", `it imports "mysite/polls" as p`},
		{"no Go", Insertion{File: "a.go", Before: "\treturn table", Text: "}}"}, urlsBefore, "", "it would no longer be Go"},
		{"text, after the last line", Insertion{File: ".gitignore", After: "/bin/", Text: "/dist/"}, "x\n/bin/", "x\n/bin/\n/dist/", ""},
		{"text, after", Insertion{File: ".gitignore", After: "/bin/", Text: "/dist/\n/out/"}, "/bin/\nx\n", "/bin/\n/dist/\n/out/\nx\n", ""},
		{"text, there already", Insertion{File: ".gitignore", After: "/bin/", Text: "/dist/"}, "/bin/\n/dist/", "/bin/\n/dist/", ""},
	} {
		got, err := test.in.into([]byte(test.before))
		why := ""
		if err != nil {
			why = err.Error()
		}
		if string(got) != test.after || (why == "") != (test.why == "") || !strings.Contains(why, test.why) {
			t.Errorf("%s: %q, want %q; gives\n%s\nwant\n%s", test.name, why, test.why, got, test.after)
		}
	}
}

func TestImports(t *testing.T) {
	for _, test := range []struct{ before, imported, after string }{
		{"package a\n", "x/y", "package a\n\nimport \"x/y\"\n"},
		{"package a // b\n\nvar c = 1\n", "x/y", "package a // b\n\nimport \"x/y\"\n\nvar c = 1\n"},
		{"package a\n\nimport (\n\t\"fmt\"\n)\n", "x/y", "package a\n\nimport (\n\t\"fmt\"\n\n\t\"x/y\"\n)\n"},
		{"package a\n\nimport ()\n", "x/y", "package a\n\nimport (\n\t\"x/y\"\n)\n"},
		{"package a\n\nimport (\n\t\"fmt\"\n\n\t\"b.c/d\" // d\n)\n", "z x/y", "package a\n\nimport (\n\t\"fmt\"\n\n\t\"b.c/d\" // d\n\tz \"x/y\"\n)\n"},
		{"package a\n\nimport \"b.c/d\"\n", "x/y", "package a\n\nimport (\n\t\"b.c/d\"\n\t\"x/y\"\n)\n"},
		{"package a\n\nimport \"b.c/d\"\n", "fmt", "package a\n\nimport (\n\t\"fmt\"\n\n\t\"b.c/d\"\n)\n"},
		{"package a\n\nimport \"net/http\"\n", "log/slog", "package a\n\nimport (\n\t\"net/http\"\n\t\"log/slog\"\n)\n"}, // gofmt puts them in order
		{"package a\n\nimport (\n\t\"b.c/d\"\n)\n", "fmt", "package a\n\nimport (\n\t\"fmt\"\n\n\t\"b.c/d\"\n)\n"},
		{"package a\n\nimport (\n\t\"os\"\n\n\t\"b.c/d\"\n)\n", "fmt", "package a\n\nimport (\n\t\"os\"\n\t\"fmt\"\n\n\t\"b.c/d\"\n)\n"},
		{"package a\n\nimport \"C\"\n", "x/y", "package a\n\nimport \"x/y\"\n\nimport \"C\"\n"},
		{"package a\n\nimport \"C\"\nimport \"fmt\"\n", "x/y", "package a\n\nimport \"C\"\nimport (\n\t\"fmt\"\n\n\t\"x/y\"\n)\n"},
		{"package a\n\nimport \"x/y\"\n", "y x/y", "package a\n\nimport \"x/y\"\n"},
	} {
		got, err := addImport([]byte(test.before), test.imported)
		if err != nil {
			t.Errorf("%q: %v", test.before, err)
		}
		if test.after != "" && string(got) != test.after {
			t.Errorf("%q gives %q, want %q", test.before, got, test.after)
		}
		if again, err := addImport(got, test.imported); err != nil || string(again) != string(got) {
			t.Errorf("%q: a second time gives %q, %v", got, again, err)
		}
	}
}

// What an inserted line breaks is found without a look at what the package imports.
func TestNewFault(t *testing.T) {
	views := []byte("package mysite\n\nimport \"net/http\"\n\ntype pages struct{}\n\ntype route = struct {\n\tP string\n\tV http.HandlerFunc\n}\n")
	for name, want := range map[string]string{
		"polls": "", "pages": "views.go:5: pages", "http": "http redeclared", "append": "use of package append", "table": "table",
	} {
		before := map[string][]byte{"mysite/urls.go": []byte(urlsBefore), "mysite/views.go": views}
		in := Insertion{File: "mysite/urls.go", Import: []string{name + " mysite/" + name}, Before: "\treturn table", Text: "\ttable = append(table, " + name + ".URLs()...)"}
		out, err := in.into([]byte(urlsBefore))
		if err != nil {
			t.Fatal(err)
		}
		fault := newFault(before, map[string][]byte{"mysite/urls.go": out, "mysite/views.go": views})
		if (fault == "") != (want == "") || !strings.Contains(fault, want) {
			t.Errorf("%s: %q, want %q", name, fault, want)
		}
	}
}

// FuzzInsertion: what gets a line has it then, stays Go, and loses nothing.
func FuzzInsertion(f *testing.F) {
	f.Add(urlsBefore, "\treturn table", "\ttable = nil", "log/slog")
	f.Add("package a\r\n\r\nimport (\r\n\t\"C\"\r\n)\r\n", "import (", "\t\"fmt\"", "x x/y")
	f.Add("package a; import \"fmt\"; func b() {}", "package a; import \"fmt\"; func b() {}", "func c() {}", "b.c/d")
	f.Add("package a\n\nimport x \"x/y\" // z\n\n/* q */", "import x \"x/y\" // z", "var v = 1", "x/y")
	f.Fuzz(func(t *testing.T, content, line, text, imported string) {
		for _, in := range []Insertion{{File: "a.go", Import: []string{imported}, Before: line, Text: text}, {File: "a.txt", After: line, Text: text}} {
			got, err := in.into([]byte(content))
			if err != nil || strings.TrimSpace(text) == "" {
				continue
			}
			if in.File == "a.go" {
				if _, err := parser.ParseFile(token.NewFileSet(), "", got, parser.ParseComments); err != nil && !in.isIn([]byte(content)) {
					t.Errorf("%q becomes %q: %v", content, got, err)
				}
			} else if !in.isIn(got) || len(got) < len(content) {
				t.Errorf("%q becomes %q, without %q", content, got, text)
			}
		}
	})
}
