package transport

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// rawOpener speaks HTTP/1.1 on a bare connection: half the memory of net/http, for the largest numbers of streams. It does not
// follow redirects.
type rawOpener struct {
	options Options
	address string
	secure  bool
	// head is the request up to Last-Event-ID.
	head []byte
}

// rawBuffer is the read buffer of a stream, maxHead the largest response head.
const (
	rawBuffer = 512
	maxHead   = 16 << 10
)

// NewRaw returns an opener that uses bare connections.
func NewRaw(options Options) (Opener, error) {
	target, err := url.Parse(options.URL)
	if err != nil {
		return nil, err
	}
	o := &rawOpener{options: options, secure: target.Scheme == "https"}
	port := target.Port()
	if port == "" {
		port = map[bool]string{false: "80", true: "443"}[o.secure]
	}
	o.address = net.JoinHostPort(target.Hostname(), port)
	host := options.Header.Get("Host")
	if host == "" {
		host = target.Host
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "GET %s HTTP/1.1\r\nHost: %s\r\n", target.RequestURI(), host)
	if err := options.Header.WriteSubset(&head, map[string]bool{"Host": true}); err != nil {
		return nil, err
	}
	o.head = head.Bytes()
	return o, nil
}

func (o *rawOpener) Open(ctx context.Context, lastEventID string) (*Stream, error) {
	start := time.Now()
	conn, err := o.options.Dial(ctx, "tcp", o.address)
	if err != nil {
		return nil, err
	}
	stream := &Stream{conn: o.options.Socket(conn)}
	// The context ends the connection, both while it opens and later.
	forget := context.AfterFunc(ctx, func() { _ = stream.conn.Close() })
	stream.release = func() { forget() }
	if err := o.exchange(ctx, stream, conn, lastEventID, start); err != nil {
		stream.End(Fin)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	return stream, nil
}

func (o *rawOpener) exchange(ctx context.Context, stream *Stream, conn net.Conn, lastEventID string, start time.Time) error {
	if o.secure {
		config := o.options.TLS.Clone()
		if config == nil {
			config = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		if config.ServerName == "" {
			config.ServerName, _, _ = net.SplitHostPort(o.address)
		}
		config.NextProtos = []string{"http/1.1"}
		secured := tls.Client(conn, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			return err
		}
		conn = secured
	}
	stream.Connected = time.Since(start)
	if _, err := conn.Write(o.request(lastEventID)); err != nil {
		return err
	}
	body, err := readHead(conn)
	if err != nil {
		return err
	}
	stream.FirstByte = time.Since(start) - stream.Connected
	stream.body = body
	return nil
}

func (o *rawOpener) request(lastEventID string) []byte {
	request := bytes.Clone(o.head)
	if lastEventID != "" {
		request = fmt.Appendf(request, "Last-Event-ID: %s\r\n", lastEventID)
	}
	return append(request, '\r', '\n')
}

// readHead checks the response head and returns the reader of the body.
func readHead(conn net.Conn) (io.Reader, error) {
	limited := &io.LimitedReader{R: conn, N: maxHead}
	reader := bufio.NewReaderSize(limited, rawBuffer)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		return nil, err
	}
	if err := judgeHead(response.StatusCode, response.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	limited.N = math.MaxInt64
	if len(response.TransferEncoding) == 1 && response.TransferEncoding[0] == "chunked" {
		return httputil.NewChunkedReader(reader), nil // It releases the response and its header.
	}
	return response.Body, nil
}
