package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"
)

// answerTab is `gostart __complete SHELL WORDS...`, which the scripts below call: what the last of the words
// may become, one to a line. The first line is "files" or "directories" when these count as well, or "open" when
// more of the word follows, so that no space does.
//
// The last word has a full stop behind it, as PowerShell drops empty arguments. bash cuts words at = and :, so
// it passes the line and the piece of it that it will replace.
func answerTab(ctx context.Context, w io.Writer, commands []*cli.Command, args []string) error {
	if len(args) < 2 {
		return usageError{"a shell and words are missing", "gostart completion prints the scripts that have them"}
	}
	shell, words := args[0], args[1:]
	piece := strings.TrimSuffix(words[len(words)-1], ".")
	words[len(words)-1] = piece
	if shell == "bash" {
		if words = splitLine(args[1])[1:]; len(words) == 0 {
			return nil // not behind gostart yet
		}
		piece = strings.Join(splitLine(piece), " ")
	}
	word := words[len(words)-1]
	found := complete(ctx, commands, words)
	kind := ""
	switch {
	case found.files:
		kind = "files"
	case found.directories:
		kind = "directories"
	case len(found.values) > 0 && strings.HasSuffix(found.values[0].word, "="):
		kind = "open"
	}
	lines := []string{kind}
	for _, v := range found.values {
		full, help := found.before+v.word, v.help
		switch {
		case shell == "zsh":
			lines = append(lines, strings.ReplaceAll(full, ":", `\:`)+":"+help)
		case shell == "fish":
			lines = append(lines, full+"\t"+help)
		case !strings.HasPrefix(strings.ToLower(full), strings.ToLower(word)): // the others don't look
		case shell == "bash" && strings.HasPrefix(full, word):
			rest := strings.TrimPrefix(full, strings.TrimSuffix(word, piece))
			lines = append(lines, specialCharacters.ReplaceAllString(rest, `\$0`))
		case shell == "powershell":
			if specialCharacters.MatchString(full) {
				full = "'" + strings.ReplaceAll(full, "'", "''") + "'"
			}
			lines = append(lines, full+"\t"+help)
		}
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

// specialCharacters may mean something to a shell.
var specialCharacters = regexp.MustCompile(`[^\w./:=,@%+-]`)

// splitLine cuts a line into words as a shell does, and takes their quotes away; nothing is expanded. The last
// word may be without an end, or empty.
func splitLine(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	escaped, inWord := false, false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inWord = r, true
		case quote == 0 && strings.ContainsRune(" \t\n", r):
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	return append(words, word.String())
}

// completionScripts are what `gostart completion` prints.
var completionScripts = map[string]string{
	"bash": `# Tab for gostart in bash; in ~/.bashrc: source <(gostart completion bash)
_gostart() {
    local program=gostart kind word
    [[ $1 == */* ]] && program=${1/#\~\//$HOME/}
    COMPREPLY=()
    {
        IFS= read -r kind
        while IFS= read -r word; do COMPREPLY+=("$word"); done
    } < <("$program" __complete bash "${COMP_LINE:0:COMP_POINT}" "$2." 2>/dev/null)
    case $kind in
    files | directories)
        compopt -o filenames 2>/dev/null # bash 3 has no compopt
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -"${kind:0:1}" -- "$2")
        ;;
    open) compopt -o nospace 2>/dev/null ;;
    esac
}
complete -F _gostart gostart
`,
	"zsh": `#compdef gostart
# Tab for gostart in zsh; in ~/.zshrc, after compinit: source <(gostart completion zsh)
_gostart() {
    local program=gostart kind ret=1
    local -a answer end
    [[ $words[1] == */* ]] && program=${~${(Q)words[1]}}
    answer=("${(@f)$("$program" __complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}." 2>/dev/null)}")
    kind=$answer[1]
    shift answer
    [[ $kind == open ]] && end=(-S '')
    (( $#answer )) && _describe gostart answer "${end[@]}" && ret=0
    [[ $PREFIX == -*=* ]] && compset -P '*='
    case $kind in
    files) _files && ret=0 ;;
    directories) _files -/ && ret=0 ;;
    esac
    return ret
}
if [[ $funcstack[1] == _gostart ]]; then _gostart "$@"; else compdef _gostart gostart; fi
`,
	"fish": `# Tab for gostart in fish; in ~/.config/fish/config.fish: gostart completion fish | source
function __gostart_complete
    set -l typed (commandline -opc)
    set -l word (commandline -ct)
    set -l program gostart
    string match -q '*/*' -- $typed[1]; and set program (string replace -r '^~/' "$HOME/" -- $typed[1])
    set -l answer ($program __complete fish $typed[2..] "$word." 2>/dev/null)
    set -l before (string match -r '^-[^=]*=' -- $word)
    set -l path (string replace -r '^-[^=]*=' '' -- $word)
    printf '%s\n' $answer[2..]
    switch "$answer[1]"
        case files
            printf "$before%s\n" (__fish_complete_path $path)
        case directories
            printf "$before%s\n" (__fish_complete_directories $path '')
    end
end
complete -c gostart -f -a '(__gostart_complete)'
`,
	"powershell": `# Tab for gostart in PowerShell; in $PROFILE: gostart completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName gostart -ScriptBlock {
    param($word, $line, $cursor)
    $typed = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } |
        ForEach-Object { if ($_.Value) { "$($_.Value)" } else { $_.Extent.Text } })
    $kind, $answer = @(& gostart __complete powershell @typed "$word." 2>$null)
    foreach ($one in $answer) {
        $value, $help = $one.Split([char]9)
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
    # When nothing is returned, PowerShell completes the names of files.
    if (-not $answer -and $kind -notin 'files', 'directories') { '' }
}
`,
}
