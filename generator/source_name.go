// The names of templates: which kind of source a name means, told without a look at disk or network.
//
//	path                                   a directory, an archive or a git repository on disk
//	https://host/x.tar.gz#sha256=HEX       an archive
//	git+https://host/repository?ref=v1.2   git; so are git@host:path, ssh:// and an address that ends in .git
//	gh:owner/repository                    git at GitHub; gl: is GitLab, bb: Bitbucket
//	host/path@v1.2.3                       a Go module, from the module proxy
//
// Each may have a //directory at its end, before ?ref= and #sha256=: that directory is the template. The forms are
// those of Terraform, pip, cookiecutter and the go command. pip's "@ref" is not among them: refs have slashes, and
// addresses an @ of their own. What git could take for an option, or for a helper that runs commands (ext::),
// is refused here, before any program is started.
package generator

import (
	"encoding/hex"
	"io/fs"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// sourceKind is how a template is fetched.
type sourceKind int

const (
	onDisk sourceKind = iota // openDisk looks what it is
	byHTTP
	byGit
	byModule
)

// address is the name of a template, taken apart.
type address struct {
	kind   sourceKind
	disk   bool     // base is a path
	prefix string   // "git+", "file://" or both, without which the rest would mean something else
	base   string   // a path, a module's path, or git's user@host:path; "" when it is a URL
	url    *url.URL // with the password, so for no message: String is without
	dir    string   // the directory in it that is the template; "" is all of it. onDisk has it in base
	ref    string   // git's branch, tag or commit, "" is its HEAD; a module's version
	sum    string   // the sha256 that an archive has to have, in hexadecimal
}

const (
	sourceKindsHint = "a template is a directory, an archive (also at an http address), git (git+https://..., git@host:path) or a Go module (host/path@version)"
	gitFormHint     = "the form is git+https://HOST/REPOSITORY//DIRECTORY?ref=REF"
)

var (
	helperAddress = regexp.MustCompile(`^([A-Za-z0-9+.-]+)::`)
	urlAddress    = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)
	shortAddress  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^-:]`) // as ssh takes it
	hostAddress   = regexp.MustCompile(`^(gh|gl|bb):[A-Za-z0-9_]`)
	userOfURL     = regexp.MustCompile(`://[^/?#]*@`)

	hosts = map[string]string{"gh": "github.com/", "gl": "gitlab.com/", "bb": "bitbucket.org/"}
)

// parseSource takes a name apart.
func parseSource(name string) (address, error) {
	if name == "" {
		return address{}, refuse(exitUsage, sourceKindsHint, "the name of the template is empty")
	}
	name, sum, hasSum := strings.Cut(name, "#sha256=")
	a, err := parseKind(name)
	if err != nil {
		return address{}, err
	}
	shown := a.String()
	if raw, err := hex.DecodeString(sum); hasSum && (err != nil || len(raw) != 32) {
		return address{}, refuse(exitUsage, "sha256sum FILE prints it", "template %q: #sha256=%s is not 64 hexadecimal digits", shown, sum)
	}
	if hasSum && a.kind != byHTTP && a.kind != onDisk {
		return address{}, refuse(exitUsage, "name the commit (?ref=) or the version (@), and its content is checked", "template %q: #sha256= is for archives", shown)
	}
	a.sum = strings.ToLower(sum)
	dir := a.dir
	if a.kind == onDisk {
		_, dir = cutDirectory(filepath.ToSlash(a.base))
	}
	switch {
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return address{}, refuse(exitUsage, "", "template %q has a control character in its name", shown)
	case strings.Contains("/"+dir+"/", "/../"), dir != "" && a.kind != onDisk && !fs.ValidPath(dir):
		return address{}, refuse(exitUsage, "", "template %q: //%s is no directory inside it", shown, dir)
	case a.kind == byGit && a.ref != "" && !validRef(a.ref), a.kind == byModule && a.ref[0] == '-':
		return address{}, refuse(exitUsage, "", "template %q: %q cannot be the name of a version", shown, a.ref)
	}
	return a, nil
}

// parseKind tells what name is, whose checksum was cut off.
func parseKind(name string) (address, error) {
	if host := hostAddress.FindStringSubmatch(name); host != nil {
		name = "git+https://" + hosts[host[1]] + name[len(host[1])+1:]
	}
	if helper := helperAddress.FindStringSubmatch(name); helper != nil {
		return address{}, refuse(exitUsage, sourceKindsHint, "template %q: %s:: asks for a helper program, and none is started", hidePassword(name), helper[1])
	}
	a := address{kind: onDisk, disk: true}
	rest, isFile := strings.CutPrefix(name, "file://")
	if !isFile {
		if rest, isFile = strings.CutPrefix(name, "git+file://"); isFile {
			a.prefix = "git+file://"
		}
	}
	if !isFile && urlAddress.MatchString(name) {
		return parseURL(name)
	}
	if module, ok := parseModule(name); ok && !isFile {
		return module, nil
	}
	path, ref, hasRef := strings.Cut(rest, "?ref=")
	base, dir := cutDirectory(path)
	short := !isFile && shortAddress.MatchString(base)
	if hasRef && ref == "" {
		return address{}, refuse(exitUsage, gitFormHint, "template %q: ?ref= names no branch, tag or commit", name)
	}
	if a.base, a.ref = path, ref; short || hasRef || a.prefix != "" {
		a.kind, a.disk, a.base, a.dir = byGit, !short, base, dir
	}
	if isFile && a.prefix == "" {
		if other, err := parseKind(rest); err != nil || other != a {
			a.prefix = "file://"
		}
	}
	return a, nil
}

// parseURL takes a URL apart.
func parseURL(name string) (address, error) {
	a := address{kind: byHTTP}
	plain, git := strings.CutPrefix(name, "git+")
	u, err := url.Parse(plain)
	if err != nil {
		return address{}, refuse(exitUsage, sourceKindsHint, "template %q is not a valid address", hidePassword(name))
	}
	escaped, dir := cutDirectory(u.EscapedPath())
	if a.dir, err = url.PathUnescape(dir); err == nil {
		u.RawPath, u.ForceQuery = escaped, false
		u.Path, err = url.PathUnescape(escaped)
	}
	web := u.Scheme == "http" || u.Scheme == "https"
	if git || u.Scheme == "ssh" || web && strings.HasSuffix(strings.TrimSuffix(escaped, "/"), ".git") {
		a.kind = byGit
	}
	if git {
		a.prefix = "git+"
	}
	a.url = u
	switch {
	case !web && u.Scheme != "ssh":
		return address{}, refuse(exitUsage, sourceKindsHint, "template %q: %s:// is no way to get a template", hidePassword(name), u.Scheme)
	case err != nil || u.Hostname() == "" || strings.HasPrefix(u.Hostname(), "-") || strings.HasPrefix(u.User.Username(), "-") || u.Fragment != "":
		return address{}, refuse(exitUsage, sourceKindsHint, "template %q is not a valid address", hidePassword(name))
	case a.kind == byGit && u.RawQuery != "":
		query, err := url.ParseQuery(u.RawQuery)
		if a.ref = query.Get("ref"); err != nil || len(query) != 1 || a.ref == "" {
			return address{}, refuse(exitUsage, gitFormHint, "template %q: after ? a git address has ref= and a branch, tag or commit, and nothing else", hidePassword(name))
		}
		u.RawQuery = ""
	}
	return a, nil
}

// parseModule reads path@version, which has to begin like a host: "./x@y" is a file.
func parseModule(name string) (address, bool) {
	base, dir := cutDirectory(name)
	if !strings.Contains(base, "@") { // path//directory@version, as in go install
		if i := strings.LastIndex(dir, "@"); i >= 0 {
			base, dir = base+dir[i:], dir[:i]
		}
	}
	path, version, _ := strings.Cut(base, "@")
	first, _, _ := strings.Cut(path, "/")
	if version == "" || !strings.Contains(strings.Trim(first, "."), ".") || module.CheckPath(path) != nil {
		return address{}, false
	}
	return address{kind: byModule, base: path, ref: version, dir: dir}, true
}

// cutDirectory cuts "//directory" off.
func cutDirectory(name string) (base, dir string) {
	if i := strings.Index(name[min(1, len(name)):], "//"); i >= 0 {
		return name[:i+1], strings.Trim(name[i+1:], "/")
	}
	return name, ""
}

// validRef is git's own rule (git help check-ref-format), without what begins like an option or a refspec.
func validRef(ref string) bool {
	return !strings.ContainsAny(ref[:1], "-+/.") && !strings.ContainsAny(ref, " ~^:?*[\\") &&
		!strings.Contains(ref, "..") && !strings.Contains(ref, "@{") && !strings.Contains(ref, "//") && !strings.HasSuffix(ref, "/")
}

// String is the address in one spelling, without a password: for messages and for the manifest.
func (a address) String() string {
	name := a.withoutVersion()
	switch {
	case a.kind == byModule && a.dir != "":
		name = a.base + "@" + a.ref + "//" + a.dir
	case a.kind == byModule:
		name = a.base + "@" + a.ref
	case a.ref != "" && a.url != nil:
		name += "?ref=" + strings.ReplaceAll(url.QueryEscape(a.ref), "%2F", "/")
	case a.ref != "":
		name += "?ref=" + a.ref
	case a.kind == byHTTP && a.url.RawQuery != "":
		name += "?" + a.url.RawQuery
	}
	if a.sum != "" {
		name += "#sha256=" + a.sum
	}
	return name
}

// withoutVersion is the part of String that is the same for all versions of a template.
func (a address) withoutVersion() string {
	name, dir := a.base, a.dir
	if a.url != nil {
		name, dir = a.plainURL(), (&url.URL{Path: dir}).EscapedPath()
	}
	if name = a.prefix + name; a.dir != "" {
		name += "//" + dir
	}
	return name
}

// plainURL is the URL that is fetched, without user, password and query. The user of ssh is part of the address.
func (a address) plainURL() string {
	u := *a.url
	u.RawQuery = ""
	if u.User != nil && u.Scheme == "ssh" {
		u.User = url.User(u.User.Username())
	} else {
		u.User = nil
	}
	return u.String()
}

// hidePassword is for names that are no address.
func hidePassword(name string) string {
	if _, err := url.Parse(name); err != nil {
		if before, after, ok := strings.Cut(name, "://"); ok {
			return before + "://" + after[strings.LastIndex(after, "@")+1:]
		}
	}
	return userOfURL.ReplaceAllString(name, "://")
}

// withoutPasswords are names as they may be printed.
func withoutPasswords(names []string) []string {
	shown := slices.Clone(names)
	for i, name := range shown {
		if a, err := parseSource(name); err != nil {
			shown[i] = hidePassword(name)
		} else if a.url != nil {
			shown[i] = a.String()
		}
	}
	return shown
}
