package runserver

import (
	"archive/zip"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// cgoModule makes a module that uses cgo one that the go command can get.
func cgoModule(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	proxy := t.TempDir()
	versions := filepath.Join(proxy, "example.com", "c", "@v")
	module := "module example.com/c\n\ngo 1.25\n"
	writeTestFile(t, filepath.Join(versions, "list"), "v1.0.0\n")
	writeTestFile(t, filepath.Join(versions, "v1.0.0.info"), `{"Version":"v1.0.0"}`)
	writeTestFile(t, filepath.Join(versions, "v1.0.0.mod"), module)
	file, err := os.Create(filepath.Join(versions, "v1.0.0.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // the archive's end tells
	archive := zip.NewWriter(file)
	for name, text := range map[string]string{"go.mod": module, "c.go": "package c\n\nimport \"C\"\n", "pure.go": "package c\n"} {
		entry, err := archive.Create("example.com/c@v1.0.0/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"GOPROXY": "file://" + filepath.ToSlash(proxy), "GOMODCACHE": t.TempDir(), "GOSUMDB": "off", "GOFLAGS": "-mod=mod -modcacherw", "CGO_ENABLED": "",
	} {
		t.Setenv(name, value)
	}
}

// TestAskCgo: a package that uses cgo is found whenever the build comes to need it, not only when go.mod changes.
func TestAskCgo(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command many times")
	}
	cgoModule(t)
	lab := newFastLab(t)
	lab.builder.contents = lab.tracker.contents
	ask := func(ctx context.Context, what string, want bool) {
		t.Helper()
		overlay, target, err := lab.builder.overlay(lab.application)
		if err != nil {
			t.Fatal(err)
		}
		if got := <-lab.builder.askCgo(ctx, lab.application, overlay, target); got != want {
			t.Errorf("%s: cgo is needed: %t, want %t", what, got, want)
		}
	}
	ctx := context.Background()
	ask(ctx, "no module is required", false)
	lab.edit("go.mod", "go 1.25\n", "go 1.25\n\nrequire example.com/c v1.0.0\n")
	ask(ctx, "no package imports it", false)
	if lab.builder.asked == "" {
		t.Error("an answer is not kept")
	}
	lab.edit("names/names.go", `import "fast/deep"`, "import (\n\t\"fast/deep\"\n\n\t_ \"example.com/c\" // the driver\n)")
	lab.edit("web/web.go", `"net/http"`, `"net/http`)
	ask(ctx, "the imports have a syntax error", false)
	lab.edit("web/web.go", `"net/http`, `"net/http"`)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	ask(cancelled, "the build is given up", false)
	ask(ctx, "a package imports it", true)
}

// TestAskCgoWorkspace: another module of the workspace may be the one that requires.
func TestAskCgoWorkspace(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	cgoModule(t)
	t.Setenv("GOFLAGS", "-modcacherw")
	lab := newFastLab(t)
	lab.builder.contents = lab.tracker.contents
	root := lab.builder.project.root
	writeTestFile(t, filepath.Join(root, "go.work"), "go 1.25\n\nuse (\n\t.\n\t./lib\n)\n")
	writeTestFile(t, filepath.Join(root, "lib", "go.mod"), "module lib\n\ngo 1.25\n\nrequire example.com/c v1.0.0\n")
	writeTestFile(t, filepath.Join(root, "lib", "lib.go"), "package lib\n\nimport _ \"example.com/c\"\n")
	lab.edit("names/names.go", `"fast/deep"`, "(\n\t\"fast/deep\"\n\t_ \"lib\"\n)")
	download := exec.Command("go", "mod", "download", "all")
	download.Dir = filepath.Join(root, "lib")
	if output, err := download.CombinedOutput(); err != nil {
		t.Fatalf("downloading: %v\n%s", err, output)
	}
	overlay, target, err := lab.builder.overlay(lab.application)
	if err != nil {
		t.Fatal(err)
	}
	if !<-lab.builder.askCgo(context.Background(), lab.application, overlay, target) {
		t.Error("cgo is not needed")
	}
}
