// Package histogram counts durations in buckets that are at most 1/32 wide: any number of them takes 7 KB, any number
// of goroutines may record, and histograms can be added.
package histogram

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

const (
	subBits    = 5 // 32 buckets for each power of two
	subBuckets = 1 << subBits
	// maxMicros is a little over an hour; longer durations count as that.
	maxMicros = 1<<32 - 1
	buckets   = (32 - subBits + 1) * subBuckets
)

// Histogram counts durations in microseconds. The zero value is empty.
type Histogram struct {
	counts [buckets]atomic.Int64
	max    atomic.Int64
}

// Record counts one duration. A negative one, a result of differing clocks, counts as 0.
func (h *Histogram) Record(d time.Duration) {
	micros := min(max(d.Microseconds(), 0), maxMicros)
	h.counts[bucketOf(uint64(micros))].Add(1)
	for {
		highest := h.max.Load()
		if micros <= highest || h.max.CompareAndSwap(highest, micros) {
			return
		}
	}
}

// Bucket counts durations up to its limit in microseconds and above that of the previous bucket.
type Bucket struct {
	UpToMicros int64 `js:"upToMicros"`
	Count      int64 `js:"count"`
}

// Snapshot is the content of a histogram at one time. Buckets ascend; empty ones are left out.
type Snapshot struct {
	Buckets   []Bucket
	Count     int64
	MaxMicros int64
}

// Snapshot is safe during recording, but may lack the latest values.
func (h *Histogram) Snapshot() Snapshot {
	snapshot := Snapshot{MaxMicros: h.max.Load()}
	for i := range h.counts {
		if count := h.counts[i].Load(); count > 0 {
			snapshot.Buckets = append(snapshot.Buckets, Bucket{UpToMicros: highestOf(i), Count: count})
			snapshot.Count += count
		}
	}
	return snapshot
}

// Since returns the durations recorded after an earlier snapshot of the same histogram.
func (s Snapshot) Since(earlier Snapshot) Snapshot {
	before := make(map[int64]int64, len(earlier.Buckets))
	for _, bucket := range earlier.Buckets {
		before[bucket.UpToMicros] = bucket.Count
	}
	since := Snapshot{MaxMicros: s.MaxMicros, Count: s.Count - earlier.Count}
	for _, bucket := range s.Buckets {
		if added := bucket.Count - before[bucket.UpToMicros]; added > 0 {
			since.Buckets = append(since.Buckets, Bucket{UpToMicros: bucket.UpToMicros, Count: added})
		}
	}
	return since
}

// Quantile returns the duration that a fraction q, 0 to 1, of all durations does not exceed; 0 when there are none.
func (s Snapshot) Quantile(q float64) time.Duration {
	rank := int64(math.Ceil(q * float64(s.Count)))
	for _, bucket := range s.Buckets {
		rank -= bucket.Count
		if rank <= 0 {
			return time.Duration(min(bucket.UpToMicros, s.MaxMicros)) * time.Microsecond
		}
	}
	return time.Duration(s.MaxMicros) * time.Microsecond
}

// bucketOf: values below 32 have a bucket each; after that the five bits below the highest choose one.
func bucketOf(micros uint64) int {
	if micros < subBuckets {
		return int(micros)
	}
	exponent := bits.Len64(micros) - subBits - 1
	return exponent*subBuckets + int(micros>>exponent)
}

func highestOf(bucket int) int64 {
	if bucket < 2*subBuckets {
		return int64(bucket)
	}
	exponent := bucket/subBuckets - 1
	return int64(bucket-exponent*subBuckets+1)<<exponent - 1
}
