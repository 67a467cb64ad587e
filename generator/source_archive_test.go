package generator

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// TestArchive opens each kind of archive, under a name that tells nothing of it.
func TestArchive(t *testing.T) {
	plain := tarred(t,
		&tar.Header{Name: "pax_global_header", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "commit"}, Format: tar.FormatPAX},
		&tar.Header{Name: "top/", Mode: 0o755},
		&tar.Header{Name: "top/a.txt.tmpl", Mode: 0o644, Uname: "{{.project_name}}\n"})
	for name, data := range map[string][]byte{
		"zip":       zipped(t, packed{name: "top/a.txt.tmpl", text: "{{.project_name}}\n"}),
		"macOS zip": zipped(t, packed{name: "top/a.txt.tmpl", text: "{{.project_name}}\n"}, packed{name: "__MACOSX/top/._a.txt.tmpl"}),
		"tar":       plain,
		"dot tar":   tarred(t, &tar.Header{Name: "./", Mode: 0o755}, &tar.Header{Name: "./a.txt.tmpl", Uname: "{{.project_name}}\n"}),
		"gzip":      gzipped(t, plain),
		"bzip2":     unbase64(t, bzip2Tar),
		"xz":        xzipped(t, plain),
	} {
		if got, err := start(t, data, "template"); err != nil || got["a.txt"] != "mysite\n" || len(got) != 1 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// TestArchiveTop is Django's rule: one directory that holds all else is left out, unless it belongs to the project.
func TestArchiveTop(t *testing.T) {
	for top, want := range map[string]string{"top/": "a.txt", "project_name/": "mysite/a.txt", "x_project_name/": "x_mysite/a.txt", "one/two/": "two/a.txt"} {
		if got, err := start(t, zipped(t, packed{name: top + "a.txt", text: "x"}), "template"); err != nil || got[want] != "x" {
			t.Errorf("%s: %v, %v; want %s", top, got, err, want)
		}
	}
	got, err := start(t, zipped(t, packed{name: "a/x"}, packed{name: "b/x"}), "template")
	if err != nil || len(got) != 2 {
		t.Errorf("two directories: %v, %v", got, err)
	}
	data := zipped(t, packed{name: "top/web/a.txt", text: "x"}, packed{name: "top/other/link", mode: fs.ModeSymlink | 0o777})
	if got, err := start(t, data, "template//web"); err != nil || got["a.txt"] != "x" || len(got) != 1 {
		t.Errorf("//web: %v, %v", got, err)
	}
	if _, err := start(t, data, "template//nosuch"); err == nil || err.Error() != `template "template//nosuch" has no directory "nosuch"` {
		t.Errorf("//nosuch: %v", err)
	}
	inner := zipped(t, packed{name: "a.txt"})
	if got, err := start(t, zipped(t, packed{name: "inner.zip", text: string(inner)}), "template"); err != nil || got["inner.zip"] != string(inner) {
		t.Errorf("an archive in an archive is a file, got %v, %v", got, err)
	}
}

// TestArchiveMode keeps the executable bit, and nothing else of a mode.
func TestArchiveMode(t *testing.T) {
	tree, err := readArchive(t.Context(), tarred(t, &tar.Header{Name: "run", Mode: 0o4777}, &tar.Header{Name: "private", Mode: 0}))
	if err != nil {
		t.Fatal(err)
	}
	if run, private := tree.root.children["run"].mode, tree.root.children["private"].mode; run != 0o755 || private != 0o644 {
		t.Errorf("modes %v and %v", run, private)
	}
}

// TestArchiveRefused has what was used against Django (CVE-2021-3281, CVE-2025-59682) and others: in each case
// there is one error, and nothing is written anywhere.
func TestArchiveRefused(t *testing.T) {
	encrypted := zipped(t, packed{name: "x", text: "secret"})
	for _, magic := range []string{"PK\x01\x02", "PK\x03\x04"} {
		encrypted[bytes.Index(encrypted, []byte(magic))+map[string]int{"PK\x01\x02": 8, "PK\x03\x04": 6}[magic]] |= 1
	}
	text := strings.Repeat("some text that takes room, ", 100)
	small := tarred(t, &tar.Header{Name: "x", Uname: text})
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"out by dots":        {zipped(t, packed{name: "../../evil"}), `unsafe path: "../../evil"`},
		"out, common prefix": {zipped(t, packed{name: "../mysite-evil/x"}), `unsafe path: "../mysite-evil/x"`},
		"out and in again":   {zipped(t, packed{name: "a/../../mysite/x"}), `unsafe path: "a/../../mysite/x"`},
		"absolute":           {zipped(t, packed{name: "/etc/evil"}), `unsafe path: "/etc/evil"`},
		"no name":            {zipped(t, packed{name: "./"}, packed{name: "a//b"}), `unsafe path: "a//b"`},
		"too long":           {zipped(t, packed{name: strings.Repeat("a/", 1000) + "x"}), "unsafe path"},
		"not UTF-8":          {zipped(t, packed{name: "a\xff"}), "unsafe path"},
		"drive":              {zipped(t, packed{name: "d:evil.py"}), `"d:evil.py", which not every system can have`},
		"backslashes":        {zipped(t, packed{name: `..\evil`}), `gives the path "..\\evil"`},
		"device name":        {zipped(t, packed{name: "NUL"}, packed{name: "y"}), "which not every system can have"},
		"out of a tar":       {tarred(t, &tar.Header{Name: "../evil"}), `unsafe path: "../evil"`},
		"absolute in a tar":  {tarred(t, &tar.Header{Name: "/evil"}), `unsafe path: "/evil"`},
		"link in a zip":      {zipped(t, packed{name: "x", text: "/etc/passwd", mode: fs.ModeSymlink | 0o777}), "template/x: is a symbolic link"},
		"link":               {tarred(t, &tar.Header{Name: "x", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), "template/x: is a symbolic link"},
		"hard link":          {tarred(t, &tar.Header{Name: "x", Typeflag: tar.TypeLink, Linkname: "y"}), "template/x: is a symbolic link"},
		"through a link":     {tarred(t, &tar.Header{Name: "x", Typeflag: tar.TypeSymlink, Linkname: "/tmp"}, &tar.Header{Name: "x/evil"}), `"x" twice: as a file and as a directory`},
		"device":             {tarred(t, &tar.Header{Name: "x", Typeflag: tar.TypeChar}), "template/x: is a special file"},
		"pipe":               {tarred(t, &tar.Header{Name: "x", Typeflag: tar.TypeFifo}), "template/x: is a special file"},
		"twice":              {zipped(t, packed{name: "x"}, packed{name: "x"}), `contains "x" twice`},
		"file and directory": {zipped(t, packed{name: "x/y"}, packed{name: "x"}), `contains "x" twice`},
		"case":               {zipped(t, packed{name: "README"}, packed{name: "readme"}), "Windows and macOS take them for one"},
		"encrypted":          {encrypted, "archive is encrypted"},
		"empty zip":          {zipped(t), `template "template" is empty`},
		"empty tar.gz":       {gzipped(t, tarred(t)), `template "template" is empty`},
		"text":               {[]byte("hello"), "is not a zip, tar, tar.gz, tar.bz2 or tar.xz archive"},
		"long text":          {[]byte(text), "is not a zip, tar, tar.gz, tar.bz2 or tar.xz archive"},
		"nothing":            {nil, "is not a zip, tar, tar.gz, tar.bz2 or tar.xz archive"},
		"cut off zip":        {zipped(t, packed{name: "x"})[:30], "corrupt archive"},
		"broken gzip":        {[]byte("\x1f\x8bxxxxxxxxxxxxxxxx"), "corrupt archive"},
		"cut off tar":        {small[:1000], `archive cannot be read at "x": unexpected EOF`},
		"cut off gzip":       {gzipped(t, small)[:50], "corrupt archive"},
		"cut off bzip2":      {unbase64(t, bzip2Tar)[:50], "corrupt archive"},
		"cut off xz":         {xzipped(t, small)[:60], "corrupt archive"},
		"gzip of no archive": {gzipped(t, []byte(text)), "is not a zip, tar"},
	} {
		if _, err := start(t, test.data, "template"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// TestArchiveChecksum is #sha256= for a file.
func TestArchiveChecksum(t *testing.T) {
	data := zipped(t, packed{name: "a.txt", text: "x"})
	right := fmt.Sprintf("%x", sha256Sum(data))
	wrong := strings.Repeat("0", 64)
	if got, err := start(t, data, "template#sha256="+strings.ToUpper(right)); err != nil || got["a.txt"] != "x" {
		t.Errorf("right: %v, %v", got, err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("template", data, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := StartProject(t.Context(), Options{Name: "mysite", Template: "template#sha256=" + wrong})
	if want := `template "template" has the sha256 ` + right + ", not " + wrong; err == nil || err.Error() != want {
		t.Errorf("wrong: %v, want %s", err, want)
	}
	if err := os.Mkdir("directory", 0o777); err != nil {
		t.Fatal(err)
	}
	_, err = StartProject(t.Context(), Options{Name: "mysite", Template: "directory#sha256=" + wrong})
	if err == nil || !strings.Contains(err.Error(), "is for archives") {
		t.Errorf("directory: %v", err)
	}
}
