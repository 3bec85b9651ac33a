package ssefleet

import (
	"testing"
	"time"
)

func TestFleetMeasuresLatencyFromTheTimeInTheData(t *testing.T) {
	s := startServer(t)
	s.sentAt = func() time.Time { return time.Now().Add(-250 * time.Millisecond) }
	v := startVU(t, s)
	v.run(t, `latencyField: 'at'`, `
		await fleet.ramp(10)
		publish(20)
		await fleet.awaitSeq(119)
		const { latency } = fleet.stats()
		expect('count', latency.count, 200)
		expect('quantiles', [latency.p50, latency.p95, latency.max].every((ms) => ms >= 240 && ms < 2000), true)
		expect('buckets', latency.buckets.reduce((sum, { count }) => sum + count, 0), 200)
		const arrivals = fleet.arrivals()
		expect('arrivals', arrivals.map(({ streams }) => streams), Array(20).fill(10))
		expect('in time', arrivals.every(({ firstMs, lastMs }) => firstMs <= lastMs && lastMs <= Date.now() + 1), true)
	`)
	total, count := v.sum(v.drain(), "sse_delay_ms", "")
	if count == 0 || count > 3*latencySamples || total/float64(count) < 240 {
		t.Errorf("sse_delay_ms: got %v in %d samples, want some but few, of 250 ms", total, count)
	}
}

func TestFleetReportsIdsThatDoNotAdvance(t *testing.T) {
	s := startServer(t)
	s.id = func(number int) string { return map[bool]string{true: "same", false: "other"}[number < 103] }
	got := startVU(t, s).run(t, `ids: 'advancing'`, `
		await fleet.ramp(2)
		publish(4)
		await fleet.awaitSeq(103)
	`)
	expectCounts(t, got, map[string]int64{"idFaults": 4, "gaps": 0})
}

func TestCaptureReturnsFaultyStreamsFirst(t *testing.T) {
	s := startServer(t)
	startVU(t, s).run(t, `keepEvents: 3`, `
		await fleet.ramp(1)
		publish(5)
		await fleet.awaitSeq(104)
		await fleet.ramp(1)
		publish(1)
		await fleet.awaitSeq(105, { timeoutMs: 200 })
		const [first, second] = fleet.capture(5)
		expect('order', [first.stream, first.faulty, second.stream, second.faulty], [2, true, 1, false])
		expect('ids', second.events.map(({ id }) => id), ['103', '104', '105'])
		expect('data', first.events.map(({ data }) => data), ['http://store/changelog/section/105'])
		expect('one', fleet.capture(1).length, 1)
	`)
}

func TestFleetCountsEventsByType(t *testing.T) {
	s := startServer(t)
	s.eventName = "sse-proxy-gap"
	startVU(t, s).run(t, "", `
		await fleet.ramp(2)
		publish(3)
		await fleet.awaitSeq(102)
		expect('names', fleet.stats().names, { 'sse-proxy-gap': 6 })
	`)
}
