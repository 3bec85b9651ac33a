package ssefleet

import (
	"sync"
	"sync/atomic"
	"time"

	"content-store-sse/load/k6/order"
	"content-store-sse/load/k6/transport"
)

// openingResult is the result of ramp and resume.
type openingResult struct {
	Opened int64 `js:"opened"`
	Failed int64 `js:"failed"`
	TookMs int64 `js:"tookMs"`
}

// ramp adds count new streams, whose first number is from. It returns when each has opened or failed; openTimeoutMs limits that.
func (f *Fleet) ramp(count int, perSecond float64, from int64) openingResult {
	added := make([]*stream, count)
	f.mu.Lock()
	for i := range added {
		added[i] = &stream{fleet: f, number: len(f.streams) + i + 1, tracker: order.NewTracker(from)}
	}
	f.streams = append(f.streams, added...)
	f.mu.Unlock()
	return f.start(added, perSecond)
}

// resume reconnects the streams that are away, each with its own last event id.
func (f *Fleet) resume(perSecond float64) openingResult {
	returning := f.all(away)
	for _, s := range returning {
		<-s.gone // Its connection is closed; the goroutine may still process what it has read.
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

// pauseUntil paces openings; it returns at once when the fleet is closed.
func (f *Fleet) pauseUntil(due time.Time) {
	wait := time.Until(due)
	if wait < time.Millisecond {
		return // Timers are not finer than that: the next streams open together.
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.ctx.Done():
	}
}

// drop disconnects a fraction of the open streams, distributed evenly, and returns their number. They stay away until resume.
func (f *Fleet) drop(fraction float64, how transport.Ending) int64 {
	var left []*stream
	for _, s := range fractionOf(f.all(open, stalled), fraction) {
		if s.leave(how) {
			left = append(left, s)
		}
	}
	for _, s := range left {
		<-s.gone
	}
	return int64(len(left))
}

// setStalled stops a fraction of the open streams from reading, or resumes all stalled streams. It returns their
// number.
func (f *Fleet) setStalled(fraction float64, on bool) int64 {
	candidates := f.all(stalled)
	if on {
		candidates = fractionOf(f.all(open), fraction)
	}
	var changed int64
	for _, s := range candidates {
		if s.setStalled(on) {
			changed++
		}
	}
	return changed
}

// fractionOf returns a fraction of the streams, distributed evenly.
func fractionOf(streams []*stream, fraction float64) []*stream {
	var taken []*stream
	for i, s := range streams {
		if int64(float64(i+1)*fraction) > int64(float64(i)*fraction) {
			taken = append(taken, s)
		}
	}
	return taken
}
