package main

// Source around a place, for a page about a panic: runserver/excerpt.go has the
// same for the supervisor's pages.

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const excerptWidth = 600 // bytes of a line

type sourceRow struct {
	Number int
	Text   string
	At     bool
}

// excerpt reads a line of a file and those around it; nil when it can't.
func excerpt(name string, line, around int) []sourceRow {
	info, err := os.Stat(name)
	if line < 1 || err != nil || !info.Mode().IsRegular() {
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	var rows []sourceRow
	for n := 1; n <= line+around && lines.Scan(); n++ {
		if n < line-around {
			continue
		}
		text := lines.Text()
		if len(text) > excerptWidth {
			text = text[:excerptWidth] + "…"
		}
		rows = append(rows, sourceRow{Number: n, Text: visible(text), At: n == line})
	}
	if len(rows) == 0 || rows[len(rows)-1].Number < line {
		return nil
	}
	return rows
}

// visible shows what can't be printed as an escape, and with it the characters
// that make text run backwards, by which source may look like other source.
func visible(text string) string {
	if strings.IndexFunc(text, unprintable) < 0 && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 || unprintable(r) {
			quoted := strconv.QuoteToASCII(text[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
		text = text[size:]
	}
	return b.String()
}

func unprintable(r rune) bool {
	return r != '\t' && r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}
