// A layer, rendered: for the first time, again as it was, or from a newer template.
package generator

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// title names a layer in messages.
func (l *layer) title() string {
	if l.Kind == kindProject {
		return "the project"
	}
	return fmt.Sprintf("the %s %q", strings.ReplaceAll(l.Kind, "addon", "add-on"), l.Name)
}

// names are those of the project, as each layer has them.
func (l *layer) names() (project, module string) {
	module, _ = l.Answers["module"].(string)
	if project, _ = l.Answers["project_name"].(string); l.Kind == kindProject {
		project = l.Name
	}
	return project, module
}

// name is the project's.
func (m *manifest) name() string {
	name, _ := m.Layers[0].names()
	return name
}

func (l *layer) selection(gostart string) selection {
	return selection{extensions: l.Extensions, names: l.Names, exclude: l.Exclude, gostart: gostart}
}

// sourceOptions are o's for the template of l, in the project at root.
func (l *layer) sourceOptions(o Options, root string) sourceOptions {
	so := o.sourceOptions(l.Kind)
	so.relativeTo, so.skips = root, l.selection("").skips
	return so
}

// render renders t for l, with paths from the project's root.
func (l *layer) render(ctx context.Context, t *templateTree, a *answers, root, gostart string, tell func(Progress)) ([]file, error) {
	files, err := render(ctx, t, a.context(root, gostart), tell)
	if err != nil {
		return nil, err
	}
	var faults problems
	for i := range files {
		if fault := templateFault(files[i].path); fault != "" {
			faults = append(faults, problem{file: files[i].source, text: fmt.Sprintf("gives the path %q, %s", files[i].path, fault)})
		}
		files[i].path = path.Join(l.Directory, files[i].path)
	}
	return files, faults.err()
}

// baseFile is where a layer's files are kept as they were rendered, if their template may be another one tomorrow.
func (l *layer) baseFile() string {
	name := l.Kind
	if l.Kind != kindProject {
		name += "-" + l.Name
	}
	return stateDir + "/base/" + name + ".tar.gz"
}

// elsewhere are the files of all layers but l, and which those are.
func (p *project) elsewhere(l *layer) map[string]string {
	all := map[string]string{}
	for i := range p.manifest.Layers {
		if other := &p.manifest.Layers[i]; other.Kind != l.Kind || other.Name != l.Name {
			for name := range other.Files {
				all[name] = other.title()
			}
		}
	}
	return all
}

// lasting tells whether what name and revision stand for stays what it is: a built-in template, a commit, a
// version of a module and an archive with its checksum do; a directory and an archive that somebody may replace
// do not.
func (s *source) lasting() bool {
	switch {
	case s.address == (address{}):
		return true
	case strings.HasPrefix(s.revision, "sha256:"):
		return s.address.kind == byHTTP && s.address.sum != ""
	}
	return !strings.HasPrefix(s.revision, "h1:")
}

// keepBase packs r for baseFile: the same bytes for the same files. Of private files only the paths are kept. One stream, packed fast: a zip, with a beginning and an end for each file, takes five times as long for 10,000.
func (l *layer) keepBase(r rendered) (file, error) {
	var out bytes.Buffer
	packed, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return file{}, err
	}
	packed.Comment = strings.Join(append([]string{l.answersSum()}, r.insertions...), " ")
	archive := tar.NewWriter(packed)
	for _, f := range slices.SortedFunc(slices.Values(r.files), func(a, b file) int { return strings.Compare(a.path, b.path) }) {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.path, Mode: int64(f.mode.Perm())}
		if f.private {
			h.Mode, f.data = privateMode, nil
		}
		if f.mode.IsDir() {
			h.Typeflag = tar.TypeDir
		}
		h.Size = int64(len(f.data))
		err := archive.WriteHeader(h)
		if err == nil {
			_, err = archive.Write(f.data)
		}
		if err != nil {
			return file{}, fmt.Errorf("packing %q: %w", l.baseFile(), err)
		}
	}
	err = errors.Join(archive.Close(), packed.Close())
	return file{path: l.baseFile(), source: l.baseFile(), data: out.Bytes(), mode: 0o666}, err
}

const privateMode = 0o600 // of private files, and of no others

// answersSum tells answers that were edited since from those that the files were rendered with.
func (l *layer) answersSum() string {
	text, err := json.Marshal(l.Answers)
	if err != nil {
		panic(err) // strings, booleans and lists of strings
	}
	return contentSum(text)
}

// readBase reads what keepBase packed; nil when there is none.
func (p *project) readBase(o UpdateOptions, l *layer) (*rendered, error) {
	data, _, err := p.read(l.baseFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var r *rendered
	var sum string
	if err == nil {
		r, sum, err = unpackBase(data, l.baseFile())
	}
	switch {
	case err != nil:
		return nil, refuse(exitFailed, "put it back, from git for example: git checkout "+l.baseFile(), "%s, the template's files as they were, is damaged: %v", l.baseFile(), err)
	case sum != l.answersSum() && !o.Force:
		return nil, refuse(exitFailed, putBack, "the manifest was edited by hand: its answers are not those that %s was made with", l.title())
	}
	return r, nil
}

// unpackBase gives what was packed, and the answersSum of then.
func unpackBase(data []byte, name string) (*rendered, string, error) {
	packed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, "", err
	}
	archive := tar.NewReader(io.LimitReader(packed, 2*maxBytes))
	sum, insertions, _ := strings.Cut(packed.Comment, " ")
	r := &rendered{insertions: strings.Fields(insertions)}
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return r, sum, checkPaths(r.files)
		}
		if err != nil {
			return nil, "", err
		}
		f := file{path: strings.TrimSuffix(h.Name, "/"), source: name, mode: h.FileInfo().Mode(), private: h.Mode == privateMode}
		if f.data, err = io.ReadAll(archive); err != nil {
			return nil, "", err
		}
		if !f.mode.IsRegular() && !f.mode.IsDir() || len(r.files) == maxFiles {
			return nil, "", fmt.Errorf("%q is not of a template", f.path)
		}
		r.files = append(r.files, f)
	}
}

// rendered is a layer as its template makes it.
type rendered struct {
	files      []file
	insertions []string // sums of what it has for files of the user's
}

// base is l as it was made: kept in the project, or rendered again.
func (p *project) base(ctx context.Context, o UpdateOptions, l *layer) (*rendered, error) {
	base, err := p.readBase(o, l)
	if base == nil && err == nil {
		base, err = p.renderAgain(ctx, o, l)
	}
	if err != nil {
		return nil, err
	}
	return base, p.checkBase(o, l, base.files)
}

// renderAgain renders the template that l was made from, with the answers of then.
func (p *project) renderAgain(ctx context.Context, o UpdateOptions, l *layer) (*rendered, error) {
	so := l.sourceOptions(o.Options, p.dir)
	so.revision = l.Revision
	name := l.Template
	if o.Base != "" && l.Kind == kindProject {
		name, so.revision, so.relativeTo = o.Base, "", ""
	}
	src, err := openRevision(ctx, name, l.Gostart, so)
	if errors.Is(err, errNoRevision) {
		return nil, noRevision(o, l)
	} else if err != nil {
		return nil, fmt.Errorf("opening the template that %s was made from: %w", l.title(), err)
	}
	t, err := readTemplate(src, l.selection(o.Version))
	if err != nil {
		return nil, err
	}
	then := p.rendering(o.Options, l)
	then.Set, then.AnswersFile, then.LookupEnv, then.Yes = nil, "", nil, true
	then.goVersion, then.Version = l.Go, l.Gostart
	a, err := resolveAnswers(ctx, then, t, &userDefaults{})
	if err != nil {
		return nil, refuse(exitFailed, putBack, "the answers in %s are not those that %s was made with: %v", manifestFile, l.title(), err)
	}
	t.leavePrivate()
	base := &rendered{}
	if base.files, err = l.render(ctx, t, a, p.dir, l.Gostart, o.Progress); err == nil {
		var insertions []*Insertion
		insertions, err = t.config.insertions(ctx, a.context(p.dir, l.Gostart))
		base.insertions = sumsOf(insertions)
	}
	return base, err
}

// leavePrivate leaves private files unrendered: secrets are in them that nobody knows any more.
func (t *templateTree) leavePrivate() {
	for i := range t.entries {
		t.entries[i].render = t.entries[i].render && !t.entries[i].private
	}
}

// rendering are the options to render l once more.
func (p *project) rendering(o Options, l *layer) Options {
	o.Name, o.Module = l.names()
	if l.Kind == kindApp {
		o.app, o.appPath = l.Name, path.Join(o.Module, l.Directory)
	}
	o.recorded = &recorded{answers: maps.Clone(l.Answers)}
	delete(o.recorded.answers, "module")
	delete(o.recorded.answers, "project_name")
	return o
}

const putBack = "put the manifest back, from git for example: git checkout " + manifestFile + "; an answer is changed by gostart update --set NAME=VALUE"

// checkBase compares the files with their hashes in the manifest. Where they differ, the manifest was edited, as the same
// template and the same answers give the same bytes; but for what depends on where the project is, or on go/format.
func (p *project) checkBase(o UpdateOptions, l *layer, files []file) error {
	want, wrong, elsewhere := maps.Clone(l.Files), []string{}, p.elsewhere(l)
	for _, f := range files {
		sum, ok := want[f.path]
		delete(want, f.path)
		reformatted := path.Ext(f.path) == ".go" && l.Gostart != o.Version // by another go/format
		if f.mode.IsDir() || f.private || !ok && elsewhere[f.path] != "" || ok && (sum == contentSum(f.data) || reformatted || bytes.Contains(f.data, []byte(p.dir))) {
			continue
		}
		wrong = append(wrong, f.path)
	}
	wrong = slices.Sorted(slices.Values(slices.AppendSeq(wrong, maps.Keys(want))))
	if len(wrong) == 0 || o.Force {
		return nil
	}
	return refuse(exitFailed, putBack+"; gostart update --force goes by the template", "the manifest was edited by hand: with its answers, the template of %s gives other files than those that it lists:%s", l.title(), quoteList(wrong))
}
