// Templates that were fetched before, in the user's cache directory: for --offline, and to fetch nothing twice
// that cannot have changed.
//
//	gostart/templates/sha256-HEX   what was fetched, under the hash of its content
//	gostart/templates/HEX.json     what an address and a version gave last: the revision, and the hash of its content
//
// Content is hashed again each time it is read, so what was damaged is as good as missing. Files
// appear by rename and have the same content whoever writes them: any number of gostarts may run at once.
// Modules are not here: the go command has a cache of its own, and only the version that a query
// like "latest" gave is kept. Nothing is ever removed; the directory may be, at any time.
package generator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// cached is what an address and a version gave.
type cached struct {
	Address  string `json:"address"` // without a password; for who looks into the directory
	Revision string `json:"revision"`
	Content  string `json:"content,omitempty"` // its sha256, in hexadecimal
}

func cacheDirectory() (string, error) {
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "gostart", "templates"), err
}

func cacheKey(address, version string) string {
	return hex.EncodeToString(sha256Sum([]byte(address+"\x00"+version))) + ".json"
}

func sha256Sum(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}

// recall finds what address gave at version.
func recall(address, version string) (cached, error) {
	var c cached
	dir, err := cacheDirectory()
	if err != nil {
		return c, err
	}
	text, err := os.ReadFile(filepath.Join(dir, cacheKey(address, version)))
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	return c, err
}

// recallContent finds content by its hash.
func recallContent(sum string) ([]byte, error) {
	dir, err := cacheDirectory()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "sha256-"+sum)
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if found := hex.EncodeToString(sha256Sum(content)); found != sum {
		return nil, fmt.Errorf("%q was changed since it was written", file)
	}
	return content, nil
}

// remember keeps what address gave at each of versions.
func remember(address, revision string, content []byte, versions ...string) error {
	dir, err := cacheDirectory()
	if err != nil {
		return err
	}
	c := cached{Address: address, Revision: revision}
	if content != nil {
		c.Content = hex.EncodeToString(sha256Sum(content))
		if err := writeWhole(dir, "sha256-"+c.Content, content); err != nil {
			return err
		}
	}
	text, err := json.Marshal(c)
	for _, version := range versions {
		err = errors.Join(err, writeWhole(dir, cacheKey(address, version), text))
	}
	return err
}

// writeWhole writes a file that only its owner can read, or nothing.
func writeWhole(dir, name string, content []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// notCached is the error of --offline.
func notCached(a address, err error) error {
	what := "it was never fetched on this machine"
	if !errors.Is(err, fs.ErrNotExist) {
		what = err.Error()
	}
	return refuse(exitFailed, "run the command once without --offline", "template %q is not in the cache: %s", a, what)
}
