package templates

import (
	"io/fs"
	"os"
	"slices"
	"testing"
)

// The embed package drops some names without a word, such as directories with a quote in them, and those that hold a go.mod.
func TestEveryFileIsEmbedded(t *testing.T) {
	files := func(fsys fs.FS) (names []string) {
		for _, dir := range []string{"project", "app", "addons"} {
			err := fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
				if err == nil && !entry.IsDir() {
					names = append(names, name)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return names
	}
	embedded, disk := files(FS), files(os.DirFS("."))
	if len(disk) == 0 || !slices.Equal(embedded, disk) {
		t.Errorf("embedded %q, but on disk are %q", embedded, disk)
	}
}
