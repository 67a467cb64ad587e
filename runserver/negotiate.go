package runserver

// Who is told what: the form of an answer of runserver's own, and whether the
// one who asks may see source code.
//
// A name that somebody else's DNS answers for can be made to point at this
// machine, and a page of theirs then reads what is served here as if it were its
// own (DNS rebinding). The Host header gives such a request away: it is a name,
// and one that we do not know.

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// form is how an error is told.
type form string

const (
	asText form = "text"
	asJSON form = "json"
	asHTML form = "html"
)

// negotiate reads Accept (RFC 9110, section 12.5.1). HTML and JSON are for those
// who name them; "*/*" alone is a program that prints what it gets, as curl does.
func negotiate(header http.Header) form {
	chosen, best, named := asText, 0.0, false
	for item := range strings.SplitSeq(strings.Join(header["Accept"], ","), ",") {
		kind, parameters, _ := strings.Cut(item, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
		found, exact := asText, true
		switch {
		case kind == "text/html", kind == "application/xhtml+xml":
			found = asHTML
		case kind == "application/json", strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json"):
			found = asJSON
		case kind == "text/plain":
		case kind == "text/*", kind == "*/*":
			exact = false
		default:
			continue
		}
		quality := 1.0
		for parameter := range strings.SplitSeq(parameters, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
			if q, err := strconv.ParseFloat(value, 64); strings.EqualFold(name, "q") && err == nil {
				quality = q
			}
		}
		if quality > best || quality > 0 && quality == best && exact && !named {
			chosen, best, named = found, quality, exact
		}
	}
	return chosen
}

// fromHere tells whether a request comes from this machine.
func fromHere(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err == nil {
		return peer.Addr().Unmap().IsLoopback()
	}
	_, unix := r.Context().Value(http.LocalAddrContextKey).(*net.UnixAddr)
	return unix
}

// trusts tells whether r may see source code.
func (s *server) trusts(r *http.Request) bool { return allowedHost(r.Host, s.address.host) }

// panicForm is how the application's panic may be told to r; "" is not at all.
func (s *server) panicForm(r *http.Request) form {
	if fromHere(r) && s.trusts(r) {
		return negotiate(r.Header)
	}
	return ""
}
