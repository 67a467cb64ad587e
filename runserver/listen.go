package runserver

// Binding the address, before anything is built: what can't be had is known at
// once, with what can.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/joho/godotenv"
)

// portsTried is how many ports are looked at for a free one.
const portsTried = 100

// where returns the address to listen on: the socket or the argument that was
// given, or else the port in $PORT, or in the environment file.
func (o Options) where(envFile string) (address, error) {
	if o.Unix != "" {
		if o.AddrPort != "" || o.IPv6 {
			return address{}, &usageError{text: "--unix goes with neither an address nor --ipv6"}
		}
		return address{network: "unix", host: o.Unix}, nil
	}
	if o.AddrPort != "" {
		return parseAddrPort(o.AddrPort, o.IPv6)
	}
	port, from := os.Getenv("PORT"), "the environment"
	if port == "" {
		values, _ := godotenv.Read(envFile) // what is wrong with it is shown when the application starts
		port, from = values["PORT"], envFile
	}
	if _, err := strconv.ParseUint(port, 10, 16); port != "" && port != autoPort && err != nil {
		return address{}, &usageError{
			text: fmt.Sprintf("PORT %q in %s is not a valid port number (0-65535)", port, from),
			hint: "an argument comes before PORT: gostart runserver " + defaultPort,
		}
	}
	return parseAddrPort(port, o.IPv6)
}

// listen binds a.
func (a address) listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	switch {
	case a.network == "unix":
		return listenUnix(a.host)
	case a.port == autoPort:
		a.port = a.free(8000)
		if a.port == "" {
			return nil, fmt.Errorf("no port from 8000 to %d is free", 8000+portsTried-1)
		}
	}
	at := net.JoinHostPort(a.host, a.port)
	listener, err := config.Listen(ctx, a.network, at)
	if err == nil {
		return listener, nil
	}
	var lookup *net.DNSError
	switch {
	case errors.As(err, &lookup):
		return nil, fmt.Errorf("cannot resolve %q", a.host)
	case errors.Is(err, syscall.EADDRINUSE):
		text := "that port is already in use: " + at
		if owner := portOwner(a); owner != "" {
			text += ", by " + owner
		}
		return nil, &hintError{text: text, hint: "stop what listens there, or take another port: gostart runserver " + a.another()}
	case errors.Is(err, syscall.EACCES):
		return nil, &hintError{
			text: "you don't have permission to access that port: " + at,
			hint: "ports from 1024 upwards need none: gostart runserver 8000",
		}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, &hintError{
			text: "that IP address can't be assigned to: " + a.host,
			hint: "0.0.0.0 listens on every address of this machine",
		}
	}
	return nil, fmt.Errorf("listening on %s: %w", at, err)
}

// free is the first port from the given one that can be had now, or "".
func (a address) free(first int) string {
	for port := first; port < first+portsTried && port <= 65535; port++ {
		listener, err := net.Listen(a.network, net.JoinHostPort(a.host, strconv.Itoa(port)))
		if err == nil {
			_ = listener.Close()
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return strconv.Itoa(port) // free, or wrong in a way that another port does not mend
		}
	}
	return ""
}

// another is the same address with the next port that is free now.
func (a address) another() string {
	port, _ := strconv.Atoi(a.port)
	next := a.free(port + 1)
	if next == "" {
		next = a.free(8000)
	}
	if a.host == "127.0.0.1" {
		return next
	}
	return net.JoinHostPort(a.host, next)
}

// listenUnix makes a socket that its owner alone can use. What a killed process
// has left is removed; a socket that somebody answers, or another file, is not.
func listenUnix(path string) (net.Listener, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("listening on %s: %w", path, err)
	case info.Mode()&fs.ModeSocket == 0:
		return nil, fmt.Errorf("%s is in the way: it is no socket", path)
	default:
		conn, err := net.Dial("unix", path)
		if err == nil {
			_ = conn.Close()
			return nil, &hintError{text: "that socket is already in use: " + path,
				hint: "stop what listens there, or take another path"}
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return nil, fmt.Errorf("listening on %s: %w", path, err)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("removing the socket that was left there: %w", err)
		}
	}
	var listener net.Listener
	ownerOnly(func() { listener, err = net.Listen("unix", path) })
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", path, err)
	}
	return listener, nil
}
