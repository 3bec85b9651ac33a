// Command write-loop is the yardstick of the proxy's benchmark: it reads one event stream and writes every byte to each
// of its clients in turn. It has no replay, no limits and no heartbeat; a server cannot do less.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	responseHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
	readBytes    = 64 << 10
	// headTimeout bounds how long a client may take to send its request.
	headTimeout = 10 * time.Second
)

func main() {
	address := flag.String("address", "127.0.0.1:0", "where clients connect")
	origin := flag.String("origin", "", "URL of the event stream to read")
	flag.Parse()
	if err := run(*address, *origin); err != nil {
		log.Fatal(err)
	}
}

func run(address, origin string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	all := &clients{}
	failed := make(chan error, 2)
	go func() { failed <- accept(listener, all) }()
	go func() { failed <- relay(origin, all) }()
	return <-failed
}

// clients are the connections that get every frame.
type clients struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (c *clients) add(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns = append(c.conns, conn)
}

// write sends bytes to all clients and removes disconnected ones.
func (c *clients) write(frames []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns = slices.DeleteFunc(c.conns, func(conn net.Conn) bool {
		_, err := conn.Write(frames)
		if err != nil {
			_ = conn.Close()
		}
		return err != nil
	})
}

func accept(listener net.Listener, all *clients) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go open(conn, all)
	}
}

// open answers a request. Its goroutine then ends, so that a client needs only its connection.
func open(conn net.Conn, all *clients) {
	if err := exchangeHeads(conn); err != nil {
		_ = conn.Close()
		return
	}
	all.add(conn)
}

func exchangeHeads(conn net.Conn) error {
	if err := conn.SetReadDeadline(time.Now().Add(headTimeout)); err != nil {
		return err
	}
	if _, err := http.ReadRequest(bufio.NewReaderSize(conn, 1024)); err != nil {
		return err
	}
	_, err := conn.Write([]byte(responseHead))
	return err
}

func relay(origin string, all *clients) error {
	response, err := http.Get(origin)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	buffer := make([]byte, readBytes)
	for {
		n, err := response.Body.Read(buffer)
		if n > 0 {
			all.write(buffer[:n])
		}
		if errors.Is(err, io.EOF) {
			return errors.New("the origin has ended the stream")
		}
		if err != nil {
			return err
		}
	}
}
