// A template and its context, rendered in memory: path -> bytes.
//
// Nothing is written until each file has been rendered, so that every problem is found in one go and none
// leaves half a project. Rendered Go is formatted here with go/format: running gofmt would cost more than
// all the rest together, and a template that makes invalid Go is found here, with its line.
//
// This is the only importer of sprig. Its functions are offered by an allow-list: an update renders the
// same template again and needs the same bytes, and HermeticTxtFuncMap still has functions that draw
// random numbers (shuffle, bcrypt, genPrivateKey, ...), read the clock (ago) or follow a map's order (keys).
package generator

import (
	"context"
	"errors"
	"fmt"
	"go/format"
	"io"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// sprigFunctions are sprig's functions that always give the same answer to the same arguments and make
// nothing that is larger than they are (repeat, until and seq do; "range 5" is Go's own).
const sprigFunctions = "abbrev abbrevboth add add1 add1f addf adler32sum all any append atoi b32dec b32enc b64dec b64enc" +
	" base biggest camelcase cat ceil chunk clean coalesce compact concat contains deepEqual default dict dig dir div" +
	" divf empty ext fail first float64 floor fromJson get has hasKey hasPrefix hasSuffix indent initial initials int" +
	" int64 isAbs join kebabcase kindIs kindOf last list lower max maxf merge mergeOverwrite min minf mod mul mulf" +
	" mustAppend mustChunk mustCompact mustFirst mustFromJson mustHas mustInitial mustLast mustMerge" +
	" mustMergeOverwrite mustPrepend mustPush mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll" +
	" mustRegexReplaceAllLiteral mustRegexSplit mustRest mustReverse mustSlice mustToJson mustToPrettyJson" +
	" mustToRawJson mustUniq mustWithout nindent nospace omit pick plural prepend push quote regexFind regexFindAll" +
	" regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit replace rest reverse round semver" +
	" semverCompare set sha1sum sha256sum sha512sum slice snakecase sortAlpha split splitList splitn squote sub subf" +
	" substr swapcase ternary title toDecimal toJson toPrettyJson toRawJson toString toStrings trim trimAll" +
	" trimPrefix trimSuffix trunc tuple typeIs typeIsLike typeOf uniq unset untitle upper urlJoin urlParse without" +
	" wrap wrapWith"

// emptyTemplate has the functions, attached once: doing so for each file costs more than rendering it.
var emptyTemplate = sync.OnceValue(func() *template.Template {
	functions := sprig.TxtFuncMap()
	maps.DeleteFunc(functions, func(name string, _ any) bool { return !hasWord(sprigFunctions, name) })
	return template.New("").Funcs(functions).Option("missingkey=error")
})

// file is a file or directory as it will be in the project.
type file struct {
	path    string // slash-separated, relative to the project's root
	source  string // the file of the template, for messages
	data    []byte
	mode    fs.FileMode // before the umask
	private bool
}

// render renders all entries of t; tokens replaces the placeholders in paths. Formatting is most of the
// work, so the files are shared out among the processors.
func render(ctx context.Context, t *templateTree, data map[string]any, tokens *strings.Replacer) ([]file, error) {
	files := make([]file, len(t.entries))
	found := make([]*problem, len(t.entries))
	var left, next atomic.Int64
	left.Store(maxBytes)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(t.entries)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(t.entries) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				e := t.entries[i]
				files[i] = file{path: tokens.Replace(e.target), source: t.where(e.source), mode: e.mode, private: e.private}
				if e.mode.IsDir() {
					continue
				}
				files[i].data, found[i] = renderEntry(t.files, e, path.Ext(files[i].path) == ".go", data, &left)
			}
		})
	}
	workers.Wait()
	if err := interrupted(ctx); err != nil {
		return nil, err
	}
	var faults problems
	for i, fault := range found {
		if fault != nil {
			fault.file = files[i].source
			faults = append(faults, *fault)
		}
	}
	return files, faults.err()
}

// renderEntry reads a file and renders it if it is to be. The problem it returns has no file yet.
func renderEntry(files fs.FS, e entry, isGo bool, data map[string]any, left *atomic.Int64) ([]byte, *problem) {
	content, err := readEntry(files, e.source, left)
	if err != nil {
		return nil, &problem{text: cause(err).Error()}
	}
	if !e.render {
		return content, nil
	}
	return renderFile(string(content), isGo, data, left)
}

// readEntry reads a file that may have been replaced or have grown since it was listed.
func readEntry(files fs.FS, name string, left *atomic.Int64) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is no longer a regular file")
	}
	out := &limitedBuffer{left: left, data: make([]byte, 0, min(info.Size(), maxBytes))}
	_, err = io.Copy(out, f)
	return out.data, err
}

// renderFile renders one file, and formats it if it is Go. The problem it returns has no file yet.
func renderFile(text string, isGo bool, data map[string]any, left *atomic.Int64) ([]byte, *problem) {
	if at := invalidUTF8(text); at >= 0 {
		line, col := position(text, at)
		return nil, &problem{line: line, col: col, text: "is not UTF-8, so it cannot be rendered; without " + templateSuffix + " it is copied as it is"}
	}
	base, err := emptyTemplate().Clone() // a set of its own: no {{define}} is seen by another file
	if err != nil {
		return nil, &problem{text: err.Error()}
	}
	parsed, err := base.Parse(text)
	if err != nil {
		return nil, templateProblem(err, nil)
	}
	out := &limitedBuffer{left: left}
	if err := parsed.Execute(out, maps.Clone(data)); err != nil { // sprig's set must not reach the next file
		return nil, templateProblem(err, data)
	}
	if !isGo {
		return out.data, nil
	}
	formatted, err := format.Source(out.data)
	if err != nil {
		return nil, goProblem(err, text, parsed, data)
	}
	return formatted, nil
}

// limitedBuffer holds what a template gives, and stops one that gives without end.
type limitedBuffer struct {
	data []byte
	left *atomic.Int64 // of all buffers together
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.left.Add(-int64(len(p))) < 0 {
		return 0, errTooLarge
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

var errTooLarge = fmt.Errorf("makes the project larger than %d MiB", maxBytes>>20)
