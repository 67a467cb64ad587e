package generator

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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
