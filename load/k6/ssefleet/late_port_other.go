//go:build !linux

package ssefleet

import "go.k6.io/k6/v2/lib"

// choosePortLate is for Linux.
func choosePortLate(lib.DialContexter) {}
