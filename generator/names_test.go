package generator

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestProjectNames is the table of names, row by row.
func TestProjectNames(t *testing.T) {
	tests := []struct{ names, why, hint string }{
		{"mysite my_site site2 x class test http MySite string any nil error iota x_linux", "", ""},
		{"os log net builtin time", "it is the name of a standard library package", `try "my`},
		{"unsafe", "standard library package", `try "myunsafe"`},
		{"main", "a package main is a program", `try "mymain"`},
		{"cmd std all tool work", "it stands for a set of packages", `try "my`},
		{"go", "it is a keyword of Go", `try "mygo"`},
		{"func type range", "it is a keyword of Go", `try "my`},
		{"vendor", "copies of dependencies", `try "myvendor"`},
		{"C", "cgo's pseudo-package", `try "c"`},
		{"_", `go hides directories that start with "_"`, `try "mysite"`},
		{"_x", `go hides directories that start with "_"`, `try "x"`},
		{"__init__", `go hides directories that start with "_"`, `try "myinit"`},
		{"testdata", "skips directories of that name", `try "mytestdata"`},
		{"documentation", "go ignores the files", `try "mydocumentation"`},
		{"é 名前", "is not an ASCII letter", `try "mysite"`},
		{"café", `"é" is not an ASCII letter`, `try "caf"`},
		{"con nul aux prn com1 LPT9 Con", "a device on Windows", `try "my`},
		{"init", "each package's own function", `try "myinit"`},
		{"internal", "only the code around", `try "myinternal"`},
		{"x_test", `names that end in "_test"`, `try "xtest"`},
		{"my-site", `"-" is not allowed in a Go package name`, `try "mysite" or "my_site"`},
		{"a.b", `"." is not allowed`, `try "ab" or "a_b"`},
		{"7abc", "cannot start with a digit", `try "abc"`},
		{"../x a/b /abs " + `a\b`, "it is a path", `try "`},
		{"-x", `"-" is not allowed`, `try "x"`},
		{"bin Bin", "where the program is built", `try "mybin"`},
		{"deploy", "what add-ons lay for servers", `try "mydeploy"`},
		{strings.Repeat("x", 48), "", ""},
		{strings.Repeat("x", 49), "it has 49 bytes", `try "mysite"`},
	}
	for _, test := range tests {
		for _, name := range strings.Fields(test.names) {
			wantRefusal(t, name, checkProjectName(name), test.why, test.hint)
		}
	}
	wantRefusal(t, "with a space", checkProjectName("my site"), `" " is not allowed`, `try "mysite" or "my_site"`)
	wantRefusal(t, "with a newline", checkProjectName("my\nsite"), `"my\nsite" is not a valid project name: "\n"`, `try "mysite"`)
	wantRefusal(t, "empty", checkProjectName(""), "it is empty", `try "mysite"`)
}

func wantRefusal(t *testing.T, name string, err error, why, hint string) {
	t.Helper()
	var r *refusal
	switch {
	case why == "" && err != nil:
		t.Errorf("%q: %v, want no error", name, err)
	case why == "":
	case !errors.As(err, &r):
		t.Errorf("%q: error %v, want one with %q", name, err, why)
	case !strings.Contains(r.Error(), why) || !strings.HasPrefix(r.Hint(), hint) || r.ExitCode() != exitUsage:
		t.Errorf("%q: %v; %s; %d: want %q; %q; %d", name, r, r.Hint(), r.ExitCode(), why, hint, exitUsage)
	}
}

// TestBetterNames checks that what is offered would be taken.
func TestBetterNames(t *testing.T) {
	for _, name := range []string{"", "os", "func", "my-site", "7", "_", "é", "C", "a/../b", "x_test", "x-test", "Func-1", "con", "string-"} {
		for _, better := range betterNames(name, "mysite") {
			if err := checkProjectName(strings.Trim(better, `"`)); err != nil {
				t.Errorf("betterNames(%q) offers %s: %v", name, better, err)
			}
		}
	}
}

func TestNameWarnings(t *testing.T) {
	for name, want := range map[string]string{
		"mysite": "", "my_site": "", "site_x": "",
		"string": "hides Go's own string", "iota": "hides Go's own iota",
		"MySite":  `lower case by convention: "mysite"`,
		"x_linux": "built for linux only", "x_amd64": "built for amd64 only",
	} {
		got := strings.Join(nameWarnings(name), "\n")
		if !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("nameWarnings(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestStandardPackages compares the list with the library that this test was built with.
func TestStandardPackages(t *testing.T) {
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(strings.TrimSpace(string(root)), "src"))
	if err != nil {
		t.Skipf("no sources of the standard library here: %v", err)
	}
	for _, entry := range entries {
		if name := entry.Name(); entry.IsDir() && checkProjectName(name) == nil {
			t.Errorf("%q is in the standard library and is not refused", name)
		}
	}
}

func TestModulePaths(t *testing.T) {
	for path, want := range map[string]string{
		"mysite": "", "mysite/web": "", "example.com/mysite": "", "deploy/mysite": "", "example.com/a/v2": "", "github.com/Me/site": "",
		"":                    "empty string",
		"example.com/a b":     "invalid char ' '",
		"é":                   "invalid char",
		"example.com/a/":      "trailing slash",
		"/abs":                "empty path element",
		"example.com/a/v1":    "invalid version",
		"Example.com/a":       "invalid char 'E'",
		"example.com/con":     "disallowed as path element component on Windows",
		"os":                  `"os" is a name that go keeps for itself`,
		"go/x":                `"go" is a name that go keeps for itself`,
		"all":                 `"all" is a name that go keeps for itself`,
		"example.com/../evil": "invalid path element",
	} {
		err := checkModulePath(path)
		wantRefusal(t, path, err, want, `a path like "example.com/mysite"`)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"startproject", "runserver", "version", "help"}
	for typed, want := range map[string]string{
		"runserv": "runserver", "rnserver": "runserver", "runsevrer": "runserver", "startprojct": "startproject",
		"RunServer": "runserver", "hlep": "help", "abcdef": "", "": "", "start": "startproject",
	} {
		if got := Nearest(typed, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", typed, got, want)
		}
	}
}
