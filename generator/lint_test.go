package generator

import (
	"path/filepath"
	"testing"
)

// TestLintBuiltin finds nothing to say about the templates of this repository.
func TestLintBuiltin(t *testing.T) {
	dirs, err := filepath.Glob("../templates/addons/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("found no add-ons (%v)", err)
	}
	for _, dir := range append(dirs, "../templates/project", "../templates/app", "../testdata/templates/everything") {
		r, err := Lint(t.Context(), LintOptions{Template: dir, Version: "devel"})
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		for _, p := range append(r.Problems, r.Warnings...) {
			t.Error(p)
		}
	}
}
