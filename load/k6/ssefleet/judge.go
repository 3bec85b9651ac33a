package ssefleet

import (
	"bytes"
	"time"

	"content-store-sse/load/k6/eventstream"
	"content-store-sse/load/k6/order"
)

// OnEvent judges one event. It runs for every event of every stream, so it never waits, never calls JavaScript, and
// allocates only when the event must be kept.
func (s *stream) OnEvent(event eventstream.Event) {
	f := s.fleet
	f.tally.events.Add(1)
	now := time.Now()
	if len(event.Name) > 0 {
		f.names.add(string(event.Name))
	}
	if f.sequences != nil {
		s.sequence.Store(f.sequences.step(s.sequence.Load(), event, now))
	}
	if f.options.KeepEvents > 0 {
		s.remember(event, now)
	}
	if f.options.IDs == "advancing" {
		s.judgeID(event.ID)
	}
	found := f.contents.of(event.Data)
	if found.number == unnumbered {
		f.tally.unnumbered.Add(1)
		if !found.sentAt.IsZero() {
			f.latency.Record(now.Sub(found.sentAt))
		}
		return
	}
	s.judgeNumber(found, now)
}

func (s *stream) judgeNumber(found content, now time.Time) {
	tally, number := &s.fleet.tally, found.number
	s.mu.Lock()
	due := s.tracker.Next()
	kind, skipped := s.tracker.Observe(number)
	replayed := kind != order.Duplicate && number <= s.replayTo
	s.mu.Unlock()

	switch {
	case replayed:
		tally.replayed.Add(1)
	case kind != order.Duplicate:
		s.fleet.arrivals.record(number, now)
		if !found.sentAt.IsZero() {
			s.fleet.latency.Record(now.Sub(found.sentAt))
		}
	}
	switch kind {
	case order.InOrder:
		s.fleet.raiseHighest(number)
	case order.Gap:
		s.fleet.raiseHighest(number)
		tally.gaps.Add(skipped)
		s.fault("expected %d, got %d (gap of %d)", due, number, skipped)
	case order.Late:
		tally.reordered.Add(1)
		s.fault("expected %d, got %d, which was skipped before (reordered)", due, number)
	case order.Duplicate:
		tally.duplicates.Add(1)
		s.fault("expected %d, got %d again (duplicate)", due, number)
	}
}

// judgeID requires that each event changes the last event id. Otherwise a client could not resume after it.
func (s *stream) judgeID(id []byte) {
	if len(id) == 0 || bytes.Equal(id, s.judgedID) {
		s.fleet.tally.idFaults.Add(1)
		s.fault("got an event that did not change the last event id %q", id)
	}
	s.judgedID = append(s.judgedID[:0], id...)
}

// OnComment counts a comment, such as a heartbeat.
func (s *stream) OnComment() { s.fleet.tally.comments.Add(1) }

// OnRetry keeps the reconnection time for streams that reconnect by themselves.
func (s *stream) OnRetry(retryMs int64) { s.retryMs = retryMs }

func (s *stream) fault(format string, values ...any) {
	s.mu.Lock()
	s.faulty = true
	s.mu.Unlock()
	s.fleet.faults.add(s.number, format, values...)
}
