//go:build !linux

package ssefleet

import "go.k6.io/k6/v2/lib"

// choosePortLate has an effect on Linux only.
func choosePortLate(lib.DialContexter) {}
