package runserver

// Who holds a port: /proc/net/tcp knows the socket, /proc/PID/fd its process.

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// portOwner names the process that listens where a can't, as "python3 (process
// 4711)"; "" when the system does not tell, as of another user's.
func portOwner(a address) string {
	port, err := strconv.ParseUint(a.port, 10, 16)
	if err != nil {
		return ""
	}
	wanted, _ := netip.ParseAddr(a.host) // of a name, any address will do
	var sockets []string
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, _ := os.ReadFile(table)
		for line := range strings.Lines(string(text)) {
			const local, state, inode, listening = 1, 3, 9, "0A"
			fields := strings.Fields(line)
			if len(fields) <= inode || fields[state] != listening {
				continue
			}
			at, ok := parseProcAddress(fields[local])
			if ok && at.Port() == uint16(port) && inTheWay(at.Addr(), wanted) {
				sockets = append(sockets, "socket:["+fields[inode]+"]")
			}
		}
	}
	if len(sockets) == 0 {
		return ""
	}
	files, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, file := range files {
		if to, err := os.Readlink(file); err == nil && slices.Contains(sockets, to) {
			process := filepath.Dir(filepath.Dir(file))
			name, _ := os.ReadFile(filepath.Join(process, "comm"))
			return fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), filepath.Base(process))
		}
	}
	return ""
}

// inTheWay tells whether a socket bound to at keeps wanted from being bound.
func inTheWay(at, wanted netip.Addr) bool {
	return !wanted.IsValid() || at == wanted || at.IsUnspecified() || wanted.IsUnspecified()
}

// parseProcAddress reads "0100007F:1F90": words of 32 bits in the order of the
// machine's bytes, which is the little end first wherever this is built for but
// on s390x, where nothing will match.
func parseProcAddress(text string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(text, ":")
	bytes, err := hex.DecodeString(host)
	number, err2 := strconv.ParseUint(port, 16, 16)
	if err != nil || err2 != nil {
		return netip.AddrPort{}, false
	}
	for word := range slices.Chunk(bytes, 4) {
		slices.Reverse(word)
	}
	ip, ok := netip.AddrFromSlice(bytes)
	return netip.AddrPortFrom(ip.Unmap(), uint16(number)), ok
}
