package generator

import (
	"strings"
	"testing"
)

// TestParseSource is each form of a name: what it means, and how it is written in messages and in the manifest.
func TestParseSource(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	for name, want := range map[string]struct {
		kind           sourceKind
		base, dir, ref string
		shown          string // "" is the same as name
	}{
		"project":                    {onDisk, "project", "", "", ""},
		"./a/b":                      {onDisk, "./a/b", "", "", ""},
		"/srv/x.tar.gz":              {onDisk, "/srv/x.tar.gz", "", "", ""},
		"x.zip#sha256=" + sum:        {onDisk, "x.zip", "", "", ""},
		"x.zip//web":                 {onDisk, "x.zip//web", "", "", ""},
		"file:///srv/x":              {onDisk, "/srv/x", "", "", "/srv/x"},
		"file://a.b/x@v1":            {onDisk, "a.b/x@v1", "", "", ""},
		"./x@y.z":                    {onDisk, "./x@y.z", "", "", ""},
		"C:/x":                       {onDisk, "C:/x", "", "", ""},
		"example.com/x":              {onDisk, "example.com/x", "", "", ""},
		"a#b/c d?e":                  {onDisk, "a#b/c d?e", "", "", ""},
		"./repository?ref=v1":        {byGit, "./repository", "", "v1", ""},
		"x.git//web?ref=a/b":         {byGit, "x.git", "web", "a/b", ""},
		"git+file:///srv/x":          {byGit, "/srv/x", "", "", ""},
		"git@host.example:x/y":       {byGit, "git@host.example:x/y", "", "", ""},
		"git@host:x//web?ref=v1":     {byGit, "git@host:x", "web", "v1", ""},
		"https://example.com/x.zip":  {byHTTP, "", "", "", ""},
		"HTTPS://example.com/x.zip":  {byHTTP, "", "", "", "https://example.com/x.zip"},
		"https://example.com/x.tgz/": {byHTTP, "", "", "", ""},
		"http://127.0.0.1:8000/x.zip?a=b&c#sha256=" + sum:    {byHTTP, "", "", "", ""},
		"https://example.com/x.zip//web/b?a=b#sha256=" + sum: {byHTTP, "", "web/b", "", ""},
		"https://example.com/a%2Fb.zip//a%20b":               {byHTTP, "", "a b", "", ""},
		"https://ada:secret@example.com/x.zip":               {byHTTP, "", "", "", "https://example.com/x.zip"},
		"https://token@example.com/x.zip":                    {byHTTP, "", "", "", "https://example.com/x.zip"},
		"https://example.com/x.git":                          {byGit, "", "", "", ""},
		"https://example.com/x.git//web?ref=v1.2":            {byGit, "", "web", "v1.2", ""},
		"git+https://example.com/x":                          {byGit, "", "", "", ""},
		"git+https://ada:secret@example.com/x?ref=a%2Bb/c":   {byGit, "", "", "a+b/c", "git+https://example.com/x?ref=a%2Bb/c"},
		"git+ssh://git@example.com:22/x":                     {byGit, "", "", "", ""},
		"ssh://ada:secret@example.com/x":                     {byGit, "", "", "", "ssh://ada@example.com/x"},
		"gh:owner/name":                                      {byGit, "", "", "", "git+https://github.com/owner/name"},
		"gl:a/b/c//web?ref=v1":                               {byGit, "", "web", "v1", "git+https://gitlab.com/a/b/c//web?ref=v1"},
		"example.com/x/y@v1.2.3":                             {byModule, "example.com/x/y", "", "v1.2.3", ""},
		"example.com/x@latest//web/a":                        {byModule, "example.com/x", "web/a", "latest", ""},
		"example.com/x//web@v1.0.0":                          {byModule, "example.com/x", "web", "v1.0.0", "example.com/x@v1.0.0//web"},
	} {
		a, err := parseSource(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.kind != want.kind || a.base != want.base || a.dir != want.dir || a.ref != want.ref {
			t.Errorf("%s is %+v, want %+v", name, a, want)
		}
		if want.shown == "" {
			want.shown = name
		}
		if got := a.String(); got != want.shown {
			t.Errorf("%s is shown as %s, want %s", name, got, want.shown)
		}
	}
}

// TestParseSourceRefuses is what git would take for an option or a helper, and what cannot be.
func TestParseSourceRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"ext::sh -c touch% evil":                                      "ext:: asks for a helper program, and none is started",
		"git::https://example.com/x":                                  "git:: asks for a helper program",
		"git+ext::sh":                                                 "asks for a helper program",
		"fd::17":                                                      "fd:: asks for a helper program",
		"git+ext://sh":                                                "ext:// is no way to get a template",
		"ftp://example.com/x.zip":                                     "ftp:// is no way to get a template",
		"git://example.com/x":                                         "git:// is no way to get a template",
		"s3://bucket/x.zip":                                           "s3:// is no way",
		"ssh://-oProxyCommand=evil/x":                                 "not a valid address",
		"ssh://%2doProxyCommand=evil/x":                               "not a valid address",
		"ssh://-oProxyCommand=evil@example.com/x":                     "not a valid address",
		"git+https://-x.example/x":                                    "not a valid address",
		"https:///x.zip":                                              "not a valid address",
		"https://exa mple.com/x":                                      "not a valid address",
		"https://example.com/x.zip#frag":                              "not a valid address",
		"https://example.com/x.zip#sha256=abc":                        "is not 64 hexadecimal digits",
		"x.zip#sha256=":                                               "is not 64 hexadecimal digits",
		"git+https://example.com/x?ref=":                              "and nothing else",
		"git+https://example.com/x?ref=a&depth=1":                     "and nothing else",
		"git+https://example.com/x?upload-pack=evil":                  "and nothing else",
		"git+https://example.com/x?ref=--upload-pack=evil":            `"--upload-pack=evil" cannot be the name of a version`,
		"git+https://example.com/x?ref=%2Drefs":                       `"-refs" cannot be`,
		"git+https://example.com/x?ref=a:b":                           `"a:b" cannot be`,
		"git+https://example.com/x?ref=%2Bmain":                       `"+main" cannot be`,
		"git+https://example.com/x?ref=a..b":                          `"a..b" cannot be`,
		"./x?ref=-x":                                                  `"-x" cannot be`,
		"./x?ref=":                                                    "?ref= names no branch, tag or commit",
		"example.com/x@-mod":                                          `"-mod" cannot be`,
		"git+https://example.com/x#sha256=" + strings.Repeat("0", 64): "#sha256= is for archives",
		"example.com/x@v1#sha256=" + strings.Repeat("0", 64):          "#sha256= is for archives",
		"x.zip//../y":                                                 "//../y is no directory inside it",
		"x//a/../../b":                                                "is no directory inside it",
		"https://example.com/x.zip//../y":                             "is no directory inside it",
		"https://example.com/x.zip//%2e%2e/y":                         "is no directory inside it",
		"git@host:x//..":                                              "is no directory inside it",
		"example.com/x@v1//..":                                        "is no directory inside it",
		"gh:a/b//./c":                                                 "is no directory inside it",
		"a\nb":                                                        "control character",
		"https://ada:secret@exa mple.com/x":                           `template "https://exa mple.com/x" is not a valid address`,
		"https://ada:sec/ret@example.com/x":                           `template "https://example.com/x" is not a valid address`,
	} {
		a, err := parseSource(name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v; want %q", name, a, err, want)
		}
	}
}

// FuzzParseSource: a name that is accepted is the same again when it is read from the manifest, and gives git
// nothing that it would take for an option.
func FuzzParseSource(f *testing.F) {
	for _, seed := range []string{
		"project", "a//b", "file:///x", "x.zip#sha256=" + strings.Repeat("0", 64), "https://ada:secret@host/x.zip//a?b=c",
		"git+https://host/x//a?ref=b", "git@host:x?ref=y", "ssh://git@host/x", "gh:a/b", "host.example/x@v1//a", "ext::sh", "git+file://x//y",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		a, err := parseSource(name)
		if err != nil {
			return
		}
		if a.kind == byGit && (strings.HasPrefix(a.ref, "-") || strings.HasPrefix(a.base, "-") && !a.disk || strings.Contains(a.base, "::") && !a.disk) {
			t.Errorf("%q gives git the address %q and the ref %q", name, a.base, a.ref)
		}
		if strings.Contains("/"+a.dir+"/", "/../") {
			t.Errorf("%q leads out: %q", name, a.dir)
		}
		shown := a.String()
		again, err := parseSource(shown)
		if err != nil {
			t.Fatalf("%q is shown as %q, which is refused: %v", name, shown, err)
		}
		if got := again.String(); got != shown || again.kind != a.kind || again.dir != a.dir || again.ref != a.ref {
			t.Errorf("%q is shown as %q, and that as %q", name, shown, got)
		}
	})
}

// TestWithoutPasswords is what stands in a command line that is printed.
func TestWithoutPasswords(t *testing.T) {
	for name, want := range map[string]string{
		"sqlite":                                   "sqlite",
		"./addon":                                  "./addon",
		"https://ci:secret@host/x.zip#sha256=0":    "https://host/x.zip#sha256=0",
		"https://ci:secret@host/x.zip":             "https://host/x.zip",
		"git+https://ci:secret@host/x//web?ref=v1": "git+https://host/x//web?ref=v1",
		"ssh://git@host/x":                         "ssh://git@host/x",
		"git@host:x":                               "git@host:x",
		"example.com/x@v1.0.0":                     "example.com/x@v1.0.0",
	} {
		if got := withoutPasswords([]string{name})[0]; got != want {
			t.Errorf("%s is shown as %s, want %s", name, got, want)
		}
	}
}
