package ssefleet

import "content-store-sse/load/k6/histogram"

// stats are the counts of a fleet; all of them are exact.
type stats struct {
	Streams    int64    `js:"streams"`
	Open       int64    `js:"open"`
	Stalled    int64    `js:"stalled"`
	Away       int64    `js:"away"`
	Failed     int64    `js:"failed"`
	Lost       int64    `js:"lost"`
	Events     int64    `js:"events"`
	Unnumbered int64    `js:"unnumbered"`
	Comments   int64    `js:"comments"`
	Bytes      int64    `js:"bytes"`
	Gaps       int64    `js:"gaps"`
	Duplicates int64    `js:"duplicates"`
	Reordered  int64    `js:"reordered"`
	Replayed   int64    `js:"replayed"`
	Missing    int64    `js:"missing"`
	Reconnects int64    `js:"reconnects"`
	IDFaults   int64    `js:"idFaults"`
	Lowest     int64    `js:"lowest"`
	Highest    int64    `js:"highest"`
	Faults     []string `js:"faults"`
	FaultCount int64    `js:"faultCount"`
	// LongestSilenceMs is the longest time without a byte on an observed stream.
	LongestSilenceMs int64 `js:"longestSilenceMs"`
	// Names counts events by their type, for those that have one.
	Names   map[string]int64 `js:"names"`
	Latency latencies        `js:"latency"`
}

// latencies are in milliseconds; the buckets add up over fleets.
type latencies struct {
	Count   int64              `js:"count"`
	P50     float64            `js:"p50"`
	P95     float64            `js:"p95"`
	P99     float64            `js:"p99"`
	Max     float64            `js:"max"`
	Buckets []histogram.Bucket `js:"buckets"`
}

func latenciesOf(snapshot histogram.Snapshot) latencies {
	ms := func(quantile float64) float64 {
		return float64(snapshot.Quantile(quantile).Microseconds()) / 1000
	}
	return latencies{
		Count:   snapshot.Count,
		P50:     ms(0.5),
		P95:     ms(0.95),
		P99:     ms(0.99),
		Max:     ms(1),
		Buckets: snapshot.Buckets,
	}
}

func (f *Fleet) stats() stats {
	counted := stats{
		Events:     f.tally.events.Load(),
		Unnumbered: f.tally.unnumbered.Load(),
		Comments:   f.tally.comments.Load(),
		Bytes:      f.tally.bytes.Load(),
		Gaps:       f.tally.gaps.Load(),
		Duplicates: f.tally.duplicates.Load(),
		Reordered:  f.tally.reordered.Load(),
		Replayed:   f.tally.replayed.Load(),
		Reconnects: f.tally.reconnects.Load(),
		IDFaults:   f.tally.idFaults.Load(),
		Names:      f.names.read(),
		Latency:    latenciesOf(f.latency.Snapshot()),
		Highest:    f.highest.Load(),
		Lowest:     f.highest.Load(),
	}
	counted.Faults, counted.FaultCount = f.faults.read()
	for _, s := range f.snapshot() {
		s.mu.Lock()
		counted.Streams++
		switch s.state {
		case open:
			counted.Open++
			if f.options.Observe {
				f.raiseSilence(s.lastRead.Load())
			}
		case stalled:
			counted.Stalled++
		case away:
			counted.Away++
		case failed:
			counted.Failed++
		case lost:
			counted.Lost++
		case opening:
		}
		counted.Missing += s.tracker.Missing()
		counted.Lowest = min(counted.Lowest, s.tracker.Next()-1)
		s.mu.Unlock()
	}
	counted.LongestSilenceMs = f.silence.Load()
	return counted
}
