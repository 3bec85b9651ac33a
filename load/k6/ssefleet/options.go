package ssefleet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// options holds the arguments of `new Fleet(…)`; the comments for its readers are in load/types/ssefleet.d.ts.
type options struct {
	URL           string            `json:"url"`
	Headers       map[string]string `json:"headers"`
	Transport     string            `json:"transport"`
	LastEventID   string            `json:"lastEventId"`
	Sequence      *sequenceOptions  `json:"sequence"`
	OpenTimeoutMs int64             `json:"openTimeoutMs"`
	MaxEventBytes int               `json:"maxEventBytes"`
	Reconnect     *reconnectOptions `json:"reconnect"`
	IDs           string            `json:"ids"`
	LatencyField  string            `json:"latencyField"`
	KeepEvents    int               `json:"keepEvents"`
	ReceiveBuffer int               `json:"receiveBufferBytes"`
	Observe       bool              `json:"observe"`
}

type reconnectOptions struct {
	AfterMs int64  `json:"afterMs"`
	URL     string `json:"url"`
}

type sequenceOptions struct {
	Pattern string `json:"pattern"`
	From    int64  `json:"from"`
	Count   int64  `json:"count"`

	pattern *regexp.Regexp
}

func parseOptions(given []byte) (options, error) {
	parsed := options{
		Transport:     "http",
		LastEventID:   "auto",
		OpenTimeoutMs: 10_000,
		MaxEventBytes: 1 << 20,
		IDs:           "any",
	}
	if err := decodeStrict(given, &parsed); err != nil {
		return options{}, err
	}
	return parsed, errors.Join(
		checkURL(parsed.URL),
		checkHeaders(parsed.Headers),
		oneOf("transport", parsed.Transport, "http", "http2", "raw"),
		oneOf("lastEventId", parsed.LastEventID, "auto", "never"),
		atLeast("openTimeoutMs", parsed.OpenTimeoutMs, 1),
		atLeast("maxEventBytes", int64(parsed.MaxEventBytes), 64),
		atLeast("keepEvents", int64(parsed.KeepEvents), 0),
		atLeast("receiveBufferBytes", int64(parsed.ReceiveBuffer), 0),
		oneOf("ids", parsed.IDs, "any", "advancing"),
		parsed.Sequence.compile(),
		parsed.Reconnect.check(),
	)
}

// maxCount bounds the memory for arrivals, 24 bytes for each number.
const maxCount = 1_000_000

// decodeStrict decodes JSON and refuses unknown keys.
func decodeStrict(given []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(given))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

func (s *sequenceOptions) compile() error {
	if s == nil {
		return nil
	}
	pattern, err := regexp.Compile(s.Pattern)
	if err != nil {
		return fmt.Errorf("sequence.pattern: %w", err)
	}
	if pattern.NumSubexp() != 1 {
		return fmt.Errorf("sequence.pattern: expected one group, the number, got %d in %q", pattern.NumSubexp(), s.Pattern)
	}
	s.pattern = pattern
	if s.Count > maxCount {
		return fmt.Errorf("sequence.count: expected at most %d, got %d", maxCount, s.Count)
	}
	return atLeast("sequence.count", s.Count, 1)
}

func (r *reconnectOptions) check() error {
	if r == nil {
		return nil
	}
	if r.AfterMs == 0 {
		r.AfterMs = 3000
	}
	if r.URL != "" {
		if err := checkURL(r.URL); err != nil {
			return fmt.Errorf("reconnect.%w", err)
		}
	}
	return atLeast("reconnect.afterMs", r.AfterMs, 1)
}

func (o options) header() http.Header {
	header := http.Header{
		"Accept":        {"text/event-stream"},
		"Cache-Control": {"no-cache"},
		"User-Agent":    {"k6-ssefleet"},
	}
	for name, value := range o.Headers {
		header.Set(name, value)
	}
	return header
}

func (o options) openTimeout() time.Duration {
	return time.Duration(o.OpenTimeoutMs) * time.Millisecond
}

func checkURL(given string) error {
	parsed, err := url.Parse(given)
	if err != nil {
		return fmt.Errorf("url: %w", err)
	}
	if (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return fmt.Errorf("url: expected http://… or https://…, got %q", given)
	}
	return nil
}

// checkHeaders refuses names and values that would end a header line early.
func checkHeaders(headers map[string]string) error {
	for name, value := range headers {
		if name == "" || strings.ContainsAny(name, " :\r\n\t\x00") || strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("headers: %q is not a header that can be sent", name)
		}
	}
	return nil
}

func oneOf(key, got string, allowed ...string) error {
	for _, value := range allowed {
		if got == value {
			return nil
		}
	}
	return fmt.Errorf("%s: expected one of %s, got %q", key, strings.Join(allowed, ", "), got)
}

func atLeast(key string, got, least int64) error {
	if got < least {
		return fmt.Errorf("%s: expected at least %d, got %d", key, least, got)
	}
	return nil
}
