// Which paths files of a project may have: those that each system can have, and that mean the same on each.
package generator

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
)

const maxElement = 255 // bytes of a name, in nearly all file systems

// pathFault says why a slashed path, relative to the project, cannot be that of a file, or "".
func pathFault(name string) string {
	if !filepath.IsLocal(filepath.FromSlash(name)) || path.Clean(name) != name {
		return "which is not one inside the project"
	}
	if err := module.CheckFilePath(name); err != nil {
		var invalid *module.InvalidPathError
		if errors.As(err, &invalid) {
			err = invalid.Err
		}
		return fmt.Sprintf("which not every system can have: %v", err)
	}
	for element := range strings.SplitSeq(name, "/") {
		base, _, _ := strings.Cut(element, ".")
		device := strings.ToLower(strings.TrimRight(base, " "))
		switch lower := strings.ToLower(element); {
		case strings.HasSuffix(element, " ") || strings.HasPrefix(element, " "):
			return "which not every system can have: a name begins or ends with a space"
		case hasWord(windowsDevices+" conin$ conout$", device):
			return fmt.Sprintf("which not every system can have: %q is a device on Windows", base)
		case len(element) > maxElement:
			return fmt.Sprintf("which not every system can have: a name has more than %d bytes", maxElement)
		case lower == ".git" || lower == "git~1": // git runs what is written there
			return "which is git's own"
		case lower == ".hg" || lower == ".svn": // so do these
			return fmt.Sprintf("which is for %s alone", lower)
		}
	}
	return ""
}

// templateFault is pathFault for a file of a template, which has no business among what gostart writes for itself.
func templateFault(name string) string {
	if first, _, _ := strings.Cut(name, "/"); strings.EqualFold(first, stateDir) || strings.EqualFold(name, manifestFile) {
		return "which is gostart's own"
	}
	return pathFault(name)
}
