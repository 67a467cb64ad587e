package generator

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestGlob(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"a.txt", "a.txt", true},
		{"a.txt", "b/a.txt", false},
		{"*.txt", "b/a.txt", false},
		{"**/*.txt", "a.txt", true},
		{"**/*.txt", "b/c/a.txt", true},
		{"b/**", "b", true}, // ** is any number of names, none included
		{"b/**", "b/c/d", true},
		{"b/**", "c/b", false},
		{"**", "a/b", true},
		{"b/**/d", "b/d", true},
		{"b/**/d", "b/c/c/d", true},
		{"b/**/d", "b/c/d/e", false},
		{"**/b/**/d", "a/b/c/b/d", true},
		{"**/b/**/d", "a/b/c/d/c", false},
		{"a/?[xy]", "a/bx", true},
		{"a/?[xy]", "a/bz", false},
		{".github/**", ".github/workflows/ci.yml", true},
	} {
		if got := matchGlob(test.pattern, test.name); got != test.want {
			t.Errorf("matchGlob(%q, %q) = %v, want %v", test.pattern, test.name, got, test.want)
		}
	}
	// A pattern that would be slow if each ** were tried with each of the others.
	if matchGlob(strings.Repeat("**/a/", 50)+"b", strings.Repeat("a/", 400)+"c") {
		t.Error("matched what it does not")
	}
}

// TestMinGostart compares a template with versions of gostart.
func TestMinGostart(t *testing.T) {
	for _, test := range []struct {
		least, gostart string
		old            bool
	}{
		{"1.2.0", "v1.2.0", false},
		{"1.2.0", "v1.1.9", true},
		{"v1.2", "v1.10.0", false},
		{"1.2.0", "v1.2.0-rc.1", true},
		{"1.2.0", "v1.3.0+dirty", false},
		{"99", "devel", false}, // built from sources
		{"99", "v0.0.0-20260101000000-abcdefabcdef", false},
		{"99", "", false},
	} {
		files := fstest.MapFS{configFile: {Data: []byte(`{"min_gostart": "` + test.least + `", "new_key": 1}`)}}
		_, err := readTemplate(&source{name: "t", files: files}, selection{gostart: test.gostart})
		if err == nil {
			t.Fatal("took a key that it does not know")
		}
		if got := strings.Contains(err.Error(), "needs gostart "); got != test.old {
			t.Errorf("%q with gostart %q: %v", test.least, test.gostart, err)
		}
	}
}

// TestVariables is which names of a text are variables: surely, perhaps ("?"), or not at all.
func TestVariables(t *testing.T) {
	for text, want := range map[string]string{
		"{{.a}} {{ .b.c }} {{$.d}} {{$.e.f}}":                        "a b d e",
		"{{with .a}}{{.b}}{{$.c}}{{else}}{{.d}}{{end}}":              "a b? c d",
		"{{range $i, $x := .a}}{{$x}}{{$x.b}}{{.c}}{{end}}":          "a c?",
		"{{if and .a (not .b)}}{{.c}}{{else if eq .d 1}}{{end}}":     "a b c d",
		"{{.a | printf `%s` | upper}}{{(index .b 0).c}}{{(dict).d}}": "a b",
		`{{index . "a"}}{{get . "b"}}{{hasKey $ "c"}}`:               "a b? c?",
		`{{$_ := set . "a" 1}}{{.a}}{{.b}}`:                          "b",
		`{{define "x"}}{{.a}}{{$.b}}{{end}}{{template "x" .}}`:       "a? b?",
		`{{block "x" .}}{{.a}}{{end}}`:                               "a?",
		`{{$x := .}}{{$x.a}}`:                                        "all",
		`{{toJson .}}{{.a}}`:                                         "a all",
		`{{/* .a */}}text .b {{"{{.c}}"}}`:                           "",
	} {
		trees, err := parseText(text, "", "")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		found, all := variables(trees, "")
		for _, v := range found {
			if !strings.HasPrefix(text[v.pos:], "."+v.name) && !strings.HasPrefix(text[v.pos:], `"`+v.name) {
				t.Errorf("%q: %s is said to be at %d", text, v.name, v.pos)
			}
			name := v.name
			if !v.sure {
				name += "?"
			}
			got = append(got, name)
		}
		slices.Sort(got)
		if all {
			got = append(got, "all")
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q uses %v, want %s", text, got, want)
		}
	}
}
