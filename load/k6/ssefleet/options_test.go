package ssefleet

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFleetRejectsBadArgumentsWithTheExpectedOnes(t *testing.T) {
	const sequence = `sequence: { pattern: '(1)', from: 1, count: 1 }`
	for use, complaint := range map[string]string{
		`new Fleet()`:                                                                       `url: expected http://… or https://…, got ""`,
		`new Fleet({ url: 'ftp://x' })`:                                                     `got "ftp://x"`,
		`new Fleet({ url: 'http://x', uri: 1 })`:                                            `unknown field "uri"`,
		`new Fleet({ url: 'http://x', transport: 'pigeon' })`:                               `transport: expected one of http, http2, raw, got "pigeon"`,
		`new Fleet({ url: 'http://x', lastEventId: '7' })`:                                  `lastEventId: expected one of auto, never, got "7"`,
		`new Fleet({ url: 'http://x', openTimeoutMs: 0 })`:                                  `openTimeoutMs: expected at least 1, got 0`,
		`new Fleet({ url: 'http://x', maxEventBytes: 1 })`:                                  `maxEventBytes: expected at least 64, got 1`,
		`new Fleet({ url: 'http://x', headers: {'a': 'b\nc'}})`:                             `"a" is not a header that can be sent`,
		`new Fleet({ url: 'http://x', headers: {'a\r\nb': ''}})`:                            `is not a header that can be sent`,
		`new Fleet({ url: 'http://x', sequence: { pattern: '(', from: 1, count: 1 } })`:     `sequence.pattern`,
		`new Fleet({ url: 'http://x', sequence: { pattern: 'a', from: 1, count: 1 } })`:     `expected one group, the number, got 0`,
		`new Fleet({ url: 'http://x', sequence: { pattern: '(a)', from: 1, count: 0 } })`:   `sequence.count: expected at least 1, got 0`,
		`new Fleet({ url: 'http://x', sequence: { pattern: '(a)', from: 1, count: 1e9 } })`: `sequence.count: expected at most 1000000`,
		`new Fleet({ url: 'http://x', reconnect: { url: 'x' } })`:                           `reconnect.url: expected http://… or https://…, got "x"`,
		`new Fleet({ url: 'http://x', reconnect: { afterMs: -1 } })`:                        `reconnect.afterMs: expected at least 1, got -1`,
		`new Fleet({ url: 'http://x', ids: 'good' })`:                                       `ids: expected one of any, advancing, got "good"`,
		`new Fleet({ url: 'http://x', keepEvents: -1 })`:                                    `keepEvents: expected at least 0, got -1`,
		`new Fleet({ url: 'http://x', receiveBufferBytes: -1 })`:                            `receiveBufferBytes: expected at least 0, got -1`,
		`fleet.stall(2)`:                        `stall: expected a fraction over 0 and up to 1, got 2`,
		`fleet.capture(1)`:                      `capture: the fleet keeps no events`,
		`fleet.ramp()`:                          `ramp: count: expected a whole number, got undefined`,
		`fleet.ramp(1.5)`:                       `ramp: count: expected a whole number, got 1.5`,
		`fleet.ramp(0)`:                         `ramp: count: expected at least 1, got 0`,
		`fleet.ramp(1, { perSecond: -1 })`:      `ramp: perSecond: expected more than 0, got -1`,
		`fleet.ramp(1, { persecond: 1, x: 1 })`: `unknown field "x"`,
		`fleet.drop(0)`:                         `drop: expected a fraction over 0 and up to 1, got 0`,
		`fleet.drop(1.1)`:                       `got 1.1`,
		`fleet.drop('half')`:                    `got half`,
		`fleet.drop(1, { how: 'kick' })`:        `drop: how: expected one of fin, rst, got "kick"`,
		`fleet.awaitSeq('a')`:                   `awaitSeq: number: expected a whole number, got a`,
		`fleet.awaitSeq(1, { timeoutMs: 0 })`:   `awaitSeq: timeoutMs: expected at least 1, got 0`,
		`plain.awaitSeq(1)`:                     `awaitSeq: the fleet was created without a sequence`,
	} {
		t.Run(use, func(t *testing.T) {
			v := startVU(t, nil)
			_, err := v.RunOnEventLoop(`
				const plain = new Fleet({ url: 'http://127.0.0.1:1' })
				const fleet = new Fleet({ url: 'http://127.0.0.1:1', ` + sequence + ` });
				try { ` + use + ` } finally { plain.close(); fleet.close() }
			`)
			if err == nil || !strings.Contains(err.Error(), complaint) {
				t.Errorf("got %v, want %q", err, complaint)
			}
		})
	}
}

func TestFleetRejectsTheInitContext(t *testing.T) {
	v := startVU(t, nil)
	v.VU.StateField = nil
	_, err := v.VU.Runtime().RunString(`new Fleet({ url: 'http://x' })`)
	require.ErrorContains(t, err, "create it in the scenario's function")
}

func TestClosedFleetRejectsNewStreams(t *testing.T) {
	v := startVU(t, nil)
	_, err := v.RunOnEventLoop(`
		const fleet = new Fleet({ url: 'http://127.0.0.1:1' })
		var complaint
		fleet.close().then(() => fleet.ramp(1)).catch((error) => { complaint = String(error) })
	`)
	require.NoError(t, err)
	require.Contains(t, v.VU.Runtime().Get("complaint").String(), "the fleet is closed")
}
