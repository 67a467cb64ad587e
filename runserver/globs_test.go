package runserver

import "testing"

func TestGlobs(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"config.yaml", "config.yaml", true},
		{"config.yaml", "sub/config.yaml", false},
		{"*.yaml", "config.yaml", true},
		{"*.yaml", "sub/config.yaml", false},
		{"*.yaml", ".hidden.yaml", false},
		{".*.yaml", ".hidden.yaml", true},
		{"**/*.yaml", "config.yaml", true},
		{"**/*.yaml", "a/b/config.yaml", true},
		{"**/*.yaml", "a/.b/config.yaml", false},
		{"**/*.yaml", "node_modules/b/config.yaml", false},
		{"node_modules/**/*.yaml", "node_modules/b/config.yaml", true},
		{"config/**", "config/a/b", true},
		{"config/**", "config", false},
		{"config", "config/a/b", true},
		{"./config/", "config/a/b", true},
		{"con*", "config/a/b", true},
		{"a/**/b/*.sql", "a/b/x.sql", true},
		{"a/**/b/*.sql", "a/c/d/b/x.sql", true},
		{"a/**/b/*.sql", "a/c/d/x.sql", false},
		{"a/[bc].sql", "a/c.sql", true},
		{"a/[bc].sql", "a/d.sql", false},
		{"**", "anything/at/all", true},
		{"**", ".git/config", false},
		{"", "x", false},
	} {
		patterns := []string{test.pattern}
		if test.pattern == "" {
			patterns = nil
		}
		g, err := parseGlobs("--watch", patterns)
		if got := g.match(test.name); err != nil || got != test.want {
			t.Errorf("%q matches %q: %t, %v; want %t", test.pattern, test.name, got, err, test.want)
		}
	}
	for _, pattern := range []string{"/etc/passwd", "../x", "..", ".", "[", ""} {
		if g, err := parseGlobs("--ignore", []string{pattern}); err == nil {
			t.Errorf("%q is a pattern: %q", pattern, g)
		}
	}
}

// TestGlobsLeadTo is which directories are read that would be left out.
func TestGlobsLeadTo(t *testing.T) {
	for _, test := range []struct {
		pattern, dir string
		want         bool
	}{
		{".config/*.yaml", ".config", true},
		{".config/*.yaml", ".git", false},
		{"*/config.yaml", ".git", false},
		{"*/config.yaml", "ignored", true},
		{"node_modules/x/*.js", "node_modules", true},
		{"node_modules/x/*.js", "node_modules/x", true},
		{"node_modules/x/*.js", "node_modules/y", false},
		{"**/*.yaml", "node_modules", false},
		{"gen/**/*.yaml", "gen/a/b", true},
		{"gen/**/*.yaml", "gen/a/.b", false},
		{"gen", "gen/a", true},
	} {
		g, err := parseGlobs("--watch", []string{test.pattern})
		if got := g.leadsTo(test.dir); err != nil || got != test.want {
			t.Errorf("%q leads to %q: %t, %v; want %t", test.pattern, test.dir, got, err, test.want)
		}
	}
}
