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
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"

	"github.com/Masterminds/sprig/v3"
)

// sprigFunctions are sprig's functions that always give the same answer to the same arguments and make
// nothing that is larger than they are (repeat, until and seq do; "range 5" is Go's own).
const sprigFunctions = "abbrev abbrevboth add add1 add1f addf adler32sum all any append atoi b32dec b32enc b64dec b64enc" +
	" base biggest camelcase cat ceil chunk clean coalesce compact concat contains deepEqual default dict dig dir div" +
	" divf empty ext fail first float64 floor fromJson get has hasKey hasPrefix hasSuffix indent initial initials int" +
	" int64 isAbs join kebabcase kindIs kindOf last list lower max maxf min minf mod mul mulf" +
	" mustAppend mustChunk mustCompact mustFirst mustFromJson mustHas mustInitial mustLast" +
	" mustPrepend mustPush mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll" +
	" mustRegexReplaceAllLiteral mustRegexSplit mustRest mustReverse mustSlice mustToJson mustToPrettyJson" +
	" mustToRawJson mustUniq mustWithout nindent nospace omit pick plural prepend push quote regexFind regexFindAll" +
	" regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit replace rest reverse round semver" +
	" semverCompare set sha1sum sha256sum sha512sum slice snakecase sortAlpha split splitList splitn squote sub subf" +
	" substr swapcase ternary title toDecimal toJson toPrettyJson toRawJson toString toStrings trim trimAll" +
	" trimPrefix trimSuffix trunc tuple typeIs typeIsLike typeOf uniq unset untitle upper urlJoin urlParse without" +
	" wrap wrapWith"

// functions are what templates can call beside text/template's own.
var functions = sync.OnceValue(func() template.FuncMap {
	all := sprig.TxtFuncMap()
	maps.DeleteFunc(all, func(name string, _ any) bool { return !hasWord(sprigFunctions, name) })
	for name, f := range all {
		switch {
		case hasWord(multiplying, name):
			all[name] = bounded(f, checkProduct)
		case hasWord(nesting, name):
			all[name] = bounded(f, checkDepth)
		}
	}
	return all
})

// ownFunctions are text/template's.
const ownFunctions = "and call eq ge gt html index js le len lt ne not or print printf println slice urlquery"

var parserFunctions = sync.OnceValue(func() map[string]any {
	known := map[string]any(maps.Clone(functions()))
	for _, name := range strings.Fields(ownFunctions) {
		known[name] = true
	}
	return known
})

// maxActions keeps the parser, which goes down into each {{if}}, from using up its stack.
const maxActions = 50_000

// parseText parses a file of a template; without delimiters they are {{ and }}. The file itself is the tree "",
// beside those of its {{define}}s.
func parseText(text, left, right string) (map[string]*parse.Tree, error) {
	if strings.Count(text, cmp.Or(left, "{{")) > maxActions {
		return nil, fmt.Errorf("has more than %d actions", maxActions)
	}
	return parse.Parse("", text, left, right, parserFunctions())
}

// executor renders trees. Attaching the functions for each file would cost more than rendering it, and a set of
// templates that all files share would keep all of them, and show each the definitions of the others. So an
// executor is used for one file after the other, and only files with definitions get a set of their own.
type executor struct{ template *template.Template }

func newExecutor() executor {
	return executor{template.New("").Funcs(functions()).Option("missingkey=error")}
}

func (x executor) execute(out io.Writer, trees map[string]*parse.Tree, data map[string]any) error {
	t := x.template
	if len(trees) > 1 {
		t = newExecutor().template
		for name, tree := range trees {
			if _, err := t.AddParseTree(name, tree); err != nil {
				return err
			}
		}
	}
	t.Tree = trees[""]
	own := maps.Clone(data) // what one file does to it, with set or sortAlpha, must not reach the next one
	for name, value := range own {
		if list, ok := value.([]string); ok {
			own[name] = slices.Clone(list)
		}
	}
	return t.Execute(out, own)
}

// file is a file or directory as it will be in the project.
type file struct {
	path    string // slash-separated, relative to the project's root
	source  string // the file of the template, for messages
	data    []byte
	mode    fs.FileMode // before the umask
	private bool
}

// render renders those entries of t that its conditions let in. Formatting is most of the work, so the files
// are shared out among the processors.
func render(ctx context.Context, t *templateTree, data map[string]any, tell func(Progress)) ([]file, error) {
	r := &renderer{files: t.files, secret: data, public: t.config.public(data)}
	r.left.Store(maxBytes)
	entries, err := t.chosen(ctx, r.public)
	if err != nil {
		return nil, err
	}
	tokens := t.config.tokens(data)
	files := make([]file, len(entries))
	found := make([]problems, len(entries))
	w := watch{name: func(i int) string { return t.where(entries[i].source) }, total: len(entries), tell: tell}
	err = w.run(ctx, func(i int, x executor) {
		e := entries[i]
		files[i] = file{path: tokens.Replace(e.target), source: t.where(e.source), mode: e.mode, private: e.private}
		if !e.mode.IsDir() {
			files[i].data, found[i] = r.entry(x, e, path.Ext(files[i].path) == ".go")
		}
	})
	if err != nil {
		return nil, err
	}
	var faults problems
	for i := range found {
		for _, fault := range found[i] {
			fault.file = files[i].source
			faults = append(faults, fault)
		}
	}
	return files, faults.err()
}
