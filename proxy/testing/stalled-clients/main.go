// Command stalled-clients asks for event streams and reads none of them.
//
//	stalled-clients ADDRESS COUNT
//
// On loopback the kernel would buffer megabytes for each client; small segments and a small receive window reduce that to some
// kilobytes, so that a server soon sees that nothing is read. Node cannot set these options.
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"runtime"
	"strconv"
	"syscall"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: stalled-clients ADDRESS COUNT")
	}
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	conns := make([]net.Conn, count)
	for i := range conns {
		if conns[i], err = connect(os.Args[1]); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("connected")
	// The connections must stay open until the process is ended.
	defer runtime.KeepAlive(conns)
	select {}
}

func connect(address string) (net.Conn, error) {
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
	conn, err := dialer.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	_, err = conn.Write([]byte("GET / HTTP/1.1\r\nHost: stalled\r\n\r\n"))
	return conn, err
}
