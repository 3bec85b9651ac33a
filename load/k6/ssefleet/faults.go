package ssefleet

import (
	"fmt"
	"slices"
	"sync"
)

// maxFaults bounds what is kept: the first ones tell what is wrong, all are counted.
const maxFaults = 50

// faults remembers in words what went wrong.
type faults struct {
	mu    sync.Mutex
	first []string
	total int64
}

func (f *faults) add(format string, values ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.total++
	if len(f.first) < maxFaults {
		f.first = append(f.first, fmt.Sprintf(format, values...))
	}
}

func (f *faults) read() (first []string, total int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.first), f.total
}
