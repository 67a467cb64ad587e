// Which files of a project become part of a template: those that git would have, without secrets.
package generator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// read reads the files of the project into c.originals, and notes what is left out.
func (c *conversion) read(ctx context.Context) error {
	names, err := c.list(ctx)
	if err != nil {
		return err
	}
	d, err := newDisk(c.Directory, nil)
	if err != nil {
		return err
	}
	defer d.close()
	left := int64(maxBytes)
	for _, name := range names {
		if err := interrupted(ctx); err != nil {
			return err
		}
		first, _, _ := strings.Cut(name, "/")
		reason := ""
		switch {
		case first == stateDir || name == manifestFile || slices.ContainsFunc(alwaysSkippedFiles, func(glob string) bool { return matchGlob(glob, path.Base(name)) }),
			slices.ContainsFunc(strings.Split(path.Dir(name), "/"), func(part string) bool { return slices.Contains(alwaysSkipped, part) }):
			continue
		case path.Base(name) == ".env":
			reason = "it has secrets"
		case name == configFile || first == casesDir:
			reason = "in a template, it has a meaning of its own"
		case strings.HasSuffix(name, "/"):
			reason = "it is a repository of its own"
		default:
			reason = pathFault(name)
		}
		var data []byte
		var info fs.FileInfo
		if reason == "" {
			data, info, err = d.read(name)
			switch {
			case errors.Is(err, fs.ErrNotExist): // git still has it
				continue
			case errors.Is(err, errNotRegular), errors.Is(err, errBehindLink):
				reason = "it is no file, or behind a symbolic link"
			case err != nil:
				return err
			}
		}
		if reason == "" && path.Ext(name) == templateSuffix && (isBinary(data) || invalidUTF8(string(data)) >= 0) {
			reason = "it is named like a template and is no text"
		}
		if reason != "" {
			c.LeftOut = append(c.LeftOut, FromFault{name, reason})
			continue
		}
		if left -= info.Size(); left < 0 || len(c.originals) == maxFiles {
			return refuse(exitFailed, "have git ignore what is no part of it", "%q has more than a template may: %d files, %d MiB", c.Directory, maxFiles, maxBytes>>20)
		}
		c.originals[name] = file{path: name, source: name, data: data, mode: 0o666 | info.Mode()&0o100*0o111>>6}
	}
	return nil
}

// list gives the files that git would have. Outside of a repository .gitignore counts too, as git has its own place for
// what it knows then; without git, all files are taken.
func (c *conversion) list(ctx context.Context) ([]string, error) {
	out, err := c.git(ctx, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil && !errors.Is(err, exec.ErrNotFound) {
		place, tempErr := os.MkdirTemp("", "gostart-git-")
		if tempErr != nil {
			return nil, fmt.Errorf("making a place for git: %w", cause(tempErr))
		}
		defer os.RemoveAll(place)
		if _, err = c.git(ctx, "init", "-q", "--bare", place); err == nil {
			out, err = c.git(ctx, "--git-dir="+place, "--work-tree="+c.Directory, "ls-files", "-z", "--others", "--exclude-standard")
		}
	}
	if ctx.Err() != nil {
		return nil, interrupted(ctx)
	}
	if err == nil {
		names := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		slices.Sort(names)
		return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" }), nil
	}
	c.Warnings = append(c.Warnings, "git is not here: what it would ignore is part of the template")
	var names []string
	err = fs.WalkDir(os.DirFS(c.Directory), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("reading %q: %w", name, cause(err))
		case d.IsDir() && slices.Contains(alwaysSkipped, d.Name()):
			return fs.SkipDir
		case !d.IsDir():
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// git runs git in the project, so that nothing of the repository's settings is run.
func (c *conversion) git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append(slices.Clone(gitSettings), args...)...)
	cmd.Dir = c.Directory
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(gitVariables, name)
	})
	var said bytes.Buffer
	cmd.Stderr = &said
	return cmd.Output()
}
