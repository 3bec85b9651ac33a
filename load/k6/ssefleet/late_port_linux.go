package ssefleet

import (
	"syscall"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"
)

// ipBindAddressNoPort is IP_BIND_ADDRESS_NO_PORT of ip(7).
const ipBindAddressNoPort = 24

// choosePortLate lets the kernel choose the local port when it connects, not already when it binds the address of --local-ips.
// A port that is bound is taken for all destinations, also for the minute that a closed connection lingers: the next run would
// find few left and search long for each. One that is chosen on connecting is taken for this destination only.
func choosePortLate(dialer lib.DialContexter) {
	d, ok := dialer.(*netext.Dialer)
	if !ok || d.LocalAddr == nil || d.Control != nil {
		return
	}
	d.Control = func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) {
			// A kernel older than 4.2 does not know it, and then it is as before.
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort, 1)
		})
	}
}
