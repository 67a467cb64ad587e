// The cases of a template: what its author says it makes of which answers.
//
// A case is a file template_test/NAME.txtar in the template; nothing of that directory gets into a project. It begins
// with what it is about, in words, and then has files:
//
//	answers.json   as --answers takes it; project_name is mysite if it is not there, an app's app_name polls
//	given/PATH     of an app or an add-on: the project that it is laid into, in place of the built-in one
//	want/PATH      what is created, byte for byte
//	changed/PATH   the lines that go and come in a file that was there
//	sums           "sha256:HASH PATH" of what cannot stand in such a file: bytes that are no text, a last line without its end
//	modes          "MODE PATH" where it is not 0666
//	message        what message_after gives
//	left           the files of the user's that lines have to be put into by hand
//	error          instead of all that: the error
//
// All but the words, answers.json and given/ is what --update writes. So a case is compared as a whole, and nothing that a
// template makes can go unnoticed. Secret keys and the version of gostart are the same each time here.
package generator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
)

const casesDir = "template_test" // in a template

// templateCase is a case, and where it is run.
type templateCase struct {
	file    string // absolute
	archive *txtar.Archive
	kind    string // of the template
	dir     string // of the template, absolute
	place   string // an empty directory
	root    string // of the project, in place
}

// readCases reads the cases in the template's directory whose names match pattern, "" being all of them.
func readCases(dir, kind, pattern string) ([]*templateCase, error) {
	names, err := filepath.Glob(filepath.Join(dir, casesDir, "*.txtar"))
	if err != nil {
		return nil, fmt.Errorf("looking for cases: %w", err)
	}
	var cases []*templateCase
	for _, name := range names {
		c := &templateCase{file: name, kind: kind, dir: dir}
		if ok, err := path.Match(cmp.Or(pattern, "*"), c.name()); err != nil {
			return nil, refuse(exitUsage, "", "--run %q is not a pattern of path.Match", pattern)
		} else if !ok {
			continue
		}
		if c.archive, err = txtar.ParseFile(name); err != nil {
			return nil, fmt.Errorf("reading a case: %w", err)
		}
		known := []string{"answers.json", "sums", "modes", "message", "left", "error"}
		for _, f := range c.archive.Files {
			if !slices.Contains(known, f.Name) && !slices.Contains([]string{"given", "want", "changed"}, strings.SplitN(f.Name, "/", 2)[0]) {
				return nil, refuse(exitUsage, "a case has answers.json, given/PATH, want/PATH, changed/PATH, "+strings.Join(known[1:], ", "),
					"%s/%s.txtar: %q is none of a case's files", casesDir, c.name(), f.Name)
			}
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func (c *templateCase) name() string { return strings.TrimSuffix(filepath.Base(c.file), ".txtar") }

// part is a file of the case.
func (c *templateCase) part(name string) []byte {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// make makes in c.place what the case is about, and gives the case as it should be.
func (c *templateCase) make(ctx context.Context, o Options) (*txtar.Archive, error) {
	should := &txtar.Archive{Comment: c.archive.Comment}
	for _, f := range c.archive.Files {
		if f.Name == "answers.json" || strings.HasPrefix(f.Name, "given/") {
			should.Files = append(should.Files, f)
		}
	}
	names := struct {
		Project string `json:"project_name"`
		Module  string `json:"module"`
		App     string `json:"app_name"`
		Place   string `json:"directory"`
	}{}
	o.answersData = []byte("{}")
	if data := c.part("answers.json"); data != nil {
		o.answersData = data
		_ = json.Unmarshal(data, &names) // what is wrong with it is found later, with its place
	}
	o = Options{
		Builtin: o.Builtin, Version: "test", Offline: o.Offline, Progress: o.Progress, Yes: true,
		AnswersFile: "answers.json", answersData: o.answersData, secretKey: strings.Repeat("secret-key", 5), place: "/project_directory",
	}
	o.Name = cmp.Or(names.Project, "mysite")
	c.root = filepath.Join(c.place, o.Name)
	before, err := c.before(ctx, o, names.Module)
	if err != nil {
		return nil, err
	}
	r, err := c.lay(ctx, o, cmp.Or(names.App, "polls"), names.Place)
	if errors.Is(err, errInterrupted) {
		return nil, err
	}
	if err != nil {
		text := strings.NewReplacer(c.dir+"/", "", c.dir, ".", c.root+"/", "", c.root, ".").Replace(filepath.ToSlash(err.Error()))
		should.Files = append(should.Files, txtar.File{Name: "error", Data: []byte(text + "\n")})
		return should, nil
	}
	after, err := readProjectFiles(c.root)
	if err != nil {
		return nil, err
	}
	should.Files = append(should.Files, wanted(r, before, after)...)
	return should, nil
}

// before makes the project that an app or an add-on is laid into, and gives its files.
func (c *templateCase) before(ctx context.Context, o Options, module string) (map[string]file, error) {
	if c.kind == kindProject {
		return nil, nil
	}
	given := 0
	for _, f := range c.archive.Files {
		name, ok := strings.CutPrefix(f.Name, "given/")
		if !ok {
			continue
		}
		if fault := pathFault(name); fault != "" {
			return nil, refuse(exitUsage, "", "%s/%s.txtar: the path %q, %s", casesDir, c.name(), f.Name, fault)
		}
		target := filepath.Join(c.root, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(target), 0o777)
		if err == nil {
			err = os.WriteFile(target, f.Data, 0o666)
		}
		if err != nil {
			return nil, fmt.Errorf("making what is given: %w", err)
		}
		given++
	}
	if given == 0 {
		o.Module, o.Directory, o.AnswersFile, o.answersData = module, c.root, "", nil
		if _, err := StartProject(ctx, o); err != nil {
			return nil, err
		}
	}
	return readProjectFiles(c.root)
}

// lay uses the template.
func (c *templateCase) lay(ctx context.Context, o Options, app, directory string) (*Result, error) {
	o.workingDirectory = c.root
	switch c.kind {
	case kindApp:
		o.Name, o.Directory, o.Template, o.elsewhere = app, directory, c.dir, []string{"app_name", "directory"}
		return StartApp(ctx, o)
	case kindAddon:
		o.With = []string{c.dir}
		return Add(ctx, o)
	}
	o.Directory, o.Template = c.root, c.dir
	return StartProject(ctx, o)
}

// readProjectFiles reads what is in a project, without what gostart writes for itself.
func readProjectFiles(root string) (map[string]file, error) {
	files := map[string]file{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == stateDir:
			return fs.SkipDir
		case d.IsDir() || name == manifestFile:
			return nil
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		files[name] = file{path: name, data: data}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what was made: %w", err)
	}
	return files, nil
}

// wanted are the files of a case that say what was made.
func wanted(r *Result, before, made map[string]file) []txtar.File {
	var sums, modes, left strings.Builder
	var want []txtar.File
	for _, f := range r.Files {
		if f.Mode != "0666" && f.Action == "create" && !strings.HasSuffix(f.Path, "/") {
			fmt.Fprintf(&modes, "%s %s\n", f.Mode, f.Path)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		data, was := made[name].data, before[name]
		switch {
		case was.path != "" && bytes.Equal(was.data, data):
			continue
		case was.path != "":
			want = append(want, txtar.File{Name: "changed/" + name, Data: changedLines(was.data, data)})
			continue
		}
		if fits := txtar.Format(&txtar.Archive{Files: []txtar.File{{Name: "x", Data: data}}}); utf8.Valid(data) && bytes.Equal(txtar.Parse(fits).Files[0].Data, data) {
			want = append(want, txtar.File{Name: "want/" + name, Data: data})
		} else {
			fmt.Fprintf(&sums, "%s %s\n", contentSum(data), name)
		}
	}
	message := r.Message
	for _, a := range r.Addons {
		message += a.Message
	}
	for _, in := range r.Insertions {
		if !in.Done {
			fmt.Fprintf(&left, "%s: %s\n", in.File, in.Reason)
		}
	}
	if message != "" {
		message += "\n"
	}
	var all []txtar.File
	for _, part := range []txtar.File{{Name: "message", Data: []byte(message)}, {Name: "left", Data: []byte(left.String())},
		{Name: "modes", Data: []byte(modes.String())}, {Name: "sums", Data: []byte(sums.String())}} {
		if len(part.Data) > 0 {
			all = append(all, part)
		}
	}
	return append(all, want...)
}

// changedLines are the lines that go and come, without those around them: these may be others in another version of gostart.
func changedLines(was, now []byte) []byte {
	before, after := splitLines(string(was)), splitLines(string(now))
	var b strings.Builder
	for _, h := range diffLines(before, after) {
		writeLines(&b, "-", before[h.a:h.aEnd])
		writeLines(&b, "+", after[h.b:h.bEnd])
	}
	return []byte(b.String())
}
