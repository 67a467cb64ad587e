package main

import (
	"strings"
	"testing"
)

type loop struct{}

func (l *loop) Error() string { return "loop" }
func (l *loop) Unwrap() error { return l }

// test_cyclic_context: an error may wrap itself.
func TestCyclicCause(t *testing.T) {
	if got := len(chain(&loop{})); got != 20 {
		t.Errorf("%d causes", got)
	}
	if chain("no error") != nil || chain(nil) != nil {
		t.Error("what is no error wraps something")
	}
}

// test_frames_with_no_source, test_tb_loader_that_returns_none: without its
// source, a frame has its place.
func TestFramesWithoutSource(t *testing.T) {
	p := &panicPages{Dir: "/src"}
	d := &document{}
	p.code(d, []frame{{Function: "a/b.C", File: "/nowhere/b.go", Name: "b.go", Line: 3, Mine: true}})
	if html := d.String(); !strings.Contains(html, "The source is not there.") || !strings.Contains(html, "b.go:3") {
		t.Errorf("%s", html)
	}
}

func TestPanicPlaces(t *testing.T) {
	f := frame{File: "/a\"b/<x>.go", Name: "<x>.go", Line: 3, Mine: true}
	for want, p := range map[string]*panicPages{
		`<a class="place" href="zed://file/a%22b/%3Cx%3E.go:3">&lt;x&gt;.go:3</a>`: {Editor: "zed://file/{path}:{line}"},
		`<code class="place">/a&#34;b/&lt;x&gt;.go:3:1</code>`:                     {Terminal: true},
		`<code class="place">&lt;x&gt;.go:3</code>`:                                {},
		`<form method="post" action="/__gostart/open"><input type="hidden" name="token" value="t"><input type="hidden" name="file" value="/a&#34;b/&lt;x&gt;.go">` +
			`<input type="hidden" name="line" value="3"><input type="hidden" name="column" value="1"><button class="place">&lt;x&gt;.go:3</button></form>`: {Command: true, Token: "t"},
	} {
		d := &document{}
		if p.place(d, f); d.String() != want {
			t.Errorf("%s\nwant\n%s", d.String(), want)
		}
	}
}

func TestLocate(t *testing.T) {
	p := &panicPages{Roots: map[string]string{"/home/x/site": "example.test/site"}}
	for file, want := range map[string]string{
		"/home/x/site/web/a.go": "/home/x/site/web/a.go", "example.test/site/web/a.go": "/home/x/site/web/a.go",
		"/home/x/site/.gostart/main.go": "", "/home/x/site/vendor/y/y.go": "", "/home/x/site2/a.go": "", "/usr/local/go/src/net/http/server.go": "",
		"/home/x/site/pkg/mod/y@v1/y.go": "",
	} {
		if got, _ := p.locate(file); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

// test_local_variable_escaping: nothing that is not a constant becomes markup.
func TestDocument(t *testing.T) {
	d := &document{}
	d.add("<i a=\"%s\">%s</i>%s", `"><script>%s`, "a & %s 'b'", "")
	if got, want := d.String(), `<i a="&#34;&gt;&lt;script&gt;%s">a &amp; %s &#39;b&#39;</i>`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if strings.Contains(pageStyle, "<") {
		t.Error("the style sheet may end its element")
	}
}
