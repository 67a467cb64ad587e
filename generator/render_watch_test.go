package generator

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestWatch has work that does not end: run returns all the same, and says why.
func TestWatch(t *testing.T) {
	for name, test := range map[string]struct {
		watch watch
		want  string
	}{
		"memory": {watch{heap: 1}, "rendering the first takes more than 0 MiB of memory"},
		"idle":   {watch{idle: time.Nanosecond}, "rendering the first does not come to an end: nothing was finished for 1ns"},
		"Ctrl-C": {watch{}, "interrupted, nothing was written"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			block := make(chan struct{})
			defer close(block)
			test.watch.total, test.watch.name = 1, func(int) string { return "the first" }
			err := test.watch.run(ctx, func(int, executor) {
				if name == "Ctrl-C" {
					cancel()
				}
				<-block
			})
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestWatchProgress tells how far the work is once it takes over a second, and in the end that it is over.
func TestWatchProgress(t *testing.T) {
	var told []Progress
	more := make(chan struct{}, 1)
	w := watch{total: 2, tell: func(p Progress) {
		if told = append(told, p); !p.End {
			select {
			case more <- struct{}{}:
			default:
			}
		}
	}}
	if err := w.run(t.Context(), func(i int, _ executor) {
		if i == 1 {
			<-more
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(told) < 2 || told[0] != (Progress{What: "rendering", Unit: "files", Done: 1, Total: 2}) || !told[len(told)-1].End {
		t.Errorf("told %+v, want one of two files, and an end", told)
	}
}

// TestWriteProgress is the same while a project is written.
func TestWriteProgress(t *testing.T) {
	t.Chdir(t.TempDir())
	var told []Progress
	slow := func(step string) error {
		if strings.Contains(step, "b.txt") {
			<-time.After(progressAfter)
		}
		return nil
	}
	_, err := StartProject(t.Context(), Options{
		Name: "mysite", Builtin: builtin("a.txt", "a", "b.txt", "b"), step: slow, Progress: func(p Progress) { told = append(told, p) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(told) < 2 || told[0].What != "writing" || told[0].Unit != "files" || told[0].Done < 1 || !told[len(told)-1].End {
		t.Errorf("told %+v, want one of files, and an end", told)
	}
}

// TestBounds is what functions that multiply or nest refuse before they use up memory or stack.
func TestBounds(t *testing.T) {
	for text, want := range map[string]string{
		`{{indent 1000000000000 "x"}}`:                                                 "its result might be larger than 256 MiB",
		`{{nindent 1000000000000 "x"}}`:                                                "its result might be larger than 256 MiB",
		`{{$x := printf "%99999d" 1}}{{replace "1" $x (replace " " "1" $x)}}`:          "error calling replace: its result",
		`{{$x := printf "%99999d" 1}}{{regexReplaceAll "." $x $x}}`:                    "error calling regexReplaceAll: its result",
		`{{$x := printf "%99999d" 1}}{{join $x (splitList "1" (replace " " "1" $x))}}`: "error calling join: its result",
		`{{$x := printf "%99999d" 1}}{{wrapWith 1 $x $x}}`:                             "error calling wrapWith: its result",
		`{{$x := dict}}{{$_ := set $x "a" $x}}`:                                        "a dict cannot hold itself",
		`{{$x := dict}}{{$_ := set $x "a" (list (dict "b" $x))}}`:                      "a dict cannot hold itself",
		`{{$_ := set . "a" .}}`:                                                        "a dict cannot hold itself",
		`{{$x := list}}{{range 200}}{{$x = append (list $x) $x}}{{end}}`:               "more than 100 deep",
		`{{$x := list 1}}{{range 200}}{{$x = list (slice $x 0 0) $x}}{{end}}`:          "more than 100 deep",
		`{{$x := dict}}{{range 200}}{{$x = dict "a" $x}}{{end}}`:                       "more than 100 deep",
		`{{$x := list 1}}{{range 200}}{{$x = chunk 1 $x}}{{end}}`:                      "more than 100 deep",
		strings.Repeat("{{if true}}", maxActions+1):                                    "has more than 50000 actions",
		// and what they let pass
		`{{replace "a" "b" (join "," (list "a" 1 "c"))}}`:                           "b,1,c",
		`{{$d := dict "a" 1}}{{$d = set $d "b" (list $d.a)}}{{$d}}`:                 "map[a:1 b:[1]]",
		`{{indent 2 "x"}}{{list 1 (list 2) | toJson}}{{dict | toJson}}{{list}}`:     "  x[1,[2]]{}[]",
		`{{$l := list}}{{range 3}}{{$l = append $l (dict "i" .)}}{{end}}{{len $l}}`: "3",
	} {
		r := &renderer{public: map[string]any{}}
		r.left.Store(maxBytes)
		out, faults := r.file(newExecutor(), entry{render: true}, text, false)
		got := string(out)
		if len(faults) > 0 {
			got = faults[0].text
		}
		if !strings.Contains(got, want) {
			t.Errorf("%.100s: %q, want %q", text, got, want)
		}
	}
}

// TestBoundedFunctions has no name that is not offered.
func TestBoundedFunctions(t *testing.T) {
	for _, name := range strings.Fields(multiplying + " " + nesting + " " + ownFunctions) {
		if _, err := parseText("{{"+name+"}}", "", ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(ownFunctions, name) && functions()[name] == nil {
			t.Errorf("templates have no function %q", name)
		}
	}
}
