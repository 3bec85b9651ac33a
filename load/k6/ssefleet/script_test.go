package ssefleet

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.k6.io/k6/v2/js/modulestest"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"
)

// vu is a virtual user that has imported the extension and is running.
type vu struct {
	*modulestest.Runtime
	samples chan metrics.SampleContainer
}

func startVU(t *testing.T, s *server) *vu {
	t.Helper()
	rt := modulestest.NewRuntime(t)
	require.NoError(t, rt.SetupModuleSystem(map[string]any{"k6/x/ssefleet": new(Module)}, nil, nil))
	_, err := rt.VU.Runtime().RunString(`const { Fleet } = require("k6/x/ssefleet")`)
	require.NoError(t, err)
	samples := make(chan metrics.SampleContainer, 10_000)
	registry := rt.VU.InitEnvField.Registry
	rt.MoveToVUContext(&lib.State{
		Samples:        samples,
		Dialer:         &net.Dialer{},
		BuiltinMetrics: rt.BuiltinMetrics,
		Tags:           lib.NewVUStateTags(registry.RootTagSet()),
	})
	if s != nil {
		require.NoError(t, rt.VU.Runtime().Set("url", s.URL))
		require.NoError(t, rt.VU.Runtime().Set("publish", s.publish))
	}
	require.NoError(t, rt.VU.Runtime().Set("log", func(values ...any) { t.Log(values...) }))
	return &vu{Runtime: rt, samples: samples}
}

// outcome is the JSON of fleet.stats().
type outcome struct {
	counts map[string]int64
	faults []string
}

// run runs the body of an async function in which `fleet` is open, and returns the fleet's counts at its end.
func (v *vu) run(t *testing.T, options, body string) outcome {
	t.Helper()
	_, err := v.RunOnEventLoop(fmt.Sprintf(`
		var outcome, failure
		(async () => {
			const fleet = new Fleet({
				url, sequence: { pattern: 'section/(\\d+)', from: %d, count: 1000 }, %s
			})
			const expect = (what, got, wanted) => {
				if (JSON.stringify(got) !== JSON.stringify(wanted))
					throw new Error(what + ': got ' + JSON.stringify(got) + ', want ' + JSON.stringify(wanted))
			}
			try {
				%s
				outcome = JSON.stringify(fleet.stats())
			} finally {
				await fleet.close()
			}
		})().catch((error) => { failure = error.stack || String(error) })
	`, firstNumber, options, body))
	require.NoError(t, err)
	if failure := v.VU.Runtime().Get("failure"); failure != nil && failure.String() != "undefined" {
		t.Fatal(failure.String())
	}
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(v.VU.Runtime().Get("outcome").String()), &members))
	got := outcome{counts: map[string]int64{}}
	for name, member := range members {
		if name == "names" || name == "latency" {
			continue
		}
		if name == "faults" {
			require.NoError(t, json.Unmarshal(member, &got.faults))
			continue
		}
		var count int64
		require.NoError(t, json.Unmarshal(member, &count))
		got.counts[name] = count
	}
	return got
}

// sum adds up the samples of a metric, for all tags or for one `name:value`.
func (v *vu) sum(all []metrics.SampleContainer, name string, tag string) (total float64, count int) {
	key, value, _ := strings.Cut(tag, ":")
	for _, container := range all {
		for _, sample := range container.GetSamples() {
			if sample.Metric.Name != name {
				continue
			}
			if got, _ := sample.Tags.Get(key); tag == "" || got == value {
				total += sample.Value
				count++
			}
		}
	}
	return total, count
}

func (v *vu) drain() []metrics.SampleContainer { return metrics.GetBufferedSamples(v.samples) }

// expectCounts compares the named counts.
func expectCounts(t *testing.T, got outcome, want map[string]int64) {
	t.Helper()
	for name, value := range want {
		if count, known := got.counts[name]; !known || count != value {
			t.Errorf("%s: got %d, want %d (faults: %q)", name, count, value, got.faults)
		}
	}
}
