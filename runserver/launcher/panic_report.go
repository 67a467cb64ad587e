package main

// What is known about a panic: the value, the stack, the request, the settings.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"
)

// launcherDir is the directory that the launcher is compiled in.
const launcherDir = ".gostart"

// panicReport is one panic, with every secret hidden already.
type panicReport struct {
	Method, Path string
	Value, Type  string
	Chain        []cause // of an error: what it wraps, from the outside in
	Frames       []frame // from the panic outwards
	RequestLine  string
	Request      []fact
	Headers      []fact
	Query        []fact
	Form         []fact
	FormNote     string // why it is not known
	Cookies      []fact
	Module       string // of the settings
	Settings     []fact
	Runtime      []fact
}

type cause struct{ Type, Text string }

// fact is a row of a table.
type fact struct{ Name, Value string }

// frame is a call on the stack.
type frame struct {
	Function string
	File     string // as the compiler knew it
	Name     string // as it is shown
	Line     int
	Mine     bool // it is the user's code
}

func (p *panicPages) report(seen watched, reason any, stack []uintptr) panicReport {
	r := seen.request
	report := panicReport{
		Method: r.Method, Path: r.URL.Path,
		Value: trim(hidePasswords(fmt.Sprint(reason))), Type: fmt.Sprintf("%T", reason),
		Chain: chain(reason), Frames: p.frames(stack), RequestLine: r.Method + " " + hideQuery(r.RequestURI) + " " + r.Proto,
		Request: []fact{{"Client", r.RemoteAddr}, {"Host", r.Host}, {"Time", time.Now().Format(time.RFC1123Z)}},
		Module:  p.module, Settings: settingsFacts(p.settings), Runtime: runtimeFacts(),
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			report.Headers = append(report.Headers, fact{name, cleanseHeader(name, value)})
		}
	}
	query, _ := url.ParseQuery(r.URL.RawQuery) // what can be read of it
	report.Query = valueFacts(query)
	for _, cookie := range r.Cookies() {
		report.Cookies = append(report.Cookies, fact{cookie.Name, cleanseCookie(cookie.Name, cookie.Value)})
	}
	report.Form, report.FormNote = formFacts(seen)
	return report
}

// chain is an error and all that it wraps; an error may wrap several, or itself.
func chain(reason any) []cause {
	err, ok := reason.(error)
	if !ok {
		return nil
	}
	var causes []cause
	var follow func(err error)
	follow = func(err error) {
		if err == nil || len(causes) == 20 {
			return
		}
		causes = append(causes, cause{fmt.Sprintf("%T", err), trim(hidePasswords(fmt.Sprint(err)))})
		if several, ok := err.(interface{ Unwrap() []error }); ok {
			for _, err := range several.Unwrap() {
				follow(err)
			}
		}
		follow(errors.Unwrap(err))
	}
	follow(err)
	return causes
}

// frames lists the calls from the panic outwards. A middleware that recovers and
// panics again is on the stack above the first panic: that one is what matters.
func (p *panicPages) frames(stack []uintptr) []frame {
	var found, above []frame
	calls := runtime.CallersFrames(stack)
	for more, panicked := true, false; more; {
		var call runtime.Frame
		call, more = calls.Next()
		if call.Function == "runtime.gopanic" {
			above = append(above, found...)
			found, panicked = nil, true
			continue
		}
		if panicked && strings.Contains(call.File, "/"+launcherDir+"/") {
			break // from here on, it is what calls every handler
		}
		f := frame{Function: call.Function, File: call.File, Name: call.File, Line: call.Line}
		if file, ok := p.locate(call.File); ok {
			f.File, f.Mine = file, !strings.HasPrefix(call.Function, "main.")
		}
		if rel, err := filepath.Rel(p.Dir, f.File); f.Mine && err == nil && filepath.IsLocal(rel) {
			f.Name = filepath.ToSlash(rel)
		}
		if f.Function != "" {
			found = append(found, f)
		}
	}
	for _, f := range above {
		if f.Mine {
			found = append(found, f)
		}
	}
	return found
}

// locate tells whether a file is the user's, and where. With -trimpath files are
// named by their module.
func (p *panicPages) locate(file string) (string, bool) {
	for _, dir := range []string{"/" + launcherDir + "/", "/vendor/", "/pkg/mod/"} {
		if strings.Contains(file, dir) {
			return "", false
		}
	}
	for root, module := range p.Roots {
		if strings.HasPrefix(file, filepath.ToSlash(root)+"/") {
			return file, true
		}
		if rest, ok := strings.CutPrefix(file, module+"/"); ok {
			return path.Join(filepath.ToSlash(root), rest), true
		}
	}
	return "", false
}

// formFacts shows the form, if the handler has read all of it.
func formFacts(seen watched) (facts []fact, note string) {
	r := seen.request
	if seen.body != nil {
		text, whole := seen.body.whole(r.ContentLength)
		if !whole {
			return nil, "The handler has not read the form, or it is long."
		}
		r = &http.Request{Method: http.MethodPost, Header: r.Header, URL: &url.URL{}, Body: io.NopCloser(bytes.NewReader(text))}
		if err := r.ParseMultipartForm(formLimit); err != nil && !errors.Is(err, http.ErrNotMultipart) {
			return nil, "The form can't be read: " + err.Error()
		}
	}
	facts = valueFacts(r.PostForm)
	if r.MultipartForm != nil {
		for _, name := range slices.Sorted(maps.Keys(r.MultipartForm.File)) {
			for _, file := range r.MultipartForm.File[name] {
				facts = append(facts, fact{name, fmt.Sprintf("file %q, %d bytes", file.Filename, file.Size)})
			}
		}
	}
	return facts, ""
}

func valueFacts(values url.Values) []fact {
	var facts []fact
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			facts = append(facts, fact{name, cleanse(name, value)})
		}
	}
	return facts
}

// settingsFacts lists the fields of the project's Settings.
func settingsFacts(settings any) []fact {
	value := reflect.Indirect(reflect.ValueOf(settings))
	if value.Kind() != reflect.Struct {
		return nil
	}
	var facts []fact
	for i := range value.NumField() {
		if field := value.Type().Field(i); field.IsExported() {
			facts = append(facts, fact{field.Name, cleanseValue(field.Name, value.Field(i))})
		}
	}
	return facts
}

func runtimeFacts() []fact {
	dir, _ := os.Getwd()
	return []fact{
		{"Go", strings.TrimPrefix(runtime.Version(), "go")},
		{"System", runtime.GOOS + "/" + runtime.GOARCH},
		{"Directory", dir},
		{"Process", fmt.Sprintf("%d, with %d goroutines", os.Getpid(), runtime.NumGoroutine())},
	}
}

// mine is the first frame of the user's; nil without one.
func (r panicReport) mine() *frame {
	if i := slices.IndexFunc(r.Frames, func(f frame) bool { return f.Mine }); i >= 0 {
		return &r.Frames[i]
	}
	return nil
}

const panicTitle = "A handler panicked"

// trace is the stack as Go prints it.
func (r panicReport) trace() string {
	var b strings.Builder
	for _, f := range r.Frames {
		fmt.Fprintf(&b, "%s(...)\n\t%s:%d\n", f.Function, f.Name, f.Line)
	}
	return b.String()
}

// plain is the report for a terminal, in the form of the supervisor's.
func (r panicReport) plain() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n%s\n", panicTitle, visible(r.RequestLine))
	if at := r.mine(); at != nil {
		fmt.Fprintf(&b, "%s:%d: ", at.Name, at.Line)
	}
	fmt.Fprintf(&b, "panic: %s\n", visible(r.Value))
	if at := r.mine(); at != nil {
		for _, row := range excerpt(at.File, at.Line, 0) {
			fmt.Fprintf(&b, "    %s\n", strings.ReplaceAll(row.Text, "\t", "    "))
		}
	}
	fmt.Fprintf(&b, "\n%s", r.trace())
	return b.Bytes()
}

// json is the report for a program, with the fields of the supervisor's.
func (r panicReport) json() []byte {
	type problem struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
		Text   string `json:"text"`
	}
	told := problem{Text: "panic: " + r.Value}
	if at := r.mine(); at != nil {
		told.File, told.Line = at.Name, at.Line
	}
	text, err := json.MarshalIndent(struct {
		Title    string    `json:"title"`
		Text     string    `json:"text"`
		Hint     string    `json:"hint"`
		Problems []problem `json:"problems"`
		Output   string    `json:"output"`
	}{panicTitle, r.RequestLine, "", []problem{told}, r.trace()}, "", "  ")
	if err != nil {
		panic(err) // strings and numbers
	}
	return append(text, '\n')
}
