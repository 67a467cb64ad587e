// What writing does to a disk, step by step.
//
// All of it goes through os.Root: no symbolic link, not even one that was made meanwhile, leads a write out
// of the project. And all of it goes through here, so that a test can count the steps, fail each of them, or end
// the process there.
package generator

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// disk is a directory that is written to. Names are slash-separated and relative to it.
type disk struct {
	root *os.Root
	dir  string
	step func(step string) error // a test's: an error is that of the step, which is not taken; nil in life
}

func newDisk(dir string, step func(string) error) (*disk, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", dir, cause(err))
	}
	return &disk{root: root, dir: dir, step: step}, nil
}

func (d *disk) close() { _ = d.root.Close() }

// take takes one step, and says what it was when it goes wrong.
func (d *disk) take(doing, name string, do func(name string) error) error {
	var err error
	if d.step != nil {
		err = d.step(doing + " " + name)
	}
	if err == nil {
		err = do(filepath.FromSlash(name))
	}
	if err != nil {
		return fmt.Errorf("%s %q: %w", doing, d.where(name), cause(err))
	}
	return nil
}

// where is the absolute path of a name.
func (d *disk) where(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }

// mkdir makes a directory, or leaves the one that is there.
func (d *disk) mkdir(name string) error {
	return d.take("creating", name, func(name string) error {
		err := d.root.Mkdir(name, 0o777)
		if info, found := d.root.Lstat(name); errors.Is(err, fs.ErrExist) && found == nil && info.IsDir() {
			return nil
		}
		return err
	})
}

// mkdirAll makes a directory and those above it that are missing.
func (d *disk) mkdirAll(name string) error {
	if name == "." {
		return nil
	}
	if err := d.mkdirAll(path.Dir(name)); err != nil {
		return err
	}
	return d.mkdir(name)
}

// create makes a file that is not there yet. After an error there may be a part of it.
func (d *disk) create(f file) error {
	var out *os.File
	err := d.take("creating", f.path, func(name string) (err error) {
		out, err = d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode.Perm())
		return err
	})
	if err != nil {
		return err
	}
	err = d.take("writing", f.path, func(string) error {
		_, err := out.Write(f.data)
		return err
	})
	return errors.Join(err, out.Close())
}

// link gives a file a second name. Where there are no links it is copied.
func (d *disk) link(name, second string) error {
	err := d.take("linking", second, func(second string) error { return d.root.Link(filepath.FromSlash(name), second) })
	if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	data, info, err := d.read(name)
	if err != nil {
		return err
	}
	if err := d.create(file{path: second, data: data, mode: info.Mode()}); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			_ = d.remove(second)
		}
		return err
	}
	return d.chmod(second, info.Mode())
}

// chmod sets what a umask may have taken away.
func (d *disk) chmod(name string, mode fs.FileMode) error {
	return d.take("setting the mode of", name, func(name string) error { return d.root.Chmod(name, mode.Perm()) })
}

// rename moves a file to where another may be, which it replaces.
func (d *disk) rename(name, to string) error {
	return d.take("replacing", to, func(to string) error { return d.root.Rename(filepath.FromSlash(name), to) })
}

func (d *disk) remove(name string) error {
	return d.take("removing", name, d.root.Remove)
}

func (d *disk) removeAll(name string) error {
	return d.take("removing", name, d.root.RemoveAll)
}

// read reads a regular file.
func (d *disk) read(name string) ([]byte, fs.FileInfo, error) {
	f, err := d.open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("reading %q: %w", d.where(name), cause(err))
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, nil, fmt.Errorf("reading %q: %w", d.where(name), cause(err))
	}
	return data, info, nil
}

var (
	errNotRegular = errors.New("it is not a regular file")
	errBehindLink = errors.New("it is behind a symbolic link")
	errBelowFile  = errors.New("it is below a file")
)

// open opens a regular file; links are not followed.
func (d *disk) open(name string) (*os.File, error) {
	info, err := d.lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	var f *os.File
	if err == nil {
		f, err = d.root.Open(filepath.FromSlash(name))
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", d.where(name), cause(err))
	}
	return f, nil
}

// lstat is os.Lstat, but does not follow the directories above name either.
func (d *disk) lstat(name string) (fs.FileInfo, error) {
	for i, r := range name {
		if r != '/' {
			continue
		}
		switch info, err := d.root.Lstat(filepath.FromSlash(name[:i])); {
		case err != nil:
			return nil, err
		case info.Mode()&fs.ModeSymlink != 0:
			return nil, errBehindLink
		case !info.IsDir():
			return nil, errBelowFile
		}
	}
	return d.root.Lstat(filepath.FromSlash(name))
}

// removeEmpty removes a directory in which nothing is left. What else may be there by now stays.
func (d *disk) removeEmpty(dir string) {
	if d.isDir(dir) {
		_ = d.root.Remove(filepath.FromSlash(dir))
	}
}

// isDir tells whether there is a directory of that name, and no link to one.
func (d *disk) isDir(name string) bool {
	info, err := d.lstat(name)
	return err == nil && info.IsDir()
}

// has tells whether there is anything of that name.
func (d *disk) has(name string) bool {
	_, err := d.lstat(name)
	return err == nil
}

// sameFile tells whether two names are of one file: where case does not count, README and Readme are.
func (d *disk) sameFile(name, other string) bool {
	a, errA := d.lstat(name)
	b, errB := d.lstat(other)
	return errA == nil && errB == nil && os.SameFile(a, b)
}
