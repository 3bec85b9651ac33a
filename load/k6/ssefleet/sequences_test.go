package ssefleet

import (
	"strings"
	"testing"
	"time"

	"content-store-sse/load/k6/eventstream"
)

func TestFleetGroupsStreamsByTheEventsThatTheyHaveReceived(t *testing.T) {
	s := startServer(t)
	startVU(t, s).run(t, `observe: true`, `
		await fleet.ramp(4)
		publish(2)
		await fleet.awaitSeq(101)
		await fleet.drop(0.5)
		publish(2)
		await fleet.awaitSeq(103)
		await fleet.resume()
		await fleet.awaitSeq(103)
		const all = fleet.sequences()
		expect('the streams that returned are in the group of the others',
			all.groups.map(({ streams, example, events }) => [streams, example, events.length]), [[4, 1, 4]])
		expect('contents', all.contents[all.groups[0].events[3].content], 'http://store/changelog/section/103')
		expect('times', all.groups[0].events.every(({ firstMs, lastMs }) => firstMs <= lastMs && lastMs <= Date.now() + 1), true)
		await fleet.ramp(1, { from: 104 })
		publish(1)
		await fleet.awaitSeq(104)
		expect('a later stream has its own group',
			fleet.sequences().groups.map(({ streams, events }) => [streams, events.length]), [[4, 5], [1, 1]])
		expect('isWhole', fleet.sequences().isWhole, true)
	`)
}

func TestFleetMeasuresTheLongestSilenceOfAnObservedStream(t *testing.T) {
	s := startServer(t)
	startVU(t, s).run(t, `observe: true`, `
		await fleet.ramp(2)
		const deadline = Date.now() + 10_000
		while (fleet.stats().longestSilenceMs < 50 && Date.now() < deadline);
		const silence = fleet.stats().longestSilenceMs
		expect('it grows while nothing arrives', silence >= 50, true)
		publish(1)
		await fleet.awaitSeq(100)
		expect('it remains', fleet.stats().longestSilenceMs >= silence, true)
	`)
}

func TestSequencesTellsDataApartByTypeAndBeyondItsFirstBytes(t *testing.T) {
	q := newSequences()
	long := strings.Repeat("x", 5_000)
	now := time.Now()
	ends := map[int32]bool{}
	for _, event := range []eventstream.Event{
		{Data: []byte("a")}, {Data: []byte("b")}, {Name: []byte("n"), Data: []byte("a")},
		{Data: []byte(long + "1")}, {Data: []byte(long + "2")},
	} {
		ends[q.step(0, event, now)] = true
		if again := q.step(0, event, now); !ends[again] {
			t.Errorf("%q: got another node for the same event", event.Data)
		}
	}
	if len(ends) != 5 {
		t.Errorf("got %d nodes, want 5", len(ends))
	}
	for _, content := range q.contents {
		if len(content) > maxContentBytes+10 {
			t.Errorf("a content of %d bytes is kept", len(content))
		}
	}
}
