package runserver

// Some lines of a source file, fit to be shown: launcher/panic_source.go has the
// same for panics, which has to compile in the user's module.

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	excerptAround = 3   // lines before and after
	excerptWidth  = 600 // bytes of a line
)

// sourceRow is one line of an excerpt.
type sourceRow struct {
	Number int
	Text   string
	At     bool   // it is the line asked for
	Caret  bool   // a caret goes below it
	Before string // what keeps the caret in its column
}

// excerpt reads the lines around one of a file; nil when it can't.
func excerpt(name string, line, column int) []sourceRow {
	// Opening a pipe would wait for its writer.
	if line < 1 || !isFile(name) {
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
	for n := 1; n <= line+excerptAround && lines.Scan(); n++ {
		if n < line-excerptAround {
			continue
		}
		text := lines.Text()
		row := sourceRow{Number: n, At: n == line}
		if row.At && column > 0 && column <= min(len(text)+1, excerptWidth) {
			row.Caret, row.Before = true, blank(visible(text[:column-1]))
		}
		if len(text) > excerptWidth {
			text = text[:excerptWidth] + "…"
		}
		row.Text = visible(text)
		rows = append(rows, row)
	}
	if len(rows) == 0 || rows[len(rows)-1].Number < line {
		return nil
	}
	return rows
}

// blank is as wide as text.
func blank(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, text)
}

// visible shows what can't be printed as an escape, and with it the characters
// that make text run backwards, by which source may look like other source.
func visible(text string) string {
	if strings.IndexFunc(text, hidden) < 0 && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 || hidden(r) {
			quoted := strconv.QuoteToASCII(text[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
		text = text[size:]
	}
	return b.String()
}

func hidden(r rune) bool {
	return r != '\t' && r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}
