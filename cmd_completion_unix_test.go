//go:build unix

// Tab, pressed in real shells on a terminal.
package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tabs are what is typed before Tab, and what then stands there.
var tabs = [][2]string{
	{`gostart startp`, `gostart startproject `},
	{`true; X=1 gostart startp`, `true; X=1 gostart startproject `},
	{`~/bin/gostart startp`, `~/bin/gostart startproject `},
	{`gostart nosuch --`, `gostart nosuch --`},
	{`gostart help runs`, `gostart help runserver `},
	{`gostart completion fi`, `gostart completion fish `},
	{`gostart runserver --noth`, `gostart runserver --nothreading `},
	{`gostart runserver --editor gol`, `gostart runserver --editor goland `},
	{`gostart runserver --editor=gol`, `gostart runserver --editor=goland `},
	{`gostart runserver --cert answ`, `gostart runserver --cert answers.json `},
	{`gostart runserver --cert=answ`, `gostart runserver --cert=answers.json `},
	{`gostart startproject mysite --answers answ`, `gostart startproject mysite --answers answers.json `},
	{`gostart startproject --answers answers.json mysite dee`, `gostart startproject --answers answers.json mysite deep/`},
	{`gostart startproject mysite --module tem`, `gostart startproject mysite --module tem`},
	{`gostart startproject 'a b' deep --verb`, `gostart startproject 'a b' deep --verbosity `},
	{`gostart startproject --template proj`, `gostart startproject --template project `},
	{`gostart startproject mysite --template temp`, `gostart startproject mysite --template template/`},
	{`gostart startproject --template template mysite --set au`, `gostart startproject --template template mysite --set author=`},
	{`gostart startproject mysite --template=./template --set=au`, `gostart startproject mysite --template=./template --set=author=`},
	{`gostart startproject mysite --template template --set licence=BS`, `gostart startproject mysite --template template --set licence=BSD-3-Clause `},
	{`gostart startproject --set=licence=BS`, `gostart startproject --set=licence=BS`},
	{`gostart startproject --template template/ --set=licence=BS`, `gostart startproject --template template/ --set=licence=BSD-3-Clause `},
	{`gostart startproject --template template --set licence=Ap`, `gostart startproject --template template --set licence=Apache\ 2.0 `},
	{`gostart startproject --template template --set licence=Apache\ 2`, `gostart startproject --template template --set licence=Apache\ 2.0 `},
	{`gostart startproject --template template --set features=auth,li`, `gostart startproject --template template --set features=auth,lint `},
	{`gostart startproject --template 'my templates/x' --set ow`, `gostart startproject --template 'my templates/x' --set owner=`},
	{`gostart startproject --template my\ templates/x --set ow`, `gostart startproject --template my\ templates/x --set owner=`},
}

// TestCompletionShells has a key in each shell, Ctrl-G, that shows the line as it is, and clears it.
func TestCompletionShells(t *testing.T) {
	for _, shell := range []struct {
		command []string
		setUp   string
	}{
		{[]string{"bash", "--norc", "--noprofile", "-i"}, `source <(gostart completion bash)
bind -x '"\C-g": printf "<%s>" "$READLINE_LINE"; READLINE_LINE='
`},
		{[]string{"zsh", "-f", "-i"}, `autoload -Uz compinit; compinit -D; source <(gostart completion zsh)
show() { printf '<%s>' "$BUFFER" >/dev/tty; BUFFER= }; zle -N show; bindkey '^G' show
`},
		{[]string{"zsh", "-f", "-i"}, `gostart completion zsh > _gostart; fpath=($PWD $fpath); autoload -Uz compinit; compinit -D
show() { printf '<%s>' "$BUFFER" >/dev/tty; BUFFER= }; zle -N show; bindkey '^G' show
`},
		{[]string{"fish", "--no-config", "--interactive"}, `gostart completion fish | source
bind \cg 'printf "<%s>" (commandline); commandline ""'
`},
	} {
		t.Run(shell.command[0], func(t *testing.T) {
			skipWithout(t, shell.command[0])
			home := t.TempDir()
			t.Setenv("HOME", home)
			gostart, err := exec.LookPath("gostart")
			if err == nil {
				err = os.Mkdir(filepath.Join(home, "bin"), 0o700)
			}
			if err == nil {
				err = os.Symlink(gostart, filepath.Join(home, "bin", "gostart"))
			}
			if err != nil {
				t.Fatal(err)
			}
			term := startTerminal(t, shell.command[0], shell.command[1:]...)
			writeFiles(t, term.cmd.Dir, completionFiles)
			term.press(shell.setUp + `echo re""ady` + "\n")
			term.waitFor("ready")
			for _, tab := range tabs {
				term.press(tab[0] + "\t\x07")
				term.waitFor("<")
				for !strings.Contains(term.seen, ">") {
					term.seen += <-term.output
				}
				if got, _, _ := strings.Cut(term.seen, ">"); got != tab[1] {
					t.Errorf("%s, Tab: %s; want %s", tab[0], got, tab[1])
				}
			}
			term.press("exit\n")
			term.exit()
		})
	}
}
