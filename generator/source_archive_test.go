package generator

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"io/fs"
	"strings"
	"testing"
)

func TestReadArchiveRefuses(t *testing.T) {
	zipped := func(header *zip.FileHeader) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		if _, err := w.CreateHeader(header); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	tarred := func(header *tar.Header) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	link := &zip.FileHeader{Name: "link"}
	link.SetMode(fs.ModeSymlink | 0o777)
	for name, test := range map[string]struct {
		text []byte
		want string
	}{
		"out by dots":     {zipped(&zip.FileHeader{Name: "../../evil"}), `unsafe path: "../../evil"`},
		"absolute":        {zipped(&zip.FileHeader{Name: "/etc/evil"}), `unsafe path: "/etc/evil"`},
		"drive":           {zipped(&zip.FileHeader{Name: "d:evil"}), `unsafe path: "d:evil"`},
		"backslashes":     {zipped(&zip.FileHeader{Name: `..\evil`}), `unsafe path: "..\\evil"`},
		"link in a zip":   {zipped(link), `a link: "link"`},
		"symlink":         {tarred(&tar.Header{Name: "x", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), `a link: "x"`},
		"hard link":       {tarred(&tar.Header{Name: "x", Typeflag: tar.TypeLink, Linkname: "y"}), `a link: "x"`},
		"device":          {tarred(&tar.Header{Name: "x", Typeflag: tar.TypeChar}), `a special file: "x"`},
		"pipe":            {tarred(&tar.Header{Name: "x", Typeflag: tar.TypeFifo}), `a special file: "x"`},
		"no archive":      {[]byte("hello"), "not an archive"},
		"empty":           {nil, "not an archive"},
		"cut off zip":     {zipped(&zip.FileHeader{Name: "x"})[:30], "corrupt archive"},
		"broken gzip":     {[]byte("\x1f\x8bxxxxxxxxxxxxxxxx"), "corrupt archive"},
		"out of a tar":    {tarred(&tar.Header{Name: "../evil", Mode: 0o644}), `unsafe path: "../evil"`},
		"absolute in tar": {tarred(&tar.Header{Name: "/evil", Mode: 0o644}), `unsafe path: "/evil"`},
	} {
		_, err := readArchive(test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
