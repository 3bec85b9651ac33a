package ssefleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/js/promises"

	"content-store-sse/load/k6/transport"
)

// script is the JavaScript interface of a fleet. Its methods run on the JavaScript thread; long work returns a promise.
type script struct {
	vu    modules.VU
	fleet *Fleet
}

func (s *script) bind(this *sobek.Object) {
	for name, method := range map[string]func(sobek.FunctionCall) sobek.Value{
		"ramp":      s.ramp,
		"drop":      s.drop,
		"resume":    s.resume,
		"awaitSeq":  s.awaitSeq,
		"stall":     s.stall,
		"unstall":   s.unstall,
		"capture":   s.capture,
		"arrivals":  s.arrivals,
		"sequences": s.sequences,
		"stats":     s.stats,
		"close":     s.close,
	} {
		s.check(this.Set(name, method))
	}
}

// ramp(count, {perSecond = 1000, from = sequence.from})
func (s *script) ramp(call sobek.FunctionCall) sobek.Value {
	count := s.whole("ramp: count", call.Argument(0))
	s.check(atLeast("ramp: count", count, 1))
	given := struct {
		PerSecond float64 `json:"perSecond"`
		From      int64   `json:"from"`
	}{PerSecond: 1000, From: s.fleet.first()}
	s.options("ramp", call.Argument(1), &given)
	s.checkPace("ramp", given.PerSecond)
	return s.promise(func() (any, error) {
		var result openingResult
		err := s.fleet.phase(func() { result = s.fleet.ramp(int(count), given.PerSecond, given.From) })
		return result, err
	})
}

// resume({perSecond = 1000})
func (s *script) resume(call sobek.FunctionCall) sobek.Value {
	given := struct {
		PerSecond float64 `json:"perSecond"`
	}{PerSecond: 1000}
	s.options("resume", call.Argument(0), &given)
	s.checkPace("resume", given.PerSecond)
	return s.promise(func() (any, error) {
		var result openingResult
		err := s.fleet.phase(func() { result = s.fleet.resume(given.PerSecond) })
		return result, err
	})
}

// drop(fraction, {how = 'fin'})
func (s *script) drop(call sobek.FunctionCall) sobek.Value {
	fraction := s.fraction("drop", call.Argument(0))
	given := struct {
		How string `json:"how"`
	}{How: string(transport.Fin)}
	s.options("drop", call.Argument(1), &given)
	s.check(oneOf("drop: how", given.How, string(transport.Fin), string(transport.Rst)))
	return s.promise(func() (any, error) {
		var left int64
		err := s.fleet.phase(func() { left = s.fleet.drop(fraction, transport.Ending(given.How)) })
		return left, err
	})
}

// awaitSeq(number, {timeoutMs = 30000})
func (s *script) awaitSeq(call sobek.FunctionCall) sobek.Value {
	if s.fleet.options.Sequence == nil {
		s.check(errors.New("awaitSeq: the fleet was created without a sequence"))
	}
	number := s.whole("awaitSeq: number", call.Argument(0))
	given := struct {
		TimeoutMs int64 `json:"timeoutMs"`
	}{TimeoutMs: 30_000}
	s.options("awaitSeq", call.Argument(1), &given)
	s.check(atLeast("awaitSeq: timeoutMs", given.TimeoutMs, 1))
	return s.promise(func() (any, error) {
		return s.fleet.await(number, time.Duration(given.TimeoutMs)*time.Millisecond), nil
	})
}

// stall(fraction)
func (s *script) stall(call sobek.FunctionCall) sobek.Value {
	fraction := s.fraction("stall", call.Argument(0))
	return s.promise(func() (any, error) {
		var changed int64
		err := s.fleet.phase(func() { changed = s.fleet.setStalled(fraction, true) })
		return changed, err
	})
}

func (s *script) unstall(sobek.FunctionCall) sobek.Value {
	return s.promise(func() (any, error) {
		var changed int64
		err := s.fleet.phase(func() { changed = s.fleet.setStalled(1, false) })
		return changed, err
	})
}

// capture(count)
func (s *script) capture(call sobek.FunctionCall) sobek.Value {
	if s.fleet.options.KeepEvents == 0 {
		s.check(errors.New("capture: the fleet keeps no events: create it with keepEvents"))
	}
	count := s.whole("capture: count", call.Argument(0))
	s.check(atLeast("capture: count", count, 1))
	return s.toJS(s.fleet.capture(int(count)))
}

// arrivals(from = sequence.from)
func (s *script) arrivals(call sobek.FunctionCall) sobek.Value {
	from := s.fleet.first()
	if given := call.Argument(0); !sobek.IsUndefined(given) {
		from = s.whole("arrivals: from", given)
	}
	return s.toJS(s.fleet.arrivals.seen(from))
}

func (s *script) sequences(sobek.FunctionCall) sobek.Value {
	if s.fleet.sequences == nil {
		s.check(errors.New("sequences: the fleet observes no streams: create it with observe"))
	}
	return s.toJS(s.fleet.sequencesNow())
}

func (s *script) stats(sobek.FunctionCall) sobek.Value {
	return s.toJS(s.fleet.stats())
}

func (s *script) close(sobek.FunctionCall) sobek.Value {
	return s.promise(func() (any, error) {
		s.fleet.close()
		return sobek.Undefined(), nil
	})
}

func (s *script) promise(work func() (any, error)) sobek.Value {
	promise, resolve, reject := promises.New(s.vu)
	go func() {
		result, err := work()
		if err != nil {
			reject(err)
			return
		}
		resolve(result)
	}()
	return s.vu.Runtime().ToValue(promise)
}

func (s *script) checkPace(method string, perSecond float64) {
	if perSecond <= 0 {
		s.check(fmt.Errorf("%s: perSecond: expected more than 0, got %v", method, perSecond))
	}
}

func (s *script) fraction(method string, argument sobek.Value) float64 {
	fraction := argument.ToFloat()
	if !(fraction > 0 && fraction <= 1) {
		s.check(fmt.Errorf("%s: expected a fraction over 0 and up to 1, got %v", method, argument))
	}
	return fraction
}

// toJS converts a Go value to JavaScript.
func (s *script) toJS(value any) sobek.Value {
	return s.vu.Runtime().ToValue(value)
}

func (s *script) options(method string, argument sobek.Value, into any) {
	if err := decodeStrict(asJSON(s.vu.Runtime(), argument), into); err != nil {
		s.check(fmt.Errorf("%s: %w", method, err))
	}
}

func (s *script) whole(what string, argument sobek.Value) int64 {
	var number int64
	if err := json.Unmarshal([]byte(argument.String()), &number); err != nil {
		s.check(fmt.Errorf("%s: expected a whole number, got %v", what, argument))
	}
	return number
}

// check throws err into the script.
func (s *script) check(err error) {
	if err != nil {
		common.Throw(s.vu.Runtime(), err)
	}
}
