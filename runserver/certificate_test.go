package runserver

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestCertificate is made once, for all names that were ever asked for, and
// again before it ends; the key stays.
func TestCertificate(t *testing.T) {
	store := certificateStore{dir: filepath.Join(t.TempDir(), "new", "gostart"), now: time.Now()}
	get := func(want bool, names ...string) *x509.Certificate {
		t.Helper()
		certificate, made, err := store.get(names)
		if err != nil {
			t.Fatal(err)
		}
		if made != want {
			t.Errorf("%v: made is %t, want %t", names, made, want)
		}
		roots := x509.NewCertPool()
		roots.AddCert(certificate.Leaf)
		for _, name := range names {
			if _, err := certificate.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: store.now}); err != nil {
				t.Errorf("%v: %v", names, err)
			}
		}
		if certificate.Leaf.IsCA || certificate.Leaf.KeyUsage != x509.KeyUsageDigitalSignature {
			t.Error("the certificate can sign others")
		}
		return certificate.Leaf
	}
	first := get(true, "localhost", "127.0.0.1", "::1")
	get(false, "localhost", "127.0.0.1", "::1")
	get(false, "::1", "localhost")
	other := get(true, "localhost", "site.test")
	get(false, "localhost", "127.0.0.1", "site.test")
	if !slices.Equal(first.RawSubjectPublicKeyInfo, other.RawSubjectPublicKeyInfo) {
		t.Error("the key changed")
	}
	store.now = store.now.Add(certificateLife - certificateRenew - time.Hour)
	get(false, "localhost")
	store.now = store.now.Add(2 * time.Hour)
	get(true, "localhost", "127.0.0.1", "::1", "site.test")

	for _, file := range []string{store.certificate(), store.key()} {
		if err := os.WriteFile(file, []byte("spoilt"), 0o600); err != nil {
			t.Fatal(err)
		}
		get(true, "localhost")
	}
	entries, err := os.ReadDir(store.dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("the store has %v, %v; want a certificate and a key", entries, err)
	}
}

// TestCertificateAtOnce is several runservers at their first use.
func TestCertificateAtOnce(t *testing.T) {
	store := certificateStore{dir: filepath.Join(t.TempDir(), "gostart"), now: time.Now()}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, _, err := store.get([]string{"localhost"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, made, err := store.get([]string{"localhost"}); made || err != nil {
		t.Errorf("afterwards: made is %t, %v", made, err)
	}
}
