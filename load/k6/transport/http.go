package transport

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"
)

// httpOpener uses net/http: TLS, HTTP/2 and redirects as in any Go client, about 23 KB for a stream.
type httpOpener struct {
	url    string
	header http.Header
	client *http.Client
	socket func(net.Conn) net.Conn
}

// NewHTTP returns an opener that uses net/http. Each stream has its own connection, unless HTTP/2 shares one.
func NewHTTP(options Options, http2 bool) Opener {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	config, proto := options.TLS.Clone(), "http/1.1"
	if http2 {
		proto = "h2"
	}
	if config != nil { // k6's own offers both, and the server's choice would be h2.
		config.NextProtos = []string{proto}
	}
	idle := -1 // A connection is never reused: each stream costs as much as a new client.
	if http2 {
		idle = 0
	}
	return &httpOpener{
		url:    options.URL,
		header: options.Header,
		socket: options.Socket,
		client: &http.Client{Transport: &http.Transport{
			DialContext:         options.Dial,
			TLSClientConfig:     config,
			Protocols:           protocols,
			MaxIdleConnsPerHost: idle,
			DisableCompression:  true,
			ReadBufferSize:      512,
			WriteBufferSize:     256,
		}},
	}
}

func (o *httpOpener) Open(ctx context.Context, lastEventID string) (*Stream, error) {
	stream := &Stream{}
	start := time.Now()
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		stream.conn = got.Conn
		stream.Connected = time.Since(start)
	}})
	request, err := http.NewRequestWithContext(traced, http.MethodGet, o.url, nil)
	if err != nil {
		return nil, err
	}
	request.Header = o.header // Shared: net/http only reads it.
	request.Host = o.header.Get("Host")
	if lastEventID != "" {
		request.Header = o.header.Clone()
		request.Header.Set("Last-Event-ID", lastEventID)
	}
	response, err := o.client.Do(request)
	if err != nil {
		return nil, err
	}
	if err := judgeHead(response.StatusCode, response.Header.Get("Content-Type")); err != nil {
		_ = response.Body.Close()
		return nil, err
	}
	stream.FirstByte = time.Since(start) - stream.Connected
	stream.body = response.Body
	response.Header = nil // net/http keeps the response as long as the body.
	stream.release = func() { _ = response.Body.Close() }
	if response.ProtoMajor > 1 {
		stream.conn = nil // Other streams share it: ending this stream must not close the connection.
		return stream, nil
	}
	stream.conn = o.socket(stream.conn)
	return stream, nil
}
