package ssefleet

import (
	"context"
	"net"
	"net/http"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// k6 gives each virtual user its source address, chosen by --local-ips, in the dialer of its state.
func TestFleetConnectsFromTheAddressOfItsVirtualUser(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			s := startServer(t)
			from := make(chan string, 3)
			s.head = func(w http.ResponseWriter, r *http.Request) {
				from <- r.RemoteAddr
				w.Header().Set("Content-Type", "text/event-stream")
				w.WriteHeader(http.StatusOK)
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			}
			v := startVU(t, s)
			v.VU.StateField.Dialer = &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}
			got := v.run(t, `transport: '`+transport+`'`, `await fleet.ramp(3)`)
			expectCounts(t, got, map[string]int64{"open": 3})
			for range 3 {
				host, _, err := net.SplitHostPort(<-from)
				require.NoError(t, err)
				require.Equal(t, "127.0.0.9", host)
			}
		})
	}
}

// keepingDialer records the connections that it has dialled.
type keepingDialer struct {
	net.Dialer
	dialled chan net.Conn
}

func (d *keepingDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err == nil {
		d.dialled <- conn
	}
	return conn, err
}

func TestFleetSetsTheReceiveBufferOfItsSockets(t *testing.T) {
	const wanted = 16 << 10
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			dialer := &keepingDialer{dialled: make(chan net.Conn, 1)}
			s := startServer(t)
			buffers := make(chan int, 2)
			s.head = func(w http.ResponseWriter, _ *http.Request) {
				buffers <- receiveBuffer(t, <-dialer.dialled)
				w.Header().Set("Content-Type", "text/event-stream")
			}
			v := startVU(t, s)
			v.VU.StateField.Dialer = dialer
			v.run(t, `transport: '`+transport+`'`, `await fleet.ramp(1)`)
			v.run(t, `receiveBufferBytes: 16384, transport: '`+transport+`'`, `await fleet.ramp(1)`)
			require.Greater(t, <-buffers, 2*wanted)
			require.LessOrEqual(t, <-buffers, 2*wanted) // Linux doubles it, for its own bookkeeping.
		})
	}
}

func receiveBuffer(t *testing.T, conn net.Conn) (bytes int) {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		bytes, err = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF)
	}))
	require.NoError(t, err)
	return bytes
}
