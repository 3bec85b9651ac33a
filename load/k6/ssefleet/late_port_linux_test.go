package ssefleet

import (
	"context"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.k6.io/k6/v2/lib/netext"
)

func TestDialerChoosesTheLocalPortAtConnect(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	dialer := netext.NewDialer(net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}, nil)
	v := startVU(t, nil)
	v.VU.StateField.Dialer = dialer
	_, err = v.RunOnEventLoop(`new Fleet({ url: 'http://127.0.0.1:1' }).close()`)
	require.NoError(t, err)

	conn, err := dialer.DialContext(context.Background(), "tcp", listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	require.Equal(t, "127.0.0.9", conn.LocalAddr().(*net.TCPAddr).IP.String())
	raw, err := unwrapConn(conn).(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		isSet, err := syscall.GetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort)
		require.NoError(t, err)
		require.Equal(t, 1, isSet)
	}))
}
