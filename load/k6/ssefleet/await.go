package ssefleet

import "time"

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
		if s.is(away, stalled) {
			continue // Nobody expects anything of it.
		}
		streams++
		if s.lacks(number) {
			behind++
			hope = hope || s.is(open, opening)
		}
	}
	return streams, behind, hope
}

func (f *Fleet) explain(number int64) {
	for _, s := range f.snapshot() {
		if s.lacks(number) {
			f.faults.add(s.number, "%s", s.describe(number))
		}
	}
}
