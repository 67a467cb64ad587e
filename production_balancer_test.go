//go:build linux

// What stands before the pods of a rolling update: connections, not requests, are spread over them, as by a Service of
// Kubernetes. A connection to a pod that does not take it fails; nobody tries another one.
package main

import (
	"io"
	"net"
	"slices"
	"sync"
	"testing"
)

type loadBalancer struct {
	net.Listener
	mu    sync.Mutex
	pods  []string // addresses
	turns int
}

func newLoadBalancer(t *testing.T) *loadBalancer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	b := &loadBalancer{Listener: listener}
	go func() {
		for {
			client, err := b.Accept()
			if err != nil {
				return // the test is over
			}
			go b.forward(client.(*net.TCPConn))
		}
	}()
	return b
}

func (b *loadBalancer) add(pod string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pods = append(b.pods, pod)
}

func (b *loadBalancer) remove(pod string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pods = slices.DeleteFunc(b.pods, func(p string) bool { return p == pod })
}

// choose gives each pod its turn.
func (b *loadBalancer) choose() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turns++
	return b.pods[b.turns%len(b.pods)]
}

// forward copies both ways, and passes on the end of each.
func (b *loadBalancer) forward(client *net.TCPConn) {
	defer func() { _ = client.Close() }()
	conn, err := net.Dial("tcp", b.choose())
	if err != nil {
		return
	}
	pod := conn.(*net.TCPConn)
	defer func() { _ = pod.Close() }()
	var both sync.WaitGroup
	copyTo := func(to, from *net.TCPConn) {
		_, _ = io.Copy(to, from)
		_ = to.CloseWrite()
	}
	both.Go(func() { copyTo(pod, client) })
	both.Go(func() { copyTo(client, pod) })
	both.Wait()
}
