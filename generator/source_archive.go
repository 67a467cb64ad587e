// A template in an archive on disk: zip, tar or tar.gz, told by its content and not by its name.
//
// Whatever it is, it becomes a zip in memory, whose reader is an fs.FS: a tar has no index to open files
// by. A name that leads out of the archive, a link or a special file is an error, not skipped, and nothing
// of an archive is ever written to disk as it is. As in Django, one directory that holds all else is left
// out, since most archives are made that way.
package generator

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// openArchive opens the archive in file; name is what the user calls it.
func openArchive(name, file string) (*source, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, refuse(exitFailed, "", "opening template %q: %v", name, cause(err))
	}
	files, err := readArchive(text)
	if errors.Is(err, errNoArchive) {
		return nil, refuse(exitUsage, "", "template %q is not a zip, tar or tar.gz archive", name)
	}
	if err != nil {
		return nil, refuse(exitFailed, "", "template %q: %v", name, err)
	}
	return &source{name: path.Clean(name), files: files, close: func() error { return nil }}, nil
}

var errNoArchive = errors.New("not an archive")

// readArchive tells what text is and gives what is in it.
func readArchive(text []byte) (fs.FS, error) {
	if bytes.HasPrefix(text, []byte("\x1f\x8b")) {
		unpacked, err := gunzip(text)
		if err != nil {
			return nil, fmt.Errorf("corrupt archive: %w", err)
		}
		text = unpacked
	}
	switch {
	case bytes.HasPrefix(text, []byte("PK\x03\x04")):
	case len(text) > 262 && string(text[257:262]) == "ustar":
		packed, err := tarToZip(text)
		if err != nil {
			return nil, err
		}
		text = packed
	default:
		return nil, errNoArchive
	}
	archive, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, fmt.Errorf("corrupt archive: %w", err)
	}
	if err := checkArchive(archive); err != nil {
		return nil, err
	}
	return withoutTop(archive)
}

func gunzip(text []byte) ([]byte, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	all, err := io.ReadAll(io.LimitReader(unpacked, maxBytes+1))
	if err == nil && len(all) > maxBytes {
		err = fmt.Errorf("it unpacks to more than %d MiB", maxBytes>>20)
	}
	return all, err
}

// tarToZip packs the same files again. Links and special files keep their mode, by which they are refused.
func tarToZip(text []byte) ([]byte, error) {
	var packed bytes.Buffer
	to := zip.NewWriter(&packed)
	from := tar.NewReader(bytes.NewReader(text))
	for {
		header, err := from.Next()
		if errors.Is(err, io.EOF) {
			err = to.Close()
			return packed.Bytes(), err
		}
		if err != nil {
			return nil, fmt.Errorf("corrupt archive: %w", err)
		}
		switch header.Typeflag {
		case tar.TypeXGlobalHeader: // git archive's commit
			continue
		case tar.TypeLink:
			return nil, fmt.Errorf("archive contains a link: %q", header.Name)
		}
		info := header.FileInfo()
		name := strings.TrimPrefix(header.Name, "./")
		if name == "" {
			continue
		}
		entry := &zip.FileHeader{Name: name, Method: zip.Store}
		entry.SetMode(info.Mode())
		if info.IsDir() {
			entry.Name = strings.TrimSuffix(name, "/") + "/"
		}
		w, err := to.CreateHeader(entry)
		if err == nil && info.Mode().IsRegular() {
			_, err = io.Copy(w, from)
		}
		if err != nil {
			return nil, fmt.Errorf("corrupt archive: %w", err)
		}
	}
}

// checkArchive refuses what its reader would pass over in silence.
func checkArchive(archive *zip.Reader) error {
	if len(archive.File) > maxFiles {
		return fmt.Errorf("archive has more than %d files", maxFiles)
	}
	seen := map[string]bool{}
	var size uint64
	for _, file := range archive.File {
		name := strings.TrimSuffix(file.Name, "/")
		mode := file.Mode()
		size += file.UncompressedSize64
		switch {
		case !fs.ValidPath(name), strings.ContainsAny(name, `\:`):
			return fmt.Errorf("archive contains an unsafe path: %q", file.Name)
		case mode&fs.ModeSymlink != 0:
			return fmt.Errorf("archive contains a link: %q", file.Name)
		case !mode.IsRegular() && !mode.IsDir():
			return fmt.Errorf("archive contains a special file: %q", file.Name)
		case seen[name] && !mode.IsDir():
			return fmt.Errorf("archive contains %q twice", file.Name)
		case size > maxBytes:
			return fmt.Errorf("archive unpacks to more than %d MiB", maxBytes>>20)
		}
		seen[name] = true
	}
	return nil
}

// withoutTop is the archive without the one directory that all of it is in; that of the project stays.
func withoutTop(archive *zip.Reader) (fs.FS, error) {
	top, err := fs.ReadDir(archive, ".")
	if err != nil {
		return nil, fmt.Errorf("corrupt archive: %w", err)
	}
	if len(top) == 1 && top[0].IsDir() && !strings.Contains(top[0].Name(), "project_name") {
		return fs.Sub(archive, top[0].Name())
	}
	return archive, nil
}
