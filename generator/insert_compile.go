// Whether a package still compiles, as far as its own files tell.
//
// What it imports is not looked at: that would take the go command, and seconds. go/types then takes all that an
// import offers for valid, and still finds what an inserted line can break by itself: a name that is there already,
// such as a type "pages" in a package that is to import an app "pages".
package generator

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

// newFault is what is wrong with a package after a change that was not before, or "".
func newFault(before, after map[string][]byte) string {
	known := map[string]bool{}
	for _, fault := range packageFaults(before) {
		known[fault.Msg] = true
	}
	for _, fault := range packageFaults(after) {
		if !known[fault.Msg] {
			at := fault.Fset.Position(fault.Pos)
			return fmt.Sprintf("%s:%d: %s", path.Base(at.Filename), at.Line, fault.Msg)
		}
	}
	return ""
}

// packageFaults type-checks the files of a package, by path. Tests are no part of it.
func packageFaults(files map[string][]byte) []types.Error {
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, files[name], parser.SkipObjectResolution)
		if err != nil {
			return nil // nobody can tell
		}
		parsed = append(parsed, file)
	}
	var faults []types.Error
	config := types.Config{Importer: noImports{}, FakeImportC: true, Error: func(err error) {
		var fault types.Error
		if errors.As(err, &fault) && !fault.Soft && !strings.HasPrefix(fault.Msg, "could not import ") {
			faults = append(faults, fault)
		}
	}}
	_, _ = config.Check("", fset, parsed, nil) // Error has all of it
	return faults
}

// noImports gives packages that nothing is known of.
type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not looked at") }
