package runserver

// HTTPS while developing, and what an application gets to see of it.

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// secure is what HTTPS needs.
type secure struct {
	certificate tls.Certificate
	remarks     []string // for the banner
}

// secure returns nil without --https. The certificate is that of --cert and
// --key, or ours for at.
func (o Options) secure(at address) (*secure, error) {
	switch {
	case (o.Cert == "") != (o.Key == ""):
		return nil, &usageError{text: "--cert and --key go together"}
	case o.Cert != "":
		certificate, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		if err != nil {
			return nil, &usageError{text: fmt.Sprintf("reading --cert %s and --key %s: %v", o.Cert, o.Key, err)}
		}
		return &secure{certificate: certificate}, nil
	case !o.HTTPS:
		return nil, nil
	}
	var made bool
	var certificate tls.Certificate
	config, err := os.UserConfigDir()
	store := certificateStore{dir: filepath.Join(config, "gostart"), now: time.Now()}
	if err == nil {
		certificate, made, err = store.get(append([]string{"localhost", "127.0.0.1", "::1"}, at.names()...))
	}
	if err != nil {
		return nil, &hintError{text: fmt.Sprintf("making a certificate: %v", err),
			hint: "bring your own: gostart runserver --cert cert.pem --key key.pem"}
	}
	s := &secure{certificate: certificate, remarks: []string{"Certificate: " + store.certificate()}}
	if made {
		s.remarks = append(s.remarks, "It is new, and browsers warn until you trust it: "+trustCommand(store.certificate()))
	}
	return s, nil
}

// names are those under which a may be asked for.
func (a address) names() []string {
	ip := net.ParseIP(a.host)
	if a.network == "unix" || ip != nil && ip.IsUnspecified() {
		return a.others()
	}
	return []string{strings.TrimSuffix(strings.ToLower(a.host), ".")}
}

// trustCommand is how a user's browsers come to trust the certificate.
func trustCommand(file string) string {
	switch runtime.GOOS {
	case "darwin":
		return fmt.Sprintf("security add-trusted-cert -p ssl %q", file)
	case "windows":
		return fmt.Sprintf("certutil -user -addstore Root %q", file)
	}
	return fmt.Sprintf("certutil -d sql:$HOME/.pki/nssdb -A -t P,, -n gostart -i %q", file)
}

// tlsState is that of launcher/tls.go.
type tlsState struct {
	Version     uint16      `json:"version"`
	CipherSuite uint16      `json:"cipher_suite"`
	Curve       tls.CurveID `json:"curve"`
	Protocol    string      `json:"protocol"`
	ServerName  string      `json:"server_name"`
	Resumed     bool        `json:"resumed"`
}

// tlsStateOf is nil for plain HTTP.
func tlsStateOf(t *tls.ConnectionState) *tlsState {
	if t == nil {
		return nil
	}
	return &tlsState{t.Version, t.CipherSuite, t.CurveID, t.NegotiatedProtocol, t.ServerName, t.DidResume}
}
