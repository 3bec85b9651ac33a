package ssefleet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"content-store-sse/load/k6/eventstream"
	"content-store-sse/load/k6/order"
	"content-store-sse/load/k6/transport"
)

type state int

const (
	opening state = iota
	open
	away   // left because the script asked for it
	failed // could not be opened
	lost   // ended without being asked
)

// readBytes is the size of a stream's read buffer: memory counts for more than the number of reads.
const readBytes = 512

// stream is one client: a place in the sequence that outlives its connections. One goroutine runs it while it is connected.
type stream struct {
	fleet  *Fleet
	number int // for messages

	mu         sync.Mutex
	state      state
	connection *transport.Stream // while open
	tracker    order.Tracker
	replayTo   int64 // numbers up to this one can reach this connection by replay only

	lastID string        // the goroutine's while it runs
	gone   chan struct{} // closed when the goroutine is over
}

// run opens the stream, tells opened how that went, and reads until the stream ends.
func (s *stream) run(opened func(error)) {
	defer close(s.gone)
	ctx, cancel := context.WithCancelCause(s.fleet.ctx)
	defer cancel(context.Canceled)
	connection, err := s.open(ctx, cancel)
	opened(err)
	if err != nil {
		return
	}
	defer connection.End(transport.Fin)
	err = s.read(connection)
	s.mu.Lock()
	asked := s.state == away || s.fleet.ctx.Err() != nil
	s.state = lost
	if asked {
		s.state = away
	}
	s.connection = nil
	s.mu.Unlock()
	if !asked {
		reason := endReason(err)
		s.fleet.sampler.disconnected(reason)
		s.fleet.faults.add("stream %d ended (%s): %v", s.number, reason, err)
	}
}

func (s *stream) open(ctx context.Context, cancel context.CancelCauseFunc) (*transport.Stream, error) {
	// What others have seen by now can no longer come live: should it come on this connection, it is a replay.
	replayTo := s.fleet.highest.Load()
	deadline := time.AfterFunc(s.fleet.options.openTimeout(), func() { cancel(context.DeadlineExceeded) })
	connection, err := s.fleet.opener.Open(ctx, s.resumeFrom())
	if !deadline.Stop() && err == nil {
		connection.End(transport.Fin)
		err = context.DeadlineExceeded
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		s.state = failed
		s.fleet.sampler.refused(transport.Reason(err))
		s.fleet.faults.add("stream %d could not be opened (%s): %v", s.number, transport.Reason(err), err)
		return nil, err
	}
	s.state = open
	s.connection = connection
	s.replayTo = replayTo
	s.fleet.sampler.opened(connection.Connected, connection.FirstByte)
	return connection, nil
}

func (s *stream) resumeFrom() string {
	if s.fleet.options.LastEventID == "never" {
		return ""
	}
	return s.lastID
}

func (s *stream) read(connection *transport.Stream) error {
	reader := eventstream.NewReader(s, s.fleet.options.MaxEventBytes, []byte(s.lastID))
	defer func() { s.lastID = string(reader.LastEventID()) }()
	buffer := make([]byte, readBytes)
	for {
		n, err := connection.Read(buffer)
		s.fleet.tally.bytes.Add(int64(n))
		if wrong := reader.Feed(buffer[:n]); wrong != nil {
			return wrong
		}
		if err != nil {
			return err
		}
	}
}

// leave ends an open stream and says whether it was open. It may be started again once gone is closed.
func (s *stream) leave(how transport.Ending) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != open {
		return false
	}
	s.state = away
	s.connection.End(how)
	return true
}

// OnEvent judges one event. It runs for every event of every stream: nothing here allocates, waits or calls JavaScript.
func (s *stream) OnEvent(event eventstream.Event) {
	tally := &s.fleet.tally
	tally.events.Add(1)
	number, numbered := s.fleet.numbers.of(event.Data)
	if !numbered {
		tally.unnumbered.Add(1)
		return
	}
	s.mu.Lock()
	due := s.tracker.Next()
	kind, skipped := s.tracker.Observe(number)
	replayed := kind != order.Duplicate && number <= s.replayTo
	s.mu.Unlock()

	if replayed {
		tally.replayed.Add(1)
	}
	switch kind {
	case order.InOrder:
		s.fleet.sawNumber(number)
	case order.Gap:
		s.fleet.sawNumber(number)
		tally.gaps.Add(skipped)
		s.fleet.faults.add("stream %d: expected %d, got %d (gap of %d)", s.number, due, number, skipped)
	case order.Late:
		tally.reordered.Add(1)
		s.fleet.faults.add("stream %d: expected %d, got %d, which had been skipped (reordered)", s.number, due, number)
	case order.Duplicate:
		tally.duplicates.Add(1)
		s.fleet.faults.add("stream %d: expected %d, got %d once more (duplicate)", s.number, due, number)
	}
}

// OnComment counts a comment, such as a heartbeat.
func (s *stream) OnComment() { s.fleet.tally.comments.Add(1) }

// OnRetry ignores the reconnection time: when a stream returns is the script's decision.
func (s *stream) OnRetry(int64) {}

// lacks says whether this stream ought to have seen everything up to number and has not.
func (s *stream) lacks(number int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state != away && !s.tracker.Complete(number)
}

// describe says in words how far the stream is.
func (s *stream) describe(number int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("stream %d: waited for %d, due is %d, %d missing before it, %s",
		s.number, number, s.tracker.Next(), s.tracker.Missing(), s.state)
}

func (s *stream) is(wanted state) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == wanted
}

func (s state) String() string {
	return [...]string{"opening", "open", "away", "failed", "lost"}[s]
}

func endReason(err error) string {
	if errors.As(err, new(eventstream.TooLargeError)) {
		return "too_large"
	}
	return transport.Reason(err)
}
