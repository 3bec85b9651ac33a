package ssefleet

import (
	"syscall"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"
)

// ipBindAddressNoPort is IP_BIND_ADDRESS_NO_PORT of ip(7).
const ipBindAddressNoPort = 24

// choosePortLate lets the kernel choose the local port at connect instead of at bind to the address of --local-ips. A
// bound port is taken for all destinations, even for the minute in which a closed connection lingers: the next run
// would find few free ports and search long for each. A port chosen at connect is taken for this destination only.
func choosePortLate(dialer lib.DialContexter) {
	d, ok := dialer.(*netext.Dialer)
	if !ok || d.LocalAddr == nil || d.Control != nil {
		return
	}
	d.Control = func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) {
			// Kernels before 4.2 do not support it; they choose the port when binding.
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort, 1)
		})
	}
}
