package ssefleet

import (
	"sync/atomic"
	"time"
)

// arrivals records for each number how many streams received it live, and when the first and the last did.
type arrivals struct {
	from    int64
	numbers []arrival
}

type arrival struct {
	streams                 atomic.Int64
	firstMicros, lastMicros atomic.Int64 // since 1970
}

func newArrivals(sequence *sequenceOptions) *arrivals {
	if sequence == nil {
		return &arrivals{}
	}
	return &arrivals{from: sequence.From, numbers: make([]arrival, sequence.Count)}
}

func (a *arrivals) record(number int64, at time.Time) {
	entry := &a.numbers[number-a.from]
	micros := at.UnixMicro()
	entry.streams.Add(1)
	entry.firstMicros.CompareAndSwap(0, micros)
	for {
		last := entry.lastMicros.Load()
		if micros <= last || entry.lastMicros.CompareAndSwap(last, micros) {
			return
		}
	}
}

// arrivalOf is the record of one number for scripts; times are milliseconds since 1970 with decimals.
type arrivalOf struct {
	Number  int64   `js:"number"`
	Streams int64   `js:"streams"`
	FirstMs float64 `js:"firstMs"`
	LastMs  float64 `js:"lastMs"`
}

// seen lists the numbers from from on that any stream has received.
func (a *arrivals) seen(from int64) []arrivalOf {
	all := []arrivalOf{}
	for i := max(0, from-a.from); i < int64(len(a.numbers)); i++ {
		entry := &a.numbers[i]
		if streams := entry.streams.Load(); streams > 0 {
			all = append(all, arrivalOf{
				Number:  a.from + i,
				Streams: streams,
				FirstMs: float64(entry.firstMicros.Load()) / 1000,
				LastMs:  float64(entry.lastMicros.Load()) / 1000,
			})
		}
	}
	return all
}
