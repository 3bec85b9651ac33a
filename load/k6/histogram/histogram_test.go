package histogram

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestHistogramPutsEachValueInABucketOfItsSize(t *testing.T) {
	for _, micros := range []uint64{0, 1, 31, 32, 63, 64, 65, 1000, 4095, 4096, 1 << 20, maxMicros} {
		bucket := bucketOf(micros)
		if bucket >= buckets {
			t.Fatalf("%d: bucket %d of %d", micros, bucket, buckets)
		}
		highest := uint64(highestOf(bucket))
		if highest < micros || float64(highest-micros) > float64(micros)/subBuckets {
			t.Errorf("%d is in the bucket up to %d", micros, highest)
		}
		if bucketOf(highest) != bucket || bucketOf(highest+1) == bucket {
			t.Errorf("%d: the bucket does not end at %d", micros, highest)
		}
	}
}

func TestQuantileMatchesTheSortedValues(t *testing.T) {
	var h Histogram
	values := make([]int64, 10_000)
	for i := range values {
		values[i] = rand.Int64N(1 << (4 + rand.IntN(24)))
		h.Record(time.Duration(values[i]) * time.Microsecond)
	}
	slices.Sort(values)
	snapshot := h.Snapshot()
	for _, q := range []float64{0.01, 0.5, 0.95, 0.99, 1} {
		want := values[int(q*float64(len(values)))-1]
		if got := snapshot.Quantile(q).Microseconds(); got < want || float64(got-want) > float64(want)/subBuckets {
			t.Errorf("quantile %v: got %d, want %d to a part in 32", q, got, want)
		}
	}
	if snapshot.Count != 10_000 || snapshot.MaxMicros != values[len(values)-1] {
		t.Errorf("got %d values up to %d, want 10000 up to %d", snapshot.Count, snapshot.MaxMicros, values[len(values)-1])
	}
}

func TestSinceReturnsTheValuesBetweenTwoSnapshots(t *testing.T) {
	var h Histogram
	h.Record(5 * time.Millisecond)
	earlier := h.Snapshot()
	h.Record(5 * time.Millisecond)
	h.Record(9 * time.Millisecond)
	since := h.Snapshot().Since(earlier)
	if since.Count != 2 || len(since.Buckets) != 2 || since.Buckets[0].Count != 1 {
		t.Errorf("got %+v", since)
	}
	if none := h.Snapshot().Since(h.Snapshot()); none.Count != 0 || none.Buckets != nil {
		t.Errorf("got %+v, want nothing", none)
	}
}

func TestHistogramCountsValuesOutOfRangeInTheOuterBuckets(t *testing.T) {
	var h Histogram
	h.Record(-time.Second)
	h.Record(1000 * time.Hour)
	snapshot := h.Snapshot()
	if snapshot.Quantile(0.5) != 0 || snapshot.MaxMicros != maxMicros || snapshot.Count != 2 {
		t.Errorf("got %+v", snapshot)
	}
	if empty := new(Histogram).Snapshot(); empty.Quantile(0.99) != 0 {
		t.Errorf("an empty one: got %v", empty.Quantile(0.99))
	}
}
