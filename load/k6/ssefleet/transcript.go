package ssefleet

import (
	"slices"
	"time"

	"content-store-sse/load/k6/eventstream"
)

// keptEvent is an event as a transcript shows it.
type keptEvent struct {
	AtMs float64 `js:"atMs"`
	Name string  `js:"name"`
	ID   string  `js:"id"`
	Data string  `js:"data"`
}

// transcript has the latest events of one stream.
type transcript struct {
	Stream int         `js:"stream"`
	State  string      `js:"state"`
	Due    int64       `js:"due"`
	Faulty bool        `js:"faulty"`
	Events []keptEvent `js:"events"`
}

// remember keeps an event, and drops the oldest when there are too many.
func (s *stream) remember(event eventstream.Event, now time.Time) {
	kept := keptEvent{
		AtMs: float64(now.UnixMicro()) / 1000,
		Name: string(event.Name),
		ID:   string(event.ID),
		Data: string(event.Data),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) >= s.fleet.options.KeepEvents {
		s.kept = append(s.kept[:0], s.kept[1:]...)
	}
	s.kept = append(s.kept, kept)
}

// capture returns transcripts of up to count streams, those with faults first.
func (f *Fleet) capture(count int) []transcript {
	streams := slices.Clone(f.snapshot())
	faulty := func(s *stream) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.faulty
	}
	chosen := make([]*stream, 0, count)
	for _, wanted := range []bool{true, false} {
		for _, s := range streams {
			if len(chosen) < count && faulty(s) == wanted && !slices.Contains(chosen, s) {
				chosen = append(chosen, s)
			}
		}
	}
	transcripts := make([]transcript, len(chosen))
	for i, s := range chosen {
		s.mu.Lock()
		transcripts[i] = transcript{
			Stream: s.number,
			State:  s.state.String(),
			Due:    s.tracker.Next(),
			Faulty: s.faulty,
			Events: slices.Clone(s.kept),
		}
		s.mu.Unlock()
	}
	return transcripts
}
