package ssefleet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"content-store-sse/load/k6/eventstream"
	"content-store-sse/load/k6/order"
	"content-store-sse/load/k6/transport"
)

// readBytes is the size of a stream's read buffer: memory matters more than the number of reads.
const readBytes = 512

// stream is one client: a position in the sequence that outlives its connections. One goroutine runs it while it is connected.
type stream struct {
	fleet  *Fleet
	number int // for messages

	mu         sync.Mutex
	state      state
	connection *transport.Stream // while open or stalled
	stall      chan struct{}     // while stalled; closed when it may resume reading
	tracker    order.Tracker
	replayTo   int64 // numbers up to this one can reach this connection by replay only
	faulty     bool
	kept       []keptEvent

	// Of an observed stream: its node in the fleet's sequences, and when it last read, in microseconds since 1970.
	sequence atomic.Int32
	lastRead atomic.Int64

	// Owned by the goroutine while it runs.
	lastID     string
	judgedID   []byte
	retryMs    int64         // 0 until the server sets one
	reconnects int           // without those that the script has asked for
	gone       chan struct{} // closed when the goroutine has ended
}

// run opens the stream, calls opened with the result, and reads until the stream ends. With reconnect it then reconnects.
func (s *stream) run(opened func(error)) {
	defer close(s.gone)
	for {
		mayReturn := s.runConnection(opened)
		if !mayReturn || s.fleet.options.Reconnect == nil || !s.waitForReconnect() {
			return
		}
		opened = func(error) {}
		s.reconnects++
		s.fleet.tally.reconnects.Add(1)
	}
}

// runConnection runs one connection to its end. It returns whether a client would reconnect.
func (s *stream) runConnection(opened func(error)) bool {
	ctx, cancel := context.WithCancelCause(s.fleet.ctx)
	defer cancel(context.Canceled)
	connection, err := s.connectOnSmallStack(ctx, cancel)
	opened(err)
	if err != nil {
		// [sse §9.2.3] A client gives up after a response that is not an event stream, but not after a network error.
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

// connectOnSmallStack connects in a short-lived goroutine: dialling needs a deep stack, and a grown stack would stay
// large while the stream is open.
func (s *stream) connectOnSmallStack(ctx context.Context, cancel context.CancelCauseFunc) (*transport.Stream, error) {
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
	// Numbers that other streams have already received cannot arrive live on this connection: they are replayed.
	replayTo := s.fleet.highest.Load()
	deadline := time.AfterFunc(s.fleet.options.openTimeout(), func() { cancel(context.DeadlineExceeded) })
	openers := s.fleet.openers
	connection, err := openers[s.reconnects%len(openers)].Open(ctx, s.resumeFrom())
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
	s.lastRead.Store(time.Now().UnixMicro())
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

// largeBuffers are lent to streams with more to read than their own buffer holds.
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
	if s.fleet.options.Observe && n > 0 {
		s.fleet.raiseSilence(s.lastRead.Swap(time.Now().UnixMicro()))
	}
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

// waitForReconnect waits for the reconnection time of the server, or else of the script. False = the fleet is closed.
func (s *stream) waitForReconnect() bool {
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

// maxRetryMs limits the server's reconnection time: a stream that is away for longer is of no use to a test.
const maxRetryMs = 10 * 60_000

// leave ends a stream that is open or stalled, and reports whether it was. It may be restarted once gone is closed.
func (s *stream) leave(how transport.Ending) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != open && s.state != stalled {
		return false
	}
	s.state = away
	s.connection.End(how)
	s.resumeReading()
	return true
}

// setStalled stops a stream from reading, or resumes it, and reports whether its state changed.
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
		s.resumeReading()
		return true
	default:
		return false
	}
}

// resumeReading must be called with mu held.
func (s *stream) resumeReading() {
	if s.stall != nil {
		close(s.stall)
		s.stall = nil
	}
}

// isBehind reports whether this stream should have received everything up to number and has not.
func (s *stream) isBehind(number int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state != away && s.state != stalled && !s.tracker.Complete(number)
}

// describe returns the position of the stream in words.
func (s *stream) describe(number int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("waited for %d, expects %d next, %d missing before it, %s",
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
