package runserver

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// TestUpgradeOverTLS is what a WebSocket does on an https page.
func TestUpgradeOverTLS(t *testing.T) {
	store := certificateStore{dir: t.TempDir(), now: time.Now()}
	if _, _, err := store.get([]string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Options{Dir: conformanceModule(t), Application: "app.Serve", Cert: store.certificate(), Key: store.key()})
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // the story of HTTPS trusts the certificate
	conn, err := dialer.DialContext(t.Context(), "tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "GET /do/upgrade HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: capitals\r\n\r\n", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status %s", response.Status)
	}
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"welcome\n", "HELLO\n"} {
		if line, err := reader.ReadString('\n'); err != nil || line != want {
			t.Errorf("the application answers %q, %v; want %q", line, err, want)
		}
	}
}
