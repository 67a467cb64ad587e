package runserver

// What runserver itself answers while there is no application to ask: one
// failure as a page, as JSON, or as text. The page needs no script. It is never
// cached.

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxExcerpts is how many problems of one page show their source.
const maxExcerpts = 50

//go:embed errorpage.html
var errorPageText string

var (
	errorPage  = template.Must(template.New("errorpage.html").Parse(errorPageText))
	pageStyle  = readPageStyle()
	pagePolicy = policyFor(pageStyle)
)

// readPageStyle takes the style sheet out of the launcher's source.
func readPageStyle() string {
	text, err := launcherSource.ReadFile("launcher/panic_style.go")
	if err != nil {
		panic(err) // it is embedded
	}
	_, style, _ := strings.Cut(string(text), "const pageStyle = `")
	style, _, _ = strings.Cut(style, "`")
	return style
}

// policyFor allows the page what it has, and nothing that got into it.
func policyFor(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; script-src 'self'; connect-src 'self'; worker-src 'self'; img-src data:; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
}

// errorView is what errorpage.html shows. The script of live reload is put into
// it as into any other page.
type errorView struct {
	Title, Summary, Text, Hint string
	Files                      []viewFile // problems by file, in the order in which they were found
	Output                     []traceLine
	Trace                      bool // the output is the trace of a panic
	Trusted                    bool // source may be shown
	Next                       string
	Refresh                    bool // the page goes away by itself, without a script too
	Style                      template.CSS
}

type viewFile struct {
	Name     string // "" for problems without a place
	Problems []viewProblem
}

type viewProblem struct {
	Text  string
	Place *place
	Rows  []sourceRow
}

// writeFailure answers r with f.
func (s *server) writeFailure(w http.ResponseWriter, r *http.Request, f *failure) {
	dir, trusted := s.supervisor.project.invoked, s.trusts(r)
	var body []byte
	contentType := "text/plain; charset=utf-8"
	switch negotiate(r.Header) {
	case asHTML:
		contentType = "text/html; charset=utf-8"
		var b bytes.Buffer
		if err := errorPage.Execute(&b, s.view(f, dir, trusted)); err != nil {
			panic(err) // to a buffer, of strings
		}
		body = b.Bytes()
	case asJSON:
		contentType = "application/json"
		body = f.json(dir, trusted)
	default:
		body = fmt.Appendf(nil, "%s\n\n%s\n%s.\n", f.title, f.print(dir, trusted, trusted), f.next())
	}
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Cache-Control", "no-store")
	header.Set("Vary", "Accept")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusInternalServerError)
	if r.Method != http.MethodHead {
		w.Write(body) //nolint:errcheck // the client may be gone
	}
}

// json is f for a program.
func (f *failure) json(dir string, output bool) []byte {
	type problem struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
		Text   string `json:"text"`
	}
	told := struct {
		Title    string    `json:"title"`
		Text     string    `json:"text"`
		Hint     string    `json:"hint"`
		Problems []problem `json:"problems"`
		Output   string    `json:"output"`
	}{Title: f.title, Text: f.text, Hint: f.hint, Problems: []problem{}}
	for _, p := range f.problems {
		told.Problems = append(told.Problems, problem{relative(dir, p.File), p.Line, p.Col, p.Text})
	}
	if output {
		told.Output = f.output
	}
	text, err := json.MarshalIndent(told, "", "  ")
	if err != nil {
		panic(err) // strings and numbers
	}
	return append(text, '\n')
}

// view is f for people. To a host that is not trusted it shows neither source
// nor output, nor where files are, nor the token that opens them.
func (s *server) view(f *failure, dir string, trusted bool) errorView {
	p := errorView{
		Title: visible(f.title), Text: visible(f.text), Hint: visible(f.hint), Summary: summary(f.problems),
		Trusted: trusted, Next: f.next(), Style: template.CSS(pageStyle),
		// Asked again, a request that ended the application would end it again.
		Refresh: trusted && f.ended == nil && s.live != nil,
	}
	if p.Summary == "" && !strings.Contains(p.Text, "\n") {
		p.Summary, p.Text = p.Text, ""
	}
	roots := s.supervisor.project.roots()
	for i, problem := range f.problems {
		shown := viewProblem{Text: visible(problem.Text)}
		name := ""
		if problem.File != "" {
			name = visible(relative(dir, problem.File))
			shown.Place = &place{Name: visible(problem.where(dir))}
			if trusted {
				shown.Place = s.place(roots, shown.Place.Name, problem.File, problem.Line, problem.Col)
			}
		}
		if trusted && i < maxExcerpts && !problem.secret {
			shown.Rows = excerpt(problem.File, problem.Line, problem.Col)
		}
		at := slices.IndexFunc(p.Files, func(file viewFile) bool { return file.Name == name })
		if at < 0 {
			at = len(p.Files)
			p.Files = append(p.Files, viewFile{Name: name})
		}
		p.Files[at].Problems = append(p.Files[at].Problems, shown)
	}
	if trusted && f.output != "" {
		p.Output, p.Trace = s.markTrace(roots, f.output, dir)
	}
	return p
}

// summary counts the problems when there are several.
func summary(problems []Problem) string {
	files := map[string]bool{}
	for _, problem := range problems {
		if problem.File != "" {
			files[problem.File] = true
		}
	}
	switch {
	case len(problems) < 2:
		return ""
	case len(files) < 2:
		return fmt.Sprintf("%d problems", len(problems))
	}
	return fmt.Sprintf("%d problems in %d files", len(problems), len(files))
}

// place is where the editor is to go, in whichever way it can be made to.
type place struct {
	Name         string       // as it is shown
	URL          template.URL // the editor's own; "" when it has none
	Token        string       // that makes the supervisor start the editor; "" when it can't
	File         string
	Line, Column int
}

// place makes a link to a line. An editor that the supervisor starts opens files
// of the project only.
func (s *server) place(roots []root, name, file string, line, column int) *place {
	at := &place{Name: name, File: file, Line: max(line, 1), Column: max(column, 1)}
	switch {
	case s.editor.url != "":
		at.URL = template.URL(s.editor.link(file, line, column)) //nolint:gosec // its scheme was checked when it was read
	case len(s.editor.command) > 0 && locate(roots, file) != "":
		at.Token = s.editor.token
	case s.editor.terminal && filepath.IsAbs(file):
		at.Name = visible(fmt.Sprintf("%s:%d:%d", file, at.Line, at.Column)) // to be copied
	}
	return at
}

// panicPages is what launchers need to know for pages of their own: it is
// launcher.panicPages.
type panicPages struct {
	Roots    map[string]string `json:"roots"` // directories of modules, and their paths
	Dir      string            `json:"dir"`   // the one that the command was given in
	Editor   string            `json:"editor"`
	Command  bool              `json:"command"`
	Terminal bool              `json:"terminal"`
	Token    string            `json:"token"`
}

// panicPages are pages of a launcher that has its roots still to be told.
func (e editor) panicPages(dir string) panicPages {
	return panicPages{Dir: dir, Editor: e.url, Command: len(e.command) > 0, Terminal: e.terminal, Token: e.token}
}

func rootModules(roots []root) map[string]string {
	modules := map[string]string{}
	for _, root := range roots {
		if root.module != "" {
			modules[root.path] = root.module
		}
	}
	return modules
}
