package main

// Which values a page about a panic does not show. The rule for names is
// Django's (django/views/debug.py, SafeExceptionReporterFilter); beyond it,
// passwords inside of values are hidden, as in the URL of a database.

import (
	"encoding"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	asterisks = "********************"
	longest   = 4096 // characters of a value
)

var (
	secretName = regexp.MustCompile(`(?i)API|TOKEN|KEY|SECRET|PASS|SIGNATURE`)
	// A cookie that logs a user in is as good as a password.
	secretCookie = regexp.MustCompile(`(?i)SESS|AUTH|JWT|SID\b`)
	// postgres://user:password@host
	urlPassword = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^/\s:@"]*:)[^/?#\s"]*@`)
	// user:password@tcp(host), as Go's driver for MySQL has it: all of it up to the protocol may be the password
	dsnPassword = regexp.MustCompile(`([\w.-]+:)[^\s"]*?(@\w+\()`)
	// password=..., in the DSN of a database or a query
	pairPassword = regexp.MustCompile(`(?i)([\w.-]*(?:API|TOKEN|KEY|SECRET|PASS|SIGNATURE)[\w.-]*\s?=\s?)('[^']*'|[^\s&;,"']+)`)
	secretHeader = []string{"Authorization", "Cookie", "Proxy-Authorization"}
)

// cleanse is a value that goes by a name.
func cleanse(name, value string) string {
	if secretName.MatchString(name) {
		return asterisks
	}
	return trim(pairPassword.ReplaceAllString(hidePasswords(value), "${1}"+asterisks))
}

func cleanseHeader(name, value string) string {
	if slices.Contains(secretHeader, name) {
		return asterisks
	}
	return cleanse(name, value)
}

func cleanseCookie(name, value string) string {
	if secretCookie.MatchString(name) {
		return asterisks
	}
	return cleanse(name, value)
}

// hidePasswords hides those that can be told by what stands around them.
func hidePasswords(text string) string {
	text = urlPassword.ReplaceAllString(text, "${1}"+asterisks+"@")
	return dsnPassword.ReplaceAllString(text, "${1}"+asterisks+"${2}")
}

// hideQuery hides secrets in the query of a request line.
func hideQuery(uri string) string {
	path, query, found := strings.Cut(uri, "?")
	if !found {
		return trim(uri)
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(name); err != nil || secretName.MatchString(decoded) {
			pairs[i] = name + "=" + asterisks
		}
	}
	return trim(path + "?" + strings.Join(pairs, "&"))
}

// trim shortens what is too long to be read.
func trim(text string) string {
	if len(text) <= longest || utf8.RuneCountInString(text) <= longest {
		return text
	}
	end := 0
	for range longest {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	return fmt.Sprintf("%s… <trimmed %d bytes string>", text[:end], len(text))
}

// cleanseValue words a value, and hides what is secret in maps and structs too.
func cleanseValue(name string, value reflect.Value) string {
	if secretName.MatchString(name) {
		return asterisks
	}
	return trim(wordValue(value, 0))
}

const (
	deepest = 6   // levels of values within values
	widest  = 100 // elements of a list or a map
)

func wordValue(v reflect.Value, depth int) string {
	if !v.IsValid() {
		return "nil"
	}
	if depth > deepest {
		return "…"
	}
	if v.CanInterface() {
		switch value := v.Interface().(type) {
		case fmt.Formatter, fmt.Stringer, error:
			return hidePasswords(fmt.Sprint(value))
		case encoding.TextMarshaler:
			if v.Kind() == reflect.Pointer && v.IsNil() {
				return "nil"
			}
			if text, err := value.MarshalText(); err == nil {
				return hidePasswords(string(text))
			}
		}
	}
	switch v.Kind() {
	case reflect.String:
		return strconv.Quote(cleanse("", v.String()))
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return "nil"
		}
		return wordValue(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return fmt.Sprintf("%d bytes", v.Len())
		}
		var words []string
		for i := range min(v.Len(), widest) {
			words = append(words, wordValue(v.Index(i), depth+1))
		}
		return list("[", words, v.Len(), "]")
	case reflect.Map:
		words := map[string]string{}
		for _, key := range v.MapKeys() {
			word := wordValue(key, depth+1)
			words[word] = word + ": " + cleanseElement(fmt.Sprint(key), v.MapIndex(key), depth)
		}
		ordered := make([]string, 0, len(words))
		for _, word := range slices.Sorted(maps.Keys(words)) {
			ordered = append(ordered, words[word])
		}
		return list("{", ordered[:min(len(ordered), widest)], v.Len(), "}")
	case reflect.Struct:
		var words []string
		for i := range v.NumField() {
			// A field that is not exported may have a type that hides its value
			// from fmt, but not from us.
			if field := v.Type().Field(i); field.IsExported() {
				words = append(words, field.Name+": "+cleanseElement(field.Name, v.Field(i), depth))
			}
		}
		return list("{", words, len(words), "}")
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return v.Type().String()
	}
	return fmt.Sprint(v)
}

func cleanseElement(name string, v reflect.Value, depth int) string {
	if secretName.MatchString(name) {
		return asterisks
	}
	return wordValue(v, depth+1)
}

// list joins the words that are shown of a number of them.
func list(begin string, words []string, number int, end string) string {
	text := begin + strings.Join(words, ", ")
	if more := number - len(words); more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text + end
}
