package ssefleet

import "time"

// awaitResult reports how many streams are behind.
type awaitResult struct {
	Streams int64 `js:"streams"`
	Behind  int64 `js:"behind"`
	TookMs  int64 `js:"tookMs"`
}

// pollEvery is the interval at which await checks the streams; notifications from each stream would cost more.
const pollEvery = 10 * time.Millisecond

// await returns when every stream that is not away has received each number up to number, when no stream that is behind
// is open, or at the timeout.
func (f *Fleet) await(number int64, timeout time.Duration) awaitResult {
	begun := time.Now()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		streams, behind, canProgress := f.count(number)
		over := time.Since(begun) >= timeout || f.ctx.Err() != nil
		if behind == 0 || !canProgress || over {
			f.recordBehind(number)
			return awaitResult{Streams: streams, Behind: behind, TookMs: time.Since(begun).Milliseconds()}
		}
		select {
		case <-ticker.C:
		case <-f.ctx.Done():
		}
	}
}

func (f *Fleet) count(number int64) (streams, behind int64, canProgress bool) {
	for _, s := range f.snapshot() {
		if s.is(away, stalled) {
			continue // Such a stream is not expected to receive anything.
		}
		streams++
		if s.isBehind(number) {
			behind++
			canProgress = canProgress || s.is(open, opening)
		}
	}
	return streams, behind, canProgress
}

func (f *Fleet) recordBehind(number int64) {
	for _, s := range f.snapshot() {
		if s.isBehind(number) {
			f.faults.add(s.number, "%s", s.describe(number))
		}
	}
}
