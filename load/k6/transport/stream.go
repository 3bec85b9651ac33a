// Package transport opens and ends event streams over HTTP. It does not parse events.
package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// Ending is how a client disconnects.
type Ending string

const (
	// Fin closes the connection.
	Fin Ending = "fin"
	// Rst resets the connection.
	Rst Ending = "rst"
)

// Options of an opener.
type Options struct {
	URL string
	// Header is sent with each request; the opener owns it.
	Header http.Header
	// Dial opens the TCP connection.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Socket returns the TCP socket of a connection from Dial.
	Socket func(net.Conn) net.Conn
	TLS    *tls.Config
}

// Opener opens any number of streams to one URL, from any goroutine.
type Opener interface {
	// Open returns when the response head shows an event stream. The caller must then end the stream. The context limits
	// the opening and then the life of the stream.
	Open(ctx context.Context, lastEventID string) (*Stream, error)
}

// Stream is an open event stream.
type Stream struct {
	// Connected is the duration of connecting, TLS included.
	Connected time.Duration
	// FirstByte is the time from connected to the response head.
	FirstByte time.Duration

	body io.Reader
	conn net.Conn // nil when other streams share it
	// release frees the other resources of the stream.
	release func()
}

// Read returns the next bytes of the body. io.EOF means that the server ended the stream properly.
func (s *Stream) Read(into []byte) (int, error) { return s.body.Read(into) }

// End closes the connection. It may be called more than once, and from any goroutine.
func (s *Stream) End(how Ending) {
	if tcp, ok := s.conn.(*net.TCPConn); ok && how == Rst {
		// Without lingering the kernel answers with RST. The socket may be closed already: then there is nothing to reset.
		_ = tcp.SetLinger(0)
	}
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.release()
}

// StatusError is a response with a status other than 200.
type StatusError struct{ Status int }

func (e StatusError) Error() string { return fmt.Sprintf("expected status 200, got %d", e.Status) }

// ContentTypeError is a response that is not an event stream.
type ContentTypeError struct{ ContentType string }

func (e ContentTypeError) Error() string {
	return fmt.Sprintf("expected content type text/event-stream, got %q", e.ContentType)
}

// judgeHead returns an error unless a response is an event stream. [sse §9.2.3]
func judgeHead(status int, contentType string) error {
	if status != http.StatusOK {
		return StatusError{Status: status}
	}
	if essence, _, err := mime.ParseMediaType(contentType); err != nil || essence != "text/event-stream" {
		return ContentTypeError{ContentType: contentType}
	}
	return nil
}

// Reason names an error in one word, for tags of metrics.
func Reason(err error) string {
	var status StatusError
	var network net.Error
	switch {
	case errors.As(err, &status):
		return fmt.Sprintf("status_%d", status.Status)
	case errors.As(err, new(ContentTypeError)):
		return "content_type"
	case errors.Is(err, io.EOF):
		return "end"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "cut_off"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "no_ports"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "no_files"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	default:
		return "other"
	}
}
