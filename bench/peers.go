// Who takes part: one table of those who create projects, one of those who serve them while they are edited.
// To add a peer, add an entry. One that is not installed is left out, and named below the result.
package main

import (
	"path/filepath"
	"strings"
)

// A scaffolder creates a project in the directory where it is run.
type scaffolder struct {
	name    string
	tool    string // the program; "" is gostart
	builtin bool   // the default project is made from its own template, else from gostart's, translated
	note    string // what has to be known to read its rows
	syntax  syntax // of its templates
	pack    func(template string) error
	command func(template string) []string // without the program
	env     func(template string) []string
}

var scaffolders = []scaffolder{{
	name: "gostart", builtin: true,
	syntax: syntax{path: "project_name", text: "{{.project_name}}", suffix: ".tmpl",
		files: map[string]string{"template.json": `{"version": 1}`}},
	command: func(template string) []string {
		if template == "" {
			return []string{"startproject", project}
		}
		return []string{"startproject", project, "--template", template, "--yes"}
	},
}, {
	name: "cp", tool: "cp", note: "cp -r copies the finished tree",
	syntax:  syntax{root: project, path: project, text: project},
	command: func(template string) []string { return []string{"-r", filepath.Join(template, project), "."} },
}, {
	name: "django-admin", tool: "django-admin", builtin: true, note: "django-admin has a smaller default project of its own",
	syntax: syntax{path: "project_name", text: "{{ project_name }}"},
	command: func(template string) []string {
		if template == "" {
			return []string{"startproject", project}
		}
		return []string{"startproject", project, "--template", template, "--extension", "txt"}
	},
}, {
	name: "cookiecutter", tool: "cookiecutter",
	syntax: syntax{root: "{{cookiecutter.project_name}}", path: "{{cookiecutter.project_name}}",
		text: "{{ cookiecutter.project_name }}", escape: []string{"{{", "{%", "{#"},
		files: map[string]string{
			"cookiecutter.json": `{"project_name": "` + project + `"}`,
			"config.yaml":       "cookiecutters_dir: cookies\nreplay_dir: replay\n", // not in the user's home
		}},
	command: func(template string) []string {
		return []string{"--no-input", "--config-file", filepath.Join(template, "config.yaml"), template}
	},
}, {
	name: "copier", tool: "copier",
	syntax: syntax{path: "{{project_name}}", text: "{{ project_name }}", suffix: ".jinja", escape: []string{"{{", "{%", "{#"},
		files: map[string]string{"copier.yml": "project_name:\n  type: str\n"}},
	command: func(template string) []string {
		return []string{"copy", "--defaults", "--data", "project_name=" + project, template, project}
	},
}, {
	name: "gonew", tool: "gonew", note: "gonew renames the module and substitutes nothing else",
	syntax: syntax{path: "template", text: "template",
		files: map[string]string{"go.mod": "module example.com/template\n\ngo 1.25.0\n"}},
	pack: packModule,
	command: func(string) []string {
		return []string{"example.com/template@" + moduleVersion, "example.com/" + project}
	},
	env: func(template string) []string {
		return []string{"GOPROXY=file://" + filepath.ToSlash(moduleProxy(template)), "GONOSUMDB=*", "GOFLAGS=-modcacherw",
			"GOMODCACHE=" + filepath.Join(template, "cache")}
	},
}, {
	name: "scaffold", tool: "scaffold",
	syntax: syntax{root: "{{ .Project }}", path: "{{ .Project }}", text: "{{ .Project }}", escape: []string{"{{"},
		files: map[string]string{"scaffold.yaml": "questions: []\n"}},
	command: func(template string) []string {
		return []string{"--scaffoldrc", filepath.Join(template, "scaffoldrc.yml"), "--cache", filepath.Join(template, "cache"),
			"--run-hooks", "never", "new", "--no-prompt", "--force", "--output-dir", ".", template, "Project=" + project}
	},
}, {
	name: "boilerplate", tool: "boilerplate",
	syntax: syntax{path: "{{ .project_name }}", text: "{{ .project_name }}", escape: []string{"{{"},
		files: map[string]string{"boilerplate.yml": "variables:\n  - name: project_name\n"}},
	command: func(template string) []string {
		return []string{"--template-url", template, "--output-folder", project, "--non-interactive", "--no-hooks", "--no-shell",
			"--disable-dependency-prompt", "--var", "project_name=" + project}
	},
}}

// A devServer serves a project that is being edited.
type devServer struct {
	name    string
	tool    string // the program; "" is gostart, or the go command
	about   string
	hand    *byHand                        // instead of a command: what is typed after each save
	python  bool                           // serves a project of Django's
	poll    bool                           // looks for changes once a second, so the save falls anywhere in it
	front   bool                           // answers in front of the program, on a port of its own
	config  func(p place) (string, string) // the name and the text of a file that it reads
	command func(p place) []string         // without the program
}

// byHand is what is typed after a save.
type byHand struct {
	stopFirst bool     // before the build; else after it
	build     []string // without -o and what follows
	env       []string
}

var (
	goBuild     = []string{"go", "build"}
	fastGoBuild = []string{"go", "build", "-ldflags=-s -w"}
)

var devServers = []devServer{{
	name: "by-hand", about: "go build -o, stop, start",
	hand: &byHand{build: goBuild},
}, {
	name: "by-hand-stop-first", about: "stop, go build -o, start",
	hand: &byHand{build: goBuild, stopFirst: true},
}, {
	name: "by-hand-fast", about: "as by-hand, CGO_ENABLED=0 and -ldflags='-s -w'",
	hand: &byHand{build: fastGoBuild, env: []string{"CGO_ENABLED=0"}},
}, {
	name: "runserver", about: "gostart runserver",
	command: func(p place) []string { return []string{"runserver", p.address} },
}, {
	name: "air", tool: "air", about: "delay = 1",
	config:  func(p place) (string, string) { return ".air.toml", airConfig(p, strings.Join(goBuild, " ")) },
	command: func(place) []string { return []string{"-c", ".air.toml"} },
}, {
	name: "air-fast", tool: "air", about: "delay = 1, CGO_ENABLED=0 and -ldflags='-s -w'",
	config: func(p place) (string, string) {
		return ".air.toml", airConfig(p, "CGO_ENABLED=0 go build -ldflags='-s -w'")
	},
	command: func(place) []string { return []string{"-c", ".air.toml"} },
}, {
	name: "wgo", tool: "wgo", about: "-debounce 10ms",
	command: func(p place) []string { return wgoCommand(p, goBuild...) },
}, {
	name: "wgo-fast", tool: "wgo", about: "-debounce 10ms, CGO_ENABLED=0 and -ldflags='-s -w'",
	command: func(p place) []string {
		return wgoCommand(p, append([]string{"env", "CGO_ENABLED=0"}, fastGoBuild...)...)
	},
}, {
	name: "reflex", tool: "reflex", about: "-s",
	command: func(p place) []string {
		return []string{"-r", `\.go$`, "-s", "--", "sh", "-c",
			"go build -o '" + p.program + "' . && exec '" + p.program + "' --bind " + p.address}
	},
}, {
	name: "templ", tool: "templ", about: "generate --watch --proxy", front: true,
	command: func(p place) []string {
		_, port, _ := strings.Cut(p.front, ":")
		return []string{"generate", "--watch", "--proxy", "http://" + p.address, "--proxyport", port, "--open-browser=false",
			"--cmd", "go run . --bind " + p.address}
	},
}, {
	name: "django", tool: "django-admin", about: "runserver, on a project of Django's", python: true, poll: true,
	command: func(p place) []string {
		return []string{"runserver", p.address, "--pythonpath", ".", "--settings", project + ".settings"}
	},
}}

// airConfig is air with the shortest delay that it has: it takes 0 for its default, a second.
func airConfig(p place, build string) string {
	return `tmp_dir = "tmp"
[build]
delay = 1
cmd = "` + build + ` -o ./tmp/program ."
entrypoint = ["./tmp/program", "--bind", "` + p.address + `"]
`
}

func wgoCommand(p place, build ...string) []string {
	argv := append([]string{"-debounce", "10ms", "-file", `\.go$`}, build...)
	return append(argv, "-o", p.program, ".", "::", p.program, "--bind", p.address)
}

func (s scaffolder) String() string { return s.name }
func (s devServer) String() string  { return s.name }
func (h webHost) String() string    { return h.name }

// namesOf lists the contenders of a table, as -only takes them.
func namesOf[T interface{ String() string }](contenders []T) []string {
	return each(contenders, func(c T) string { return c.String() })
}
