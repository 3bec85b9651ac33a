package transport

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// kinds lists the openers that each behaviour is tested with.
var kinds = map[string]func(Options) Opener{
	"http": func(o Options) Opener { return NewHTTP(o, false) },
	"raw": func(o Options) Opener {
		opener, err := NewRaw(o)
		if err != nil {
			panic(err)
		}
		return opener
	},
}

func each(t *testing.T, test func(t *testing.T, open func(Options) Opener)) {
	t.Helper()
	for kind, open := range kinds {
		t.Run(kind, func(t *testing.T) { test(t, open) })
	}
}

// peer is the server's end of one connection, whose request has been read.
type peer struct {
	net.Conn
	request *http.Request
}

// listen accepts connections and returns them one by one.
func listen(t *testing.T) (Options, <-chan peer) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	peers := make(chan peer, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			request, err := http.ReadRequest(bufio.NewReader(conn))
			if err != nil {
				conn.Close()
				continue
			}
			peers <- peer{conn, request}
		}
	}()
	t.Cleanup(func() { listener.Close() })
	return optionsFor("http://" + listener.Addr().String() + "/any/path?a=b"), peers
}

func optionsFor(url string) Options {
	return Options{
		URL:    url,
		Header: http.Header{"Accept": {"text/event-stream"}, "Host": {"store.example"}, "X-Own": {"1"}},
		Dial:   new(net.Dialer).DialContext,
		Socket: func(conn net.Conn) net.Conn { return conn },
	}
}

const chunkedHead = "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream;charset=UTF-8\r\nTransfer-Encoding: chunked\r\n\r\n"

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// opened opens a stream whose server answers with these bytes.
func opened(t *testing.T, open func(Options) Opener, answer string) (*Stream, peer) {
	t.Helper()
	options, peers := listen(t)
	server := make(chan peer, 1)
	go func() {
		p := <-peers
		_, _ = io.WriteString(p, answer)
		server <- p
	}()
	stream, err := open(options).Open(within(t), "41")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stream.End(Fin) })
	return stream, <-server
}
