package runserver

// From a place on an error page to the user's editor. Most editors register a
// URL scheme, and the link is theirs to follow. The others are started by
// runserver, on this machine, when a form of the page asks for it; the form has
// a token, so that no other page can ask, and no shell sees the path.
//
// An editor that lives in a terminal, as vim does, can't be opened from here:
// runserver's own terminal is taken, and a new one is the window manager's to
// open. For these the page shows the path to copy, unless --editor says how,
// as in --editor "gvim --remote-silent +{line} {path}".

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// editorVariable names the editor when --editor does not.
const editorVariable = "GOSTART_EDITOR"

// editors are the names that --editor knows, and what they stand for: a URL, or
// a command. In both, {path}, {line} and {column} are replaced.
var editors = map[string]string{
	"vscode":   "vscode://file/{path}:{line}:{column}",
	"vscodium": "vscodium://file/{path}:{line}:{column}",
	"cursor":   "cursor://file/{path}:{line}:{column}",
	"windsurf": "windsurf://file/{path}:{line}:{column}",
	"zed":      "zed://file/{path}:{line}:{column}",
	"idea":     "idea://open?file={path}&line={line}&column={column}",
	"goland":   "goland://open?file={path}&line={line}&column={column}",
	"sublime":  "subl://open?url=file://{path}&line={line}&column={column}",
	"textmate": "txmt://open?url=file://{path}&line={line}&column={column}",
	"emacs":    "emacsclient --no-wait +{line}:{column} {path}",
}

// Editors are the names that --editor knows, in order.
func Editors() []string { return slices.Sorted(maps.Keys(editors)) }

// editorPrograms are the programs of editors, for those who give them in place of the name.
var editorPrograms = map[string]string{
	"code": "vscode", "codium": "vscodium", "subl": "sublime", "mate": "textmate", "emacsclient": "emacs",
}

// terminalEditors can't be opened from a server.
var terminalEditors = []string{"vim", "nvim", "vi", "nano", "helix", "hx", "micro", "kak", "ed"}

var (
	urlTemplate = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)
	badSchemes  = []string{"javascript", "data", "vbscript", "blob"}
)

// editor is how places are opened; the zero value does not open them.
type editor struct {
	url      string   // a template
	command  []string // templates of the arguments
	token    string   // a request to start the command must have it
	terminal bool     // the user copies the path
}

// parseEditor reads --editor, or else $GOSTART_EDITOR.
func parseEditor(text string) (editor, error) {
	source := "--editor"
	if text == "" {
		text, source = os.Getenv(editorVariable), "$"+editorVariable
	}
	text = strings.TrimSpace(text)
	name := strings.ToLower(text)
	if program, ok := editorPrograms[name]; ok {
		name = program
	}
	if text == "" {
		name = "vscode"
	}
	if known, ok := editors[name]; ok {
		text = known
	}
	// Elixir's PLUG_EDITOR and its like are written so.
	text = strings.NewReplacer("__FILE__", "{path}", "__LINE__", "{line}", "__COLUMN__", "{column}").Replace(text)
	fail := func(what string) (editor, error) {
		return editor{}, &usageError{text: fmt.Sprintf("%s %q: %s", source, text, what),
			hint: "known are " + strings.Join(Editors(), ", ") + " and none; or give a URL or a command with {path}, {line} and {column}"}
	}
	if found := urlTemplate.FindStringSubmatch(text); found != nil {
		switch {
		case slices.Contains(badSchemes, strings.ToLower(found[1])):
			return fail("not the URL of an editor")
		case !strings.Contains(text, "{path}"):
			return fail("{path} is missing")
		}
		return editor{url: text}, nil
	}
	words := shellWords(text)
	program := strings.TrimSuffix(filepath.Base(words[0]), ".exe")
	switch {
	case name == "none":
		return editor{}, nil
	case slices.Contains(terminalEditors, program):
		return editor{terminal: true}, nil
	case !strings.Contains(text, "{path}"):
		if _, err := exec.LookPath(words[0]); err != nil {
			return fail("not an editor that is known, nor a program")
		}
		words = append(words, "{path}")
	}
	return editor{command: words, token: rand.Text()}, nil
}

// shellWords cuts text at spaces that are not between quotes.
func shellWords(text string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	inside := false
	for _, r := range text {
		switch {
		case quote == 0 && (r == '"' || r == '\''):
			quote, inside = r, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == ' ' || r == '\t'):
			if inside {
				words = append(words, word.String())
			}
			word.Reset()
			inside = false
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if inside || len(words) == 0 {
		words = append(words, word.String())
	}
	return words
}

// link is the URL that opens a place.
func (e editor) link(file string, line, column int) string {
	path := escapePath(filepath.ToSlash(file))
	rooted := "/" + strings.TrimPrefix(path, "/")
	return strings.NewReplacer(
		"file://{path}", "file://"+rooted,
		"/{path}", rooted,
		"{path}", path,
		"{line}", strconv.Itoa(max(line, 1)),
		"{column}", strconv.Itoa(max(column, 1)),
	).Replace(e.url)
}

// escapePath makes a path mean itself in a path of a URL and in a query.
func escapePath(path string) string {
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~/", c) >= 0,
			c == ':' && i == 1: // C:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// arguments is the command that opens a place.
func (e editor) arguments(file string, line, column int) []string {
	fill := strings.NewReplacer("{path}", file, "{line}", strconv.Itoa(line), "{column}", strconv.Itoa(column))
	arguments := make([]string, len(e.command))
	for i, word := range e.command {
		arguments[i] = fill.Replace(word)
	}
	return arguments
}

// openPath is where the forms of an error page are sent to.
const openPath = "/__gostart/open"

// openEditor starts the editor for a form of an error page. The answer, that
// there is none to show, leaves the page where it is.
func (s *server) openEditor(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	site := r.Header.Get("Sec-Fetch-Site")
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "a form of an error page posts to this address", http.StatusMethodNotAllowed)
		return
	case !fromHere(r), !s.trusts(r), site != "" && site != "same-origin",
		s.editor.token == "", subtle.ConstantTimeCompare([]byte(r.PostFormValue("token")), []byte(s.editor.token)) != 1:
		http.Error(w, "only an error page that runserver shows on this machine may open the editor", http.StatusForbidden)
		return
	}
	line, lineErr := strconv.Atoi(r.PostFormValue("line"))
	column, columnErr := strconv.Atoi(r.PostFormValue("column"))
	file := locate(s.supervisor.project.roots(), r.PostFormValue("file"))
	if file == "" || errors.Join(lineErr, columnErr) != nil || line < 1 || column < 1 {
		http.Error(w, "no such place in the project", http.StatusNotFound)
		return
	}
	words := s.editor.arguments(file, line, column)
	command := exec.Command(words[0], words[1:]...) //nolint:gosec,noctx // the user's own editor, which outlives the request
	if err := command.Start(); err != nil {
		http.Error(w, fmt.Sprintf("starting the editor: %v", err), http.StatusInternalServerError)
		return
	}
	go command.Wait() //nolint:errcheck // its window says what went wrong
	w.WriteHeader(http.StatusNoContent)
}

// locate is a file of the project, links resolved; "" when name is none. A trace
// of a program that was built with -trimpath names files by their module.
func locate(roots []root, name string) string {
	name = filepath.FromSlash(name)
	separator := string(filepath.Separator)
	for _, root := range roots {
		file := name
		if rest, ok := strings.CutPrefix(name, filepath.FromSlash(root.module)+separator); ok && root.module != "" {
			file = filepath.Join(root.path, rest)
		}
		resolved, err := filepath.EvalSymlinks(file)
		if err == nil && filepath.IsAbs(file) && strings.HasPrefix(resolved, root.path+separator) && isFile(resolved) {
			return resolved
		}
	}
	return ""
}
