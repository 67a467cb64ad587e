package main

import "crypto/tls"

// tlsState is what an application may ask of the connection that the client has
// with the supervisor.
type tlsState struct {
	Version     uint16      `json:"version"`
	CipherSuite uint16      `json:"cipher_suite"`
	Curve       tls.CurveID `json:"curve"`
	Protocol    string      `json:"protocol"`
	ServerName  string      `json:"server_name"`
	Resumed     bool        `json:"resumed"`
}

// restored is nil for plain HTTP.
func (t *tlsState) restored() *tls.ConnectionState {
	if t == nil {
		return nil
	}
	return &tls.ConnectionState{
		Version: t.Version, HandshakeComplete: true, DidResume: t.Resumed, CipherSuite: t.CipherSuite, CurveID: t.Curve,
		NegotiatedProtocol: t.Protocol, ServerName: t.ServerName,
		//lint:ignore SA1019 crypto/tls sets it
		NegotiatedProtocolIsMutual: true, //nolint:staticcheck // deprecated, and what net/http sets
	}
}
