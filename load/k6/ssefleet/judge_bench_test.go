package ssefleet

import (
	"fmt"
	"strings"
	"testing"

	"content-store-sse/load/k6/eventstream"
	"content-store-sse/load/k6/order"
)

// BenchmarkJudging measures an event from the bytes of a read to the verdict, on the streams of one fleet and all
// cores.
func BenchmarkJudging(b *testing.B) {
	const numbers = 200
	var wire strings.Builder
	for number := range numbers {
		fmt.Fprintf(&wire, "id: %d\ndata: {\"n\":%d,\"at\":1795627525791.091,\"fill\":\"%s\"}\n\n", number, number, strings.Repeat("x", 60))
	}
	chosen, err := parseOptions([]byte(fmt.Sprintf(
		`{"url":"http://x","sequence":{"pattern":"\"n\":(\\d+)","from":0,"count":%d},"latencyField":"at"}`, numbers)))
	if err != nil {
		b.Fatal(err)
	}
	for name, replayTo := range map[string]int64{"live": -1, "replayed": numbers} {
		b.Run(name, func(b *testing.B) {
			fleet := &Fleet{options: chosen, contents: newContents(chosen), arrivals: newArrivals(chosen.Sequence)}
			b.SetBytes(int64(wire.Len()))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					s := &stream{fleet: fleet, tracker: order.NewTracker(0), replayTo: replayTo}
					reader := eventstream.NewReader(s, 1<<20, nil)
					if err := reader.Feed([]byte(wire.String())); err != nil {
						b.Fatal(err)
					}
				}
			})
			if got, want := fleet.tally.events.Load(), int64(b.N*numbers); got != want {
				b.Fatalf("judged %d events, want %d", got, want) // A fast but wrong judge is useless.
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*numbers), "ns/event")
		})
	}
}
