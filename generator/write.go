// A plan, applied so that the disk ends as planned or as it was.
//
// A new project is made in a directory beside its place and renamed into it: it is there whole, or not at
// all. Into an existing directory files are created one by one with O_EXCL, so that a file that has come
// since the plan is not replaced, and what was made is removed again after a failure. Both go through
// os.Root: no symbolic link, not even one made meanwhile, leads a write out of the project.
package generator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// apply writes p. After an error, or when ctx ends first, nothing of it is left.
func (p *plan) apply(ctx context.Context) error {
	if p.exists {
		return layInto(ctx, p.dir, p.files)
	}
	return makeWhole(ctx, p.dir, p.files)
}

// makeWhole makes dir with files in it, and the directories above dir that are missing.
func makeWhole(ctx context.Context, dir string, files []file) (err error) {
	parent := filepath.Dir(dir)
	parents, err := makeParents(parent)
	defer func() {
		if err != nil {
			for _, made := range slices.Backward(parents) {
				_ = os.Remove(made) // not when something else is in it by now
			}
		}
	}()
	if err != nil {
		return fmt.Errorf("creating %q: %w", dir, cause(err))
	}
	// os.MkdirTemp makes directories that only their owner may enter; this one becomes the project.
	stage := filepath.Join(parent, fmt.Sprintf(".%s.gostart-%s", filepath.Base(dir), rand.Text()[:8]))
	if err := os.Mkdir(stage, 0o777); err != nil {
		return fmt.Errorf("creating %q: %w", dir, cause(err))
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(stage)
		}
	}()
	if err := layInto(ctx, stage, files); err != nil {
		return err
	}
	if err := os.Rename(stage, dir); err != nil {
		return fmt.Errorf("creating %q: %w", dir, cause(err))
	}
	return nil
}

// makeParents is os.MkdirAll, and tells which directories it made, outermost first.
func makeParents(dir string) (made []string, err error) {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir {
		return nil, err
	}
	made, err = makeParents(filepath.Dir(dir))
	if err != nil {
		return made, err
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return made, err
	}
	return append(made, dir), nil
}

// layInto creates files in the directory dir, or none of them.
func layInto(ctx context.Context, dir string, files []file) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening %q: %w", dir, cause(err))
	}
	defer root.Close()
	var made []string
	defer func() {
		if err != nil {
			for _, name := range slices.Backward(made) {
				_ = root.Remove(name) // a directory stays when something else is in it by now
			}
		}
	}()
	for _, f := range files {
		if err := interrupted(ctx); err != nil {
			return err
		}
		name := filepath.FromSlash(f.path)
		created, err := create(root, name, f)
		if created {
			made = append(made, name)
		}
		if err != nil {
			return fmt.Errorf("creating %q: %w", filepath.Join(dir, name), cause(err))
		}
	}
	return interrupted(ctx)
}

// create makes one file or directory, and tells whether something was made, which may be so after an error too.
func create(root *os.Root, name string, f file) (created bool, err error) {
	if f.mode.IsDir() {
		err := root.Mkdir(name, 0o777)
		if errors.Is(err, fs.ErrExist) {
			if info, err := root.Lstat(name); err == nil && info.IsDir() {
				return false, nil
			}
		}
		return err == nil, err
	}
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
	if err != nil {
		return false, err
	}
	_, err = out.Write(f.data)
	return true, errors.Join(err, out.Close())
}
