package runserver

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestParseAddrPort is Django's tests of runserver's address (tests/admin_scripts/
// tests.py, class ManageRunserver), and what Django accepts or refuses besides.
func TestParseAddrPort(t *testing.T) {
	for _, test := range []struct {
		id, text            string
		ipv6                bool
		network, host, port string
	}{
		{"RS01 runserver_addrport", "", false, "tcp4", "127.0.0.1", "8000"},
		{"RS01 runserver_addrport", "1.2.3.4:8000", false, "tcp4", "1.2.3.4", "8000"},
		{"RS01 runserver_addrport", "7000", false, "tcp4", "127.0.0.1", "7000"},
		{"RS02 runner_addrport_ipv6", "", true, "tcp6", "::1", "8000"},
		{"RS02 runner_addrport_ipv6", "7000", true, "tcp6", "::1", "7000"},
		{"RS02 runner_addrport_ipv6", "[2001:0db8:1234:5678::9]:7000", false, "tcp6", "2001:0db8:1234:5678::9", "7000"},
		{"RS03 runner_hostname", "localhost:8000", false, "tcp", "localhost", "8000"},
		{"RS03 runner_hostname", "test.domain.local:7000", false, "tcp", "test.domain.local", "7000"},
		{"RS04 runner_hostname_ipv6", "test.domain.local:7000", true, "tcp6", "test.domain.local", "7000"},
		{"RS05 runner_custom_defaults", "0.0.0.0:5000", false, "tcp4", "0.0.0.0", "5000"},
		{"RS06 runner_custom_defaults_ipv6", "[::]:8000", false, "tcp6", "::", "8000"},
		{"RS07 runner_ambiguous", "beef:7654", false, "tcp", "beef", "7654"},
		{"RS07 runner_ambiguous", "deadbeef:7654", false, "tcp", "deadbeef", "7654"},
		{"RS09 zero_ip_addr", "0:8000", false, "tcp4", "0.0.0.0", "8000"},
		{"inet_aton's short form", "127.1:8132", false, "tcp4", "127.0.0.1", "8132"},
		{"inet_aton's short form", "10.2.3:80", false, "tcp4", "10.2.0.3", "80"},
		{"Go's form", ":8000", false, "tcp4", "127.0.0.1", "8000"},
		{"Go's form", ":8000", true, "tcp6", "::1", "8000"},
		{"no port", "localhost", false, "tcp", "localhost", "8000"},
		{"no port", "127.0.0.1", false, "tcp4", "127.0.0.1", "8000"},
		{"no port", "[::1]", false, "tcp6", "::1", "8000"},
		{"leading zeros", "08000", false, "tcp4", "127.0.0.1", "8000"},
		{"any free port", "0", false, "tcp4", "127.0.0.1", "0"},
		{"the first free port", "auto", false, "tcp4", "127.0.0.1", "auto"},
		{"the first free port", "0.0.0.0:auto", false, "tcp4", "0.0.0.0", "auto"},
	} {
		got, err := parseAddrPort(test.text, test.ipv6)
		if want := (address{test.network, test.host, test.port}); err != nil || got != want {
			t.Errorf("%s: parseAddrPort(%q, %t) = %+v, %v; want %+v", test.id, test.text, test.ipv6, got, err, want)
		}
	}
}

func TestParseAddrPortRefuses(t *testing.T) {
	for _, test := range []struct {
		text string
		ipv6 bool
		want string
	}{
		{"abc", false, `"abc" is not a valid port number or address:port pair`},
		{"70000", false, `"70000" is not a valid port number (0-65535)`},
		{"127.0.0.1:65536", false, `"65536" is not a valid port number (0-65535)`},
		{"-1", false, `"-1" is not a valid port number`},
		{"99999999999999999999", false, "is not a valid port number"},
		{"127.0.0.1:8129", true, `"127.0.0.1" is not a valid IPv6 address`},
		{"[1.2.3.4]:80", false, `"1.2.3.4" is not a valid IPv6 address`},
		{"[]:80", false, `"" is not a valid IPv6 address`},
		{"999.999.999.999:80", false, `"999.999.999.999" is not a valid IPv4 address`},
		{"1.2.3.4.5:80", false, `"1.2.3.4.5" is not a valid IPv4 address`},
		{"under_score:80", false, `"under_score" is not a valid host name`},
		{"http://localhost:80", false, "is not a valid port number or address:port pair"},
		{"::1", false, "is not a valid port number or address:port pair"},
		{"localhost:", false, "is not a valid port number or address:port pair"},
		{"١٢٣٤", false, "is not a valid port number or address:port pair"},
		{" 8000", false, "is not a valid port number or address:port pair"},
	} {
		got, err := parseAddrPort(test.text, test.ipv6)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("parseAddrPort(%q, %t) = %+v, %v; want an error with %q", test.text, test.ipv6, got, err, test.want)
			continue
		}
		if coded, ok := err.(interface{ ExitCode() int }); !ok || coded.ExitCode() != 2 {
			t.Errorf("parseAddrPort(%q): %v does not exit with 2", test.text, err)
		}
	}
}

// TestListen is what the system may say of an address.
func TestListen(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	for _, test := range []struct {
		address    address
		text, hint string
	}{
		{address{"tcp4", "127.0.0.1", port}, "that port is already in use: 127.0.0.1:" + port, "another port: gostart runserver "},
		{address{"tcp4", "203.0.113.1", "0"}, "that IP address can't be assigned to: 203.0.113.1", "0.0.0.0"},
		{address{"tcp", "nosuch.invalid", "0"}, `cannot resolve "nosuch.invalid"`, ""},
	} {
		listener, err := test.address.listen(context.Background())
		if err == nil {
			_ = listener.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%+v: %v, want %q", test.address, err, test.text)
		}
		if hinted, ok := err.(interface{ Hint() string }); test.hint != "" && (!ok || !strings.Contains(hinted.Hint(), test.hint)) {
			t.Errorf("%+v: no hint with %q", test.address, test.hint)
		}
	}
}

// TestURL has the real port, and the host as it was typed.
func TestURL(t *testing.T) {
	at := address{"tcp4", "127.0.0.1", "0"}
	listener, err := at.listen(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	if got, want := at.url("http", listener), "http://"+listener.Addr().String()+"/"; got != want {
		t.Errorf("url = %q, want %q", got, want)
	}
}

// TestPortOwner is this process; a process of another user's is not told.
func TestPortOwner(t *testing.T) {
	for _, at := range []address{{"tcp4", "127.0.0.1", "0"}, {"tcp4", "0.0.0.0", "0"}, {"tcp6", "::1", "0"}} {
		taken, err := at.listen(context.Background())
		if err != nil {
			t.Logf("%+v: %v", at, err)
			continue
		}
		defer func() { _ = taken.Close() }()
		_, at.port, _ = net.SplitHostPort(taken.Addr().String())
		want := fmt.Sprintf(" (process %d)", os.Getpid())
		if runtime.GOOS != "linux" {
			want = ""
		}
		if got := portOwner(at); !strings.HasSuffix(got, want) {
			t.Errorf("%+v is held by %q, want %q", at, got, want)
		}
		if at.port = "1"; portOwner(at) != "" {
			t.Errorf("port 1 is held by %q", portOwner(at))
		}
	}
}

// TestOthers leaves out what no other machine reaches.
func TestOthers(t *testing.T) {
	if got := (address{"tcp4", "127.0.0.1", "80"}).others(); got != nil {
		t.Errorf("others reach 127.0.0.1 at %q", got)
	}
	for _, all := range []string{"0.0.0.0", "::"} {
		for _, host := range (address{"tcp", all, "80"}).others() {
			ip := net.ParseIP(host)
			if ip == nil || ip.IsLoopback() || ip.IsLinkLocalUnicast() || strings.Contains(host, ":") != (all == "::") {
				t.Errorf("others reach %s at %q", all, host)
			}
		}
	}
}
