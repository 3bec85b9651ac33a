package ssefleet

import (
	"math"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// maxKnown bounds the memory of contents; a fleet sees the same few events on all its streams at about the same time.
const maxKnown = 4096

// unnumbered marks data that carries no number of the sequence.
const unnumbered = -1

// content is what the data of an event says.
type content struct {
	number int64
	sentAt time.Time // zero when the data does not tell
}

// contents reads data. All streams get the same bytes, so each is matched once.
type contents struct {
	sequence *sequenceOptions
	sentAt   *regexp.Regexp // nil: nothing tells when an event was sent
	mu       sync.RWMutex
	known    map[string]content
}

func newContents(chosen options) *contents {
	c := &contents{sequence: chosen.Sequence, known: map[string]content{}}
	if chosen.LatencyField != "" {
		c.sentAt = regexp.MustCompile(`"` + regexp.QuoteMeta(chosen.LatencyField) + `"\s*:\s*([0-9.]+)`)
	}
	return c
}

func (c *contents) of(data []byte) content {
	if c.sequence == nil && c.sentAt == nil {
		return content{number: unnumbered}
	}
	c.mu.RLock()
	found, known := c.known[string(data)]
	c.mu.RUnlock()
	if known {
		return found
	}
	found = content{number: c.number(data), sentAt: c.time(data)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxKnown {
		clear(c.known)
	}
	c.known[string(data)] = found
	return found
}

func (c *contents) number(data []byte) int64 {
	if c.sequence == nil {
		return unnumbered
	}
	groups := c.sequence.pattern.FindSubmatch(data)
	if groups == nil {
		return unnumbered
	}
	number, err := strconv.ParseInt(string(groups[1]), 10, 64)
	if err != nil || number < c.sequence.From || number >= c.sequence.From+c.sequence.Count {
		return unnumbered // Someone else's: a store has more sections than those of this run.
	}
	return number
}

// time reads milliseconds since 1970, with decimals.
func (c *contents) time(data []byte) time.Time {
	if c.sentAt == nil {
		return time.Time{}
	}
	groups := c.sentAt.FindSubmatch(data)
	if groups == nil {
		return time.Time{}
	}
	ms, err := strconv.ParseFloat(string(groups[1]), 64)
	if err != nil || ms > math.MaxInt64/1e6 {
		return time.Time{}
	}
	return time.UnixMicro(int64(ms * 1000))
}
