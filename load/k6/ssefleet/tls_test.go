package ssefleet

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// k6 decides which certificates a fleet trusts: options such as insecureSkipTLSVerify are in the state of the virtual
// user.
func TestFleetRunsOverTLSAndHTTP2(t *testing.T) {
	for transport, proto := range map[string]int64{"http": 1, "http2": 2, "raw": 1} {
		t.Run(transport, func(t *testing.T) {
			s := startServer(t)
			var major atomic.Int64
			secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				major.Store(int64(r.ProtoMajor))
				s.stream(w, r)
			}))
			secure.EnableHTTP2 = true
			secure.StartTLS()
			t.Cleanup(func() {
				secure.CloseClientConnections()
				secure.Close()
			})
			v := startVU(t, s)
			v.VU.StateField.TLSConfig = secure.Client().Transport.(*http.Transport).TLSClientConfig
			require.NoError(t, v.VU.Runtime().Set("url", secure.URL))
			got := v.run(t, `transport: '`+transport+`'`, `
				expect('opened', (await fleet.ramp(10)).opened, 10)
				publish(3)
				expect('behind', (await fleet.awaitSeq(102)).behind, 0)
				expect('left', await fleet.drop(0.5), 5)
				publish(2)
				expect('behind', (await fleet.awaitSeq(104)).behind, 0)
				expect('returned', (await fleet.resume()).opened, 5)
				expect('behind', (await fleet.awaitSeq(104)).behind, 0)
			`)
			expectCounts(t, got, map[string]int64{"open": 10, "events": 50, "replayed": 10, "faultCount": 0})
			require.Equal(t, proto, major.Load())
		})
	}
}
