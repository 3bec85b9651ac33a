// Package ssefleet is the k6 extension k6/x/ssefleet: many event streams, opened, read and judged in Go,
// controlled from JavaScript. Only promises, counts and messages about faults cross over to JavaScript, and no events.
package ssefleet

import (
	"fmt"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
)

func init() { modules.Register("k6/x/ssefleet", new(Module)) }

// Module is the root of the extension.
type Module struct{}

// NewModuleInstance is called by k6 for each virtual user, in its init context.
func (*Module) NewModuleInstance(vu modules.VU) modules.Instance {
	made, err := registerInstruments(vu.InitEnv().Registry)
	if err != nil {
		common.Throw(vu.Runtime(), fmt.Errorf("k6/x/ssefleet: %w", err))
	}
	return &instance{vu: vu, instruments: made}
}

type instance struct {
	vu          modules.VU
	instruments instruments
}

// Exports names what a script can import.
func (i *instance) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{"Fleet": i.construct}}
}

// construct is `new Fleet({…})`.
func (i *instance) construct(call sobek.ConstructorCall) *sobek.Object {
	rt := i.vu.Runtime()
	if i.vu.State() == nil {
		common.Throw(rt, fmt.Errorf("a Fleet needs a running virtual user: create it in the scenario's function"))
	}
	chosen, err := parseOptions(asJSON(rt, call.Argument(0)))
	if err != nil {
		common.Throw(rt, fmt.Errorf("new Fleet: %w", err))
	}
	fleet, err := newFleet(i.vu.Context(), chosen, i.vu.State(), i.instruments)
	if err != nil {
		common.Throw(rt, fmt.Errorf("new Fleet: %w", err))
	}
	(&script{vu: i.vu, fleet: fleet}).bind(call.This)
	return nil
}

func asJSON(rt *sobek.Runtime, value sobek.Value) []byte {
	if value == nil || sobek.IsUndefined(value) || sobek.IsNull(value) {
		return []byte("{}")
	}
	encoded, err := value.ToObject(rt).MarshalJSON()
	if err != nil {
		common.Throw(rt, err)
	}
	return encoded
}
