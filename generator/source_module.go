// A template in a Go module, through the go command: its proxies, private modules and checksum database.
//
// go runs in an empty directory, so that no go.mod of the user's has a part in it, and keeps modules in its own
// cache. The module is read from the zip there, whose hash is taken again, and not from the directory that
// it was unpacked to, where anybody may have edited it.
package generator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/dirhash"
)

// moduleTimeout is how long go may take: it says nothing while it waits for a server.
const moduleTimeout = 5 * time.Minute

// openModule opens what the version stands for.
func openModule(ctx context.Context, a address, o sourceOptions) (*source, error) {
	query := a.ref
	if o.offline { // go cannot tell offline what "latest" was
		if last, err := recall(a.base, query); err == nil {
			query = last.Revision
		}
	}
	progress := newProgress(o.progress, "downloading "+a.String(), "bytes", 0)
	m, err := downloadModule(ctx, a.base+"@"+query, o.offline)
	progress.end()
	switch {
	case ctx.Err() != nil:
		return nil, errInterrupted
	case errors.Is(err, exec.ErrNotFound):
		return nil, refuse(exitFailed, "install Go: https://go.dev/doc/install", "template %q needs the go command, which is not on PATH", a)
	case err != nil && o.offline:
		return nil, notCached(a, err)
	case err != nil:
		hint := ""
		if _, err := os.Stat(a.String()); err == nil {
			hint = fmt.Sprintf("the file of this name is ./%s", a)
		}
		return nil, refuse(exitFailed, hint, "downloading template %q: %v", a, err)
	}
	t, err := m.read(ctx, o.maxDownload)
	switch {
	case ctx.Err() != nil:
		return nil, errInterrupted
	case err != nil:
		return nil, refuse(exitFailed, "", "template %q: %v", a, err)
	}
	src, err := a.source(t.root, m.Version)
	if err != nil {
		return nil, err
	}
	if err := remember(a.base, m.Version, nil, a.ref); err != nil {
		src.warnings = append(src.warnings, fmt.Sprintf("the template's version is not in the cache: %v", err))
	}
	return src, nil
}

// downloadedModule is what go mod download -json prints.
type downloadedModule struct {
	Path, Version, Zip, Sum, Error string
}

func downloadModule(ctx context.Context, query string, offline bool) (downloadedModule, error) {
	var m downloadedModule
	dir, err := os.MkdirTemp("", "gostart-module-*")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(dir)
	patient, cancel := context.WithTimeout(ctx, moduleTimeout)
	defer cancel()
	cmd := exec.CommandContext(patient, "go", "mod", "download", "-json", "--", query)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GO111MODULE=on", "PWD="+dir)
	if offline {
		cmd.Env = append(cmd.Env, "GOPROXY=off")
	}
	cmd.WaitDelay = 5 * time.Second
	endWithChildren(cmd, false)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	if patient.Err() != nil {
		return m, fmt.Errorf("go mod download took more than %v", moduleTimeout)
	}
	if errors.Is(err, exec.ErrNotFound) {
		return m, err
	}
	if json.Unmarshal(out.Bytes(), &m) != nil {
		return m, errors.New(oneLine(cmp.Or(said.String(), fmt.Sprint(err))))
	}
	if m.Error != "" {
		return m, errors.New(oneLine(m.Error))
	}
	return m, err
}

// oneLine joins lines, without what would act on a terminal.
func oneLine(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for i, line := range lines {
		lines[i] = strings.TrimSpace(strings.Map(printable, line))
	}
	return strings.Join(lines, " ")
}

// read reads the module's zip.
func (m downloadedModule) read(ctx context.Context, limit int64) (*sourceTree, error) {
	if info, err := os.Stat(m.Zip); err != nil {
		return nil, err
	} else if info.Size() > limit {
		return nil, tooLarge(limit)
	}
	if sum, err := dirhash.HashZip(m.Zip, dirhash.Hash1); err != nil || sum != m.Sum {
		return nil, fmt.Errorf("%q was changed since go checked it: go clean -modcache removes it", m.Zip)
	}
	data, err := os.ReadFile(m.Zip)
	if err != nil {
		return nil, err
	}
	t := newTree("module", maxBytes)
	return t, t.addZip(ctx, data, m.Path+"@"+m.Version+"/")
}
