package runserver

// What a user may type for the address. The forms are those of Django's runserver (core/management/commands/
// runserver.py), and ":8000", "localhost" and "auto" besides, which Django refuses.
// Ports are checked before anything is bound: Django passes 70000 on to the system.

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

const (
	defaultPort = "8000"
	autoPort    = "auto" // the first port from 8000 that is free
)

// address is where the development server listens.
type address struct {
	network string // "tcp4", "tcp6", or "tcp" for a name that may be either; or "unix"
	host    string // as typed, without brackets; "0" is "0.0.0.0"; the path of a unix socket
	port    string // a number, or autoPort
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$`)

// parseAddrPort reads the ADDRPORT argument; ipv6 is the -6 flag.
func parseAddrPort(text string, ipv6 bool) (address, error) {
	a := address{network: "tcp4", host: "127.0.0.1", port: defaultPort}
	if ipv6 {
		a = address{network: "tcp6", host: "::1", port: defaultPort}
	}
	host, port := splitAddrPort(text)
	if port == autoPort {
		a.port = autoPort
	} else if port != "" {
		number, err := strconv.ParseUint(port, 10, 64)
		if err != nil {
			return address{}, &usageError{
				text: fmt.Sprintf("%q is not a valid port number or address:port pair", text),
				hint: "accepted are 8000, :8000, localhost, 0.0.0.0:8000, example.test:8000, [::1]:8000 and auto",
			}
		}
		if number > 65535 {
			return address{}, &usageError{text: fmt.Sprintf("%q is not a valid port number (0-65535)", port)}
		}
		a.port = strconv.FormatUint(number, 10)
	}
	if host == "" {
		return a, nil
	}
	a.host = host
	if bare, bracketed := strings.CutPrefix(host, "["); bracketed {
		a.host, a.network = strings.TrimSuffix(bare, "]"), "tcp6"
		if ip, err := netip.ParseAddr(a.host); err != nil || !ip.Is6() {
			return address{}, &usageError{text: fmt.Sprintf("%q is not a valid IPv6 address", a.host)}
		}
		return a, nil
	}
	if strings.Trim(host, "0123456789.") == "" {
		if ipv6 {
			return address{}, &usageError{text: fmt.Sprintf("%q is not a valid IPv6 address", host)}
		}
		ip, ok := parseIPv4(host)
		if !ok {
			return address{}, &usageError{text: fmt.Sprintf("%q is not a valid IPv4 address", host)}
		}
		a.host = ip.String()
		return a, nil
	}
	if !hostName.MatchString(host) {
		return address{}, &usageError{text: fmt.Sprintf("%q is not a valid host name", host)}
	}
	if !ipv6 {
		a.network = "tcp"
	}
	return a, nil
}

// splitAddrPort tells the host from the port in what was typed: digits alone
// are a port, and a name alone is a host.
func splitAddrPort(text string) (host, port string) {
	if text == "" {
		return "", ""
	}
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		return text, ""
	}
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.Contains(text[:i], "://") {
		if text[i+1:] == "" || strings.Contains(text[:i], ":") && !strings.HasPrefix(text, "[") {
			return "", text // "host:" and a bare "::1" are neither
		}
		return text[:i], text[i+1:]
	}
	if strings.Contains(text, ".") || text == "localhost" {
		return text, ""
	}
	return "", text
}

// parseIPv4 reads dotted decimal numbers, and the short forms of inet_aton(3),
// where the last number fills the bytes that are left: 0 is 0.0.0.0 and 127.1
// is 127.0.0.1.
func parseIPv4(text string) (netip.Addr, bool) {
	var bytes [4]byte
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	for i, part := range parts {
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (4 - i)
		}
		number, err := strconv.ParseUint(part, 10, bits)
		if err != nil {
			return netip.Addr{}, false
		}
		for j := 0; j < bits/8; j++ {
			bytes[i+bits/8-1-j] = byte(number >> (8 * j))
		}
	}
	return netip.AddrFrom4(bytes), true
}

// url is where a browser on this machine finds the listener: the real port, and
// the host as it was typed.
func (a address) url(scheme string, listener net.Listener) string {
	if a.network == "unix" {
		return "unix:" + a.host
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return scheme + "://" + net.JoinHostPort(a.host, port) + "/"
}

// others are the addresses under which other machines may find a listener that
// is bound to all addresses of this one.
func (a address) others() []string {
	bound, err := netip.ParseAddr(a.host)
	if err != nil || !bound.IsUnspecified() {
		return nil
	}
	addresses, _ := net.InterfaceAddrs()
	var found []string
	for _, each := range addresses {
		prefix, err := netip.ParsePrefix(each.String())
		if ip := prefix.Addr(); err == nil && ip.Is4() == bound.Is4() && ip.IsGlobalUnicast() {
			found = append(found, ip.String())
		}
	}
	return found
}
