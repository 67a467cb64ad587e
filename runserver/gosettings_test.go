package runserver

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGoSettings: what "go env -w" has set counts as the environment does, which comes first.
func TestGoSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "env")
	writeTestFile(t, file, "CGO_ENABLED=1\nGOFLAGS=--tags=a,b '-ldflags=-X main.v=1' -race\r\n# GOWORK=no\n")
	for name, value := range map[string]string{"GOENV": file, "CGO_ENABLED": "", "GOFLAGS": "", "GOWORK": ""} {
		t.Setenv(name, value)
	}
	if got := goSetting("CGO_ENABLED"); got != "1" {
		t.Errorf("CGO_ENABLED is %q", got)
	}
	if got := goSetting("GOWORK"); got != "" {
		t.Errorf("GOWORK is %q", got)
	}
	flags := goFlags()
	if got := slices.Sorted(maps.Keys(flags)); flags["tags"] != "a,b" || flags["race"] != "true" || !slices.Contains(got, "ldflags") {
		t.Errorf("the flags are %q", flags)
	}
	t.Setenv("GOFLAGS", "-v")
	if got := goFlags(); len(got) != 1 {
		t.Errorf("the flags are %q", got)
	}
	t.Setenv("GOENV", "off")
	if got := goSetting("CGO_ENABLED"); got != "" {
		t.Errorf("without the file CGO_ENABLED is %q", got)
	}
}

// TestBuilderSettings: runserver's own choices give way to the user's.
func TestBuilderSettings(t *testing.T) {
	for _, test := range []struct {
		flags, cgo string
		options    Options
		want       string // arguments
		wantCgo    bool
	}{
		{"", "", Options{}, "-overlay o -o b -buildvcs=false -ldflags=-s -w -buildid=", false},
		{"-tags=dev", "", Options{}, "-overlay o -o b -buildvcs=false -tags dev -ldflags=-s -w -buildid=", false},
		{"-tags=dev", "", Options{Tags: "a b"}, "-overlay o -o b -buildvcs=false -tags a,b -ldflags=-s -w -buildid=", false},
		{"-ldflags=-X=a=b", "", Options{}, "-overlay o -o b -buildvcs=false", false},
		{"-race", "", Options{}, "-overlay o -o b -buildvcs=false -ldflags=-s -w -buildid=", true},
		{"-race=false", "", Options{}, "-overlay o -o b -buildvcs=false -ldflags=-s -w -buildid=", false},
		{"", "0", Options{}, "-overlay o -o b -buildvcs=false -ldflags=-s -w -buildid=", true},
		{"", "", Options{Race: true}, "-overlay o -o b -buildvcs=false -race -ldflags=-s -w -buildid=", true},
	} {
		file := filepath.Join(t.TempDir(), "env")
		writeTestFile(t, file, "GOFLAGS="+test.flags+"\nCGO_ENABLED="+test.cgo+"\n")
		for name, value := range map[string]string{"GOENV": file, "CGO_ENABLED": "", "GOFLAGS": "", "GOWORK": "off"} {
			t.Setenv(name, value)
		}
		b := newBuilder(project{root: t.TempDir()}, "", test.options)
		got := strings.Join(b.arguments("o", "b"), " ")
		if got != test.want || b.cgo != test.wantCgo {
			t.Errorf("with GOFLAGS=%s CGO_ENABLED=%s %+v the build is %q and cgo %t, want %q and %t",
				test.flags, test.cgo, test.options, got, b.cgo, test.want, test.wantCgo)
		}
	}
}

// TestModuleCache: a place for modules is made up where the go command knows none, and only there.
func TestModuleCache(t *testing.T) {
	for _, test := range []struct{ home, path, cache, want string }{
		{"", "", "", "GOMODCACHE=" + filepath.Join("dir", "modules") + " GOFLAGS=-v -modcacherw"},
		{"home", "", "", ""}, {"", "path", "", ""}, {"", "", "cache", ""},
	} {
		for name, value := range map[string]string{"HOME": test.home, "USERPROFILE": test.home, "GOPATH": test.path,
			"GOMODCACHE": test.cache, "GOENV": "off", "GOFLAGS": "-v"} {
			t.Setenv(name, value)
		}
		if got := strings.Join(moduleCache("dir"), " "); got != test.want {
			t.Errorf("with %+v it is %q", test, got)
		}
	}
}
