package ssefleet

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// transports lists the transports that each behaviour is tested with.
var transports = []string{"http", "raw"}

func TestFleetReceivesEveryNumberOnceFromACorrectServer(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			s := startServer(t)
			v := startVU(t, s)
			got := v.run(t, `transport: '`+transport+`'`, `
				const opened = await fleet.ramp(20, { perSecond: 500 })
				expect('opened', [opened.opened, opened.failed], [20, 0])
				publish(5)
				const seen = await fleet.awaitSeq(104)
				expect('seen', [seen.streams, seen.behind], [20, 0])
			`)
			expectCounts(t, got, map[string]int64{
				"streams": 20, "open": 20, "events": 100, "unnumbered": 0, "gaps": 0, "duplicates": 0, "reordered": 0,
				"replayed": 0, "missing": 0, "lowest": 104, "highest": 104, "faultCount": 0,
			})
			samples := v.drain()
			for name, want := range map[string][2]float64{"sse_events": {100, 1}, "sse_connect_ok": {20, 20}} {
				total, count := v.sum(samples, name, "")
				if total != want[0] || count < int(want[1]) {
					t.Errorf("%s: got %v in %d samples, want %v", name, total, count, want[0])
				}
			}
			for _, name := range []string{"sse_connect", "sse_ttfb"} {
				if total, count := v.sum(samples, name, ""); count != 20 || total <= 0 {
					t.Errorf("%s: got %v in %d samples, want 20 times", name, total, count)
				}
			}
		})
	}
}

func TestFleetDetectsAFaultyServer(t *testing.T) {
	// Numbers run from 100 to 109; the fault concerns 103.
	for name, c := range map[string]struct {
		live   func(number int) []int
		behind int64
		want   map[string]int64
		fault  string
	}{
		"one number is lost": {
			live:   func(n int) []int { return without(n, 103) },
			behind: 3, want: map[string]int64{"gaps": 3, "missing": 3, "duplicates": 0, "reordered": 0},
			fault: "expected 103, got 104 (gap of 1)",
		},
		"the first number is lost": {
			live:   func(n int) []int { return without(n, 100) },
			behind: 3, want: map[string]int64{"gaps": 3, "missing": 3}, fault: "expected 100, got 101 (gap of 1)",
		},
		"one number comes twice": {
			live: func(n int) []int {
				if n == 103 {
					return []int{n, n}
				}
				return []int{n}
			},
			behind: 0, want: map[string]int64{"gaps": 0, "missing": 0, "duplicates": 3, "reordered": 0},
			fault: "expected 104, got 103 again (duplicate)",
		},
		"two numbers change places": {
			live: func(n int) []int {
				switch n {
				case 103:
					return nil
				case 104:
					return []int{104, 103}
				default:
					return []int{n}
				}
			},
			behind: 0, want: map[string]int64{"gaps": 3, "missing": 0, "duplicates": 0, "reordered": 3},
			fault: "got 103, which was skipped before (reordered)",
		},
		"the stream stalls": {
			live: func(n int) []int {
				if n >= 103 {
					return nil
				}
				return []int{n}
			},
			behind: 3, want: map[string]int64{"gaps": 0, "lowest": 102}, fault: "waited for 109, expects 103 next",
		},
		"the stream ends": {
			live: func(n int) []int {
				if n == 103 {
					return []int{end}
				}
				return []int{n}
			},
			behind: 3, want: map[string]int64{"open": 0, "lost": 3, "lowest": 102}, fault: "ended (end)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t)
			s.live = c.live
			v := startVU(t, s)
			got := v.run(t, "", `
				await fleet.ramp(3)
				publish(10)
				var behind = (await fleet.awaitSeq(109, { timeoutMs: 300 })).behind
				globalThis.behind = behind
			`)
			if behind := v.VU.Runtime().Get("behind").ToInteger(); behind != c.behind {
				t.Errorf("got %d streams behind, want %d", behind, c.behind)
			}
			expectCounts(t, got, c.want)
			if !slices.ContainsFunc(got.faults, func(f string) bool { return strings.Contains(f, c.fault) }) {
				t.Errorf("got faults %q, want one that says %q", got.faults, c.fault)
			}
			samples := v.drain()
			for _, count := range []string{"gaps", "duplicates", "reordered"} {
				if total, _ := v.sum(samples, "sse_"+count, ""); total != float64(got.counts[count]) {
					t.Errorf("sse_%s: k6 got %v, the fleet counts %v", count, total, got.counts[count])
				}
			}
		})
	}
}

func TestFleetCountsAnUnexpectedEndAsADisconnect(t *testing.T) {
	s := startServer(t)
	s.live = func(int) []int { return []int{end} }
	v := startVU(t, s)
	v.run(t, "", `
		await fleet.ramp(4)
		publish(1)
		const seen = await fleet.awaitSeq(100, { timeoutMs: 20000 })
		expect('waits no longer than there is canProgress', seen.tookMs < 10000, true)
	`)
	if total, _ := v.sum(v.drain(), "sse_disconnects", "reason:end"); total != 4 {
		t.Errorf("got %v disconnects, want 4", total)
	}
}

func TestFleetFailsAStreamWhoseResponseIsNotAnEventStream(t *testing.T) {
	for name, c := range map[string]struct {
		head   http.HandlerFunc
		reason string
	}{
		"503":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "status_503"},
		"204":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, "status_204"},
		"plain text": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/plain") }, "content_type"},
		"no type": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
		}, "content_type"},
		"no answer": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t)
			s.head = c.head
			v := startVU(t, s)
			got := v.run(t, `openTimeoutMs: 200`, `
				const opened = await fleet.ramp(3)
				expect('result', [opened.opened, opened.failed], [0, 3])
			`)
			expectCounts(t, got, map[string]int64{"failed": 3, "open": 0, "faultCount": 3})
			if total, count := v.sum(v.drain(), "sse_connect_ok", "reason:"+c.reason); total != 0 || count != 3 {
				t.Errorf("got %v in %d samples, want three times 0 for %s", total, count, c.reason)
			}
		})
	}
}

func TestFleetCountsEventsOutsideTheSequenceWithoutJudging(t *testing.T) {
	s := startServer(t)
	s.live = func(n int) []int { return []int{7, n, firstNumber + 1000, n + 5000} }
	got := startVU(t, s).run(t, `transport: 'raw'`, `
		await fleet.ramp(2)
		publish(3)
		expect('behind', (await fleet.awaitSeq(102)).behind, 0)
	`)
	expectCounts(t, got, map[string]int64{"gaps": 0, "duplicates": 0, "highest": 102, "faultCount": 0})
	if got.counts["unnumbered"] < 12 {
		t.Errorf("got %d unnumbered, want at least 12", got.counts["unnumbered"])
	}
}

func TestFleetDoesNotReadStalledStreamsUntilTheyResume(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			s := startServer(t)
			got := startVU(t, s).run(t, `transport: '`+transport+`'`, `
				await fleet.ramp(4)
				publish(1)
				await fleet.awaitSeq(100)
				expect('stalled', await fleet.stall(0.5), 2)
				publish(200)
				const others = await fleet.awaitSeq(300)
				expect('the others', [others.streams, others.behind], [2, 0])
				const stalled = fleet.stats()
				expect('not read on', stalled.lowest < 150, true)
				expect('stalled', [stalled.stalled, stalled.open], [2, 2])
				expect('read on', await fleet.unstall(), 2)
				expect('all', (await fleet.awaitSeq(300)).behind, 0)
			`)
			expectCounts(t, got, map[string]int64{"open": 4, "stalled": 0, "gaps": 0, "duplicates": 0})
		})
	}
}

func TestStalledFleetCanBeDroppedAndClosed(t *testing.T) {
	s := startServer(t)
	got := startVU(t, s).run(t, "", `
		await fleet.ramp(4)
		await fleet.stall(1)
		expect('left', await fleet.drop(0.5), 2)
	`)
	expectCounts(t, got, map[string]int64{"stalled": 2, "away": 2})
}

func TestLaterStreamsStartAtTheGivenNumber(t *testing.T) {
	s := startServer(t)
	got := startVU(t, s).run(t, "", `
		await fleet.ramp(2)
		publish(5)
		await fleet.awaitSeq(104)
		await fleet.ramp(3, { from: 105 })
		publish(1)
		expect('behind', (await fleet.awaitSeq(105)).behind, 0)
	`)
	expectCounts(t, got, map[string]int64{"gaps": 0, "events": 15, "faultCount": 0})
}

func TestFleetSamplesItsPlateauBetweenPhases(t *testing.T) {
	s := startServer(t)
	s.live = func(n int) []int { return []int{end} }
	v := startVU(t, s)
	v.run(t, "", `
		const rest = () => new Promise((done) => setTimeout(done, 1200))
		await fleet.ramp(4)
		await rest()
		publish(1)
		await fleet.awaitSeq(100, { timeoutMs: 5000 })
		await rest()
	`)
	samples := v.drain()
	complete, all := v.sum(samples, "sse_plateau_ok", "")
	if complete < 1 || float64(all) < complete+1 {
		t.Errorf("got %v good of %d samples, want some good (all open) and some bad (all lost)", complete, all)
	}
}

func TestFleetEndsWithItsVirtualUser(t *testing.T) {
	s := startServer(t)
	v := startVU(t, s)
	rt := v.VU.Runtime()
	require.NoError(t, rt.Set("interrupt", func() { time.AfterFunc(50*time.Millisecond, v.CancelContext) }))
	begun := time.Now()
	_, err := v.RunOnEventLoop(`(async () => {
		const fleet = new Fleet({ url, sequence: { pattern: 'section/(\\d+)$', from: 100, count: 10 } })
		await fleet.ramp(5)
		interrupt()
		globalThis.behind = (await fleet.awaitSeq(105, { timeoutMs: 60000 })).behind
		await fleet.close()
	})()`)
	require.NoError(t, err)
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	deadline := time.Now().Add(5 * time.Second)
	for len(s.connected()) > 0 {
		if time.Now().After(deadline) {
			t.Fatalf("%d streams are still open", len(s.connected()))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func without(number, lost int) []int {
	if number == lost {
		return nil
	}
	return []int{number}
}
