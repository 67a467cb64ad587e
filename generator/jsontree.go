// JSON that people write by hand: template.json, answers, the user's defaults.
//
// encoding/json stops at the first fault and does not know its line, takes a key that is there twice and
// one in the wrong case, and reads on in silence. So a file is read into a tree that knows where each value
// is, and whoever reads the tree reports each fault with its place, and all of them at once.
package generator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxJSON is more than anybody writes by hand.
const maxJSON = 1 << 20

// jsonValue is a value of a JSON file.
type jsonValue struct {
	at      int          // offset of its first byte
	value   any          // string, bool, float64 or nil; nil too for the two below
	kind    string       // what a message calls it
	members []jsonMember // of an object, in the file's order
	items   []*jsonValue // of an array
}

type jsonMember struct {
	name  string
	at    int
	value *jsonValue
}

// jsonReader reads the tree of one file and gathers its faults.
type jsonReader struct {
	file   string // as messages name it
	data   []byte
	faults problems
}

// fault reports what is wrong at an offset.
func (r *jsonReader) fault(at int, format string, args ...any) {
	p := problem{file: r.file, text: fmt.Sprintf(format, args...)}
	p.locate(string(r.data), at)
	r.faults = append(r.faults, p)
}

// parse is the tree, or nil when the file is not JSON.
func (r *jsonReader) parse() *jsonValue {
	r.data = bytes.TrimPrefix(r.data, []byte("\xef\xbb\xbf")) // what some editors of Windows begin a file with
	if at := invalidUTF8(string(r.data)); at >= 0 {
		r.fault(at, "is not UTF-8")
		return nil
	}
	var all any
	if err := json.Unmarshal(r.data, &all); err != nil {
		at := len(r.data)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = int(syntax.Offset) - 1
		}
		r.fault(max(0, at), "is not JSON: %v", err)
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(r.data)) // of what is JSON: no error can come
	return r.next(dec)
}

// next reads one value.
func (r *jsonReader) next(dec *json.Decoder) *jsonValue {
	at := r.start(dec)
	token, err := dec.Token()
	if err != nil && err != io.EOF {
		r.fault(at, "is not JSON: %v", err)
	}
	v := &jsonValue{at: at, value: token}
	switch token := token.(type) {
	case json.Delim:
		v.value, v.kind = nil, "an array"
		if token == '{' {
			v.kind = "an object"
		}
		for dec.More() {
			if token == '{' {
				m := jsonMember{at: r.start(dec)}
				name, _ := dec.Token()
				m.name, _ = name.(string)
				m.value = r.next(dec)
				v.members = append(v.members, m)
			} else {
				v.items = append(v.items, r.next(dec))
			}
		}
		_, _ = dec.Token() // the closing one
	case string:
		v.kind = "a string"
	case bool:
		v.kind = "true or false"
	case float64:
		v.kind = "a number"
	default:
		v.kind = "null"
	}
	return v
}

// start is the offset of the token that comes next.
func (r *jsonReader) start(dec *json.Decoder) int {
	at := int(dec.InputOffset())
	rest := bytes.TrimLeft(r.data[at:], " \t\r\n,:")
	return len(r.data) - len(rest)
}

// object gives each member of v to the function of its name. Names that are not known, and those that are
// there twice, are faults.
func (r *jsonReader) object(v *jsonValue, what string, keys map[string]func(*jsonValue)) {
	var known []string
	for name := range keys {
		known = append(known, name)
	}
	slices.Sort(known)
	for _, m := range r.members(v, what) {
		if read, ok := keys[m.name]; ok {
			read(m.value)
			continue
		}
		text := fmt.Sprintf("unknown key %q", m.name)
		if near := Nearest(m.name, known); near != "" {
			text += fmt.Sprintf("; did you mean %q?", near)
		} else {
			text += "; known are " + strings.Join(known, ", ")
		}
		r.fault(m.at, "%s", text)
	}
}

// members are those of an object, without those whose name was there before.
func (r *jsonReader) members(v *jsonValue, what string) []jsonMember {
	if v.kind != "an object" {
		r.fault(v.at, "%s is %s, want an object", what, v.kind)
		return nil
	}
	var once []jsonMember
	for _, m := range v.members {
		if slices.ContainsFunc(once, func(other jsonMember) bool { return other.name == m.name }) {
			r.fault(m.at, "the key %q is there twice", m.name)
			continue
		}
		once = append(once, m)
	}
	return once
}

// list gives each item of v to a function.
func (r *jsonReader) list(v *jsonValue, what, of string, each func(*jsonValue)) {
	if v.kind != "an array" {
		r.fault(v.at, "%s is %s, want an array of %s", what, v.kind, of)
		return
	}
	for _, item := range v.items {
		each(item)
	}
}

// text is v's string; "" with a fault when it is something else.
func (r *jsonReader) text(v *jsonValue, what string) string {
	s, ok := v.value.(string)
	if !ok {
		r.fault(v.at, "%s is %s, want a string", what, v.kind)
	}
	return s
}

// boolean is v's truth; false with a fault when it is something else.
func (r *jsonReader) boolean(v *jsonValue, what string) bool {
	b, ok := v.value.(bool)
	if !ok {
		r.fault(v.at, "%s is %s, want true or false", what, v.kind)
	}
	return b
}
