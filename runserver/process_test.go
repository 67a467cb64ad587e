package runserver

import (
	"encoding/json"
	"net"
	"testing"
	"time"
)

// TestStopBeforeHello: a launcher that is not wanted any more before it has said hello hears so when it does. On
// Windows nothing else asks it to end.
func TestStopBeforeHello(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // done with
	l := &launcher{id: 1, messages: make(chan message, said), exited: make(chan struct{})}
	defer close(l.exited)
	l.say("stop")
	go l.converse(listener, "token")
	control, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close() //nolint:errcheck // done with
	if err := json.NewEncoder(control).Encode(message{Token: "token", ID: 1}); err != nil {
		t.Fatal(err)
	}
	control.SetDeadline(time.Now().Add(patience)) //nolint:errcheck // then nothing works
	var word string
	if err := json.NewDecoder(control).Decode(&word); err != nil || word != "stop" {
		t.Errorf("the launcher hears %q (%v), want \"stop\"", word, err)
	}
}
