package main

// What stories of templates from elsewhere need beside gostart.

import (
	"archive/zip"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// sourceCommands are the commands of scripts about templates from elsewhere.
func sourceCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"zip": scriptZip, "webserver": scriptWebserver}
}

// scriptZip is "zip FILE DIRECTORY [PREFIX]": an archive of what is in the directory. $SHA256 is its checksum.
func scriptZip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: zip FILE DIRECTORY [PREFIX]")
	}
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o777))
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	w := zip.NewWriter(f)
	if len(args) == 2 {
		ts.Check(w.AddFS(os.DirFS(ts.MkAbs(args[1]))))
	} else {
		ts.Check(addBelow(w, args[2], ts.MkAbs(args[1])))
	}
	ts.Check(errors.Join(w.Close(), f.Close()))
	ts.Setenv("SHA256", fmt.Sprintf("%x", sha256.Sum256([]byte(ts.ReadFile(args[0])))))
}

// addBelow adds the files of a directory under other names, and no directories: as modules are packed.
func addBelow(w *zip.Writer, prefix, dir string) error {
	return filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		entry, err := w.Create(prefix + filepath.ToSlash(name))
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil {
			_, err = entry.Write(text)
		}
		return err
	})
}

// scriptWebserver is "webserver DIRECTORY": until the script ends, $WEB is the address of what is in it.
func scriptWebserver(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: webserver DIRECTORY")
	}
	server := httptest.NewServer(http.FileServer(http.Dir(ts.MkAbs(args[0]))))
	ts.Defer(server.Close)
	ts.Setenv("WEB", server.URL)
}
