// The far end of the proxy's benchmark: many clients in one process, and a bare write loop as the yardstick.
//
//	fleet clients ADDRESS COUNT PATH EVERY SOURCE  connects, then reports each event that all have received, of every so many
//	fleet storm ADDRESS COUNT ID EVENTS SOURCE     all come back at once after ID; reports when each has had so many events
//	fleet stalled ADDRESS COUNT                    connects and never reads; the kernels between hold little for each
//	fleet loop COUNT                               listens, then writes the event to COUNT clients for each line on standard input
//
// An event carries the time at which it was made, on the monotonic clock that all processes of a host share.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

const (
	head        = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
	dialsAtOnce = 256
	// Clients per source address: the range of ephemeral ports has 28,232.
	clientsPerSource = 7000
	clockMonotonic   = 1
	// Not in the syscall package.
	ipBindAddressNoPort = 24
)

const usage = "usage: fleet clients ADDRESS COUNT PATH EVERY SOURCE | fleet storm ADDRESS COUNT ID EVENTS SOURCE | " +
	"fleet stalled ADDRESS COUNT | fleet loop COUNT"

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 6 && args[0] == "clients":
		runClients(crowd{args[1], number(args[2]), number(args[5])}, args[3], number(args[4]))
	case len(args) == 6 && args[0] == "storm":
		runStorm(crowd{args[1], number(args[2]), number(args[5])}, args[3], number(args[4]))
	case len(args) == 3 && args[0] == "stalled":
		runStalled(args[1], number(args[2]))
	case len(args) == 2 && args[0] == "loop":
		runLoop(number(args[1]))
	default:
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	exitOn(err)
	return value
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func nowNs() int64 {
	var ts syscall.Timespec
	_, _, _ = syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&ts)), 0)
	return ts.Nano()
}

func report(value any) {
	line, err := json.Marshal(value)
	exitOn(err)
	fmt.Println(string(line))
}

// seen collects when each event reached each client.
type seen struct {
	mu      sync.Mutex
	count   int
	latency map[int64][]float64
}

func (s *seen) note(made int64, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := append(s.latency[made], float64(at-made)/1e6)
	s.latency[made] = list
	if len(list) < s.count {
		return
	}
	delete(s.latency, made)
	sort.Float64s(list)
	report(map[string]any{"kind": "event", "ms": list})
}

// crowd is how many clients of which server, from the source address 127.0.0.SOURCE and those after it.
type crowd struct {
	address string
	count   int
	source  int
}

func runClients(c crowd, path string, every int) {
	count := c.count
	s := &seen{count: count, latency: map[int64][]float64{}}
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n")
	started := time.Now()
	tickets := make(chan struct{}, dialsAtOnce)
	var opened sync.WaitGroup
	opened.Add(count)
	for i := range count {
		tickets <- struct{}{}
		go func() {
			read(c.dial(i, request), s, every, func() {
				<-tickets
				opened.Done()
			})
		}()
	}
	opened.Wait()
	report(map[string]any{"kind": "connected", "ms": float64(time.Since(started).Microseconds()) / 1e3})
	// It is ended from outside.
	select {}
}

// dial asks for a stream. The port is chosen when the connection is made, not before: so each source address has all its ports
// for each server.
func (c crowd) dial(i int, request []byte) net.Conn {
	dialer := net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(c.source+i/clientsPerSource))},
		Control: func(_, _ string, raw syscall.RawConn) error {
			var failed error
			err := raw.Control(func(fd uintptr) {
				failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort, 1)
			})
			return errors.Join(err, failed)
		},
	}
	conn, err := dialer.Dial("tcp", c.address)
	exitOn(err)
	_, err = conn.Write(request)
	exitOn(err)
	return conn
}

// runStorm waits for a line on standard input, brings all clients back at once, and reports how long each took to get what it missed.
func runStorm(c crowd, id string, events int) {
	count := c.count
	request := []byte("GET / HTTP/1.1\r\nHost: bench\r\nLast-Event-ID: " + id + "\r\n\r\n")
	report(map[string]any{"kind": "ready"})
	bufio.NewScanner(os.Stdin).Scan()
	started := time.Now()
	took := make([]float64, count)
	var done sync.WaitGroup
	done.Add(count)
	for i := range count {
		go func() {
			conn := c.dial(i, request)
			reader := bufio.NewReaderSize(conn, 32768)
			for missed := events; missed > 0; {
				line, err := reader.ReadSlice('\n')
				exitOn(err)
				if bytes.HasPrefix(line, []byte("data: t")) {
					missed--
				}
			}
			took[i] = float64(time.Since(started).Microseconds()) / 1e3
			done.Done()
			_, _ = io.Copy(io.Discard, reader)
		}()
	}
	done.Wait()
	sort.Float64s(took)
	report(map[string]any{"kind": "caught up", "ms": took})
	select {}
}

// read takes everything that one client gets; it is open when its head has come.
func read(conn net.Conn, s *seen, every int, opened func()) {
	reader := bufio.NewReaderSize(conn, 1024)
	status, err := reader.ReadString('\n')
	exitOn(err)
	if status != "HTTP/1.1 200 OK\r\n" {
		exitOn(fmt.Errorf("a client was answered %q", status))
	}
	isOpen := false
	events := 0
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			fmt.Fprintln(os.Stderr, "a client lost its stream:", err)
			return
		}
		if !isOpen && len(bytes.TrimRight(line, "\r\n")) == 0 {
			isOpen = true
			opened()
		}
		rest, isData := bytes.CutPrefix(line, []byte("data: t"))
		if !isData {
			continue
		}
		events++
		if events%every != 0 {
			continue
		}
		digits, _, _ := bytes.Cut(rest, []byte(" "))
		made, err := strconv.ParseInt(string(digits), 10, 64)
		exitOn(err)
		s.note(made, nowNs())
	}
}

// runStalled asks for streams and reads none. On loopback the kernels would hold megabytes for each; small segments and a small
// window keep that to some kilobytes, so that a server soon sees that nothing is taken.
func runStalled(address string, count int) {
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) {
			failed = errors.Join(
				syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096),
				syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 536),
			)
		})
		return errors.Join(err, failed)
	}}
	conns := make([]net.Conn, 0, count)
	for len(conns) < count {
		conn, err := dialer.Dial("tcp", address)
		exitOn(err)
		_, err = conn.Write([]byte("GET / HTTP/1.1\r\nHost: bench\r\n\r\n"))
		exitOn(err)
		conns = append(conns, conn)
	}
	report(map[string]any{"kind": "connected", "count": len(conns)})
	// It is ended from outside; until then the connections must not be collected.
	defer runtime.KeepAlive(conns)
	select {}
}

// runLoop is the least that a server can do: one write per client, one after the other.
func runLoop(count int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	exitOn(err)
	report(map[string]any{"kind": "listening", "port": listener.Addr().(*net.TCPAddr).Port})
	conns := make([]net.Conn, 0, count)
	for len(conns) < count {
		conn, err := listener.Accept()
		exitOn(err)
		_, err = conn.Write([]byte(head))
		exitOn(err)
		conns = append(conns, conn)
	}
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		frame := []byte(fmt.Sprintf("data: t%d %s\n\n", nowNs(), bytes.Repeat([]byte("x"), 64)))
		for _, conn := range conns {
			_, err := conn.Write(frame)
			exitOn(err)
		}
	}
}
