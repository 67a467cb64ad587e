package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// completionFiles are there for all tests of completion.
var completionFiles = map[string]string{
	"template/template.json": `{"version": 1, "questions": [
		{"name": "author", "help": "who owns it: a person", "default": "me"},
		{"name": "licence", "type": "choice", "choices": ["MIT", "BSD-3-Clause", "Apache 2.0"], "default": "MIT"},
		{"name": "features", "type": "choices", "choices": ["auth", "lint"], "default": []},
		{"name": "docker", "type": "bool", "default": false}]}`,
	"my templates/x/template.json": `{"version": 1, "questions": [{"name": "owner", "default": "me"}]}`,
	"answers.json":                 "{}",
	"deep/er/file":                 "",
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// allCommands has a space behind each.
const allCommands = "startproject startapp add runserver update diff template completion man version help "

func TestComplete(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFiles(t, ".", completionFiles)
	for _, test := range []struct {
		typed string // with a bar between words
		want  string // words with a space behind each; then "files" or "directories"
	}{
		{"", allCommands},
		{"-", "--help --version "},
		{"startproject", allCommands},
		{"help|", allCommands},
		{"template|", "list lint test from "},
		{"template|-", "--help "},
		{"help|template|", "list lint test from "},
		{"help|startproject|", ""},
		{"nosuch|", ""},
		{"version|", ""},
		{"version|-", "--json --help -h "},
		{"version|--", "--json --help "},
		{"version|--json|--", "--help "},
		{"version|--nosuch|--", ""},
		{"version|--help|--", ""},
		{"version|--json=", ""},
		{"version|--nosuch=", ""},
		{"version|--|--", ""},
		{"completion|", "bash zsh fish powershell "},
		{"completion|zsh|", ""},
		{"startproject|", ""},
		{"startproject|x|", "directories"},
		{"startproject|x|--yes|", "directories"},
		{"startproject|--yes|--verbosity|2|x|", "directories"},
		{"startproject|x|y|", ""},
		{"startproject|--answers|", "files"},
		{"startproject|--answers=", "files"},
		{"startproject|-v|", "0 1 2 3 "},
		{"startproject|-v=", "-v=0 -v=1 -v=2 -v=3 "},
		{"startproject|--answers|-|x|", "directories"},
		{"startproject|x|--module|", ""},
		{"startproject|x|--template|", "project files"},
		{"startproject|x|--template=", "--template=project files"},
		{"startproject|x|--set|", ""},
		{"startproject|x|--template|nosuch|--set|", ""},
		{"startproject|x|--template|template|--set|", "author= licence= features= docker= "},
		{"startproject|x|--template|template|--set|au", "author= licence= features= docker= "},
		{"startproject|x|--template|template|--set|author=", ""},
		{"startproject|x|--template|template|--set|nosuch=", ""},
		{"startproject|x|--template|template|--set|docker=", "docker=true docker=false "},
		{"startproject|x|--template|template|--set|licence=B", "licence=MIT licence=BSD-3-Clause licence=Apache 2.0 "},
		{"startproject|x|--template|template|--set=features=auth,l", "--set=features=auth,auth --set=features=auth,lint "},
		{"startproject|x|--template|template|--set=", "--set=author= --set=licence= --set=features= --set=docker= "},
		{"startproject|--template=my templates/x|x|--set|a=b|--set|", "owner= "},
		{"update|--template|", "project files"},
		{"add|--set|", ""},
		{"add|ci|--set|", "branch= dependabot= "},
		{"add|ci|--set|dependabot=", "dependabot=true dependabot=false "},
		{"startproject|x|--with|ci|--set|", "branch= dependabot= "},
		{"startproject|x|--with=ci|--template=template|--set|", "author= licence= features= docker= branch= dependabot= "},
		{"startapp|blog|--template|", "app files"},
		{"startapp|blog|", "directories"},
		{"update|--set|", ""}, // in no project
		{"template|lint|", "project app files"},
		{"runserver|--editor|g", "none cursor emacs goland idea sublime textmate vscode vscodium windsurf zed "},
		{"runserver|--tags|", ""},
		{"runserver|", "8000 0:8000 auto "},
	} {
		found := complete(t.Context(), commands(), strings.Split(test.typed, "|"))
		var got strings.Builder
		for _, v := range found.values {
			got.WriteString(found.before + v.word + " ")
		}
		if found.files {
			got.WriteString("files")
		}
		if found.directories {
			got.WriteString("directories")
		}
		if got.String() != test.want {
			t.Errorf("%q becomes %q, want %q", test.typed, got.String(), test.want)
		}
	}
}

// leafCommands are the commands that do something, by the words that lead to them.
func leafCommands(commands []*cli.Command) map[string]*cli.Command {
	leaves := map[string]*cli.Command{}
	for _, c := range commands {
		for path, below := range leafCommands(c.Subcommands) {
			leaves[c.Name+" "+path] = below
		}
		if len(c.Subcommands) == 0 {
			leaves[c.Name] = c
		}
	}
	return leaves
}

// TestCompletionPlaceholders wants a decision about each value of a flag and each argument that the help names.
func TestCompletionPlaceholders(t *testing.T) {
	seen := map[string]bool{}
	for path, c := range leafCommands(commands()) {
		if path == "help" { // complete knows it
			continue
		}
		for _, name := range argumentsOf(c, "gostart "+path) {
			name = strings.TrimSuffix(name, "...")
			seen[name] = true
			if _, ok := completions[name]; !ok {
				t.Errorf("completions has no %q, which the help of %q has", name, path)
			}
		}
		for _, f := range c.Flags {
			f := f.(cli.DocGenerationFlag)
			flag, value := "--"+f.Names()[0], placeholder(f)
			_, byFlag := completions[flag]
			_, byValue := completions[value]
			if seen[flag], seen[value] = true, true; f.TakesValue() && !byFlag && !byValue {
				t.Errorf("completions has no %q for %s of %q", value, flag, path)
			}
		}
	}
	for name := range completions {
		if !seen[name] {
			t.Errorf("completions has %q, which no help has", name)
		}
	}
}

// TestCompleteInProject has the questions of what the project follows.
func TestCompleteInProject(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFiles(t, ".", completionFiles)
	cmd := exec.CommandContext(t.Context(), "gostart", "startproject", "mysite", "--template", "template", "--yes")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Chdir("mysite")
	found := complete(t.Context(), commands(), []string{"update", "--set", ""})
	if len(found.values) != 4 || found.values[1].word != "licence=" {
		t.Errorf("update --set becomes %v", found.values)
	}
}

func TestSplitLine(t *testing.T) {
	for line, want := range map[string][]string{
		``:                         {""},
		`gostart`:                  {"gostart"},
		"gostart \t":               {"gostart", ""},
		`a  b`:                     {"a", "b"},
		`a 'b c' "d'e" f\ g`:       {"a", "b c", "d'e", "f g"},
		`a 'b\' "c\"d" e\\`:        {"a", `b\`, `c"d`, `e\`},
		`a "" '' b`:                {"a", "", "", "b"},
		`a --set=x='y z`:           {"a", "--set=x=y z"},
		`a "open`:                  {"a", "open"},
		`a b\`:                     {"a", "b"},
		"a $(touch x) `touch y` *": {"a", "$(touch", "x)", "`touch", "y`", "*"},
	} {
		if got := splitLine(line); !slices.Equal(got, want) {
			t.Errorf("splitLine(%q) = %q, want %q", line, got, want)
		}
	}
}

// TestCompletionAnswers is what the scripts read.
func TestCompletionAnswers(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFiles(t, ".", completionFiles)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"bash", "gostart sta", "sta."}, "\nstartproject\nstartapp\n"},
		{[]string{"bash", "gostart ", "."}, "\n" + strings.ReplaceAll(allCommands, " ", "\n")},
		{[]string{"bash", "gostart", "gostart."}, ""},
		{[]string{"bash", "gostart startproject -v=", "."}, "\n0\n1\n2\n3\n"},
		{[]string{"bash", "gostart startproject -v=", "-v=."}, "\n-v=0\n-v=1\n-v=2\n-v=3\n"}, // COMP_WORDBREAKS without =
		{[]string{"bash", "gostart startproject --template=template --set=au", "au."}, "open\nauthor=\n"},
		{[]string{"bash", "gostart startproject --template p", "p."}, "files\nproject\n"},
		{[]string{"bash", "gostart startproject --template template --set licence=Apache\\ ", "Apache\\ ."}, "\nApache\\ 2.0\n"},
		{[]string{"bash", "gostart startproject --template template --set licence=Ap", "Ap."}, "\nApache\\ 2.0\n"},
		{[]string{"bash", "gostart add e", "e."}, "files\neditor\n"},
		{[]string{"bash", "gostart add ci --set ", "."}, "open\nbranch=\ndependabot=\n"},
		{[]string{"bash", "gostart startproject x --with ci,e", "ci,e."}, "\nci,editor\n"},
		{[]string{"bash", "gostart startproject x --with ci --set dep", "dep."}, "open\ndependabot=\n"},
		{[]string{"bash", "gostart startapp polls --template a", "a."}, "files\napp\n"},
		{[]string{"bash", "gostart runserver ", "."}, "\n8000\n0:8000\nauto\n"},
		{[]string{"zsh", "runserver", "x."}, "\n8000:a port of 127.0.0.1\n0\\:8000:a port of all addresses\nauto:the first from 8000 that is free\n"},
		{[]string{"zsh", "startproject", "--template", "template", "--set", "."}, "open\nauthor=:who owns it: a person\nlicence=:\nfeatures=:\ndocker=:\n"},
		{[]string{"fish", "startproject", "--template", "template", "--set", "."}, "open\nauthor=\twho owns it: a person\nlicence=\t\nfeatures=\t\ndocker=\t\n"},
		{[]string{"fish", "startproject", "x", "."}, "directories\n"},
		{[]string{"powershell", "runserver", "--editor", "GO."}, "\ngoland\t\n"},
		{[]string{"powershell", "startproject", "--template=template", "--set", "au."}, "open\nauthor=\twho owns it: a person\n"},
		{[]string{"powershell", "startproject", "--template=template", "--set", "licence=ap."}, "\n'licence=Apache 2.0'\t\n"},
		{[]string{"powershell", "startproject", "--template", "x."}, "files\n"},
	} {
		var out strings.Builder
		if err := answerTab(t.Context(), &out, commands(), test.args); err != nil {
			t.Error(err)
		}
		if out.String() != test.want {
			t.Errorf("%q is answered %q, want %q", test.args, out.String(), test.want)
		}
	}
}

// TestCompletionInstalled has the scripts where packages put them.
func TestCompletionInstalled(t *testing.T) {
	script := func(name, shell string) string {
		t.Helper()
		text, err := exec.CommandContext(t.Context(), "gostart", "completion", shell).Output()
		if err == nil {
			err = os.WriteFile(name, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	t.Run("fish", func(t *testing.T) {
		skipWithout(t, "fish")
		dir := t.TempDir()
		script(filepath.Join(dir, "gostart.fish"), "fish")
		complete := `set -p fish_complete_path $argv[1]; complete -C 'gostart startproject --verbosity '; complete -C 'gostart startp'`
		out, err := exec.CommandContext(t.Context(), "fish", "--no-config", "-c", complete, dir).CombinedOutput()
		want := "0\tnothing\n1\tthe tree\n2\teach file\n3\teach file and its size\nstartproject\tcreate a project\n"
		if err != nil || string(out) != want {
			t.Errorf("%v, %q, want %q", err, out, want)
		}
	})
	t.Run("bash", func(t *testing.T) {
		skipWithout(t, "bash")
		name := script(filepath.Join(t.TempDir(), "gostart"), "bash")
		complete := `set -eu; source "$1"; compopt() { echo "compopt $*"; }; COMP_LINE='gostart startproject --template proj'
			COMP_POINT=${#COMP_LINE}; _gostart gostart proj --template; echo "${COMPREPLY[@]}"; complete -p gostart`
		out, err := exec.CommandContext(t.Context(), "bash", "--norc", "-c", complete, "bash", name).CombinedOutput()
		if want := "compopt -o filenames\nproject\ncomplete -F _gostart gostart\n"; err != nil || string(out) != want {
			t.Errorf("%v, %q, want %q", err, out, want)
		}
	})
}

func skipWithout(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%v (.ci/run installs it)", err)
	}
}
