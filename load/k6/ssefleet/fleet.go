package ssefleet

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"

	"content-store-sse/load/k6/histogram"
	"content-store-sse/load/k6/transport"
)

// Fleet is a number of streams to one URL; all of them must receive the same numbered events in the same order.
type Fleet struct {
	options options
	// openers are the URLs that a stream connects to in turn.
	openers  []transport.Opener
	contents *contents
	sampler  *sampler
	tally    tally
	names    names
	faults   faults
	arrivals *arrivals
	latency  histogram.Histogram
	// sequences is nil unless streams are observed.
	sequences *sequences
	// silence is the longest time between two reads of any observed stream, in milliseconds.
	silence atomic.Int64
	// highest is the highest number that any stream has received.
	highest atomic.Int64

	vu     context.Context // k6 takes samples while it lasts
	ctx    context.Context // the streams live while it lasts
	cancel context.CancelFunc
	// running counts goroutines: streams, phases and the sampler.
	running sync.WaitGroup
	// moving is held by the one phase that opens or ends streams; the others wait for it.
	moving sync.Mutex
	// phases counts running and waiting phases; while there are any, the fleet is changing.
	phases atomic.Int32

	mu      sync.Mutex
	closed  bool
	streams []*stream
}

var errClosed = errors.New("the fleet is closed")

// newFleet must be called on the JavaScript thread. The fleet must be closed.
func newFleet(vu context.Context, chosen options, state *lib.State, made instruments) (*Fleet, error) {
	openers, err := newOpeners(chosen, state)
	if err != nil {
		return nil, err
	}
	f := &Fleet{
		options:  chosen,
		openers:  openers,
		contents: newContents(chosen),
		arrivals: newArrivals(chosen.Sequence),
		vu:       vu,
	}
	f.highest.Store(f.first() - 1)
	if chosen.Observe {
		f.sequences = newSequences()
	}
	f.sampler = newSampler(made, state, f)
	f.ctx, f.cancel = context.WithCancel(vu)
	f.running.Go(func() { f.sampler.run(f.ctx) })
	return f, nil
}

func newOpeners(chosen options, state *lib.State) ([]transport.Opener, error) {
	choosePortLate(state.Dialer)
	urls := []string{chosen.URL}
	if chosen.Reconnect != nil && chosen.Reconnect.URL != "" {
		urls = append(urls, chosen.Reconnect.URL)
	}
	openers := make([]transport.Opener, len(urls))
	for i, url := range urls {
		opener, err := newOpener(url, chosen, state)
		if err != nil {
			return nil, err
		}
		openers[i] = opener
	}
	return openers, nil
}

func newOpener(url string, chosen options, state *lib.State) (transport.Opener, error) {
	to := transport.Options{
		URL:    url,
		Header: chosen.header(),
		Dial:   dialWith(state.Dialer, chosen.ReceiveBuffer),
		Socket: unwrapConn,
		TLS:    state.TLSConfig,
	}
	if chosen.Transport == "raw" {
		return transport.NewRaw(to)
	}
	return transport.NewHTTP(to, chosen.Transport == "http2"), nil
}

// dialWith limits the receive buffer of the kernel; 0 = the kernel decides.
func dialWith(dialer lib.DialContexter, receiveBuffer int) func(context.Context, string, string) (net.Conn, error) {
	if receiveBuffer == 0 {
		return dialer.DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if tcp, ok := unwrapConn(conn).(*net.TCPConn); ok {
			err = tcp.SetReadBuffer(receiveBuffer)
		}
		return conn, err
	}
}

// unwrapConn removes the wrapper by which k6 counts bytes.
func unwrapConn(conn net.Conn) net.Conn {
	if counted, ok := conn.(*netext.Conn); ok {
		return counted.Conn
	}
	return conn
}

func (f *Fleet) first() int64 {
	if f.options.Sequence == nil {
		return 0
	}
	return f.options.Sequence.From
}

// plateau reports whether no phase is running, and if so, whether all expected streams are open.
func (f *Fleet) plateau() (atRest, complete bool) {
	streams := f.snapshot()
	if len(streams) == 0 || f.phases.Load() > 0 || f.ctx.Err() != nil {
		return false, false
	}
	for _, s := range streams {
		if !s.is(open, stalled, away) {
			return true, false
		}
	}
	return true, true
}

func (f *Fleet) raiseHighest(number int64) {
	for {
		highest := f.highest.Load()
		if number <= highest || f.highest.CompareAndSwap(highest, number) {
			return
		}
	}
}

// raiseSilence records that an observed stream has been silent since a time.
func (f *Fleet) raiseSilence(sinceMicros int64) {
	ms := (time.Now().UnixMicro() - sinceMicros) / 1000
	for {
		longest := f.silence.Load()
		if sinceMicros == 0 || ms <= longest || f.silence.CompareAndSwap(longest, ms) {
			return
		}
	}
}

func (f *Fleet) snapshot() []*stream {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.streams[:len(f.streams):len(f.streams)]
}

func (f *Fleet) all(wanted ...state) []*stream {
	var found []*stream
	for _, s := range f.snapshot() {
		if s.is(wanted...) {
			found = append(found, s)
		}
	}
	return found
}

// phase runs work that opens or ends streams, one at a time, unless the fleet is closed.
func (f *Fleet) phase(work func()) error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return errClosed
	}
	f.running.Add(1)
	f.phases.Add(1)
	f.mu.Unlock()
	defer f.running.Done()
	defer f.phases.Add(-1)
	f.moving.Lock()
	defer f.moving.Unlock()
	work()
	return nil
}

// close ends all streams, waits for running work, and flushes the last samples.
func (f *Fleet) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.cancel()
	for _, s := range f.all(open, stalled) {
		s.leave(transport.Fin)
	}
	f.running.Wait()
	f.sampler.flush(f.vu)
}
