// Which names a project may have.
//
// A project's name becomes a directory, a package clause and, unless --module says otherwise, a
// module path; each has words of its own that it does not take, and Go reports most of them late and
// far from the cause. So all are refused here, in one table, with the reason and a name that works.
// The name is looked up, never imported or run: Django 3.2 imports it to see whether it is taken.
package generator

import (
	"cmp"
	"errors"
	"fmt"
	"go/token"
	"strings"
	"unicode"

	"golang.org/x/mod/module"
)

// maxNameLength is what leaves room for the socket of most add-ons, /run/NAME/NAME.sock: Linux takes 107 bytes.
const maxNameLength = 48

// reservedNames are refused whatever the module path is.
var reservedNames = []struct{ why, names string }{
	{"it is the name of a standard library package", standardPackages},
	{"a package main is a program, which nothing can import", "main"},
	{"it stands for a set of packages on go's command line", "all std cmd tool work"},
	{"go keeps copies of dependencies in directories of that name", "vendor"},
	{"it is cgo's pseudo-package", "C"},
	{`"go test ./..." skips directories of that name`, "testdata"},
	{"go ignores the files of a package of that name", "documentation"},
	{"a package of that name cannot be imported, as init is each package's own function", "init"},
	{"go lets only the code around a directory of that name import it", "internal"},
	{"it is the name of a device on Windows", windowsDevices},
}

// placeNames are refused as well, though a module path may begin with them: a project has its directory of that name for
// something else.
var placeNames = []struct{ why, names string }{
	{"git leaves out the directory of that name, where the program is built", "bin"},
	{"what add-ons lay for servers is in the directory of that name, and images leave it out", "deploy"},
}

// standardPackages are the top-level directories of the standard library (a test compares). A module
// of such a name hides the library's package or is hidden by it.
const standardPackages = "archive arena bufio builtin bytes cmp compress container context crypto database debug embed" +
	" encoding errors expvar flag fmt go hash html image index io iter log maps math mime net os path plugin" +
	" reflect regexp runtime simd slices sort strconv strings structs sync syscall testing text time unicode unique" +
	" unsafe weak"

const windowsDevices = "con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9" +
	" lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9"

// predeclared are Go's predeclared identifiers: a package may have such a name, and hides it where imported.
const predeclared = "any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64" +
	" rune string uint uint8 uint16 uint32 uint64 uintptr true false iota nil append cap clear close complex copy" +
	" delete imag len make max min new panic print println real recover"

// buildTargets end file names that Go builds on one system only.
const buildTargets = "aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows" +
	" 386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm"

// checkProjectName refuses a name that no Go project can have.
func checkProjectName(name string) error {
	why := nameFault(name)
	if why == "" {
		return nil
	}
	hint := "try " + strings.Join(betterNames(name, "mysite"), " or ")
	return refuse(exitUsage, hint, "%q is not a valid project name: %s", name, why)
}

// nameFault says why name cannot be a project's, or "".
func nameFault(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case strings.ContainsAny(name, `/\`):
		return "it is a path; the directory is a second argument"
	case strings.HasPrefix(name, "_"):
		return `go hides directories that start with "_" from "./..."`
	case len(name) > maxNameLength:
		return fmt.Sprintf("it has %d bytes, and at most %d are allowed", len(name), maxNameLength)
	}
	for i, r := range name {
		switch {
		case i == 0 && '0' <= r && r <= '9':
			return "a Go package name cannot start with a digit"
		case r > unicode.MaxASCII:
			return fmt.Sprintf("%q is not an ASCII letter, and Go's module paths have no others", string(r))
		case r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r):
			return fmt.Sprintf("%q is not allowed in a Go package name", string(r))
		}
	}
	switch {
	case token.IsKeyword(name):
		return "it is a keyword of Go"
	case strings.HasSuffix(name, "_test"):
		return `names that end in "_test" are those of test packages`
	}
	return cmp.Or(reservedFault(name), faultIn(placeNames, name))
}

func reservedFault(name string) string { return faultIn(reservedNames, name) }

// faultIn looks name up in a table. Windows and macOS fold case, so Con is con; C is only C.
func faultIn(rows []struct{ why, names string }, name string) string {
	for _, row := range rows {
		if hasWord(row.names, name) || name != "c" && hasWord(row.names, strings.ToLower(name)) {
			return row.why
		}
	}
	return ""
}

// nameWarnings are the names that work, and surprise.
func nameWarnings(name string) []string {
	var warnings []string
	if hasWord(predeclared, name) {
		warnings = append(warnings, fmt.Sprintf("package %q hides Go's own %s in each file that imports it", name, name))
	}
	if strings.ToLower(name) != name {
		warnings = append(warnings, fmt.Sprintf("package names in Go are lower case by convention: %q", strings.ToLower(name)))
	}
	if i := strings.LastIndex(name, "_"); i >= 0 && hasWord(buildTargets, name[i+1:]) {
		target := name[i+1:]
		warnings = append(warnings, fmt.Sprintf("files named after %q, such as %s_test.go, are built for %s only", name, name, target))
	}
	return warnings
}

// betterNames offers names like name that are valid, quoted; when nothing of it can be kept, the one that is given.
func betterNames(name, otherwise string) []string {
	var words []string // runs of ASCII letters and digits
	for _, word := range strings.FieldsFunc(name, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		if len(words) == 0 {
			word = strings.TrimLeft(word, "0123456789")
		}
		if word != "" {
			words = append(words, strings.ToLower(word))
		}
	}
	var better []string
	joined := strings.Join(words, "")
	for _, candidate := range []string{joined, strings.Join(words, "_"), "my" + joined, otherwise} {
		if candidate == "my" { // nothing of the name can be kept
			continue
		}
		quoted := fmt.Sprintf("%q", candidate)
		if nameFault(candidate) == "" && len(nameWarnings(candidate)) == 0 && !hasWord(strings.Join(better, " "), quoted) {
			better = append(better, quoted)
		}
	}
	if len(words) > 1 && len(better) > 1 {
		return better[:2] // mysite or my_site
	}
	return better[:1]
}

// checkModulePath refuses a module path that go would refuse, before anything is written. A path whose
// first element has no dot ("mysite") is as good as any until it is published.
func checkModulePath(path string) error {
	first, _, _ := strings.Cut(path, "/")
	check := module.CheckImportPath
	if strings.Contains(first, ".") {
		check = module.CheckPath
	}
	err := check(path)
	why := ""
	var invalid *module.InvalidPathError
	switch {
	case errors.As(err, &invalid):
		why = invalid.Err.Error()
	case err != nil:
		why = err.Error()
	case reservedFault(first) != "":
		why = fmt.Sprintf("%q is a name that go keeps for itself", first)
	default:
		if _, _, ok := module.SplitPathVersion(path); !ok {
			why = "the version at its end is not one of Go's"
		}
	}
	if why == "" {
		return nil
	}
	return refuse(exitUsage, `a path like "example.com/mysite" works`, "%q is not a valid module path: %s", path, why)
}

func hasWord(words, word string) bool {
	return word != "" && strings.Contains(" "+words+" ", " "+word+" ")
}
