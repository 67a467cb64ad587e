//go:build linux

// Every add-on beside every other one: projects with combinations of add-ons and of the answers to their questions, so
// that each two of them meet in at least one project, in each of their values.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const matrixRows = 40

// A factor is an add-on, which is there or not, or one of its questions, which has one of several answers.
type factor struct {
	addon, question string
	by              []int // of a question: the add-ons that ask it, by index
	values          []string
}

// there is the value of an add-on that is laid.
const there = 1

// A combination has a value of each factor, by its index.
type combination []int

// asks tells whether the value of f counts: an add-on's always, an answer where an add-on asks for it.
func (c combination) asks(factors []factor, f int) bool {
	return factors[f].question == "" || slices.ContainsFunc(factors[f].by, func(addon int) bool { return c[addon] == there })
}

// TestProductionMatrix makes 40 projects and builds, vets and tests each; without GOSTART_LONG, the first two.
func TestProductionMatrix(t *testing.T) {
	factors := matrixFactors(t)
	rows := pairwise(t, factors, matrixRows)
	if os.Getenv("GOSTART_LONG") == "" {
		rows = rows[:2]
	}
	for i, row := range rows {
		var with, args []string
		for f, value := range row {
			switch {
			case factors[f].question == "" && value == there:
				with = append(with, factors[f].addon)
			case factors[f].question != "" && row.asks(factors, f):
				args = append(args, "--set", factors[f].question+"="+factors[f].values[value])
			}
		}
		t.Run(fmt.Sprintf("%02d", i+1), func(t *testing.T) {
			t.Parallel()
			args = append([]string{"startproject", "mysite", "--yes", "-v0"}, args...)
			if len(with) > 0 {
				args = append(args, "--with", strings.Join(with, ","))
			}
			t.Logf("gostart %s", strings.Join(args, " "))
			dir := t.TempDir()
			commandIn(t, dir, "gostart", args...)
			dir = filepath.Join(dir, "mysite")
			if out := commandIn(t, dir, "gofmt", "-l", "."); out != "" {
				t.Errorf("gofmt would change %s", out)
			}
			commandIn(t, dir, "go", "build", "-o", "bin/", ".")
			commandIn(t, dir, "go", "vet", "./...")
			commandIn(t, dir, "go", "test", "./...")
		})
	}
}

// matrixFactors are those of all add-ons.
func matrixFactors(t *testing.T) (factors []factor) {
	t.Helper()
	var addons []struct {
		Name      string
		Questions []struct {
			Name    string
			Type    string
			Answers []struct{ Value string }
		}
	}
	if err := json.Unmarshal([]byte(commandIn(t, t.TempDir(), "gostart", "add", "--list", "--json")), &addons); err != nil {
		t.Fatal(err)
	}
	for _, addon := range addons {
		by := len(factors)
		factors = append(factors, factor{addon: addon.Name, values: []string{"absent", "there"}})
		for _, q := range addon.Questions {
			values := []string{"true", "false"} // of a bool
			if q.Type != "bool" {
				values = nil
			}
			for _, answer := range q.Answers {
				values = append(values, answer.Value)
			}
			known := slices.IndexFunc(factors, func(f factor) bool { return f.question == q.Name })
			switch {
			case len(values) == 0: // anything goes
			case known < 0:
				factors = append(factors, factor{addon: addon.Name, question: q.Name, by: []int{by}, values: values})
			case slices.Equal(factors[known].values, values):
				factors[known].by = append(factors[known].by, by)
			default:
				t.Fatalf("%s and %s have a question %q with different answers: --set can't tell them apart", factors[known].addon, addon.Name, q.Name)
			}
		}
	}
	return factors
}

// pairwise gives combinations in which each two values of two factors are together at least once. The first has all
// add-ons; each other one is the best of many at random, by what is left to be covered.
func pairwise(t *testing.T, factors []factor, rows int) []combination {
	t.Helper()
	type pair struct{ f, value, g, other int }
	open := map[pair]bool{}
	for f := range factors {
		for g := range f {
			if slices.Contains(factors[f].by, g) || slices.Contains(factors[g].by, f) { // no answer without who asks
				continue
			}
			for value := range factors[f].values {
				for other := range factors[g].values {
					open[pair{f, value, g, other}] = true
				}
			}
		}
	}
	covers := func(row combination) (pairs []pair) {
		for f := range row {
			for g := range f {
				if p := (pair{f, row[f], g, row[g]}); open[p] && row.asks(factors, f) && row.asks(factors, g) {
					pairs = append(pairs, p)
				}
			}
		}
		return pairs
	}
	random := rand.New(rand.NewPCG(40, 6)) // the same rows in each run
	var chosen []combination
	for len(chosen) < rows {
		var best combination
		for range 200 {
			row := make(combination, len(factors))
			for f := range row {
				row[f] = random.IntN(len(factors[f].values))
				if len(chosen) == 0 && factors[f].question == "" {
					row[f] = there
				}
			}
			if best == nil || len(covers(row)) > len(covers(best)) {
				best = row
			}
		}
		for _, p := range covers(best) {
			delete(open, p)
		}
		chosen = append(chosen, best)
	}
	for p := range open {
		f, g := factors[p.f], factors[p.g]
		t.Errorf("%d combinations are too few: %s %s %s beside %s %s %s is in none", rows,
			f.addon, f.question, f.values[p.value], g.addon, g.question, g.values[p.other])
	}
	return chosen
}

// commandIn runs a command in a directory to its end, and gives what it printed. What is compiled for one project serves all
// (-trimpath), as they differ in little.
func commandIn(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=-trimpath")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return string(out)
}
