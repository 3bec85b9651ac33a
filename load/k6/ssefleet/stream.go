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
	opening state = iota // on its way, for the first time or again
	open
	stalled // open, but does not read
	away    // left because the script asked for it
	failed  // could not be opened
	lost    // ended without being asked
)

func (s state) String() string {
	return [...]string{"opening", "open", "stalled", "away", "failed", "lost"}[s]
}

// readBytes is the size of a stream's read buffer: memory counts for more than the number of reads.
const readBytes = 512

// stream is one client: a place in the sequence that outlives its connections. One goroutine runs it while it is connected.
type stream struct {
	fleet  *Fleet
	number int // for messages

	mu         sync.Mutex
	state      state
	connection *transport.Stream // while open or stalled
	stall      chan struct{}     // while stalled; closed when it may read on
	tracker    order.Tracker
	replayTo   int64 // numbers up to this one can reach this connection by replay only
	faulty     bool
	kept       []keptEvent

	// The goroutine's while it runs.
	lastID   string
	judgedID []byte
	retryMs  int64         // 0 until the server sets one
	gone     chan struct{} // closed when the goroutine is over
}

// run opens the stream, tells opened how that went, and reads until the stream is over. With reconnect it returns by itself.
func (s *stream) run(opened func(error)) {
	defer close(s.gone)
	for {
		goesOn := s.live(opened)
		if !goesOn || s.fleet.options.Reconnect == nil || !s.waitToReturn() {
			return
		}
		opened = func(error) {}
		s.fleet.tally.reconnects.Add(1)
	}
}

// live is the time of one connection. It returns whether a client of its own accord would try again.
func (s *stream) live(opened func(error)) bool {
	ctx, cancel := context.WithCancelCause(s.fleet.ctx)
	defer cancel(context.Canceled)
	connection, err := s.connectElsewhere(ctx, cancel)
	opened(err)
	if err != nil {
		// [sse §9.2.3] An answer that is no event stream is final, a broken network is not.
		return !errors.As(err, new(transport.StatusError)) && !errors.As(err, new(transport.ContentTypeError))
	}
	defer connection.End(transport.Fin)
	err = s.read(ctx, connection)
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
		if s.fleet.options.Reconnect == nil {
			s.fault("ended (%s): %v", reason, err)
		}
	}
	return !asked
}

// connectElsewhere connects on a goroutine of its own, which is soon over: dialling needs a deep stack, and a stack that has
// grown stays large for as long as the stream is open.
func (s *stream) connectElsewhere(ctx context.Context, cancel context.CancelCauseFunc) (*transport.Stream, error) {
	type result struct {
		connection *transport.Stream
		err        error
	}
	done := make(chan result, 1)
	go func() {
		connection, err := s.connect(ctx, cancel)
		done <- result{connection, err}
	}()
	got := <-done
	return got.connection, got.err
}

func (s *stream) connect(ctx context.Context, cancel context.CancelCauseFunc) (*transport.Stream, error) {
	// What others have seen by now can no longer come live: should it come on this connection, it is a replay.
	replayTo := s.fleet.highest.Load()
	deadline := time.AfterFunc(s.fleet.options.openTimeout(), func() { cancel(context.DeadlineExceeded) })
	connection, err := s.fleet.opener.Open(ctx, s.resumeFrom())
	if !deadline.Stop() && err == nil {
		connection.End(transport.Fin)
		err = context.DeadlineExceeded
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		s.mu.Lock()
		s.state = failed
		s.mu.Unlock()
		s.fleet.sampler.refused(transport.Reason(err))
		s.fault("could not be opened (%s): %v", transport.Reason(err), err)
		return nil, err
	}
	s.mu.Lock()
	s.state = open
	s.connection = connection
	s.replayTo = replayTo
	s.mu.Unlock()
	s.fleet.sampler.opened(connection.Connected, connection.FirstByte)
	return connection, nil
}

func (s *stream) resumeFrom() string {
	if s.fleet.options.LastEventID == "never" {
		return ""
	}
	return s.lastID
}

func (s *stream) read(ctx context.Context, connection *transport.Stream) error {
	reader := eventstream.NewReader(s, s.fleet.options.MaxEventBytes, []byte(s.lastID))
	defer func() { s.lastID = string(reader.LastEventID()) }()
	buffer := make([]byte, readBytes)
	for {
		if err := s.pause(ctx); err != nil {
			return err
		}
		n, err := s.readOnce(connection, reader, buffer)
		if n == len(buffer) && err == nil && !s.is(stalled) {
			err = s.readMore(connection, reader)
		}
		if err != nil {
			return err
		}
	}
}

// largeBuffers are lent to streams that have more to read than their own buffer holds.
var largeBuffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

func (s *stream) readMore(connection *transport.Stream, reader *eventstream.Reader) error {
	buffer := largeBuffers.Get().(*[32 << 10]byte)
	defer largeBuffers.Put(buffer)
	_, err := s.readOnce(connection, reader, buffer[:])
	return err
}

func (s *stream) readOnce(connection *transport.Stream, reader *eventstream.Reader, into []byte) (int, error) {
	n, err := connection.Read(into)
	s.fleet.tally.bytes.Add(int64(n))
	if wrong := reader.Feed(into[:n]); wrong != nil {
		return n, wrong
	}
	return n, err
}

// pause returns at once unless the stream is stalled.
func (s *stream) pause(ctx context.Context) error {
	s.mu.Lock()
	stall := s.stall
	s.mu.Unlock()
	if stall == nil {
		return nil
	}
	select {
	case <-stall:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// waitToReturn waits for the reconnection time: the server's, or else the script's. False: the stream is not to return.
func (s *stream) waitToReturn() bool {
	afterMs := s.fleet.options.Reconnect.AfterMs
	if s.retryMs > 0 {
		afterMs = min(s.retryMs, maxRetryMs)
	}
	s.mu.Lock()
	s.state = opening
	s.mu.Unlock()
	timer := time.NewTimer(time.Duration(afterMs) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.fleet.ctx.Done():
		return false
	}
}

// maxRetryMs bounds what a server can ask for: a stream that stays away for longer is of no use to a test.
const maxRetryMs = 10 * 60_000

// leave ends a stream that is open or stalled and says whether it was. It may be started again once gone is closed.
func (s *stream) leave(how transport.Ending) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != open && s.state != stalled {
		return false
	}
	s.state = away
	s.connection.End(how)
	s.readOn()
	return true
}

// setStalled stops a stream from reading, or lets it read on, and says whether that changed anything.
func (s *stream) setStalled(on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case on && s.state == open:
		s.state = stalled
		s.stall = make(chan struct{})
		return true
	case !on && s.state == stalled:
		s.state = open
		s.readOn()
		return true
	default:
		return false
	}
}

// readOn must be called with mu held.
func (s *stream) readOn() {
	if s.stall != nil {
		close(s.stall)
		s.stall = nil
	}
}

// lacks says whether this stream ought to have seen everything up to number and has not.
func (s *stream) lacks(number int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state != away && s.state != stalled && !s.tracker.Complete(number)
}

// describe says in words how far the stream is.
func (s *stream) describe(number int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("waited for %d, due is %d, %d missing before it, %s",
		number, s.tracker.Next(), s.tracker.Missing(), s.state)
}

func (s *stream) is(wanted ...state) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range wanted {
		if s.state == one {
			return true
		}
	}
	return false
}

func endReason(err error) string {
	if errors.As(err, new(eventstream.TooLargeError)) {
		return "too_large"
	}
	return transport.Reason(err)
}
