package generator

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// previousTemplates are the built-in ones of an earlier commit of this repository, as make history writes them.
const previousTemplates = "../testdata/history/v0.0.1.zip"

// TestUpdateOfPreviousCommit makes a project of earlier templates, has its user edit a line in every file, and
// updates it to the present ones, a dozen times with other lines. What the user edited away from the template's
// changes stays and is no conflict; an edit that overlaps or touches one is in a conflict, and nothing else is.
func TestUpdateOfPreviousCommit(t *testing.T) {
	data, err := os.ReadFile(previousTemplates)
	if err != nil {
		t.Fatal(err)
	}
	then, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	now := fstest.MapFS{historyDir + "/v0.0.1.zip": {Data: data}}
	present := os.DirFS("../templates")
	err = fs.WalkDir(present, "project", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(present, name)
		now[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	make := func(builtin fs.FS, version string) string {
		dir := filepath.Join(t.TempDir(), "mysite")
		if _, err := StartProject(t.Context(), Options{Name: "mysite", Directory: dir, Builtin: builtin, Version: version}); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	theirs := make(now, "v2.0.0")
	clean, conflicts := 0, 0
	for round := range 12 {
		dir := make(then, "v0.0.1")
		p, err := openProject(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		edits := map[string]edit{}
		for name := range p.manifest.Layers[0].Files {
			base := read(t, dir, name)
			e := edit{base: base, theirs: read(t, theirs, name), at: (round*31 + len(name)) % len(base)}
			e.mine = append(append([]string{}, base[:e.at]...), append([]string{fmt.Sprintf("edited by the user, %d\n", round)}, base[e.at+1:]...)...)
			lay(t, dir, name, strings.Join(e.mine, ""))
			if len(e.theirs) > 0 { // what becomes of other files is TestCompare's
				edits[name] = e
			}
		}
		p.close()
		r, err := Update(t.Context(), UpdateOptions{Options: Options{Directory: dir, Builtin: now, Version: "v2.0.0"}})
		if r == nil {
			t.Fatal(err)
		}
		marked := 0
		for name, e := range edits {
			want, conflict := e.want()
			if conflict {
				marked++
			} else {
				clean++
			}
			if got := strings.Join(read(t, dir, name), ""); got != want {
				t.Errorf("round %d: %s, line %d edited, is\n%s\nwant\n%s", round, name, e.at+1, got, want)
			}
		}
		if conflicts += marked; len(r.Conflicts) != marked {
			t.Errorf("round %d: %d conflicts in %d files are told: %v", round, len(r.Conflicts), marked, r.Conflicts)
		}
	}
	if t.Logf("%d files clean, %d with a conflict", clean, conflicts); conflicts < 10 || clean < 100 {
		t.Error("the edits are not where they try anything")
	}
}

// read is the lines of a file; a file that is not there has none.
func read(t *testing.T, dir, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return splitLines(string(data))
}

// edit is a file in which the user has changed one line.
type edit struct {
	base, mine, theirs []string
	at                 int
}

// want is the file as the edit and the template's changes leave it, found without a merge.
func (e edit) want() (text string, conflict bool) {
	from, to := e.at, e.at+1 // in base: the edit, and the template's changes that overlap or touch it
	hunks := diffLines(e.base, e.theirs)
	shift, grown := 0, 0 // by how much theirs is longer before from, and between from and to
	for _, h := range hunks {
		more := (h.bEnd - h.b) - (h.aEnd - h.a)
		switch {
		case h.a <= to && from <= h.aEnd:
			from, to, grown = min(from, h.a), max(to, h.aEnd), grown+more
			conflict = true
		case h.aEnd < from:
			shift += more
		}
	}
	before, after := e.theirs[:from+shift], e.theirs[to+shift+grown:]
	middle := e.mine[from:to]
	if conflict {
		theirs := e.theirs[from+shift : to+shift+grown]
		head, tail := 0, 0
		for head < min(len(middle), len(theirs)) && middle[head] == theirs[head] {
			head++
		}
		for tail < min(len(middle), len(theirs))-head && middle[len(middle)-1-tail] == theirs[len(theirs)-1-tail] {
			tail++
		}
		var all []string
		all = append(append(all, middle[:head]...), markMine+"\n")
		all = append(append(all, middle[head:len(middle)-tail]...), markBase+"\n")
		all = append(append(all, e.base[from:to]...), markMiddle+"\n")
		all = append(append(all, theirs[head:len(theirs)-tail]...), markTheirs+"\n")
		middle = append(all, middle[len(middle)-tail:]...)
	}
	return strings.Join(before, "") + strings.Join(middle, "") + strings.Join(after, ""), conflict
}
