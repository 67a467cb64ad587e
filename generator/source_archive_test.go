package generator

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"
)

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
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
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
		"empty zip":          {zipped(t), "the archive is empty"},
		"empty tar.gz":       {gzipped(t, tarred(t)), "the archive is empty"},
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

// TestArchiveBombs has small archives that are large inside, and those that lie about it.
func TestArchiveBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 20<<20)
	large := tarred(t, &tar.Header{Name: "x", Uname: zeros})
	lying := zipped(t, packed{name: "x", text: zeros})
	descriptor := bytes.Index(lying, []byte("PK\x07\x08"))
	central := bytes.Index(lying, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(lying[descriptor+12:], 10)
	binary.LittleEndian.PutUint32(lying[central+24:], 10)
	many := make([]packed, maxFiles+1)
	for i := range many {
		many[i].name = fmt.Sprint(i)
	}
	const tooMuch = "archive holds more than a template may"
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"zip":           {zipped(t, packed{name: "x", text: zeros}), tooMuch},
		"lying zip":     {lying, "not a valid zip file"},
		"tar.gz":        {gzipped(t, large), tooMuch},
		"tar.bz2":       {unbase64(t, bzip2Bomb), tooMuch},
		"tar.xz":        {slices.Concat(xzipped(t, large[:512]), bytes.Repeat(xzipped(t, large[512:512+1<<20]), 20)), tooMuch},
		"gzip of gzip":  {gzipped(t, gzipped(t, large)), "is not a zip, tar"},
		"many files":    {zipped(t, many...), "more than 50000 files"},
		"one directory": {zipped(t, packed{name: strings.Repeat("d/", 400)}, packed{name: strings.Repeat("d/", 400) + "x"}), ""},
		"names":         {gzipped(t, nameBomb(t)), tooMuch},
	} {
		if _, err := readArchive(t.Context(), test.data); test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// nameBomb has no content, and 20 MiB of names.
func nameBomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := range 40 {
		err := w.WriteHeader(&tar.Header{Name: fmt.Sprint(i), Format: tar.FormatPAX, PAXRecords: map[string]string{"GOSTART.x": strings.Repeat("x", 1<<19)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestXZDictionary asks for 4 GiB of memory, in the second stream.
func TestXZDictionary(t *testing.T) {
	good := xzipped(t, tarred(t, &tar.Header{Name: "x", Uname: "hello"}))
	bad := slices.Clone(good)
	header := bad[12:] // after that of the stream
	end := 4 * int(header[0])
	at := bytes.Index(header[:end], []byte{0x21, 1}) + 2
	header[at] = 40
	binary.LittleEndian.PutUint32(header[end:], crc32.ChecksumIEEE(header[:end]))
	for name, data := range map[string][]byte{"first": bad, "second": slices.Concat(good, bad), "after padding": slices.Concat(good, make([]byte, 8), bad)} {
		if _, err := readArchive(t.Context(), data); err == nil || !strings.Contains(err.Error(), "xz asks for more than 64 MiB") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := readArchive(t.Context(), bytes.Repeat(good, 3)); err != nil {
		t.Error(err)
	}
	if _, err := readArchive(t.Context(), bytes.Repeat(good, 1000)); err == nil || !strings.Contains(err.Error(), "xz asks for more") {
		t.Errorf("a dictionary for each of 1000 streams: %v", err)
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

// TestArchiveInterrupted ends unpacking at each step.
func TestArchiveInterrupted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "template")
	if err := os.WriteFile(file, gzipped(t, tarred(t, &tar.Header{Name: "a"}, &tar.Header{Name: "b"})), 0o666); err != nil {
		t.Fatal(err)
	}
	for step := int64(0); ; step++ {
		ctx := &countdown{Context: t.Context()}
		ctx.left.Store(step)
		_, err := openSource(ctx, file, sourceOptions{kind: kindProject, builtin: builtin("a", "")})
		if err == nil {
			if step < 5 {
				t.Errorf("came through at step %d: is the context still checked?", step)
			}
			return
		}
		if !errors.Is(err, errInterrupted) {
			t.Fatalf("step %d: %v", step, err)
		}
	}
}

// FuzzReadArchive reads anything within its limits, and gives only paths that lead nowhere else.
func FuzzReadArchive(f *testing.F) {
	plain := tarred(f, &tar.Header{Name: "a/b", Uname: "hello"}, &tar.Header{Name: "c", Typeflag: tar.TypeSymlink, Linkname: "/"})
	for _, seed := range [][]byte{
		zipped(f, packed{name: "a/b", text: "hello"}, packed{name: "../c"}), plain, gzipped(f, plain), unbase64(f, bzip2Tar), xzipped(f, plain),
		[]byte("PK\x05\x06"), []byte("BZh9"), []byte("\xfd7zXZ\x00"), []byte("\x1f\x8b"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tree, err := readArchive(t.Context(), data)
		if err != nil {
			return
		}
		var size int64
		err = fs.WalkDir(tree.root, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || !filepath.IsLocal(name) {
				t.Errorf("%q: %v", name, err)
			}
			if n, ok := d.(*node); ok {
				size += n.Size()
			}
			return nil
		})
		if limit := max(minExpansion, int64(len(data))*maxExpansion); err != nil || size > limit || tree.nodes > maxFiles {
			t.Errorf("%d bytes became %d in %d files: %v", len(data), size, tree.nodes, err)
		}
		if _, err := tree.pack(); err != nil {
			t.Errorf("packing: %v", err)
		}
	})
}
