package ssefleet

import (
	"math"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// The memory of contents is bounded: a fleet receives the same few events on all its streams at about the same time.
const (
	maxKnown      = 4096
	maxKnownBytes = 16 << 20
)

// unnumbered marks data without a number of the sequence.
const unnumbered = -1

// content is what the data of an event contains.
type content struct {
	number int64
	sentAt time.Time // zero when the data does not contain it
}

// contents parses data. All streams receive the same bytes, so each is matched once.
type contents struct {
	sequence *sequenceOptions
	sentAt   *regexp.Regexp // nil when events do not contain the time at which they were due
	mu       sync.RWMutex
	known    map[string]content
	bytes    int // of the keys of known
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
	if len(c.known) >= maxKnown || c.bytes+len(data) > maxKnownBytes {
		clear(c.known)
		c.bytes = 0
	}
	if _, known := c.known[string(data)]; !known {
		c.bytes += len(data)
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
		return unnumbered // A store has more sections than those of this run.
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
