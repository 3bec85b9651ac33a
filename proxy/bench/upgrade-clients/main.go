// Connects clients of an event stream whose ids end with dense numbers, and tells what they got:
//
//	upgrade-clients ADDRESS COUNT [LOCAL-ADDRESS]
//
// It prints a line when all are connected. Each line on standard input is answered with a JSON
// object about the time since the line before.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const perSecond = 2000

var mark = []byte("\nid: ")

type client struct {
	mutex sync.Mutex
	last, events, lost, doubled int64
	heard                       time.Time
	longest                     time.Duration
}

type report struct {
	Clients   int   `json:"clients"`
	Closed    int64 `json:"closed"`
	Events    int64 `json:"events"`
	Lost      int64 `json:"lost"`
	Doubled   int64 `json:"doubled"`
	SilenceMs int64 `json:"silenceMs"`
	// The number of the last event that the client which is furthest behind has.
	Least int64 `json:"least"`
}

var closed atomic.Int64

func main() {
	address := os.Args[1]
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	var dialer net.Dialer
	if len(os.Args) > 3 {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(os.Args[3])}
	}
	clients := make([]*client, count)
	pace := time.NewTicker(time.Second / perSecond)
	var connected sync.WaitGroup
	connected.Add(count)
	for index := range clients {
		<-pace.C
		clients[index] = &client{}
		go clients[index].run(&dialer, address, connected.Done)
	}
	connected.Wait()
	fmt.Println("connected")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		text, _ := json.Marshal(look(clients))
		fmt.Println(string(text))
	}
}

func (c *client) run(dialer *net.Dialer, address string, onConnected func()) {
	connection, err := dialer.Dial("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintf(connection, "GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
	buffer := make([]byte, 4096)
	kept := 0
	isFirst := true
	for {
		n, err := connection.Read(buffer[kept:])
		if err != nil {
			closed.Add(1)
			connection.Close()
			return
		}
		if isFirst {
			isFirst = false
			onConnected()
		}
		kept = c.take(buffer, kept+n)
	}
}

// take reads the complete ids in the buffer, and returns how many bytes it keeps at its start.
func (c *client) take(buffer []byte, length int) int {
	now := time.Now()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if silence := now.Sub(c.heard); !c.heard.IsZero() && silence > c.longest {
		c.longest = silence
	}
	c.heard = now
	rest := buffer[:length]
	for {
		at := bytes.Index(rest, mark)
		if at == -1 {
			break
		}
		end := bytes.IndexByte(rest[at+1:], '\n')
		if end == -1 {
			return copy(buffer, rest[at:])
		}
		c.note(rest[at+len(mark) : at+1+end])
		rest = rest[at+1+end:]
	}
	if len(rest) > len(mark) {
		rest = rest[len(rest)-len(mark):]
	}
	return copy(buffer, rest)
}

func (c *client) note(id []byte) {
	number := int64(0)
	for _, digit := range id[bytes.LastIndexByte(id, '-')+1:] {
		number = number*10 + int64(digit-'0')
	}
	switch {
	case c.last == 0 || number == c.last+1:
	case number > c.last:
		c.lost += number - c.last - 1
	default:
		c.doubled++
	}
	c.last = max(c.last, number)
	c.events++
}

func look(clients []*client) report {
	total := report{Clients: len(clients), Closed: closed.Load(), Least: -1}
	now := time.Now()
	for _, c := range clients {
		c.mutex.Lock()
		total.Events += c.events
		total.Lost += c.lost
		total.Doubled += c.doubled
		total.SilenceMs = max(total.SilenceMs, c.longest.Milliseconds(), now.Sub(c.heard).Milliseconds())
		if total.Least == -1 || c.last < total.Least {
			total.Least = c.last
		}
		c.longest = 0
		c.mutex.Unlock()
	}
	return total
}
