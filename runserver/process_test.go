package runserver

import (
	"encoding/json"
	"net"
	"os/exec"
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

// TestDeafLauncher: a launcher that reads nothing, as one that stands at a breakpoint, holds up neither who has
// something to say to it nor its end. No word is lost.
func TestDeafLauncher(t *testing.T) {
	path, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip(err)
	}
	ours, theirs := net.Pipe() // without a buffer
	defer theirs.Close()       //nolint:errcheck // done with
	command := exec.Command(path, "1000")
	ownGroup(command)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	l := &launcher{id: 1, control: ours, exited: make(chan struct{}), process: command.Process, wrapped: true} // no signal ends it
	go func() {
		_ = command.Wait()
		close(l.exited)
	}()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		l.say("gone 1")
		l.say("gone 2")
		l.stop()
	}()
	select {
	case <-stopped:
	case <-time.After(patience):
		_ = command.Process.Kill()
		t.Fatal("the launcher is not ended")
	}
	theirs.SetDeadline(time.Now().Add(patience)) //nolint:errcheck // then nothing works
	words := json.NewDecoder(theirs)
	for _, want := range []string{"gone 1", "gone 2", "stop"} {
		var word string
		if err := words.Decode(&word); err != nil || word != want {
			t.Errorf("the launcher hears %q (%v), want %q", word, err, want)
		}
	}
}
