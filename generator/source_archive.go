// A template in an archive: zip, tar, tar.gz, tar.bz2 or tar.xz, told by its content and not by its name.
//
// It is unpacked into memory as a stream that ends at a limit, so that neither a bomb nor a header that
// lies takes more than a template may have. Only one layer is unpacked: an archive in an archive is a file.
// As in Django, one directory that holds all else is left out, since most archives are made that way.
package generator

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

const (
	maxDownload  = 64 << 20 // bytes of an archive, a repository or a module as it travels
	maxExpansion = 200      // times its own size that an archive may hold, text shrinks to a tenth
	minExpansion = 16 << 20 // what any archive may hold
)

var errNoArchive = errors.New("it is not a zip, tar, tar.gz, tar.bz2 or tar.xz archive")

// openArchive opens the archive in file.
func openArchive(ctx context.Context, a address, file string, o sourceOptions) (*source, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, refuse(exitFailed, "", "opening template %q: %v", a, cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(interruptible{ctx, f}, o.maxDownload+1))
	switch {
	case ctx.Err() != nil:
		return nil, errInterrupted
	case err != nil:
		return nil, refuse(exitFailed, "", "reading template %q: %v", a, cause(err))
	case int64(len(data)) > o.maxDownload:
		return nil, refuse(exitFailed, "", "reading template %q: %v", a, tooLarge(o.maxDownload))
	}
	return archiveSource(ctx, a, data)
}

// archiveSource is the template in an archive, whose checksum has to be right.
func archiveSource(ctx context.Context, a address, data []byte) (*source, error) {
	found := hex.EncodeToString(sha256Sum(data))
	if a.sum != "" && a.sum != found {
		return nil, refuse(exitFailed, "it was changed, or is another one; when it is the right one, ask for #sha256="+found,
			"template %q has the sha256 %s, not %s", a.withoutVersion(), found, a.sum)
	}
	t, err := readArchive(ctx, data)
	switch {
	case ctx.Err() != nil:
		return nil, errInterrupted
	case errors.Is(err, errNoArchive) && a.kind == byHTTP && bytes.HasPrefix(bytes.TrimSpace(data), []byte("<")):
		return nil, refuse(exitFailed, "for a git repository: git+"+a.withoutVersion(), "template %q: there is a web page, not an archive", a)
	case errors.Is(err, errNoArchive):
		return nil, refuse(exitUsage, "", "template %q: %v", a, err)
	case err != nil:
		return nil, refuse(exitFailed, "", "template %q: %v", a, err)
	}
	return a.source(t.root.withoutTop(), "sha256:"+found)
}

// readArchive tells what data is and reads it.
func readArchive(ctx context.Context, data []byte) (*sourceTree, error) {
	t := newTree("archive", min(maxBytes, max(minExpansion, int64(len(data))*maxExpansion)))
	var unpacked io.Reader = bytes.NewReader(data)
	var err error
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return t, t.addZip(ctx, data, "")
	case bytes.HasPrefix(data, []byte("\x1f\x8b")):
		unpacked, err = gzip.NewReader(unpacked)
	case bytes.HasPrefix(data, []byte("BZh")):
		unpacked = bzip2.NewReader(unpacked)
	case bytes.HasPrefix(data, []byte("\xfd7zXZ\x00")):
		unpacked, err = newXZReader(data)
	default:
		if _, err := tar.NewReader(unpacked).Next(); err != nil {
			return nil, errNoArchive
		}
		unpacked = bytes.NewReader(data)
	}
	if err != nil {
		return nil, corrupt(err)
	}
	return t, t.addTar(interruptible{ctx, &limited{unpacked, t.left, t.tooMuch()}})
}

// addTar adds what is in a tar, up to its end or the first error.
func (t *sourceTree) addTar(from io.Reader) error {
	archive := tar.NewReader(from)
	for {
		header, err := archive.Next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, tar.ErrHeader) && t.nodes == 0:
			return errNoArchive
		case err != nil:
			return corrupt(err)
		case header.Typeflag == tar.TypeXGlobalHeader: // the commit of a git archive
			continue
		}
		mode := header.FileInfo().Mode()
		if header.Typeflag == tar.TypeLink {
			mode = fs.ModeSymlink
		}
		if err := t.add(header.Name, mode, archive); err != nil {
			return err
		}
	}
}

// addZip adds what is in a zip below prefix, which all of it has to have.
func (t *sourceTree) addZip(ctx context.Context, data []byte, prefix string) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return corrupt(err)
	}
	for _, file := range archive.File {
		name, ok := strings.CutPrefix(file.Name, prefix)
		switch {
		case !ok:
			return fmt.Errorf("%s contains an unsafe path: %.200q", t.what, file.Name)
		case strings.HasPrefix(name, "__MACOSX/"): // the Finder's own
			continue
		case file.Flags&1 != 0:
			return fmt.Errorf("%s is encrypted", t.what)
		}
		if err := t.addZipped(ctx, name, file); err != nil {
			return err
		}
	}
	return nil
}

func (t *sourceTree) addZipped(ctx context.Context, name string, file *zip.File) error {
	if !file.Mode().IsRegular() {
		return t.add(name, file.Mode(), nil)
	}
	content, err := file.Open()
	if err != nil {
		return corrupt(err)
	}
	defer content.Close()
	return t.add(name, file.Mode(), interruptible{ctx, content})
}

func corrupt(err error) error { return fmt.Errorf("corrupt archive: %w", err) }

// interruptible ends reading with ctx.
type interruptible struct {
	ctx context.Context //nolint:containedctx // of one read
	io.Reader
}

func (r interruptible) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// limited is a reader that fails after left bytes.
type limited struct {
	io.Reader
	left int64
	err  error
}

func (r *limited) Read(p []byte) (int, error) {
	if r.left < 0 {
		return 0, r.err
	}
	n, err := r.Reader.Read(p[:min(int64(len(p)), r.left+1)])
	r.left -= int64(n)
	return n, err
}
