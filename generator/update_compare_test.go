package generator

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sketch makes files of "path content mode..." lines; without a mode it is 0666, and "private" makes a file private.
func sketch(lines ...string) map[string]file {
	all := map[string]file{}
	for _, line := range lines {
		f := file{mode: 0o666}
		words := strings.SplitN(line, " ", 3)
		f.path, f.data = words[0], []byte(strings.NewReplacer(`\n`, "\n", `\0`, "\x00", "_", " ").Replace(words[1]))
		if len(words) == 3 && words[2] == "x" {
			f.mode = 0o777
		}
		f.private = len(words) == 3 && words[2] == "private"
		if strings.HasSuffix(f.path, "/") {
			f = file{path: strings.TrimSuffix(f.path, "/"), mode: fs.ModeDir}
		}
		all[f.path] = f
	}
	return all
}

// TestCompare is one file at a time: what the template had, what the user has, what the template has now, and
// what becomes of it.
func TestCompare(t *testing.T) {
	const long = `1\n2\n3\n4\n5\n6\n7\n8\n9\n`
	change := func(from, to string) string { return strings.Replace(long, from, to, 1) }
	tests := []struct{ name, base, mine, theirs, want string }{
		{"nothing changed", "f a", "f a", "f a", ""},
		{"the template changed", "f a", "f a", "f b", "replace f=b"},
		{"the user changed", "f a", "f b", "f a", ""},
		{"both changed alike", "f a", "f b", "f b", ""},
		{"both changed, apart", "f " + long, "f " + change("2", "two"), "f " + change("8", "eight"), "merge f=" + strings.Replace(change("2", "two"), "8", "eight", 1)},
		{"both changed a line", `f a\nb\nc\n`, `f a\nx\nc\n`, `f a\ny\nc\n`, `conflict f:2=a\n<<<<<<< yours\nx\n||||||| base\nb\n=======\ny\n>>>>>>> template\nc\n`},
		{"line ends are not the user's change", `f a\nb\n`, "f a\r\nb\r\n", `f a\nc\n`, "replace f=a\r\nc\r\n"},
		{"the template has it anew", "", "", "f b", "create f=b"},
		{"in a new directory", "", "", "d/f b", "create d/f=b"},
		{"in a directory that was deleted", "d/ -|d/g g", "", "d/ -|d/g g|d/f b", "keep d/f (you deleted its directory)"},
		{"the template has it anew, and so has the user", "", `f a\nx\n`, `f a\ny\n`, `conflict f:2=a\n<<<<<<< yours\nx\n||||||| base\n=======\ny\n>>>>>>> template\n`},
		{"and it is the same", "", "f a", "f a", ""},
		{"deleted by the user", "f a", "", "f a", ""},
		{"deleted by the user, changed by the template", "f a", "", "f b", "keep f (you deleted it)"},
		{"deleted by the template", "f a", "f a", "", "remove f"},
		{"deleted by the template, changed by the user", "f a", "f b", "", "keep f (the template no longer has it, but you changed it)"},
		{"deleted by both", "f a", "", "", ""},
		{"renamed", "f " + long, "f " + long, "g " + long, "rename f g=" + long},
		{"renamed and changed, and changed by the user", "f " + long, "f " + change("2", "two"), "d/g " + change("8", "eight"), "rename f d/g=" + strings.Replace(change("2", "two"), "8", "eight", 1)},
		{"renamed, with a conflict", "f " + long, "f " + change("2", "two"), "g " + change("2", "zwei"), `conflict f g:2=1\n<<<<<<< yours\ntwo\n||||||| base\n2\n=======\nzwei\n>>>>>>> template\n` + long[6:]},
		{"renamed, but deleted by the user", "f " + long, "", "g " + long, "keep f g (you deleted it as f)"},
		{"renamed to below a file of the user's", "f " + long, "f " + long + "|d mine", "d/g " + long, "keep f (the template has moved it to d/g: it is below a file)"},
		{"renamed to where the user has a file", "f " + long, "f " + change("2", "two") + "|g mine", "g " + long, "keep f (the template no longer has it, but you changed it), conflict g:1=" + `<<<<<<< yours\nmine\n||||||| base\n=======\n` + long + `>>>>>>> template\n`},
		{"not renamed, but another one", `f apples\npears\n`, `f apples\npears\n`, `g figs\n`, "remove f, create g=" + `figs\n`},
		{"executable now", "f a", "f a", "f a x", "replace f=a 755"},
		{"executable now, and changed by the user", "f a", "f b", "f a x", "replace f=b 755"},
		{"no longer executable", "f a x", "f b x", "f a", "replace f=b 644"},
		{"made executable by the user", "f a", "f a x", "f b", "replace f=b 755"},
		{"no text", `f a\0`, `f b\0`, `f c\0`, "conflict f (it is no text; the template's is in f.new) f.new=" + `c\0`},
		{"no text, and the name beside it is taken", `f a\0`, `f b\0|f.new x`, `f c\0`, "conflict f (it is no text; the template's is in f.new2) f.new2=" + `c\0`},
		{"no text, not changed by the user", `f a\0`, `f a\0`, `f c\0`, `replace f=c\0`},
		{"private", ".env a private", ".env b", ".env c private", ""},
		{"private, and deleted", ".env a private", "", ".env c private", ""},
		{"private, and new", "", "", ".env c private", "create .env=c"},
		{"private, new, and there", "", ".env b", ".env c private", ""},
	}
	for _, test := range tests {
		dir := t.TempDir()
		lines := func(text string) []string { return strings.FieldsFunc(text, func(r rune) bool { return r == '|' }) }
		for name, f := range sketch(lines(test.mine)...) {
			if f.mode == 0o777 {
				name += "*"
			}
			lay(t, dir, name, string(f.data))
		}
		if got := compared(t, dir, sketch(lines(test.base)...), sketch(lines(test.theirs)...)); got != strings.ReplaceAll(test.want, `\n`, "\n") {
			t.Errorf("%s:\n%q, want\n%q", test.name, got, test.want)
		}
	}
}

// compared is what an update does, but for files that stay the same.
func compared(t *testing.T, dir string, base, theirs map[string]file) string {
	t.Helper()
	d, err := newDisk(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	l := layer{}
	l.setFiles(slices.Collect(maps.Values(base)))
	verdicts, err := (&comparison{disk: d, sums: l.Files, base: base, theirs: theirs}).run()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, v := range verdicts {
		if v.action == actionSame {
			continue
		}
		text := v.action + " "
		if v.from != "" {
			text += v.from + " "
		}
		text += v.path
		if v.conflicts != nil {
			text += ":" + strings.Trim(fmt.Sprint(v.conflicts), "[]")
		}
		if v.now != nil {
			text += "=" + strings.ReplaceAll(string(v.now.data), "\x00", `\0`)
			if v.was != nil && v.was.mode != v.now.mode || v.now.mode&0o100 != 0 {
				text += fmt.Sprintf(" %o", v.now.mode)
			}
		}
		if v.note != "" {
			text += " (" + v.note + ")"
		}
		if v.beside != "" {
			text += " " + v.beside + "=" + strings.ReplaceAll(string(v.theirs.data), "\x00", `\0`)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// TestCompareLinks has symbolic links and directories where files were.
func TestCompareLinks(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	lay(t, outside, "secret.txt", "secret", "g", "a")
	lay(t, dir, "d/x", "x", "below", "a file")
	for name, to := range map[string]string{"link": filepath.Join(outside, "secret.txt"), "inside": outside} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	base := sketch("link a", "d a", "inside/g a", "same a")
	theirs := sketch("link b", "d b", "inside/g b", "inside/new b", "below/new b", "same a")
	got := compared(t, dir, base, theirs)
	want := "conflict below/new (it is below a file), conflict d (it is not a regular file; the template's is in d.new) d.new=b" +
		", conflict inside/g (it is behind a symbolic link), conflict inside/new (it is behind a symbolic link)" +
		", conflict link (it is not a regular file; the template's is in link.new) link.new=b"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := compared(t, dir, sketch("below/old a"), sketch("below/old b")); got != "keep below/old (you deleted it)" {
		t.Errorf("a file is where its directory was: %s", got)
	}
	if got := compared(t, dir, base, base); got != "" {
		t.Errorf("the template has not changed, but %s", got)
	}
}
