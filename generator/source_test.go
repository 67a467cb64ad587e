package generator

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"
)

// What tests of sources share: archives, a cache of their own, and a look into a template.

// packed is a file of an archive; a name that ends in a slash is a directory's.
type packed struct {
	name, text string
	mode       fs.FileMode
}

func zipped(t testing.TB, files ...packed) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name}
		if f.text != "" {
			header.Method = zip.Deflate
		}
		if f.mode != 0 {
			header.SetMode(f.mode)
		}
		entry, err := w.CreateHeader(header)
		if err == nil {
			_, err = io.WriteString(entry, f.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t testing.TB, headers ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, header := range headers {
		text := header.Uname // no header has an owner, and here its content
		header.Uname, header.Size = "", int64(len(text))
		err := w.WriteHeader(header)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func xzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xz.NewWriter(&b)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unbase64(t testing.TB, text string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The standard library writes no bzip2: top/a.txt.tmpl with {{.project_name}}, and 20 MiB of zeros.
const (
	bzip2Tar  = "QlpoOTFBWSZTWdsdZJQAAHv7gMqQQABAAfeAEADqF95KCAggAHUVMJ6Q00GgeoHpHlAkpA0AAAANH2cw8hA2BCEVcVxlc0jUCGA54d5p3a0UTBKFlCtWwyu2cL3LtWM29lPzGQELKQIHmhoBrSHXxS0SQfi7kinChIbY6ySg"
	bzip2Bomb = "QlpoOTFBWSZTWbmL5ngCgvBbgMiAQAB1AAAI4AAeAAAIIAB1CRIg9BD1ApVE08gmgfu8a1FIE08KSkCZ985t8YohIQAIYOYFDEbjLCbrTibWuG/vKqsCUgT+LuSKcKEhcxfM8A=="
)

// start makes the project mysite of a template in a file, in a directory of its own, and gives what is there.
func start(t *testing.T, data []byte, name string) (map[string]string, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	file, _, _ := strings.Cut(name, "//")
	file, _, _ = strings.Cut(file, "#")
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := StartProject(t.Context(), Options{Name: "mysite", Template: name})
	if err != nil {
		if got := listing(t); len(got) != 1 {
			t.Errorf("%s: the error %v left %v", name, err, got)
		}
		return nil, err
	}
	files := map[string]string{}
	t.Chdir("mysite")
	for _, line := range listing(t) {
		if path, text, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(path, stateDir) {
			files[path] = text
		}
	}
	return files, nil
}

// ownCache gives the test a cache of its own, and tells where it is.
func ownCache(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} { // one for each system
		t.Setenv(name, home)
	}
	dir, err := cacheDirectory()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var theArchive = packed{name: "top/a.txt.tmpl", text: "{{.project_name}}"}

// open opens a template as startproject does.
func open(t *testing.T, name string, o sourceOptions) (*source, error) {
	t.Helper()
	o.kind, o.builtin = kindProject, builtin("a", "")
	return openSource(t.Context(), name, o)
}

func wantFile(t *testing.T, src *source, err error, name, want string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(src.files, name); err != nil || string(got) != want {
		t.Errorf("%s: %s is %q (%v), want %q", src.name, name, got, err, want)
	}
}
