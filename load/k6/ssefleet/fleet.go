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

	"content-store-sse/load/k6/order"
	"content-store-sse/load/k6/transport"
)

// Fleet is a number of streams to one URL, all of which ought to see the same numbered events in the same order.
type Fleet struct {
	options options
	opener  transport.Opener
	numbers *numbers
	sampler *sampler
	tally   tally
	faults  faults
	// highest is the highest number that any stream has seen.
	highest atomic.Int64

	vu     context.Context // k6 takes samples while it lasts
	ctx    context.Context // the streams live while it lasts
	cancel context.CancelFunc
	// running counts goroutines: streams, phases and the sampler.
	running sync.WaitGroup
	// moving is held by the one phase that opens or ends streams; the others wait for it.
	moving sync.Mutex
	// phases counts those at work and those that wait: while there are any, the fleet is not at rest.
	phases atomic.Int32

	mu      sync.Mutex
	closed  bool
	streams []*stream
}

var errClosed = errors.New("the fleet is closed")

// newFleet must be called on the JavaScript thread. The fleet must be closed.
func newFleet(vu context.Context, chosen options, state *lib.State, made instruments) *Fleet {
	f := &Fleet{options: chosen, numbers: newNumbers(chosen.Sequence), vu: vu}
	f.opener = transport.NewHTTP(transport.Options{
		URL:    chosen.URL,
		Header: chosen.header(),
		Dial:   state.Dialer.DialContext,
		Socket: socketBelow,
		TLS:    state.TLSConfig,
	}, chosen.Transport == "http2")
	f.highest.Store(f.first() - 1)
	f.sampler = newSampler(made, state, &f.tally, f.steady)
	f.ctx, f.cancel = context.WithCancel(vu)
	f.running.Go(func() { f.sampler.run(f.ctx) })
	return f
}

// socketBelow takes off the wrapper by which k6 counts bytes.
func socketBelow(conn net.Conn) net.Conn {
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

// openingResult is what a ramp or a resume has come to.
type openingResult struct {
	Opened int64 `js:"opened"`
	Failed int64 `js:"failed"`
	TookMs int64 `js:"tookMs"`
}

// ramp adds count new streams. It is over when each has been opened or has failed, which openTimeoutMs bounds.
func (f *Fleet) ramp(count int, perSecond float64) openingResult {
	added := make([]*stream, count)
	f.mu.Lock()
	for i := range added {
		added[i] = &stream{fleet: f, number: len(f.streams) + i + 1, tracker: order.NewTracker(f.first())}
	}
	f.streams = append(f.streams, added...)
	f.mu.Unlock()
	return f.start(added, perSecond)
}

// resume brings back the streams that are away, each with its own last event id.
func (f *Fleet) resume(perSecond float64) openingResult {
	returning := f.all(away)
	for _, s := range returning {
		<-s.gone // Its connection has been closed: what remains is to process what had been read.
	}
	return f.start(returning, perSecond)
}

func (f *Fleet) start(streams []*stream, perSecond float64) openingResult {
	begun := time.Now()
	var opened, failed atomic.Int64
	var pending sync.WaitGroup
	for i, s := range streams {
		f.pauseUntil(begun.Add(time.Duration(float64(i) / perSecond * float64(time.Second))))
		s.mu.Lock()
		s.state = opening
		s.gone = make(chan struct{})
		s.mu.Unlock()
		pending.Add(1)
		f.running.Go(func() {
			s.run(func(err error) {
				defer pending.Done()
				if err == nil {
					opened.Add(1)
				} else {
					failed.Add(1)
				}
			})
		})
	}
	pending.Wait()
	return openingResult{Opened: opened.Load(), Failed: failed.Load(), TookMs: time.Since(begun).Milliseconds()}
}

// pauseUntil paces openings; after the end of the fleet there is nothing left to pace.
func (f *Fleet) pauseUntil(due time.Time) {
	wait := time.Until(due)
	if wait < time.Millisecond {
		return // A timer is not finer than that: the next ones come in a bunch.
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.ctx.Done():
	}
}

// drop ends a fraction of the open streams, spread evenly, and returns how many have left. They stay away until resume.
func (f *Fleet) drop(fraction float64, how transport.Ending) int64 {
	var left []*stream
	for i, s := range f.all(open) {
		if int64(float64(i+1)*fraction) > int64(float64(i)*fraction) && s.leave(how) {
			left = append(left, s)
		}
	}
	for _, s := range left {
		<-s.gone
	}
	return int64(len(left))
}

// awaitResult says how far the streams are.
type awaitResult struct {
	Streams int64 `js:"streams"`
	Behind  int64 `js:"behind"`
	TookMs  int64 `js:"tookMs"`
}

// pollEvery is how often waiting looks at the streams, which costs less than to be told by each.
const pollEvery = 10 * time.Millisecond

// await waits until every stream that is not away has seen each number up to number, or until none of those that are
// behind is open, or for the time given.
func (f *Fleet) await(number int64, timeout time.Duration) awaitResult {
	begun := time.Now()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		streams, behind, hope := f.count(number)
		over := time.Since(begun) >= timeout || f.ctx.Err() != nil
		if behind == 0 || !hope || over {
			f.explain(number)
			return awaitResult{Streams: streams, Behind: behind, TookMs: time.Since(begun).Milliseconds()}
		}
		select {
		case <-ticker.C:
		case <-f.ctx.Done():
		}
	}
}

func (f *Fleet) count(number int64) (streams, behind int64, hope bool) {
	for _, s := range f.snapshot() {
		if s.is(away) {
			continue // Nobody expects anything of it.
		}
		streams++
		if s.lacks(number) {
			behind++
			hope = hope || s.is(open) || s.is(opening)
		}
	}
	return streams, behind, hope
}

func (f *Fleet) explain(number int64) {
	for _, s := range f.snapshot() {
		if s.lacks(number) {
			f.faults.add("%s", s.describe(number))
		}
	}
}

// steady says whether no phase is moving streams, and if so whether all that ought to be open are.
func (f *Fleet) steady() (atRest, complete bool) {
	streams := f.snapshot()
	if len(streams) == 0 || f.phases.Load() > 0 || f.ctx.Err() != nil {
		return false, false
	}
	for _, s := range streams {
		if !s.is(open) && !s.is(away) {
			return true, false
		}
	}
	return true, true
}

func (f *Fleet) sawNumber(number int64) {
	for {
		highest := f.highest.Load()
		if number <= highest || f.highest.CompareAndSwap(highest, number) {
			return
		}
	}
}

func (f *Fleet) snapshot() []*stream {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.streams[:len(f.streams):len(f.streams)]
}

func (f *Fleet) all(wanted state) []*stream {
	var found []*stream
	for _, s := range f.snapshot() {
		if s.is(wanted) {
			found = append(found, s)
		}
	}
	return found
}

// phase runs work that moves streams, one at a time, unless the fleet is closed.
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

// close ends all streams, waits for what is running, and hands over the last samples.
func (f *Fleet) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.cancel()
	for _, s := range f.all(open) {
		s.leave(transport.Fin)
	}
	f.running.Wait()
	f.sampler.flush(f.vu)
}
