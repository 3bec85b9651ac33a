package ssefleet

import (
	"sync"
	"sync/atomic"
	"time"

	"content-store-sse/load/k6/order"
	"content-store-sse/load/k6/transport"
)

// openingResult is what a ramp or a resume has come to.
type openingResult struct {
	Opened int64 `js:"opened"`
	Failed int64 `js:"failed"`
	TookMs int64 `js:"tookMs"`
}

// ramp adds count new streams, whose first number is from. It is over when each has been opened or has failed, which openTimeoutMs bounds.
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
	for _, s := range part(f.all(open, stalled), fraction) {
		if s.leave(how) {
			left = append(left, s)
		}
	}
	for _, s := range left {
		<-s.gone
	}
	return int64(len(left))
}

// setStalled lets a fraction of the open streams read no more, or all stalled ones read on. It returns how many.
func (f *Fleet) setStalled(fraction float64, on bool) int64 {
	candidates := f.all(stalled)
	if on {
		candidates = part(f.all(open), fraction)
	}
	var changed int64
	for _, s := range candidates {
		if s.setStalled(on) {
			changed++
		}
	}
	return changed
}

// part takes a fraction of the streams, spread evenly.
func part(streams []*stream, fraction float64) []*stream {
	var taken []*stream
	for i, s := range streams {
		if int64(float64(i+1)*fraction) > int64(float64(i)*fraction) {
			taken = append(taken, s)
		}
	}
	return taken
}
