package generator

import (
	"io/fs"
	"reflect"
	"testing"
)

// TestBaseRoundTrip packs files and reads them, but for what private ones have in them.
func TestBaseRoundTrip(t *testing.T) {
	l := layer{Kind: kindApp, Name: "blog", Answers: map[string]any{"list": []string{"a"}}}
	files := []file{
		{path: "a", mode: fs.ModeDir | 0o777}, {path: "a/ä b.txt", data: []byte("text"), mode: 0o666}, {path: "b.sh", data: []byte{0, 1}, mode: 0o777},
		{path: "c.env", data: []byte("secret"), mode: 0o600, private: true}, {path: "empty", data: []byte{}, mode: 0o666},
	}
	packed := rendered{files, []string{contentSum([]byte("a")), contentSum([]byte("b"))}}
	f, err := l.keepBase(packed)
	if err != nil || f.path != ".gostart/base/app-blog.tar.gz" {
		t.Fatal(f.path, err)
	}
	got, sum, err := unpackBase(f.data, "kept")
	if err != nil || sum != l.answersSum() {
		t.Fatal(sum, err)
	}
	files[3].data = []byte{}
	for i := range files {
		files[i].source = "kept"
		if files[i].mode.IsDir() {
			files[i].data = []byte{}
		}
	}
	if !reflect.DeepEqual(*got, packed) {
		t.Errorf("%+v\nwant\n%+v", *got, packed)
	}
	if again, err := l.keepBase(packed); err != nil || string(again.data) != string(f.data) {
		t.Errorf("other bytes for the same files (%v)", err)
	}
}

// FuzzBase has nothing that git or an editor makes of a kept base bring gostart down, or out of the project.
func FuzzBase(f *testing.F) {
	base, err := (&layer{}).keepBase(rendered{files: []file{{path: "a/b", data: []byte("text"), mode: 0o666}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(base.data)
	f.Fuzz(func(t *testing.T, data []byte) {
		base, _, err := unpackBase(data, "kept")
		if err != nil {
			return
		}
		for _, file := range base.files {
			if pathFault(file.path) != "" {
				t.Errorf("%q was taken", file.path)
			}
		}
	})
}
