package generator

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestFromTokens is what becomes of text in a template.
func TestFromTokens(t *testing.T) {
	site, same := newTokens("my_site", "example.com/my_site"), newTokens("mysite", "mysite")
	for _, test := range []struct {
		tokens           tokens
		file, text, want string
	}{
		{site, "a.txt", "my_site, My_site, my_sites, amy_site, my_site2", "{{ .project_name }}, My_site, my_sites, amy_site, my_site2"},
		{site, "a.go", "package my_site_test", "package {{ .project_name }}_test"},
		{site, "a.txt", "MySite, NewMySite, MySites, MYSite, MySiteHandler, mySite", "{{ .camel_case_project_name }}, New{{ .camel_case_project_name }}, MySites, MYSite, {{ .camel_case_project_name }}Handler, mySite"},
		{site, "a.txt", "MY_SITE_DEBUG=1", "{{ upper .project_name }}_DEBUG=1"},
		{site, "a.txt", "https://example.com/my_site/x, example.com/my_site2, example.com/my_site-x, an-example.com/my_site", "https://{{ .module }}/x, example.com/my_site2, example.com/{{ .project_name }}-x, an-example.com/{{ .project_name }}"},
		{site, "a.txt", "{my_site}, {{my_site}}", "{[[ .project_name ]]}, {{[[ .project_name ]]}}"},
		{site, "a.txt", "{my_site}", `{{"{"}}{{ .project_name }}}`},
		{site, "a.txt", "{{ [[ my_site", `{{ [[ <% .project_name %>`},
		{site, "a.txt", "{{{my_site [[ <%", `{{"{{"}}{{"{"}}{{ .project_name }} [[ <%`},
		{site, "a.txt", "[my_site] {{ x }} [", `[["["]][[ .project_name ]]] {{ x }} [`},
		{same, "go.mod", "module mysite\n\n// mysite\n", "module {{ .module }}\n\n// {{ .project_name }}\n"},
		{same, "a.go", "package mysite\n\nimport \"mysite/mysite\"\n\nvar x = \"mysite/x\"\n", "package {{ .project_name }}\n\nimport \"{{ .module }}/{{ .project_name }}\"\n\nvar x = \"{{ .project_name }}/x\"\n"},
		{same, "README.md", "cd mysite/mysite", "cd {{ .project_name }}/{{ .project_name }}"},
		{newTokens("", "example.com/x-y"), "a.go", "x-y in example.com/x-y/z", "x-y in {{ .module }}/z"},
	} {
		if got, _ := write(test.tokens.split(test.file, test.text)); got != test.want {
			t.Errorf("%q becomes %q, want %q", test.text, got, test.want)
		}
	}
	for from, want := range map[string]string{
		"my_site/my_site_test.go": "project_name/project_name_test.go", "docs/my_sites.md": "docs/my_sites.md", "MySite.txt": "MySite.txt",
	} {
		if got := site.path(from); got != want {
			t.Errorf("the path %q becomes %q, want %q", from, got, want)
		}
	}
}

// FuzzFrom: whatever a file has in it, its template gives it back.
func FuzzFrom(f *testing.F) {
	f.Add("mysite", "example.com/mysite", "package mysite // {mysite} {{ [[ <% MYSITE NewMysite example.com/mysite/x")
	f.Add("app", "app", "{{{app}}} [app [[ {{- app -}} <%app%>")
	f.Add("a", "b", "{{`a`}}{{/* b */}}")
	f.Fuzz(func(t *testing.T, name, module, text string) {
		if nameFault(name) != "" || checkModulePath(module) != nil || strings.Contains(text, "\x00") || invalidUTF8(text) >= 0 || strings.Count(text, "{{") > 1000 {
			t.Skip()
		}
		for _, file := range []string{"a.txt", "a.go", "go.mod"} {
			made, pair := write(newTokens(name, module).split(file, text))
			trees, err := parseText(made, pair[0], pair[1])
			if err != nil {
				t.Fatalf("%q becomes %q: %v", text, made, err)
			}
			var out strings.Builder
			data := map[string]any{"project_name": name, "camel_case_project_name": camelCase(name), "module": module}
			if err := newExecutor().execute(&out, trees, data); err != nil {
				t.Fatalf("%q becomes %q: %v", text, made, err)
			}
			if out.String() != text {
				t.Errorf("%q becomes %q, which gives %q", text, made, out.String())
			}
		}
	})
}

// TestWithDirectories has each directory once, before what is in it.
func TestWithDirectories(t *testing.T) {
	var got []string
	for _, f := range withDirectories([]file{{path: "a/b/c"}, {path: "d"}, {path: "a/e"}}) {
		got = append(got, f.path)
	}
	if want := []string{"a", "a/b", "a/b/c", "d", "a/e"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := slices.Sorted(maps.Keys(byPath(withDirectories(nil)))); len(got) != 0 {
		t.Errorf("of nothing, %q", got)
	}
}
