package ssefleet

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFleetAcceptsAnExactReplay(t *testing.T) {
	for _, how := range []string{"fin", "rst", "raw fin", "raw rst"} {
		t.Run(how, func(t *testing.T) {
			s := startServer(t)
			v := startVU(t, s)
			how, isRaw := strings.CutPrefix(how, "raw ")
			got := v.run(t, map[bool]string{true: `transport: 'raw'`}[isRaw], `
				await fleet.ramp(20)
				publish(5)
				await fleet.awaitSeq(104)
				expect('left', await fleet.drop(0.25, { how: '`+how+`' }), 5)
				expect('away', fleet.stats().away, 5)
				publish(7)
				expect('the others', (await fleet.awaitSeq(111)).streams, 15)
				expect('back', (await fleet.resume()).opened, 5)
				publish(1)
				expect('behind', (await fleet.awaitSeq(112)).behind, 0)
			`)
			expectCounts(t, got, map[string]int64{
				"open": 20, "away": 0, "events": 13 * 20, "replayed": 7 * 5, "gaps": 0, "duplicates": 0, "reordered": 0,
				"missing": 0, "faultCount": 0,
			})
			samples := v.drain()
			if total, _ := v.sum(samples, "sse_replayed", ""); total != 35 {
				t.Errorf("sse_replayed: got %v, want 35", total)
			}
			if total, _ := v.sum(samples, "sse_disconnects", ""); total != 0 {
				t.Errorf("got %v disconnects, want none: a requested disconnect is not a loss", total)
			}
			sent := slices.Compact(slices.Sorted(slices.Values(s.requests())))
			require.Equal(t, []string{"", "104"}, sent, "Last-Event-ID of the requests")
		})
	}
}

func TestFleetDetectsAWrongReplay(t *testing.T) {
	for name, c := range map[string]struct {
		options string
		replay  func(missed, log []int) []int
		want    map[string]int64
	}{
		"nothing is replayed":    {replay: func([]int, []int) []int { return nil }, want: map[string]int64{"gaps": 12, "replayed": 0}},
		"the end is missing":     {replay: func(m, _ []int) []int { return m[:2] }, want: map[string]int64{"gaps": 4, "replayed": 8}},
		"the start is missing":   {replay: func(m, _ []int) []int { return m[1:] }, want: map[string]int64{"gaps": 4, "replayed": 8}},
		"the whole log is sent":  {replay: func(_, l []int) []int { return l }, want: map[string]int64{"gaps": 0, "duplicates": 20, "replayed": 12}},
		"it is sent twice":       {replay: func(m, _ []int) []int { return append(m, m...) }, want: map[string]int64{"duplicates": 12, "replayed": 12}},
		"newest first":           {replay: func(m, _ []int) []int { slices.Reverse(m); return m }, want: map[string]int64{"gaps": 8, "reordered": 8, "missing": 0}},
		"the client asks for no": {options: `lastEventId: 'never'`, want: map[string]int64{"gaps": 12, "replayed": 0}},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t)
			s.replay = c.replay
			got := startVU(t, s).run(t, c.options, `
				await fleet.ramp(8)
				publish(5)
				await fleet.awaitSeq(104)
				await fleet.drop(0.5)
				publish(3)
				await fleet.awaitSeq(107)
				await fleet.resume()
				publish(1)
				await fleet.awaitSeq(108, { timeoutMs: 300 })
			`)
			expectCounts(t, got, c.want)
		})
	}
}

func TestReconnectingStreamResumesAfterItsLastEvent(t *testing.T) {
	s := startServer(t)
	s.live = func(n int) []int {
		if n == 103 {
			return []int{end}
		}
		return []int{n}
	}
	v := startVU(t, s)
	got := v.run(t, `reconnect: { afterMs: 20 }`, `
		await fleet.ramp(5)
		publish(4)
		expect('behind', (await fleet.awaitSeq(103)).behind, 0)
		publish(2)
		expect('behind', (await fleet.awaitSeq(105)).behind, 0)
	`)
	expectCounts(t, got, map[string]int64{
		"open": 5, "lost": 0, "reconnects": 5, "gaps": 0, "duplicates": 0, "missing": 0, "faultCount": 0})
	if total, _ := v.sum(v.drain(), "sse_disconnects", "reason:end"); total != 5 {
		t.Errorf("got %v disconnects, want 5: reconnecting streams count too", total)
	}
}

func TestReconnectingStreamAlternatesBetweenTwoURLs(t *testing.T) {
	s := startServer(t)
	s.live = func(n int) []int {
		if n == 101 || n == 103 {
			return []int{end}
		}
		return []int{n}
	}
	got := startVU(t, s).run(t, `reconnect: { afterMs: 1, url: '`+s.URL+`/other' }`, `
		await fleet.ramp(1)
		publish(2)
		expect('behind', (await fleet.awaitSeq(101)).behind, 0)
		publish(2)
		expect('behind', (await fleet.awaitSeq(103)).behind, 0)
	`)
	expectCounts(t, got, map[string]int64{"open": 1, "reconnects": 2, "gaps": 0, "faultCount": 0})
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Equal(t, []string{"/", "/other", "/"}, s.paths)
}

func TestServersReconnectionTimeOverridesTheScripts(t *testing.T) {
	s := startServer(t)
	s.retryMs = 10
	s.live = func(n int) []int {
		if n == 101 {
			return []int{end}
		}
		return []int{n}
	}
	startVU(t, s).run(t, `reconnect: { afterMs: 600000 }`, `
		await fleet.ramp(1)
		publish(2)
		expect('behind', (await fleet.awaitSeq(101)).behind, 0)
	`)
}

func TestReconnectingStreamGivesUpAfterAResponseThatIsNotAStream(t *testing.T) {
	s := startServer(t)
	s.head = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }
	got := startVU(t, s).run(t, `reconnect: { afterMs: 1 }`, `
		await fleet.ramp(2)
		await new Promise((done) => setTimeout(done, 50))
	`)
	expectCounts(t, got, map[string]int64{"failed": 2, "reconnects": 0})
}
