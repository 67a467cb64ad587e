// A template in a directory on disk.
//
// It is read through os.Root, so that a link in it cannot lead out, whatever happens to the directory
// while it is read.
package generator

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func openDirectory(name string) (*source, error) {
	dir, err := absolute(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refuse(exitUsage, "a template is a directory or archive, or the built-in "+builtinProject,
			"template %q not found (looked for a directory or archive at %q)", name, dir)
	case err != nil:
		return nil, refuse(exitFailed, "", "opening template %q: %v", name, cause(err))
	case !info.IsDir():
		return openArchive(name, dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, refuse(exitFailed, "", "opening template %q: %v", name, cause(err))
	}
	return &source{name: filepath.Clean(name), dir: dir, files: root.FS(), close: root.Close}, nil
}

// absolute is filepath.Abs, and knows the home directory: a shell leaves "~" alone in --template=~/x.
func absolute(path string) (string, error) {
	if path == "~" || strings.HasPrefix(path, "~/") {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		path = home + path[1:]
	}
	return filepath.Abs(path)
}

// cause is what the system said, without the path and the call: the message around it has them.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}
