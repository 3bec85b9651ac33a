package eventstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

type seen struct {
	Type        string `json:"type"`
	Data        string `json:"data"`
	LastEventID string `json:"lastEventId"`
}

type recorder struct {
	events   []seen
	comments int
	retryMs  *int64
}

func (r *recorder) OnEvent(e Event) {
	name := text(e.Name)
	if name == "" {
		name = "message"
	}
	r.events = append(r.events, seen{Type: name, Data: text(e.Data), LastEventID: text(e.ID)})
}
func (r *recorder) OnComment()            { r.comments++ }
func (r *recorder) OnRetry(retryMs int64) { r.retryMs = &retryMs }

// text decodes as the standard does; the reader itself leaves bytes alone.
func text(raw []byte) string {
	decoded, err := unicode.UTF8.NewDecoder().Bytes(raw)
	if err != nil {
		panic(err)
	}
	return string(decoded)
}

type vector struct {
	bytes       []byte
	Events      []seen `json:"events"`
	LastEventID string `json:"lastEventId"`
	RetryMs     *int64 `json:"retryMs"`
}

const fixtures = "../../../fixtures/sse"

func vectors(t testing.TB) map[string]vector {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(fixtures, "*.sse"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no vectors in %s: %v", fixtures, err)
	}
	found := map[string]vector{}
	for _, path := range paths {
		var v vector
		meaning, err := os.ReadFile(strings.TrimSuffix(path, ".sse") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(meaning, &v); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if v.bytes, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		found[strings.TrimSuffix(filepath.Base(path), ".sse")] = v
	}
	return found
}

func (v vector) expect(t *testing.T, how string, chunks ...[]byte) {
	t.Helper()
	got := recorder{events: []seen{}}
	reader := NewReader(&got, 1<<20, nil)
	for _, chunk := range chunks {
		if err := reader.Feed(chunk); err != nil {
			t.Fatalf("%s: %v", how, err)
		}
	}
	if !reflect.DeepEqual(got.events, v.Events) {
		t.Errorf("%s: got events %+v, want %+v", how, got.events, v.Events)
	}
	if !reflect.DeepEqual(got.retryMs, v.RetryMs) {
		t.Errorf("%s: got retry %v, want %v", how, got.retryMs, v.RetryMs)
	}
	if id := text(reader.LastEventID()); id != v.LastEventID {
		t.Errorf("%s: got last event id %q, want %q", how, id, v.LastEventID)
	}
}

func TestReaderReadsEveryVectorAtAnySplit(t *testing.T) {
	for name, v := range vectors(t) {
		t.Run(name, func(t *testing.T) {
			v.expect(t, "whole", v.bytes)
			v.expect(t, "byte by byte", slices.Collect(slices.Chunk(v.bytes, 1))...)
			for offset := range v.bytes {
				v.expect(t, "cut in two", v.bytes[:offset], v.bytes[offset:])
			}
		})
	}
}

func TestReaderRejectsAnEventOverTheLimitOnly(t *testing.T) {
	var got recorder
	line := "data:" + strings.Repeat("x", 95)
	if err := NewReader(&got, 100, nil).Feed([]byte(line + "\n\n")); err != nil || len(got.events) != 1 {
		t.Fatalf("a line of 100 bytes: got %v and %d events", err, len(got.events))
	}
	for how, bad := range map[string]string{"unfinished line": line + "x", "many lines": strings.Repeat("data:12345678\n", 12)} {
		err := NewReader(&got, 100, nil).Feed([]byte(bad))
		if !errors.As(err, new(TooLargeError)) {
			t.Errorf("%s: got %v, want TooLargeError", how, err)
		}
	}
}

func TestReaderKeepsTheIdOfAReconnectUntilAnEventSetsAnother(t *testing.T) {
	var got recorder
	reader := NewReader(&got, 1<<20, []byte("7"))
	for _, step := range []struct{ chunk, id string }{{"", "7"}, {"data: a\n\n", "7"}, {"id: 8\ndata: b\n", "7"}, {"\n", "8"}} {
		if err := reader.Feed([]byte(step.chunk)); err != nil {
			t.Fatal(err)
		}
		if id := string(reader.LastEventID()); id != step.id {
			t.Errorf("after %q: got %q, want %q", step.chunk, id, step.id)
		}
	}
}

func TestReaderReportsCommentsApartFromEvents(t *testing.T) {
	var got recorder
	if err := NewReader(&got, 1<<20, nil).Feed([]byte(":\n: ping\n\n:\r\n")); err != nil {
		t.Fatal(err)
	}
	if got.comments != 3 || len(got.events) != 0 {
		t.Errorf("got %d comments and %d events, want 3 and 0", got.comments, len(got.events))
	}
}

func FuzzReader(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.bytes, 1)
		f.Add(v.bytes, 3)
	}
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		var whole, cut recorder
		wholeReader, cutReader := NewReader(&whole, 1<<20, nil), NewReader(&cut, 1<<20, nil)
		if err := wholeReader.Feed(stream); err != nil {
			t.Skip("larger than the limit")
		}
		size = max(1, size%64)
		for rest := stream; len(rest) > 0; {
			n := min(size, len(rest))
			if err := cutReader.Feed(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if !reflect.DeepEqual(whole, cut) || !bytes.Equal(wholeReader.LastEventID(), cutReader.LastEventID()) {
			t.Fatalf("whole: %+v, in pieces of %d: %+v", whole, size, cut)
		}
	})
}
