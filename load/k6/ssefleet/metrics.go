package ssefleet

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"

	"content-store-sse/load/k6/histogram"
)

// instruments are the metrics of the extension. k6 allows their creation in the init context only.
type instruments struct {
	connect, ttfb, latency                                 *metrics.Metric
	events, gaps, duplicates, reordered, replayed, endings *metrics.Metric
	connectOK, plateauOK                                   *metrics.Metric
}

func registerInstruments(registry *metrics.Registry) (instruments, error) {
	var problems []error
	metric := func(name string, kind metrics.MetricType, contains ...metrics.ValueType) *metrics.Metric {
		made, err := registry.NewMetric(name, kind, contains...)
		problems = append(problems, err)
		return made
	}
	made := instruments{
		connect:    metric("sse_connect", metrics.Trend, metrics.Time),
		latency:    metric("sse_delay_ms", metrics.Trend, metrics.Time),
		ttfb:       metric("sse_ttfb", metrics.Trend, metrics.Time),
		events:     metric("sse_events", metrics.Counter),
		gaps:       metric("sse_gaps", metrics.Counter),
		duplicates: metric("sse_duplicates", metrics.Counter),
		reordered:  metric("sse_reordered", metrics.Counter),
		replayed:   metric("sse_replayed", metrics.Counter),
		endings:    metric("sse_disconnects", metrics.Counter),
		connectOK:  metric("sse_connect_ok", metrics.Rate),
		plateauOK:  metric("sse_plateau_ok", metrics.Rate),
	}
	return made, errors.Join(problems...)
}

// flushEvery is the interval at which a fleet passes samples to k6: a few, in batches, for any number of events.
const flushEvery = 500 * time.Millisecond

// tally counts the events of streams; k6 gets the differences.
type tally struct {
	events, unnumbered, comments, bytes   atomic.Int64
	gaps, duplicates, reordered, replayed atomic.Int64
	reconnects, idFaults                  atomic.Int64
}

// sampler turns counts and times into samples of k6.
type sampler struct {
	instruments
	samples chan<- metrics.SampleContainer
	tags    metrics.TagsAndMeta
	fleet   *Fleet

	flushing sync.Mutex
	sent     map[*metrics.Metric]int64
	latest   histogram.Snapshot
	mu       sync.Mutex
	pending  metrics.Samples
}

// newSampler must be called on the JavaScript thread, because it reads the current tags.
func newSampler(made instruments, state *lib.State, fleet *Fleet) *sampler {
	return &sampler{
		instruments: made,
		samples:     state.Samples,
		tags:        state.Tags.GetCurrentValues(),
		fleet:       fleet,
		sent:        map[*metrics.Metric]int64{},
	}
}

func (s *sampler) opened(connected, firstByte time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.append(s.connect, s.tags.Tags, metrics.D(connected))
	s.append(s.ttfb, s.tags.Tags, metrics.D(firstByte))
	s.append(s.connectOK, s.tags.Tags, 1)
}

func (s *sampler) refused(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.append(s.connectOK, s.tags.Tags.With("reason", reason), 0)
}

func (s *sampler) disconnected(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.append(s.endings, s.tags.Tags.With("reason", reason), 1)
}

func (s *sampler) append(metric *metrics.Metric, tags *metrics.TagSet, value float64) {
	s.pending = append(s.pending, metrics.Sample{
		TimeSeries: metrics.TimeSeries{Metric: metric, Tags: tags},
		Time:       time.Now(),
		Metadata:   s.tags.Metadata,
		Value:      value,
	})
}

// run flushes until the context is done.
func (s *sampler) run(ctx context.Context) {
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.flush(ctx)
		}
	}
}

// flush passes on the pending samples. k6 accepts none once ctx, the virtual user's, is done.
func (s *sampler) flush(ctx context.Context) {
	s.flushing.Lock()
	defer s.flushing.Unlock()
	tally := &s.fleet.tally
	atRest, complete := s.fleet.plateau()
	s.mu.Lock()
	for metric, count := range map[*metrics.Metric]*atomic.Int64{
		s.events: &tally.events, s.gaps: &tally.gaps, s.duplicates: &tally.duplicates,
		s.reordered: &tally.reordered, s.replayed: &tally.replayed,
	} {
		total := count.Load()
		if added := total - s.sent[metric]; added != 0 {
			s.sent[metric] = total
			s.append(metric, s.tags.Tags, float64(added))
		}
	}
	s.sampleLatency()
	if atRest {
		s.append(s.plateauOK, s.tags.Tags, metrics.B(complete))
	}
	batch := s.pending
	s.pending = nil
	s.mu.Unlock()
	if len(batch) > 0 {
		metrics.PushIfNotDone(ctx, s.samples, batch)
	}
}

// latencySamples is the number of values that represent all latencies since the last flush.
const latencySamples = 20

// sampleLatency passes evenly spaced quantiles of the latencies since the last flush; stats() has the exact counts.
func (s *sampler) sampleLatency() {
	snapshot := s.fleet.latency.Snapshot()
	since := snapshot.Since(s.latest)
	s.latest = snapshot
	count := min(since.Count, latencySamples)
	for i := range count {
		quantile := (float64(i) + 1) / float64(count)
		s.append(s.latency, s.tags.Tags, metrics.D(since.Quantile(quantile)))
	}
}
