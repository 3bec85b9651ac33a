package ssefleet

import (
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// k6 gives each virtual user its source address, chosen by --local-ips, in the dialer of its state.
func TestStreamsLeaveFromTheAddressOfTheirVirtualUser(t *testing.T) {
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
