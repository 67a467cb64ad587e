// Live reload as it is seen in a browser, over a new project.
package main

import (
	"fmt"
	"strings"
	"testing"
)

// What a browser's console has by itself: of pages that fail, which may have no icon; of pages that are not there;
// and of what a page had not yet loaded when runserver ended.
const (
	saysError    = `^error: Failed to load resource: the server responded with a status of (500|404 .*/favicon.ico$)`
	saysNotFound = `^error: Failed to load resource: the server responded with a status of 404 .*/nowhere$`
	saysRefused  = `^error: Failed to load resource: net::ERR_CONNECTION_REFUSED .*/static/`
)

func TestBrowser(t *testing.T) {
	browser := startBrowser(t)
	s := serveSite(t, generate(t, "mysite"), freeAddress(t)) // to be free again, once it is quit
	b := openTab(t, browser)
	step := func(name, says string, f func(*testing.T)) {
		t.Run(name, func(step *testing.T) {
			s.t, b.t = step, step
			defer func() { s.t, b.t = t, t }()
			f(step)
			b.quiet(says)
		})
		if t.Failed() {
			t.FailNow() // the steps follow from each other
		}
	}
	h1 := func(text string) string { return fmt.Sprintf("document.querySelector('h1').textContent === %q", text) }
	const index, views, style = "mysite/templates/index.html", "mysite/views.go", "mysite/static/style.css"

	step("welcome", "", func(*testing.T) {
		b.open(s.url)
		b.waitLoaded(h1("It works."))
		b.screenshot("welcome")
	})
	step("template", "", func(*testing.T) {
		undo := s.edit(index, "It works.", "It reloads.")
		b.waitLoaded(h1("It reloads."))
		undo()
		b.waitLoaded(h1("It works."))
	})
	step("view", "", func(*testing.T) {
		undo := s.edit(views, `"index.html", nil`, `"500.html", nil`)
		b.waitLoaded(h1("Something went wrong"))
		undo()
		b.waitLoaded(h1("It works."))
	})
	step("style sheet", "", func(t *testing.T) {
		b.eval("window.kept = 'kept'; document.querySelector('h1').dataset.flashed = ''; 0")
		b.eval(`requestAnimationFrame(function look() {
			if (getComputedStyle(document.querySelector("main")).maxWidth === "none") document.querySelector("h1").dataset.flashed = "yes";
			requestAnimationFrame(look);
		}); 0`)
		for _, color := range []string{"1, 2, 3", "4, 5, 6"} {
			s.edit(style, "  margin: 0;\n  background: var(--paper);", "  margin: 0;\n  background: rgb("+color+") !important;\n  background: var(--paper);")
			b.wait(fmt.Sprintf(`getComputedStyle(document.body).backgroundColor === "rgb(%s)" && document.querySelectorAll("link[rel=stylesheet]").length === 1`, color))
			s.edit(style, "  background: rgb("+color+") !important;\n", "")
			b.wait(`getComputedStyle(document.body).backgroundColor !== "rgb(` + color + `)" && document.querySelectorAll("link[rel=stylesheet]").length === 1`)
		}
		if got := b.eval("window.kept + document.querySelector('h1').dataset.flashed"); got != `"kept"` {
			t.Errorf("the page was reloaded, or seen without its style: %s", got)
		}
	})
	step("mistake", saysError, func(*testing.T) {
		undo := s.edit(views, `"index.html", nil`, `"index.html", missing`)
		b.waitLoaded(`document.body.textContent.includes("undefined: missing")`)
		b.screenshot("error")
		second := s.edit(views, "missing", "absent")
		b.waitLoaded(`document.body.textContent.includes("undefined: absent")`)
		second()
		b.waitLoaded(`document.body.textContent.includes("undefined: missing")`)
		undo()
		b.waitLoaded(h1("It works."))
	})
	step("panic", saysError, func(*testing.T) {
		undo := s.edit(views, `s.render(w, r, http.StatusOK, "index.html", nil)`, `panic("on purpose")`)
		b.waitLoaded(`document.body.textContent.includes("on purpose")`)
		b.screenshot("panic")
		undo()
		b.waitLoaded(h1("It works."))
	})
	step("scroll", saysError, func(t *testing.T) { testScroll(t, s, b) })
	step("navigation", saysNotFound, func(t *testing.T) { testNavigation(t, s, b) })
	step("restart", saysRefused, func(t *testing.T) {
		b.waitLoaded(h1("It works."))
		s.quit()
		again := serveSiteUntil(t, s, s.edit(index, "It works.", "It works again."))
		b.waitLoaded(h1("It works again."))
		again()
	})
}

// serveSiteUntil serves a site that has been quit again, at its address.
func serveSiteUntil(t *testing.T, s *site, undo func()) (end func()) {
	next := serveSite(t, s.dir, strings.TrimPrefix(s.url, "http://"))
	return func() { next.quit(); s.t = t; undo() }
}

// testScroll wants the page back where it was: after a reload, on a page that has its length only after it has
// loaded, and with an error page in between.
func testScroll(t *testing.T, s *site, b *tab) {
	const index, views = "mysite/templates/index.html", "mysite/views.go"
	const tall = `<div id="tall"></div><script nonce="{{ .Nonce }}">
    const grow = () => document.getElementById("tall").style.height = "5000px";
    location.hash ? addEventListener("load", () => setTimeout(grow, 300)) : grow();
    </script><p id="edit">0</p>{{ end }}`
	at := func(n int) string {
		return fmt.Sprintf(`document.getElementById("edit")?.textContent === "%d"`, n)
	}
	undo := s.edit(index, "</ol>\n{{ end }}", "</ol>\n"+tall)
	b.waitLoaded(at(0)) // it must not reload while another address is opened
	for n, path := range []string{"/", "/#late"} {
		b.open("about:blank")
		b.open(s.url + path)
		b.wait("document.documentElement.scrollHeight > 5000")
		b.eval("scrollTo(0, 1234)")
		b.wait("scrollY === 1234")
		s.edit(index, fmt.Sprintf(`"edit">%d<`, n), fmt.Sprintf(`"edit">%d<`, n+1))
		b.waitLoaded(at(n + 1))
		b.wait("scrollY === 1234")
		mend := s.edit(views, `"index.html", nil`, `"index.html", missing`)
		b.waitLoaded(`document.body.textContent.includes("undefined: missing")`)
		mend()
		b.waitLoaded(at(n + 1))
		b.wait("scrollY === 1234")
	}
	if got := b.eval("JSON.stringify(sessionStorage)"); got != `"{}"` {
		t.Errorf("the page's storage has %s", got)
	}
	undo()
	b.waitLoaded("!document.getElementById('edit')")
}

// testNavigation wants a link that was followed while a build ran to lead where it should, and a page that stays
// to reload.
func testNavigation(t *testing.T, s *site, b *tab) {
	b.open(s.url)
	b.eval(`document.body.insertAdjacentHTML("beforeend", '<a id="nowhere" href="/nowhere"></a><a id="nothing" href="/nothing"></a>')`)
	undo := s.edit("mysite/middleware.go", "if s.settings.Debug {\n\t\treturn next\n", `if s.settings.Debug {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/no") {
				time.Sleep(500 * time.Millisecond) // longer than the page takes to hear of the build
			}
			if r.URL.Path == "/nothing" {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			next.ServeHTTP(w, r)
		})
`)
	b.eval("document.getElementById('nowhere').click()")
	b.waitLoaded("location.pathname === '/nowhere'")

	b.open(s.url)
	b.eval(`document.body.insertAdjacentHTML("beforeend", '<a id="nothing" href="/nothing"></a>')`)
	s.edit("mysite/views.go", `"index.html", nil`, `"500.html", nil`)
	b.eval("document.getElementById('nothing').click()")
	b.waitLoaded("location.pathname === '/' && document.querySelector('h1').textContent === 'Something went wrong'")
	s.edit("mysite/views.go", `"500.html", nil`, `"index.html", nil`)
	undo()
}
