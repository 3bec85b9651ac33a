package ssefleet

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// maxFaults bounds the kept messages: the first ones show the problem, and all are counted. A fault may quote what a
// server sent, so its length is bounded as well.
const (
	maxFaults      = 50
	maxFaultLength = 500
)

// faults holds messages about faults.
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
		text := fmt.Sprintf("stream %d: ", stream) + fmt.Sprintf(format, values...)
		f.first = append(f.first, shorten(text, maxFaultLength))
	}
}

func (f *faults) read() (first []string, total int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.first), f.total
}

// shorten truncates a long text between characters.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// maxNames bounds how many event types are counted separately; the others count together.
const (
	maxNames      = 16
	maxNameLength = 100
)

// names counts events by their type, for those that have one.
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
	name = shorten(name, maxNameLength)
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
