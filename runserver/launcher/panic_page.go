package main

// The page about a panic. It is written without html/template: that package
// makes a program 2.4 MB larger and each of its builds 50 ms slower, and not
// every application uses it. The compiler sees to the escaping instead: what is
// not a constant can't be markup.

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// markup is HTML. Only a constant becomes one without being asked to.
type markup string

// document is a page as far as it has been written.
type document struct{ strings.Builder }

// add writes markup, with each %s in it replaced by a value, as text.
func (d *document) add(format markup, values ...string) {
	for _, value := range values {
		before, after, _ := strings.Cut(string(format), "%s")
		d.WriteString(before)
		d.WriteString(html.EscapeString(visible(value)))
		format = markup(after)
	}
	d.WriteString(string(format))
}

// pagePolicy allows the page what it has, and nothing that got into it.
func pagePolicy() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; script-src 'self'; connect-src 'self'; worker-src 'self'; img-src data:; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
}

const (
	framesOpen  = 1  // frames of the user's that are shown without being asked for
	framesShown = 20 // and those that can be
	around      = 6  // lines before and after
)

// page shows the user's frames first, then the whole stack, then what the
// handler was given.
func (p *panicPages) page(r panicReport) []byte {
	d := &document{}
	d.add(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>panic: %s</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%23d93025'/%3E%3C/svg%3E">
<style>`, firstLine(r.Value))
	d.add(pageStyle)
	d.add("</style>\n</head>\n<body>\n<header><div>\n<p class=\"kind\">panic in a handler · %s %s</p>\n<h1>%s</h1>\n<p class=\"lead\"><span class=\"type\">%s</span>",
		r.Method, r.Path, r.Value, r.Type)
	if at := r.mine(); at != nil {
		d.add(" at ")
		p.place(d, *at)
	}
	d.add("</p>\n</div></header>\n<main>\n")
	p.code(d, r.Frames)
	if len(r.Chain) > 1 {
		d.add("<h2>The error, and what it wraps</h2>\n<div class=\"card\"><ol class=\"chain\">\n")
		for _, cause := range r.Chain {
			d.add("<li><span>%s</span> <span class=\"type\">%s</span></li>\n", cause.Text, cause.Type)
		}
		d.add("</ol></div>\n")
	}
	p.stack(d, r.Frames)
	d.add("<h2>Request</h2>\n<div class=\"card\"><h3 class=\"head\"><code>%s</code></h3><div class=\"inside\">\n", r.RequestLine)
	facts(d, r.Request, "")
	d.add("<h3>Headers</h3>\n")
	facts(d, r.Headers, "")
	d.add("<h3>Query</h3>\n")
	facts(d, r.Query, "None.")
	d.add("<h3>Form</h3>\n")
	if r.FormNote == "" {
		r.FormNote = "None."
	}
	facts(d, r.Form, r.FormNote)
	d.add("<h3>Cookies</h3>\n")
	facts(d, r.Cookies, "None.")
	d.add("</div></div>\n<h2>Settings</h2>\n<details class=\"card\"><summary>%s</summary><div class=\"inside\">\n", r.Module)
	facts(d, r.Settings, "None.")
	d.add("</div></details>\n<h2>Runtime</h2>\n<div class=\"card\"><div class=\"inside\">\n")
	facts(d, r.Runtime, "")
	d.add("</div></div>\n</main>\n<footer>\n" +
		"<p>You see this because Debug is on in the settings, nothing had been sent yet, and you are on this machine. " +
		"Values that go by the name of a secret are hidden.</p>\n</footer>\n</body>\n</html>\n")
	return []byte(d.String())
}

// code shows the user's frames with their source.
func (p *panicPages) code(d *document, frames []frame) {
	shown := 0
	for _, f := range frames {
		if !f.Mine || shown == framesShown {
			continue
		}
		if shown == 0 {
			d.add("<h2>Your code</h2>\n<div class=\"card\">\n")
		}
		if shown < framesOpen {
			d.add("<details class=\"frame\" open>")
		} else {
			d.add("<details class=\"frame\">")
		}
		shown++
		d.add("<summary><b>%s</b></summary>\n<span class=\"at-place\">", path.Base(f.Function))
		p.place(d, f)
		d.add("</span>\n")
		rows := excerpt(f.File, f.Line, around)
		if rows == nil {
			d.add("<div class=\"inside\"><p class=\"none\">The source is not there.</p></div>\n</details>\n")
			continue
		}
		d.add("<pre class=\"code\"><code>")
		for _, row := range rows {
			if row.At {
				d.add("<span class=\"row at\"><i>%s</i>%s\n</span>", strconv.Itoa(row.Number), row.Text)
			} else {
				d.add("<span class=\"row\"><i>%s</i>%s\n</span>", strconv.Itoa(row.Number), row.Text)
			}
		}
		d.add("</code></pre>\n</details>\n")
	}
	if shown > 0 {
		d.add("</div>\n")
	}
}

// stack lists all frames; those between the user's are folded.
func (p *panicPages) stack(d *document, frames []frame) {
	d.add("<h2>Stack</h2>\n<div class=\"card\">\n")
	for len(frames) > 0 {
		n := 1
		for n < len(frames) && frames[n].Mine == frames[0].Mine {
			n++
		}
		if frames[0].Mine {
			d.add("<ul class=\"stack\">\n")
		} else {
			d.add("<details class=\"frame\"><summary>%s of the standard library and dependencies</summary>\n<ul class=\"stack\">\n", count(n, "frame"))
		}
		for _, f := range frames[:n] {
			if f.Mine {
				d.add("<li class=\"mine\"><code>%s</code>", f.Function)
				p.place(d, f)
			} else {
				d.add("<li><code>%s</code><code>%s:%s</code>", f.Function, f.Name, strconv.Itoa(f.Line))
			}
			d.add("</li>\n")
		}
		d.add("</ul>\n")
		if !frames[0].Mine {
			d.add("</details>\n")
		}
		frames = frames[n:]
	}
	d.add("</div>\n")
}

// facts is a table, or what to say when there is nothing to be in it.
func facts(d *document, rows []fact, none string) {
	if len(rows) == 0 {
		d.add("<p class=\"none\">%s</p>\n", none)
		return
	}
	d.add("<table class=\"facts\">\n")
	for _, row := range rows {
		d.add("<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", row.Name, row.Value)
	}
	d.add("</table>\n")
}

// place is a link that opens the editor, as far as it can be opened:
// runserver/editor.go knows how.
func (p *panicPages) place(d *document, f frame) {
	line := strconv.Itoa(f.Line)
	name := f.Name + ":" + line
	switch {
	case p.Editor != "":
		d.add(`<a class="place" href="%s">%s</a>`, p.link(f.File, f.Line), name)
	case p.Command:
		d.add(`<form method="post" action="/__gostart/open"><input type="hidden" name="token" value="%s">`+
			`<input type="hidden" name="file" value="%s"><input type="hidden" name="line" value="%s">`+
			`<input type="hidden" name="column" value="1"><button class="place">%s</button></form>`, p.Token, f.File, line, name)
	case p.Terminal:
		d.add(`<code class="place">%s:%s:1</code>`, f.File, line)
	default:
		d.add(`<code class="place">%s</code>`, name)
	}
}

// link is editor.link of runserver/editor.go.
func (p *panicPages) link(file string, line int) string {
	var b strings.Builder
	for i, c := range []byte(filepath.ToSlash(file)) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~/", c) >= 0, c == ':' && i == 1:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	escaped := b.String()
	rooted := "/" + strings.TrimPrefix(escaped, "/")
	return strings.NewReplacer("file://{path}", "file://"+rooted, "/{path}", rooted, "{path}", escaped,
		"{line}", strconv.Itoa(line), "{column}", "1").Replace(p.Editor)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
