package runserver

// The certificate that --https makes at its first use, for the names under which
// this machine is reached. It vouches for itself alone. An authority of our own,
// in the trust stores of the system, was rejected: whoever reads its key could
// be any site to the user's browser.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	certificateLife  = 397 * 24 * time.Hour // browsers take no longer ones
	certificateRenew = 30 * 24 * time.Hour  // before the end
)

// certificateStore is the directory that keeps the certificate and its key. The
// key stays when the certificate is made again.
type certificateStore struct {
	dir string
	now time.Time
}

func (s certificateStore) certificate() string { return filepath.Join(s.dir, "localhost.pem") }
func (s certificateStore) key() string         { return filepath.Join(s.dir, "localhost-key.pem") }

// get returns a certificate that holds for all names, and whether it had to be
// made. A name that it once had stays: projects with different hosts would take
// it from each other, and the user's trust with it.
func (s certificateStore) get(names []string) (certificate tls.Certificate, made bool, err error) {
	slices.Sort(names)
	names = slices.Compact(names)
	certificate, err = tls.LoadX509KeyPair(s.certificate(), s.key())
	if err == nil {
		known := slices.Clone(certificate.Leaf.DNSNames)
		for _, ip := range certificate.Leaf.IPAddresses {
			known = append(known, ip.String())
		}
		missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(known, name) })
		if len(missing) == 0 && s.now.Add(certificateRenew).Before(certificate.Leaf.NotAfter) {
			return certificate, false, nil
		}
		names = append(known, missing...)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return certificate, false, err
	}
	key, err := s.readOrMakeKey()
	if err != nil {
		return certificate, false, err
	}
	text, err := s.issue(key, names)
	if err != nil {
		return certificate, false, err
	}
	temporary, err := writeBeside(s.certificate(), text)
	if err != nil {
		return certificate, false, err
	}
	if err := os.Rename(temporary, s.certificate()); err != nil {
		return certificate, false, errors.Join(err, os.Remove(temporary))
	}
	certificate, err = tls.LoadX509KeyPair(s.certificate(), s.key())
	return certificate, true, err
}

// readOrMakeKey returns the key. Of two that make it at once, the first wins.
func (s certificateStore) readOrMakeKey() (*ecdsa.PrivateKey, error) {
	switch key, err := s.readKey(); {
	case err == nil:
		return key, nil
	case !errors.Is(err, fs.ErrNotExist):
		if err := os.Remove(s.key()); err != nil {
			return nil, err
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	temporary, err := writeBeside(s.key(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(temporary) }()
	if os.Link(temporary, s.key()) != nil && !isFile(s.key()) { // some file systems have no links
		if err := os.Rename(temporary, s.key()); err != nil {
			return nil, err
		}
	}
	return s.readKey()
}

func (s certificateStore) readKey() (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(s.key())
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: no key", s.key())
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	if key, ok := parsed.(*ecdsa.PrivateKey); ok {
		return key, nil
	}
	return nil, fmt.Errorf("%s: no ECDSA key", s.key())
}

// issue makes the certificate: one for servers, that can't sign others.
func (s certificateStore) issue(key *ecdsa.PrivateKey, names []string) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "localhost", Organization: []string{"gostart development certificate"}},
		NotBefore:             s.now.Add(-time.Hour),
		NotAfter:              s.now.Add(certificateLife),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), err
}

// writeBeside writes a new file, mode 0600, in the directory of name.
func writeBeside(name string, text []byte) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".")
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}
