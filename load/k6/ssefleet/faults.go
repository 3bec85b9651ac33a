package ssefleet

import (
	"fmt"
	"maps"
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

func (f *faults) add(stream int, format string, values ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.total++
	if len(f.first) < maxFaults {
		f.first = append(f.first, fmt.Sprintf("stream %d: ", stream)+fmt.Sprintf(format, values...))
	}
}

func (f *faults) read() (first []string, total int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.first), f.total
}

// maxNames bounds how many event types are told apart; the rest count under the last name.
const maxNames = 16

// names counts events that have a type of their own.
type names struct {
	mu     sync.Mutex
	counts map[string]int64
}

func (n *names) add(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.counts == nil {
		n.counts = map[string]int64{}
	}
	if _, known := n.counts[name]; !known && len(n.counts) >= maxNames {
		name = "(others)"
	}
	n.counts[name]++
}

func (n *names) read() map[string]int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.counts)
}
