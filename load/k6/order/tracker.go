// Package order judges the numbers that arrive on one stream. It does not know about events or connections.
package order

// Kind is the relation of a number to those before it.
type Kind int

const (
	// InOrder is the next number.
	InOrder Kind = iota
	// Gap is a number after the next one: the numbers between were skipped.
	Gap
	// Late is a number that was skipped before.
	Late
	// Duplicate is a number that was observed before.
	Duplicate
)

// maxSpans limits the memory of one broken stream. The oldest skipped numbers are discarded first: they stay missing,
// and count as duplicates if they arrive later.
const maxSpans = 64

type span struct{ first, last int64 }

// Tracker is the state of one stream. The zero value expects 0.
type Tracker struct {
	next    int64
	skipped []span
	givenUp int64
}

// NewTracker expects consecutive numbers that begin with first.
func NewTracker(first int64) Tracker { return Tracker{next: first} }

// Observe classifies a number. For a Gap it returns how many numbers were skipped.
func (t *Tracker) Observe(number int64) (Kind, int64) {
	switch {
	case number == t.next:
		t.next++
		return InOrder, 0
	case number > t.next:
		count := number - t.next
		t.skip(span{t.next, number - 1})
		t.next = number + 1
		return Gap, count
	case t.fill(number):
		return Late, 0
	default:
		return Duplicate, 0
	}
}

// Next is the next number in order.
func (t *Tracker) Next() int64 { return t.next }

// Missing is how many of the numbers before Next have not been observed.
func (t *Tracker) Missing() int64 {
	missing := t.givenUp
	for _, s := range t.skipped {
		missing += s.last - s.first + 1
	}
	return missing
}

// Complete reports whether every number up to and including number has been observed.
func (t *Tracker) Complete(number int64) bool {
	return t.next > number && t.givenUp == 0 && (len(t.skipped) == 0 || t.skipped[0].first > number)
}

func (t *Tracker) skip(s span) {
	if len(t.skipped) == maxSpans {
		oldest := t.skipped[0]
		t.givenUp += oldest.last - oldest.first + 1
		t.skipped = append(t.skipped[:0], t.skipped[1:]...)
	}
	t.skipped = append(t.skipped, s)
}

// fill removes a number from the skipped ones and reports whether it was there.
func (t *Tracker) fill(number int64) bool {
	for i, s := range t.skipped {
		if number < s.first || number > s.last {
			continue
		}
		var rest []span
		if s.first < number {
			rest = append(rest, span{s.first, number - 1})
		}
		if number < s.last {
			rest = append(rest, span{number + 1, s.last})
		}
		t.skipped = append(t.skipped[:i:i], append(rest, t.skipped[i+1:]...)...)
		return true
	}
	return false
}
