package ssefleet

// stats is what a fleet knows about itself, all of it counted and none of it sampled.
type stats struct {
	Streams    int64    `js:"streams"`
	Open       int64    `js:"open"`
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
	Lowest     int64    `js:"lowest"`
	Highest    int64    `js:"highest"`
	Faults     []string `js:"faults"`
	FaultCount int64    `js:"faultCount"`
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
	return counted
}
