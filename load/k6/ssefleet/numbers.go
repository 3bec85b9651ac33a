package ssefleet

import (
	"strconv"
	"sync"
)

// maxKnown bounds the memory of numbers; a fleet sees the same few events on all its streams at about the same time.
const maxKnown = 4096

// numbers finds the number of a change in the data of its event. All streams get the same bytes, so each is matched once.
type numbers struct {
	sequence *sequenceOptions
	mu       sync.RWMutex
	known    map[string]int64
}

// unnumbered marks data that carries no number of this sequence.
const unnumbered = -1

func newNumbers(sequence *sequenceOptions) *numbers {
	return &numbers{sequence: sequence, known: map[string]int64{}}
}

// of returns the number, or false when the event is none of the sequence.
func (n *numbers) of(data []byte) (int64, bool) {
	if n.sequence == nil {
		return 0, false
	}
	n.mu.RLock()
	number, found := n.known[string(data)]
	n.mu.RUnlock()
	if !found {
		number = n.match(data)
		n.mu.Lock()
		if len(n.known) >= maxKnown {
			clear(n.known)
		}
		n.known[string(data)] = number
		n.mu.Unlock()
	}
	return number, number != unnumbered
}

func (n *numbers) match(data []byte) int64 {
	groups := n.sequence.pattern.FindSubmatch(data)
	if groups == nil {
		return unnumbered
	}
	number, err := strconv.ParseInt(string(groups[1]), 10, 64)
	if err != nil || number < n.sequence.From || number >= n.sequence.From+n.sequence.Count {
		return unnumbered // Someone else's: a store has more sections than those of this run.
	}
	return number
}
