package order

import (
	"math/rand/v2"
	"testing"
)

func TestTrackerJudgesNumbersByTheEarlierOnes(t *testing.T) {
	for name, c := range map[string]struct {
		numbers []int64
		kinds   []Kind
		missing int64
	}{
		"consecutive":               {[]int64{5, 6, 7}, []Kind{InOrder, InOrder, InOrder}, 0},
		"the first one is lost":     {[]int64{6}, []Kind{Gap}, 1},
		"one is lost":               {[]int64{5, 7, 8}, []Kind{InOrder, Gap, InOrder}, 1},
		"several are lost":          {[]int64{5, 9}, []Kind{InOrder, Gap}, 3},
		"one comes twice":           {[]int64{5, 6, 6, 7}, []Kind{InOrder, InOrder, Duplicate, InOrder}, 0},
		"one from before the start": {[]int64{5, 4}, []Kind{InOrder, Duplicate}, 0},
		"two change places":         {[]int64{5, 7, 6, 8}, []Kind{InOrder, Gap, Late, InOrder}, 0},
		"the middle of a gap fills": {[]int64{5, 9, 7}, []Kind{InOrder, Gap, Late}, 2},
		"a late one comes twice":    {[]int64{5, 7, 6, 6}, []Kind{InOrder, Gap, Late, Duplicate}, 0},
		"a whole replay comes twice": {
			[]int64{5, 6, 7, 5, 6, 7}, []Kind{InOrder, InOrder, InOrder, Duplicate, Duplicate, Duplicate}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			tracker := NewTracker(5)
			for i, number := range c.numbers {
				if kind, _ := tracker.Observe(number); kind != c.kinds[i] {
					t.Errorf("number %d at %d: got kind %d, want %d", number, i, kind, c.kinds[i])
				}
			}
			if missing := tracker.Missing(); missing != c.missing {
				t.Errorf("got %d missing, want %d", missing, c.missing)
			}
		})
	}
}

func TestTrackerReportsTheSizeOfAGap(t *testing.T) {
	tracker := NewTracker(0)
	if kind, skipped := tracker.Observe(4); kind != Gap || skipped != 4 {
		t.Errorf("got kind %d and %d skipped, want a gap of 4", kind, skipped)
	}
}

func TestTrackerIsCompleteOnlyWithoutGaps(t *testing.T) {
	tracker := NewTracker(1)
	for _, step := range []struct {
		number   int64
		complete map[int64]bool
	}{
		{1, map[int64]bool{0: true, 1: true, 2: false}},
		{4, map[int64]bool{1: true, 2: false, 4: false}},
		{2, map[int64]bool{2: true, 3: false, 4: false}},
		{3, map[int64]bool{4: true, 5: false}},
	} {
		tracker.Observe(step.number)
		for number, want := range step.complete {
			if got := tracker.Complete(number); got != want {
				t.Errorf("after %d: complete up to %d is %t, want %t", step.number, number, got, want)
			}
		}
	}
}

func TestTrackerIsCompleteAfterAllNumbersInAnyOrder(t *testing.T) {
	for range 200 {
		tracker := NewTracker(0)
		for _, number := range rand.Perm(100) {
			tracker.Observe(int64(number))
		}
		if tracker.Next() != 100 || tracker.Missing() != 0 || !tracker.Complete(99) {
			t.Fatalf("next %d, missing %d", tracker.Next(), tracker.Missing())
		}
	}
}

func TestTrackerWithManyGapsIsBoundedAndCountsAllMissing(t *testing.T) {
	tracker := NewTracker(0)
	for number := int64(1); number < 2000; number += 2 {
		tracker.Observe(number)
	}
	if len(tracker.skipped) > maxSpans {
		t.Errorf("holds %d spans, want at most %d", len(tracker.skipped), maxSpans)
	}
	if missing := tracker.Missing(); missing != 1000 {
		t.Errorf("got %d missing, want 1000", missing)
	}
	if tracker.Complete(0) {
		t.Error("a stream that never got 0 is complete up to 0")
	}
}
