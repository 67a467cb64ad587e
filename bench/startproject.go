// bench startproject: what it costs to create a project.
//
// Each contender renders the default project and two plain templates, each time into a fresh directory. Before
// anything counts, each runs once: that fills caches, and its output is compared with what it should be, for
// a tool that does not substitute is not faster but wrong.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// startprojectReport is the outcome of bench startproject.
type startprojectReport struct {
	Rows    []*startprojectRow `json:"rows"`
	Missing []string           `json:"missing"`
	Notes   []string           `json:"notes"`
}

// startprojectRow is one contender with one template.
type startprojectRow struct {
	Name     string `json:"name"`
	Template string `json:"template"`
	Files    int    `json:"files"` // that were made
	Runs     []cost `json:"runs"`
	Error    string `json:"error,omitempty"`

	run func() error // one more
}

func benchStartproject(ctx context.Context, l *lab, o options) (report, error) {
	r := &startprojectReport{}
	var contenders []scaffolder
	for _, s := range scaffolders {
		switch {
		case !o.chosen(s.name):
		case s.tool != "" && l.tool(s.tool) == "":
			r.Missing = append(r.Missing, s.name)
		default:
			contenders = append(contenders, s)
			if s.note != "" {
				r.Notes = append(r.Notes, s.note)
			}
		}
	}
	model, err := modelProject(ctx, l)
	if err != nil {
		return nil, err
	}
	n := cmp.Or(o.n, 11)
	for _, size := range []struct {
		name string
		tree tree
		runs int
	}{
		{"project", model, n},
		{"1000", plainTree(1000), max(1, n/2)},
		{"10000", plainTree(10_000), max(1, (n+1)/4)},
	} {
		var rows []*startprojectRow
		for _, s := range contenders {
			progress("%s: preparing %s", size.name, s.name)
			row := &startprojectRow{Name: s.name, Template: size.name}
			rows = append(rows, row)
			if err := row.prepare(ctx, l, s, size.tree); err != nil {
				row.Error = err.Error()
			}
		}
		for i := range size.runs {
			progress("%s: run %d of %d", size.name, i+1, size.runs)
			for _, j := range l.rand.Perm(len(rows)) {
				if row := rows[j]; row.Error == "" {
					if err := row.run(); err != nil {
						row.Error = err.Error()
					}
				}
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.Rows = append(r.Rows, rows...)
	}
	return r, nil
}

// modelProject is gostart's project as a tree. Its module path has a dot in it, as gonew needs it.
func modelProject(ctx context.Context, l *lab) (tree, error) {
	dir := filepath.Join(l.dir, "model")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	if _, err := measure(ctx, dir, l.env, []string{l.gostart, "startproject", project, "--module", "example.com/" + project}); err != nil {
		return nil, fmt.Errorf("gostart startproject: %w", err)
	}
	return treeOf(filepath.Join(dir, project))
}

// prepare writes the template and makes the run that does not count.
func (row *startprojectRow) prepare(ctx context.Context, l *lab, s scaffolder, t tree) error {
	own := s.builtin && row.Template == "project"
	template, env := "", l.env
	if !own {
		template = filepath.Join(l.dir, "templates", s.name+"-"+row.Template)
		if err := s.syntax.write(t, template); err != nil {
			return err
		}
		if s.pack != nil {
			if err := s.pack(template); err != nil {
				return err
			}
		}
		if s.env != nil {
			env = slices.Concat(env, s.env(template))
		}
	}
	program := l.gostart
	if s.tool != "" {
		program = l.tool(s.tool)
	}
	argv := append([]string{program}, s.command(template)...)
	into := func(look func(dir string) error) error {
		dir, err := os.MkdirTemp(l.dir, "run-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		c, err := measure(ctx, dir, env, argv)
		if err != nil {
			return err
		}
		row.Runs = append(row.Runs, c)
		return look(filepath.Join(dir, project))
	}
	row.run = func() error { return into(func(string) error { return nil }) }
	err := into(func(dir string) (err error) {
		if row.Files, err = countFiles(dir); err == nil && !own && s.pack == nil {
			err = compare(t, dir)
		}
		return err
	})
	row.Runs = nil
	return err
}

// failed names the contenders, with the template that they failed with.
func (r *startprojectReport) failed() (names []string) {
	for _, row := range r.Rows {
		if row.Error != "" {
			names = append(names, row.Name+" ("+row.Template+")")
		}
	}
	return names
}

func (r *startprojectReport) print(w io.Writer) error {
	t := table{align: "llrrrrr"}
	t.add("template", "", "files", "median ms", "CPU ms", "peak MiB", "x gostart")
	reference := map[string]*startprojectRow{}
	for _, row := range r.Rows {
		if row.Name == "gostart" {
			reference[row.Template] = row
		}
	}
	for i, row := range r.Rows {
		if i > 0 && row.Template != r.Rows[i-1].Template {
			t.add("")
		}
		if row.Error != "" {
			t.add(row.Template, row.Name, "failed: "+row.Error)
			continue
		}
		wall, cpu, peak := row.medians()
		x := ""
		if base := reference[row.Template]; base != nil && base.Error == "" {
			baseWall, _, _ := base.medians()
			x = ratio(wall, baseWall)
		}
		t.add(row.Template, row.Name, strconv.Itoa(row.Files), milliseconds(wall, 1), milliseconds(cpu, 1), mebibytes(peak), x)
	}
	if err := t.print(w); err != nil {
		return err
	}
	runs := map[string]int{}
	for _, row := range r.Rows {
		runs[row.Template] = max(runs[row.Template], len(row.Runs))
	}
	_, err := fmt.Fprintf(w, `
Medians of %d, %d and %d runs. CPU is user and system time. Peak is that of the largest process; below the few MiB of the
benchmark itself, which cp shows, it can't be measured.
`, runs["project"], runs["1000"], runs["10000"])
	for _, note := range r.Notes {
		_, noteErr := fmt.Fprintf(w, "Note: %s.\n", note)
		err = errors.Join(err, noteErr)
	}
	return errors.Join(err, printMissing(w, r.Missing))
}

func (row *startprojectRow) medians() (wall, cpu time.Duration, peak int64) {
	return median(each(row.Runs, func(c cost) time.Duration { return c.Wall })),
		median(each(row.Runs, func(c cost) time.Duration { return c.CPU })),
		median(each(row.Runs, func(c cost) int64 { return c.PeakRSS }))
}
