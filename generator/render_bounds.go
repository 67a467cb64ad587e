// Functions that can make more than a machine has, bounded.
//
// Memory that is used up bit by bit is noticed by the watch; what a single call asks for at once, or the stack
// that it takes to print lists in lists in lists, ends the process. So the functions that multiply their
// arguments, and those that put a value into another one, look at them first.
package generator

import (
	"errors"
	"fmt"
	"math"
	"reflect"
)

const (
	multiplying = "indent nindent replace regexReplaceAll regexReplaceAllLiteral mustRegexReplaceAll" +
		" mustRegexReplaceAllLiteral join wrapWith"
	nesting = "list tuple dict set append mustAppend prepend mustPrepend push mustPush chunk mustChunk"

	maxDepth = 100 // of lists and dicts in one another
)

// bounded is the function f, called only when its arguments pass a check.
func bounded(f any, check func(args []reflect.Value) error) any {
	inner := reflect.ValueOf(f)
	t := inner.Type()
	in, out := make([]reflect.Type, t.NumIn()), []reflect.Type{t.Out(0), reflect.TypeFor[error]()}
	for i := range in {
		in[i] = t.In(i)
	}
	outer := reflect.MakeFunc(reflect.FuncOf(in, out, t.IsVariadic()), func(args []reflect.Value) []reflect.Value {
		if err := check(args); err != nil {
			return []reflect.Value{reflect.Zero(out[0]), reflect.ValueOf(&err).Elem()}
		}
		call := inner.Call
		if t.IsVariadic() {
			call = inner.CallSlice
		}
		results := call(args)
		if len(results) == 1 {
			results = append(results, reflect.Zero(out[1]))
		}
		return results
	})
	return outer.Interface()
}

// checkProduct bounds the product of what the arguments measure: bytes, items, and numbers themselves.
func checkProduct(args []reflect.Value) error {
	product := 1.0
	for _, arg := range args {
		if arg.Kind() == reflect.Interface {
			arg = arg.Elem()
		}
		switch arg.Kind() {
		case reflect.String, reflect.Slice, reflect.Array:
			product *= float64(1 + arg.Len())
		case reflect.Int:
			product *= 1 + math.Abs(float64(arg.Int()))
		}
	}
	if product > maxBytes {
		return fmt.Errorf("its result might be larger than %d MiB", maxBytes>>20)
	}
	return nil
}

// checkDepth bounds how deep a value becomes that the arguments are put into, which for set is the first of them.
func checkDepth(args []reflect.Value) error {
	d := depths{seen: map[extent]int{}}
	if args[0].Kind() == reflect.Map {
		d.target = args[0].Pointer()
		args = args[1:]
	}
	for _, arg := range args {
		if d.of(arg, 0) >= maxDepth {
			return fmt.Errorf("lists and dicts are in one another, more than %d deep", maxDepth)
		}
	}
	if d.cycle {
		return errors.New("a dict cannot hold itself")
	}
	return nil
}

// depths measures values; those that are in several others are measured once.
type depths struct {
	seen   map[extent]int
	target uintptr // a dict that must not be met
	cycle  bool
}

// extent is what tells one list or dict from others: a part of a list may begin where the list does.
type extent struct {
	start uintptr
	size  int
}

// of is the depth of v, which is itself as deep as above; more than maxDepth is not looked at.
func (d *depths) of(v reflect.Value, above int) int {
	if v.Kind() == reflect.Interface {
		return d.of(v.Elem(), above)
	}
	if v.Kind() != reflect.Map && v.Kind() != reflect.Slice || above > maxDepth {
		return 0
	}
	at := extent{v.Pointer(), v.Len()}
	if v.Kind() == reflect.Map && at.start == d.target {
		d.cycle = true
		return 0
	}
	if depth, ok := d.seen[at]; ok {
		return depth
	}
	d.seen[at] = 0
	deepest := 0
	inside := func(v reflect.Value) { deepest = max(deepest, d.of(v, above+1)) }
	if v.Kind() == reflect.Map {
		for entries := v.MapRange(); entries.Next(); {
			inside(entries.Value())
		}
	} else if v.Type().Elem().Kind() != reflect.Uint8 && v.Type().Elem().Kind() != reflect.String {
		for i := range v.Len() {
			inside(v.Index(i))
		}
	}
	d.seen[at] = 1 + deepest
	return 1 + deepest
}
